"""One account's book held against its venue: at the start, on a timer, and whenever something may have been missed."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import structlog

from app.engine import Engine
from app.queueing import NotStored
from portfolio.model.account import Readiness
from portfolio.model.command import FailReconciliation, FinishReconciliation
from portfolio.model.fill import OrderReport, VenueReport
from portfolio.model.identifiers import AccountId, ClientOrderId
from portfolio.model.order import Order, OrderStatus
from portfolio.model.scope import Scope
from portfolio.model.venue import Survey, VenueOrder
from portfolio.ports import Exchange, Unknown
from portfolio.reply import Reconciled

T = TypeVar("T")
log = structlog.get_logger("reconciliation")

AGAIN_AFTER_S = (0.5, 0.5, 1.0, 1.0, 2.0, 2.0, 5.0)
IN_DOUBT_AGAIN_AFTER_S = 1.0
FAILURES_TO_TELL = 3
LOOK_UPS_AT_ONCE = 8


class NotReconciled(Exception):
    """The venue could not be asked, or did not tell enough; the message says what."""


class InDoubt(NotReconciled):
    """It was asked, and cannot say yet what became of some orders: time will tell."""


@dataclass(slots=True)
class Found:
    """What was asked of single orders: reports of those that the venue has, ids of those that it provably has not, and
    why nothing can be said of the others that are in doubt."""

    reports: list[OrderReport] = field(default_factory=list)
    absent: list[ClientOrderId] = field(default_factory=list)
    in_doubt: list[str] = field(default_factory=list)


class Reconciler:
    """Asks one account's venue, and has the core compare. `tell` gets what venues report."""

    def __init__(
        self,
        account: AccountId,
        exchange: Exchange,
        engine: Engine,
        clock: Callable[[], datetime],
        tell: Callable[[VenueReport], None],
        every_s: float | None,
    ) -> None:
        """With `every_s` None the account is reconciled once."""
        self.account = account
        self._exchange = exchange
        self._engine = engine
        self._clock = clock
        self._tell = tell
        self._every_s = every_s
        self._one_at_a_time = asyncio.Lock()
        self._from_before: frozenset[ClientOrderId] = frozenset()

    def begin(self) -> None:
        """What is live now was sent by the process before. Orders of this one are their sender's: to ask is a race."""
        self._from_before = frozenset(order.client_order_id for order in self._live())

    async def run(self) -> None:
        """Reconciles until cancelled, or once. What went wrong is tried again twice before it means anything."""
        failures = 0
        while True:
            pause_s = AGAIN_AFTER_S[0]
            try:
                settled = (await self.reconcile()).settled
                failures = 0
            except (NotReconciled, NotStored) as error:
                settled = False
                failures += 1
                if failures == FAILURES_TO_TELL:
                    log.warning("not reconciled", account=self.account, reason=str(error))
                    self._engine.tell(FailReconciliation(self.account, str(error)))
                pause_s = AGAIN_AFTER_S[min(failures, len(AGAIN_AFTER_S)) - 1]
                if isinstance(error, InDoubt):
                    pause_s = IN_DOUBT_AGAIN_AFTER_S
            if settled and self._every_s is None:
                return
            if settled:
                await self._until_due()
            else:
                await asyncio.sleep(pause_s)

    async def _until_due(self) -> None:
        try:
            async with asyncio.timeout(self._every_s):
                await self._exchange.gap()
        except TimeoutError:
            pass

    async def reconcile(self) -> Reconciled:
        """The book agrees with the venue, or says where it does not. Raises NotReconciled or NotStored."""
        async with self._one_at_a_time:
            return await self._round()

    async def _round(self) -> Reconciled:
        asked_at, live = self._clock(), self._asked_about()
        survey = await _known(self._exchange.survey())
        since = self._engine.book.history_since(self.account)
        history = await _known(self._exchange.history(since)) if since is not None else []
        for report in history:
            self._tell(report)
        found = await self._look_into(live, survey)
        reply = await self._engine.execute(
            FinishReconciliation(
                self.account,
                reports=tuple(found.reports),
                absent=tuple(found.absent),
                orders=self._others(survey.orders, live),
                positions=survey.positions,
                balances=survey.balances,
                asked_at=asked_at,
            )
        )
        assert isinstance(reply, Reconciled)
        return reply

    def _asked_about(self) -> dict[ClientOrderId, Order]:
        """Live orders that the venue should know; of those in doubt only what an earlier process left."""
        is_first = self._engine.readiness_of(self.account) is not Readiness.RECONCILED
        return {
            order.client_order_id: order
            for order in self._live()
            if not order.is_in_doubt or (is_first and order.client_order_id in self._from_before)
        }

    def _live(self) -> list[Order]:
        live = self._engine.book.live_orders_in(Scope(self.account))
        return [order for order in live if not order.is_waiting]

    async def _look_into(self, live: dict[ClientOrderId, Order], survey: Survey) -> Found:
        """What rests as expected needs no more asking; everything else is asked for by itself."""
        resting = {order.client_order_id or order.venue_order_id: order for order in survey.orders}
        found, missing = Found(), []
        for order_id, order in live.items():
            there = resting.get(order_id)
            if there is not None and there.filled == order.filled:
                found.reports.append(_resting(order_id, there))
            else:
                missing.append(order)
        limit = asyncio.Semaphore(LOOK_UPS_AT_ONCE)
        async with asyncio.TaskGroup() as tasks:
            for order in missing:
                tasks.create_task(self._look_up(order, found, limit))
        if found.in_doubt:
            self._tell_of(found, live)
            raise InDoubt(", ".join(found.in_doubt))
        return found

    def _tell_of(self, found: Found, live: dict[ClientOrderId, Order]) -> None:
        """What is known of some orders does not wait for what is not known of others."""
        for report in found.reports:
            self._tell(report)
        for order_id in found.absent:
            if live[order_id].status is OrderStatus.UNKNOWN:
                status, reason = OrderStatus.NOT_ACCEPTED, "proven absent at the venue"
                self._tell(OrderReport(client_order_id=order_id, status=status, reason=reason))

    async def _look_up(self, order: Order, found: Found, limit: asyncio.Semaphore) -> None:
        async with limit:
            known = await self._exchange.look_up(order)
        if known is None:
            found.absent.append(order.client_order_id)
        elif isinstance(known, OrderReport):
            found.reports.append(known)
        elif order.is_in_doubt:
            found.in_doubt.append(f"order {order.client_order_id}: {known.reason}")

    def _others(self, resting: Iterable[VenueOrder], live: dict[ClientOrderId, Order]) -> tuple[VenueOrder, ...]:
        """Orders that were not known as live before the venue was asked, nor are now."""
        known = {*live, *(order.client_order_id for order in self._live())}
        return tuple(o for o in resting if (o.client_order_id or o.venue_order_id) not in known)


async def _known(asked: Awaitable[T | Unknown]) -> T:
    """What the venue said. Raises NotReconciled."""
    answer = await asked
    if isinstance(answer, Unknown):
        raise NotReconciled(answer.reason)
    return answer


def _resting(order_id: ClientOrderId, there: VenueOrder) -> OrderReport:
    return OrderReport(client_order_id=order_id, status=there.status, venue_order_id=there.venue_order_id, order=there)
