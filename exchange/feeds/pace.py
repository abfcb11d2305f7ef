"""How fast a venue is asked in public: a line for each group of endpoints, and what the venue itself says of it."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

from exchange.feeds.fault import Fault
from portfolio.prices.source import SourceStatus

LEAST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 600.0
MOST_DOUBLINGS = 6
ERRORS_SPAN_S = 60.0
MOST_ERRORS = 60
HASTE = frozenset({418, 429})
"""Statuses by which venues say that they are asked too often."""


class Pace:
    """One for each venue. `interval_s` is the time that a request of cost 1 takes of the venue's allowance, `burst_s`
    how much of it may be saved up. Requests of a group leave in the order in which they came."""

    def __init__(self, interval_s: float, burst_s: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._interval_s = interval_s
        self._burst_s = burst_s
        self._monotonic = monotonic
        self._due_s: dict[str, float] = {}
        self._closed_until_s: dict[str, float] = {}
        self._all_closed_until_s = 0.0
        self._errors: deque[float] = deque()
        self._hastes = 0
        self._hasty_at_s = 0.0

    async def admit(self, group: str, cost: float, until_s: float) -> None:
        """The request may leave now. Raises Fault where that would be after `until_s`; then no time was waited."""
        now = self._monotonic()
        self._demand_open(group, until_s)
        due_s = max(self._due_s.get(group, 0.0), now - self._burst_s)
        if due_s > until_s:
            raise Fault(SourceStatus.RATE_LIMITED, f"our own pace: the next request may leave in {due_s - now:.1f} s")
        self._due_s[group] = due_s + cost * self._interval_s
        while (wait_s := max(due_s, self._open_at_s(group)) - self._monotonic()) > 0:
            await asyncio.sleep(wait_s)
            self._demand_open(group, until_s)

    def _demand_open(self, group: str, until_s: float) -> None:
        if (open_at_s := self._open_at_s(group)) > until_s:
            pause_s = open_at_s - self._monotonic()
            raise Fault(SourceStatus.RATE_LIMITED, f"asked to wait {pause_s:.1f} s yet", pause_s)

    def _open_at_s(self, group: str) -> float:
        return max(self._all_closed_until_s, self._closed_until_s.get(group, 0.0))

    @property
    def paused_until_s(self) -> float:
        """The monotonic time until which nothing at all is sent; in the past where nothing holds."""
        return self._all_closed_until_s

    def answered(self, group: str, status: int, headers: Mapping[str, str], began_s: float) -> float:
        """How long the venue asks to be left alone, 0 where it does not; from now on that is kept."""
        if status not in HASTE:
            self._hastes = 0
            self._heed_count(group, headers)
            return 0.0
        return self.slow_down(retry_after_s(headers), began_s)

    def slow_down(self, asked_s: float | None, began_s: float) -> float:
        """The pause that is kept for an answer that says "too often": what it asks for, longer each time it says so
        again. Requests that were under way together count as one."""
        now = self._monotonic()
        if began_s >= self._hasty_at_s:
            self._hastes = min(self._hastes + 1, MOST_DOUBLINGS)
            self._hasty_at_s = now
        grown_s = LEAST_PAUSE_S * 2.0 ** (self._hastes - 1)
        pause_s = min(max(asked_s or 0.0, grown_s), LONGEST_PAUSE_S)
        self._all_closed_until_s = max(self._all_closed_until_s, now + pause_s)
        return pause_s

    def count_error(self) -> None:
        """An answer that venues count against whoever caused it; too many in a minute close everything."""
        now = self._monotonic()
        self._errors.append(now)
        while self._errors and self._errors[0] <= now - ERRORS_SPAN_S:
            self._errors.popleft()
        if len(self._errors) >= MOST_ERRORS:
            self._all_closed_until_s = max(self._all_closed_until_s, self._errors[0] + ERRORS_SPAN_S)

    def _heed_count(self, group: str, headers: Mapping[str, str]) -> None:
        """A venue that says how many requests are left is believed when none is."""
        for left_name, reset_name in _COUNTS:
            left = _seconds(headers, left_name)
            if left is not None and left < 1:
                reset_s = self._until_reset_s(headers, reset_name)
                self._closed_until_s[group] = max(self._closed_until_s.get(group, 0.0), self._monotonic() + reset_s)
                return

    def _until_reset_s(self, headers: Mapping[str, str], name: str) -> float:
        """Venues tell it in seconds from now, or as a moment in seconds or milliseconds since 1970."""
        told = _seconds(headers, name) or LEAST_PAUSE_S
        if told > _MILLISECONDS_SINCE:
            told /= 1000
        if told > _SECONDS_SINCE:
            told -= time.time()
        return min(max(told, 0.0), LONGEST_PAUSE_S)


_SECONDS_SINCE = 1e9
_MILLISECONDS_SINCE = 1e11
_COUNTS = (
    ("x-ratelimit-remaining", "x-ratelimit-reset"),
    ("ratelimit-remaining", "ratelimit-reset"),
    ("x-bapi-limit-status", "x-bapi-limit-reset-timestamp"),
    ("gw-ratelimit-remaining", "gw-ratelimit-reset"),
)
"""Headers of venues: how many requests are left, and when there are more."""


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """As seconds or as a date."""
    text = _text(headers, "retry-after")
    if text is None:
        return None
    if (seconds := _seconds(headers, "retry-after")) is not None:
        return seconds
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return None


def _text(headers: Mapping[str, str], name: str) -> str | None:
    return next((value for key, value in headers.items() if key.lower() == name), None)


def _seconds(headers: Mapping[str, str], name: str) -> float | None:
    text = _text(headers, name)
    try:
        number = float(text) if text is not None else None
    except ValueError:
        return None
    return number if number is not None and 0 <= number < 1e15 else None
