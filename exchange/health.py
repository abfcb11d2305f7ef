"""How a venue can be traded right now, as told by what becomes of requests to it."""

import math
import time
from collections.abc import Callable

from exchange.errors import Crowded, NotSent, Refusal, Refused, Throttled, Unclear, VenueError
from exchange.limiter import Group
from portfolio.model.venue import Condition, VenueCondition

FAILURES_TO_TELL = 2
MOST_SKEW_S = 2.0
_BY_REFUSAL = {
    Refusal.KEY: Condition.KEY_REFUSED,
    Refusal.CLOCK: Condition.CLOCK_SKEWED,
    Refusal.MAINTENANCE: Condition.MAINTENANCE,
}


class Health:
    """Tells of each change of condition once. One failed request is no condition; a refused key is."""

    def __init__(self, tell: Callable[[VenueCondition], None], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._tell = tell
        self._monotonic = monotonic
        self._limited_until_s = -math.inf
        self._told = Condition.WORKING
        self._failures = 0
        self._fault = Condition.WORKING
        self._detail = ""
        self._skew_s = 0.0
        self._is_link_down = False

    @property
    def is_answered(self) -> bool:
        """True where the account's last request brought an answer, whatever it said but to be silent."""
        return not self._failures and self._fault is not Condition.RATE_LIMITED

    @property
    def condition(self) -> Condition:
        return self._told

    def learn(self, group: Group, error: VenueError | None) -> None:
        """A request ended; None for one that was answered soundly. Public ones tell nothing but too great haste."""
        if group is Group.PUBLIC and not isinstance(error, Throttled):
            return
        match error:
            case Crowded():
                pass
            case Refused(refusal=refusal) if refusal in _BY_REFUSAL:
                self._fail(_BY_REFUSAL[refusal], error.detail)
            case Throttled(pause_s=pause_s):
                self._limited_until_s = max(self._limited_until_s, self._monotonic() + pause_s)
                self._fail(Condition.RATE_LIMITED, error.detail)
            case NotSent() | Unclear():
                self._failures += 1
                if self._failures >= FAILURES_TO_TELL:
                    self._fail(_outage(error.detail), error.detail)
            case _:
                self._failures = 0
                self._recover()
        self._tell_change()

    def _recover(self) -> None:
        """What was under way when the venue asked for a pause, or goes out urgently in spite of it, does not end it."""
        if self._fault is not Condition.RATE_LIMITED or self._monotonic() >= self._limited_until_s:
            self._fault, self._detail = Condition.WORKING, ""

    def _fail(self, condition: Condition, detail: str) -> None:
        self._fault, self._detail = condition, detail

    def clock_is_off_by(self, skew_s: float) -> None:
        """The venue's clock less this machine's."""
        self._skew_s = skew_s
        self._tell_change()

    def link_is(self, *, up: bool) -> None:
        """Whether the venue tells of orders and executions by itself."""
        self._is_link_down = not up
        self._tell_change()

    def _tell_change(self) -> None:
        condition, detail = self._current()
        if condition is not self._told:
            self._told = condition
            self._tell(VenueCondition(condition=condition, detail=detail))

    def _current(self) -> tuple[Condition, str]:
        if self._fault is not Condition.WORKING:
            return self._fault, self._detail
        if abs(self._skew_s) > MOST_SKEW_S:
            ahead = "behind" if self._skew_s > 0 else "ahead of"
            return Condition.CLOCK_SKEWED, f"this machine's clock is {abs(self._skew_s):.1f} s {ahead} the venue's"
        if self._is_link_down:
            return Condition.STREAM_DOWN, "orders and fills are asked for until the stream is back"
        return Condition.WORKING, ""


def _outage(detail: str) -> Condition:
    is_maintenance = "HTTP 503" in detail or "maintenance" in detail.lower()
    return Condition.MAINTENANCE if is_maintenance else Condition.UNREACHABLE


def condition_of(error: VenueError) -> Condition:
    """What one failed request says where nothing else is known."""
    match error:
        case Refused(refusal=refusal):
            return _BY_REFUSAL.get(refusal, Condition.WORKING)
        case Throttled():
            return Condition.RATE_LIMITED
    return _outage(error.detail)
