"""One request at a time through the limiter, and what each of them says of the venue's health."""

import contextlib
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextvars import ContextVar
from functools import partial
from typing import Any

from exchange.connection import Credential
from exchange.dialects.dialect import Dialect
from exchange.driver import Clock, carry
from exchange.errors import Refused, Throttled, Unclear, VenueError
from exchange.health import Health
from exchange.limiter import Group, Limiter
from exchange.wire import Passage

WAIT_AT_MOST_S = 5.0
QUICK_S = 1.0
CLOCK_STEP_S = 0.05
MOST_OFFSET_S = 86_400.0
_SIGNATURE = re.compile(r"\b[0-9a-fA-F]{64}\b")

_departures: ContextVar[list[float] | None] = ContextVar("departures", default=None)


@contextlib.contextmanager
def departures() -> Iterator[list[float]]:
    """When each request left that was made inside, and answered soundly, by the monotonic clock: not when it was asked
    for, which may be long before where a venue wants silence."""
    left: list[float] = []
    token = _departures.set(left)
    try:
        yield left
    finally:
        _departures.reset(token)


class Asker:
    """Implements `exchange.dialects.dialect.Ask` for one account."""

    dialect: Dialect

    def __init__(
        self, limiter: Limiter, health: Health, clock: Clock, timeout_s: float, secrets: Iterable[Credential] = ()
    ) -> None:
        self._limiter = limiter
        self._health = health
        self._clock = clock
        self._timeout_s = timeout_s
        self._secrets = tuple(secrets)

    async def __call__(
        self,
        group: Group,
        request: Callable[[], Awaitable[Any]],
        *,
        urgent: bool = False,
        within_s: float | None = None,
    ) -> Any:
        """The venue's sound answer. Raises VenueError; whatever comes, limits and health have learned of it."""
        try:
            await self._limiter.admit(group, urgent=urgent, within_s=WAIT_AT_MOST_S)
            passage = await carry(request, within_s or self._timeout_s, partial(self._judge, group))
        except VenueError as error:
            error.but_without(self._hidden)
            self._health.learn(group, error)
            raise
        self._health.learn(group, None)
        if (departures := _departures.get()) is not None:
            departures.append(passage.began_s)
        return passage.answer

    def _judge(self, group: Group, passage: Passage) -> None:
        """Raises VenueError for an answer that is no sound yes."""
        self._limiter.learn(group, self.dialect.allowance(passage.headers))
        self._set_clock(passage)
        error = self.dialect.judge(passage.status or 0, passage.headers, passage.answer)
        if isinstance(error, Throttled):
            self._pause(group, error, passage.began_s)
        else:
            self._limiter.passed(passage.began_s)
        if isinstance(error, Refused | Throttled):
            self._limiter.count_error()
        if error is not None:
            error.at_s = passage.began_s
            raise error

    def _pause(self, group: Group, error: Throttled, began_s: float) -> None:
        """A question that needs no key can be held against the address alone."""
        by_address = error.by_address or group is Group.PUBLIC
        error.pause_s = self._limiter.pause(error.pause_s, began_s, by_address=by_address)

    def _set_clock(self, passage: Passage) -> None:
        """The venue's clock is somewhere between a question and its answer: moved only where it is not, and never by
        days, which no answer is to be believed."""
        try:
            told = self.dialect.time_of(passage.headers, passage.answer)
        except UNREADABLE:
            return
        took_s = time.monotonic() - passage.began_s
        if told is None or took_s > QUICK_S:
            return
        least_s = told.timestamp() - time.time()
        if abs(least_s) > MOST_OFFSET_S:
            return
        most_s = least_s + took_s
        if not least_s - CLOCK_STEP_S <= self._clock.offset_s <= most_s + CLOCK_STEP_S:
            self._clock.offset_s = (least_s + most_s) / 2
        self._health.clock_is_off_by(self._clock.offset_s)

    def _hidden(self, text: str) -> str:
        """Some venues repeat in an error what was signed."""
        for secret in self._secrets:
            text = text.replace(secret.reveal(), "…") if secret.reveal() else text
        return _SIGNATURE.sub("…", text)


UNREADABLE = (KeyError, TypeError, ValueError, ArithmeticError, AttributeError, IndexError, AssertionError)


def unreadable(error: Exception) -> Unclear:
    return Unclear(f"the venue's answer cannot be read: {type(error).__name__}")
