"""How often a caller may ask, and how often it may be wrong. Memory is bounded: who was quiet longest is forgotten."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

MOST_CALLERS = 10_000
V = TypeVar("V")


class Recent(Generic[V]):
    """The callers that were heard of last, at most so many, each with a value."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[str, V] = OrderedDict()

    def get(self, caller: str) -> V | None:
        return self._values.get(caller)

    def put(self, caller: str, value: V) -> None:
        self._values[caller] = value
        self._values.move_to_end(caller)
        if len(self._values) > self._most:
            self._values.popitem(last=False)

    def forget(self, caller: str) -> None:
        self._values.pop(caller, None)

    def __len__(self) -> int:
        return len(self._values)


class Pace:
    """A caller may spend a whole minute's requests at once, and then one for each that has been earned again.

    That is the generic cell rate algorithm: one time for each caller says all that is to be known. Zero a minute
    means no limit.
    """

    def __init__(
        self, per_minute: int, *, most: int = MOST_CALLERS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._each_s = 60 / per_minute if per_minute else 0.0
        self._clock = clock
        self._spent_until: Recent[float] = Recent(most)

    def wait_s(self, caller: str) -> float:
        """Zero, and the request is counted; else how long until the next one may come."""
        if not self._each_s:
            return 0.0
        now = self._clock()
        spent = max(self._spent_until.get(caller) or now, now) + self._each_s
        if spent - now > 60 + self._each_s / 2:  # half a request forgives what floats lose
            return spent - now - 60
        self._spent_until.put(caller, spent)
        return 0.0


@dataclass(slots=True)
class _Guesses:
    since: float
    wrong: int = 0
    locked_until: float | None = None


class Lockout:
    """A caller that was wrong too often within a window is not heard for a while, right or wrong.

    A right secret clears its record: who knows one need not guess. Zero guesses means no lock-out.
    """

    def __init__(
        self,
        most_wrong: int,
        window_s: float,
        locked_s: float,
        *,
        most: int = MOST_CALLERS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most_wrong, self._window_s, self._locked_s = most_wrong, window_s, locked_s
        self._clock = clock
        self._callers: Recent[_Guesses] = Recent(most)

    def wait_s(self, caller: str) -> float:
        """How long the caller is still locked out; zero where it is not."""
        record = self._callers.get(caller)
        if record is None or record.locked_until is None:
            return 0.0
        return max(0.0, record.locked_until - self._clock())

    def wrong(self, caller: str) -> bool:
        """The guess is counted. True where it was the one that locks the caller out.

        Those that were let in together with that one find the caller locked out already, and leave it so.
        """
        if not self._most_wrong or self.wait_s(caller):
            return False
        now = self._clock()
        record = self._callers.get(caller)
        if record is None or record.locked_until is not None or now - record.since > self._window_s:
            record = _Guesses(now)
        record.wrong += 1
        self._callers.put(caller, record)
        if record.wrong < self._most_wrong:
            return False
        record.locked_until = now + self._locked_s
        return True

    def right(self, caller: str) -> None:
        """What the caller got wrong before is forgiven."""
        self._callers.forget(caller)


class Rarely:
    """Something is told of a caller once, and again only after a while: a flood must not fill the log."""

    def __init__(
        self, every_s: float, *, most: int = MOST_CALLERS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._every_s, self._clock = every_s, clock
        self._told: Recent[float] = Recent(most)

    def is_due(self, caller: str) -> bool:
        """True where it is to be told now."""
        now, last = self._clock(), self._told.get(caller)
        if last is not None and now - last < self._every_s:
            return False
        self._told.put(caller, now)
        return True
