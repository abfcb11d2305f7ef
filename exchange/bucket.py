"""Requests that a venue counts together, and silence that it asks for: how long the next request has to wait."""

import math
from collections import deque
from dataclasses import dataclass, replace

SHARE_USED = 0.9
WINDOW_S = 1.1
"""A second, and what it takes more or less to get there."""
LEAST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 60.0
MOST_DOUBLINGS = 6
URGENT_FIRST_S = 0.25
"""What is urgent goes so much earlier after a pause: what else has gathered may bring on the next one."""
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Rate:
    """`per_second` requests on average, `burst` at once and in any second; `reserve` of these are for urgent ones."""

    per_second: float
    burst: int
    reserve: int = 0


class Bucket:
    """Tokens that fill with time. Every method is told the moment, by a monotonic clock."""

    def __init__(self, rate: Rate, now_s: float) -> None:
        self._rate = rate
        self._tokens = float(rate.burst)
        self._filled_at_s = now_s
        self._left: deque[float] = deque()

    def wait_s(self, now_s: float, *, urgent: bool) -> float:
        """Until there are tokens enough, and fewer than a burst have left within the venue's second."""
        rate = self._rate
        filled = self._tokens + (now_s - self._filled_at_s) * rate.per_second
        self._tokens, self._filled_at_s = min(filled, float(rate.burst)), now_s
        kept = 0 if urgent else rate.reserve
        missing = 1 + kept - self._tokens
        while self._left and self._left[0] <= now_s - WINDOW_S:
            self._left.popleft()
        excess = len(self._left) - max(1, rate.burst - kept)
        filled_s = missing / rate.per_second if missing > _ROUNDING else 0.0
        return max(filled_s, self._left[excess] + WINDOW_S - now_s if excess >= 0 else 0.0)

    def take(self, now_s: float) -> None:
        """A request has left."""
        self._tokens -= 1
        self._left.append(now_s)

    def hold(self, left: int) -> None:
        """The venue's own count is nearer the truth, where it is smaller."""
        self._tokens = min(self._tokens, float(left))

    def grant(self, per_second: float) -> None:
        """The rate is a little below what the venue grants; the reserve stays."""
        used = max(1.0, per_second * SHARE_USED)
        self._rate = replace(self._rate, per_second=used, burst=max(self._rate.reserve + 1, int(used)))


class Silence:
    """Pauses that a venue has asked for: twice as long from the third time in a row on."""

    def __init__(self) -> None:
        self._until_s = -math.inf
        self._asked_at_s = -math.inf
        self._times = 0

    def left_s(self, now_s: float, *, urgent: bool) -> float:
        return max(0.0, self._until_s + (0.0 if urgent else URGENT_FIRST_S) - now_s)

    def ask(self, pause_s: float, began_s: float, now_s: float) -> float:
        """A request made at `began_s` was turned away; answers for how long nothing may be sent now. Requests that
        were under way together count as one."""
        if began_s > self._asked_at_s:
            self._times += 1
            self._asked_at_s = now_s
        longest_s = max(pause_s, LONGEST_PAUSE_S)
        doublings = min(max(0, self._times - 2), MOST_DOUBLINGS)
        pause_s = min(max(pause_s, LEAST_PAUSE_S) * 2.0**doublings, longest_s)
        self._until_s = max(self._until_s, now_s + pause_s)
        return pause_s

    def end(self, began_s: float) -> None:
        """A request made at `began_s` was not turned away."""
        if began_s > self._asked_at_s:
            self._times = 0
