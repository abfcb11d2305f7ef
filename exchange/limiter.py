"""How fast a venue is asked: a bucket for each group of endpoints, fed by what the venue says of its own limits.

Cancels and reductions keep a reserve, a pause that the venue asks for is kept to the end, and too many errors in a
minute stop everything else before the venue does.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from exchange.errors import Crowded, Throttled

ERRORS_SPAN_S = 60.0
LONGEST_RESET_S = 60.0
SHARE_USED = 0.9
WINDOW_S = 1.1
"""A second, and what it takes more or less to get there."""
_ROUNDING = 1e-9


class Group(StrEnum):
    """Endpoints that a venue counts together."""

    TRADE = "trade"
    QUERY = "query"
    PUBLIC = "public"
    PROTECTION = "protection"


@dataclass(frozen=True, slots=True)
class Rate:
    """`per_second` requests on average, `burst` at once and in any second; `reserve` of these are for urgent ones."""

    per_second: float
    burst: int
    reserve: int = 0


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a venue's answer said: how many requests are left until `reset_in_s`; `pause_s` asks for silence.

    `per_second` is what the venue grants this account, where it tells.
    """

    left: int | None = None
    reset_in_s: float | None = None
    pause_s: float | None = None
    per_second: float | None = None


class Limiter:
    """One for each account at a venue. Requests of a group leave in the order they came, urgent ones first."""

    def __init__(
        self, rates: Mapping[Group, Rate], most_errors: int = 100, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._rates = dict(rates)
        self._monotonic = monotonic
        now = monotonic()
        self._tokens = {group: float(rate.burst) for group, rate in rates.items()}
        self._filled_at = dict.fromkeys(rates, now)
        self._closed_until = dict.fromkeys(rates, now)
        self._left: dict[Group, deque[float]] = {group: deque() for group in rates}
        self._errors: deque[float] = deque()
        self._most_errors = most_errors
        self._lines = {(group, urgent): asyncio.Lock() for group in rates for urgent in (False, True)}

    async def admit(self, group: Group, *, urgent: bool, within_s: float) -> None:
        """The request may leave now. Raises Throttled for a pause that the venue or the error budget asks for and
        Crowded for a line of our own, where they would take longer than `within_s`."""
        deadline = self._monotonic() + within_s
        try:
            async with asyncio.timeout(within_s):
                await self._lines[group, urgent].acquire()
        except TimeoutError:
            raise Crowded(f"more requests wait than the venue takes in {within_s:g} s", 1.0) from None
        try:
            await self._take(group, urgent=urgent, deadline=deadline)
        finally:
            self._lines[group, urgent].release()

    async def _take(self, group: Group, *, urgent: bool, deadline: float) -> None:
        """The first in line waits for what it needs."""
        while True:
            closed_s, wait_s = self._closed_s(group, urgent=urgent), self._wait_s(group, urgent=urgent)
            if max(closed_s, wait_s) <= 0:
                self._tokens[group] -= 1
                self._left[group].append(self._monotonic())
                return
            if self._monotonic() + closed_s > deadline:
                raise Throttled(f"nothing may be sent for {closed_s:.1f} s", closed_s)
            if self._monotonic() + wait_s > deadline:
                raise Crowded(f"the venue's limit leaves no room for {wait_s:.1f} s", wait_s)
            await asyncio.sleep(max(closed_s, wait_s))

    def _closed_s(self, group: Group, *, urgent: bool) -> float:
        """How long the venue's pause lasts yet, and for what is not urgent, until the error budget has room."""
        now = self._monotonic()
        closed_s = self._closed_until[group] - now
        return max(closed_s, 0.0 if urgent else self._spent_s(now))

    def _wait_s(self, group: Group, *, urgent: bool) -> float:
        """Until the bucket holds enough, and fewer than a burst have left within the venue's second."""
        now, rate = self._monotonic(), self._rates[group]
        filled = self._tokens[group] + (now - self._filled_at[group]) * rate.per_second
        self._tokens[group], self._filled_at[group] = min(filled, float(rate.burst)), now
        kept = 0 if urgent else rate.reserve
        missing, left = 1 + kept - self._tokens[group], self._left[group]
        while left and left[0] <= now - WINDOW_S:
            left.popleft()
        excess = len(left) - max(1, rate.burst - kept)
        filled_s = missing / rate.per_second if missing > _ROUNDING else 0.0
        return max(filled_s, left[excess] + WINDOW_S - now if excess >= 0 else 0.0)

    def _spent_s(self, now: float) -> float:
        """How long until the error budget has room again."""
        while self._errors and self._errors[0] <= now - ERRORS_SPAN_S:
            self._errors.popleft()
        excess = len(self._errors) - self._most_errors
        return self._errors[excess] + ERRORS_SPAN_S - now if excess >= 0 else 0.0

    def learn(self, group: Group, allowance: Allowance) -> None:
        """The venue's own count is nearer the truth; a pause closes every group."""
        now = self._monotonic()
        if allowance.pause_s is not None:
            for each in self._rates:
                self._closed_until[each] = max(self._closed_until[each], now + allowance.pause_s)
        if allowance.per_second is not None:
            self._grant(group, allowance.per_second)
        if allowance.left is None:
            return
        self._tokens[group] = min(self._tokens[group], float(allowance.left))
        if allowance.left <= 0 and allowance.reset_in_s is not None:
            reset_in_s = min(allowance.reset_in_s, LONGEST_RESET_S)
            self._closed_until[group] = max(self._closed_until[group], now + reset_in_s)

    def _grant(self, group: Group, per_second: float) -> None:
        """The rate is a little below what the venue grants; the reserve stays."""
        used = max(1.0, per_second * SHARE_USED)
        burst = max(self._rates[group].reserve + 1, int(used))
        self._rates[group] = replace(self._rates[group], per_second=used, burst=burst)

    def count_error(self) -> None:
        """An answer that venues count against whoever caused it."""
        self._errors.append(self._monotonic())
