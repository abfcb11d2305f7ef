"""One request at a time through the limiter, and what each of them says of the venue's health."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from exchange.dialects.dialect import Dialect
from exchange.driver import Clock, carry
from exchange.errors import Throttled, Unclear, VenueError
from exchange.health import Health
from exchange.limiter import Allowance, Group, Limiter
from exchange.wire import Passage

WAIT_AT_MOST_S = 5.0
LONGEST_PAUSE_S = 60.0
QUICK_S = 1.0


class Asker:
    """Implements `exchange.dialects.dialect.Ask` for one account."""

    dialect: Dialect

    def __init__(self, limiter: Limiter, health: Health, clock: Clock, timeout_s: float) -> None:
        self._limiter = limiter
        self._health = health
        self._clock = clock
        self._timeout_s = timeout_s
        self._throttled = 0

    async def __call__(self, group: Group, request: Callable[[], Awaitable[Any]], *, urgent: bool = False) -> Any:
        """The venue's sound answer. Raises VenueError; whatever comes, limits and health have learned of it."""
        try:
            await self._limiter.admit(group, urgent=urgent, within_s=WAIT_AT_MOST_S)
            passage = await carry(request, self._timeout_s)
            self._judge(group, passage)
        except VenueError as error:
            self._health.learn(group, error)
            raise
        self._health.learn(group, None)
        return passage.answer

    def _judge(self, group: Group, passage: Passage) -> None:
        self._limiter.learn(group, self.dialect.allowance(passage.headers))
        self._set_clock(passage)
        status = passage.status if passage.status is not None else 0
        error = self.dialect.judge(status, passage.headers, passage.answer)
        if not isinstance(error, Throttled):
            self._throttled = 0
        if error is None:
            return
        if isinstance(error, Throttled):
            error.pause_s = min(error.pause_s * 2**self._throttled, max(error.pause_s, LONGEST_PAUSE_S))
            self._throttled += 1
            self._limiter.learn(group, Allowance(pause_s=error.pause_s))
        self._limiter.count_error()
        error.at_s = passage.began_s
        raise error

    def _set_clock(self, passage: Passage) -> None:
        """The venue's clock, as of half way between a question and its quick answer."""
        told = self.dialect.time_of(passage.headers, passage.answer)
        took_s = time.monotonic() - passage.began_s
        if told is not None and took_s < QUICK_S:
            self._clock.offset_s = told.timestamp() + took_s / 2 - time.time()
            self._health.clock_is_off_by(self._clock.offset_s)


UNREADABLE = (KeyError, TypeError, ValueError, ArithmeticError, AttributeError, IndexError, AssertionError)


def unreadable(error: Exception) -> Unclear:
    return Unclear(f"the venue's answer cannot be read: {type(error).__name__}")
