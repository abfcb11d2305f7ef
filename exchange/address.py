"""What all accounts of one venue share that ask it from one address: its limits do not tell them apart.

A ban is everybody's ban, and so are the errors that lead to one.
"""

import time
from collections import deque
from collections.abc import Callable
from urllib.parse import urlsplit

from exchange.bucket import Bucket, Rate, Silence
from exchange.connection import VenueAccess

ERRORS_SPAN_S = 60.0
MOST_ERRORS = 100


class Address:
    """This machine as one venue sees it. A venue that has no limit by address is told so by `rate` None."""

    def __init__(
        self, rate: Rate | None = None, most_errors: int = MOST_ERRORS, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._monotonic = monotonic
        self._bucket = Bucket(rate, monotonic()) if rate is not None else None
        self.silence = Silence()
        self._errors: deque[float] = deque()
        self._most_errors = most_errors

    def closed_s(self, *, urgent: bool) -> float:
        """How long the venue's pause lasts yet, and for what is not urgent, until the error budget has room."""
        now_s = self._monotonic()
        return max(self.silence.left_s(now_s, urgent=urgent), 0.0 if urgent else self._spent_s(now_s))

    def wait_s(self, *, urgent: bool) -> float:
        return self._bucket.wait_s(self._monotonic(), urgent=urgent) if self._bucket is not None else 0.0

    def take(self) -> None:
        """A request has left."""
        if self._bucket is not None:
            self._bucket.take(self._monotonic())

    def count_error(self) -> None:
        """An answer that venues count against whoever caused it."""
        self._errors.append(self._monotonic())

    def _spent_s(self, now_s: float) -> float:
        """How long until the error budget has room again."""
        while self._errors and self._errors[0] <= now_s - ERRORS_SPAN_S:
            self._errors.popleft()
        excess = len(self._errors) - self._most_errors
        return self._errors[excess] + ERRORS_SPAN_S - now_s if excess >= 0 else 0.0


class Addresses:
    """One address for each place that is asked; to be shared by everything in the process that asks venues."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Address] = {}

    def of(self, access: VenueAccess, rate: Rate | None) -> Address:
        """The same for every account of the venue at the same host."""
        host = str(access.environment) if access.rest_url is None else urlsplit(access.rest_url).netloc
        return self._known.setdefault((access.venue, host.lower()), Address(rate, MOST_ERRORS))
