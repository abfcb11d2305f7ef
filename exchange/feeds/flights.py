"""Requests under way, so that nobody asks for what somebody else is being told already."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Hashable, Iterable
from typing import Any

from ccxt.base.errors import BaseError

from exchange.feeds.errand import errand
from exchange.feeds.fault import Fault, told_by_ccxt, unreadable
from exchange.feeds.standing import Standing
from portfolio.prices.source import SourceStatus

SETTLED_WITHIN_S = 0.05
"""A flight that runs out of time says so itself."""


class Flights:
    """Each is a task of its own, which ends with what was asked for or with a Fault: a caller that goes away ends none
    of them, and whatever becomes of them is the venue's standing, but for those aside."""

    def __init__(self, standing: Standing, timeout_s: float) -> None:
        self._standing = standing
        self._timeout_s = timeout_s
        self._tasks: dict[Hashable, asyncio.Task[Any]] = {}

    def under_way(self, key: Hashable) -> asyncio.Task[Any] | None:
        return self._tasks.get(key)

    def join(
        self,
        key: Hashable,
        what: str,
        ask: Callable[[], Coroutine[Any, Any, Any]],
        until_s: float,
        *,
        is_aside: bool = False,
    ) -> asyncio.Task[Any]:
        """What is under way for the key, else a new flight."""
        return self._tasks.get(key) or self.begin([key], what, ask, until_s, is_aside=is_aside)

    def begin(
        self,
        keys: Iterable[Hashable],
        what: str,
        ask: Callable[[], Coroutine[Any, Any, Any]],
        until_s: float,
        *,
        is_aside: bool = False,
    ) -> asyncio.Task[Any]:
        """It is under way for all of the keys until it ends, and ends by `until_s`. One aside says nothing of how the
        venue does as a source of prices."""
        return self._book(asyncio.create_task(self._fly(what, ask, until_s, is_aside=is_aside)), keys)

    def share(self, key: Hashable, others: Iterable[Hashable]) -> asyncio.Task[Any]:
        """What is under way for the key is so for the others, too."""
        return self._book(self._tasks[key], others)

    async def land(self, flights: Iterable[asyncio.Task[Any]], until_s: float) -> Fault | None:
        """Waits for all of them, no longer than until then; the fault of one of them where there is any."""
        if not (waiting := set(flights)):
            return None
        done, _ = await asyncio.wait(waiting, timeout=max(0.0, until_s - time.monotonic()) + SETTLED_WITHIN_S)
        ends = [flight.result() for flight in done if not flight.cancelled()]
        return next((end for end in ends if isinstance(end, Fault)), None)

    async def close(self) -> None:
        tasks = set(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _fly(
        self, what: str, ask: Callable[[], Coroutine[Any, Any, Any]], until_s: float, *, is_aside: bool
    ) -> Any:
        with errand(until_s) as made:
            try:
                async with asyncio.timeout(until_s - time.monotonic()):
                    told = await ask()
            except Fault as error:
                fault = error
            except TimeoutError:
                fault = Fault(SourceStatus.TIMED_OUT, f"no answer within {self._timeout_s:g} s")
            except BaseError as error:
                fault = told_by_ccxt(error)
            except Exception as error:  # noqa: BLE001 - the top of a task: whatever a venue answers ends as a state
                fault = unreadable(what, error)
            else:
                if not is_aside:
                    self._standing.answered(made.took_s if made.passages else None)
                return told
        if not is_aside:
            self._standing.failed(fault)
        return fault

    def _book(self, task: asyncio.Task[Any], keys: Iterable[Hashable]) -> asyncio.Task[Any]:
        named = tuple(keys)
        self._tasks.update(dict.fromkeys(named, task))
        task.add_done_callback(lambda ended: self._forget(named, ended))
        return task

    def _forget(self, keys: tuple[Hashable, ...], ended: asyncio.Task[Any]) -> None:
        for key in keys:
            if self._tasks.get(key) is ended:
                del self._tasks[key]
