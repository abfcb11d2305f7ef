"""An order whose outcome is unknown: asked for until the venue tells of it, or proves that it never had it."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from itertools import count

from portfolio.model.fill import OrderReport
from portfolio.model.order import Order, OrderStatus
from portfolio.ports import Unknown

LOOK_UP_AFTER_S = (0.2, 0.5, 1.0, 2.0)
LOOK_UP_PAST_LAPSE_S = (2.0, 2.5, *(2.75 + 0.25 * step for step in range(10)), 6.0, 7.0)
LOOK_UP_EVERY_S = 5.0
MOST_LOOK_UPS = 3
UNRESOLVED_AFTER_S = 60


class Doubt:
    """About one order, which the venue could take for `lapses_in_s` from now on."""

    def __init__(
        self,
        order: Order,
        lapses_in_s: float,
        look_up: Callable[[Order], Awaitable[OrderReport | None | Unknown]],
        report: Callable[[OrderReport], None],
        tell_unresolved: Callable[[Order, int], None],
    ) -> None:
        self._order = order
        self._lapses_in_s = lapses_in_s
        self._look_up = look_up
        self._report = report
        self._tell_unresolved = tell_unresolved
        self._is_over = asyncio.Event()

    async def resolve(self) -> None:
        """What became of the order was reported. Raises what went wrong with a look-up."""
        began_s, is_told = asyncio.get_running_loop().time(), False
        looks: set[asyncio.Task[None]] = set()
        async with asyncio.TaskGroup() as tasks:
            for at_s in look_ups(self._lapses_in_s):
                if await self._is_over_by(began_s + at_s):
                    break
                if at_s >= UNRESOLVED_AFTER_S and not is_told:
                    is_told = True
                    self._tell_unresolved(self._order, UNRESOLVED_AFTER_S)
                looks = {look for look in looks if not look.done()}
                if len(looks) < MOST_LOOK_UPS:  # one that hangs does not keep the next from being asked
                    looks.add(tasks.create_task(self._look()))
            for look in looks:
                look.cancel()

    async def _is_over_by(self, at_s: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(at_s):
                await self._is_over.wait()
        return self._is_over.is_set()

    async def _look(self) -> None:
        known = await self._look_up(self._order)
        if isinstance(known, Unknown) or self._is_over.is_set():
            return
        found = known if known is not None else self._absent()
        self._report(found)
        if found.status is not None:
            self._is_over.set()

    def _absent(self) -> OrderReport:
        status, reason = OrderStatus.NOT_ACCEPTED, "proven absent at the venue"
        return OrderReport(client_order_id=self._order.client_order_id, status=status, reason=reason)


def look_ups(lapses_in_s: float) -> Iterator[float]:
    """When to ask, in seconds from now: soon, then until there is proof once the venue could no longer take the order,
    for which two answers are enough, then on."""
    points = sorted({*LOOK_UP_AFTER_S, *(lapses_in_s + past_s for past_s in LOOK_UP_PAST_LAPSE_S)})
    yield from points
    yield from count(points[-1] + LOOK_UP_EVERY_S, LOOK_UP_EVERY_S)
