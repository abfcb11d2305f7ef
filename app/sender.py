"""Orders on their way to one account's venue, and what was learned of them on the way back."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from datetime import datetime

import structlog

from app.points import Point, Probe
from portfolio.model.command import (
    Command,
    FailReconciliation,
    FinishReconciliation,
    ReportCondition,
    ReportFunding,
    ReportOrder,
    ReportOutsideTrade,
)
from portfolio.model.effect import AmendOrder, CancelAtVenue, Effect, SendOrder, ShowPrice
from portfolio.model.fill import Funding, OrderReport, OutsideTrade, VenueReport
from portfolio.model.identifiers import AccountId, Symbol
from portfolio.model.order import Order, OrderStatus
from portfolio.model.venue import VenueCondition
from portfolio.ports import Exchange, Unknown

log = structlog.get_logger("sender")

LOOK_UP_AFTER_S = (0.2, 0.5, 1.0, 2.0)
LOOK_UP_EVERY_S = 5.0
CANCEL_AGAIN_AFTER_S = 1.0


class Lanes:
    """Effects by symbol: each symbol's keep their order, but a lane that begins with an exit or a cancel goes first."""

    def __init__(self) -> None:
        self._lanes: dict[Symbol, deque[Effect]] = {}

    def __bool__(self) -> bool:
        return bool(self._lanes)

    def __len__(self) -> int:
        return sum(map(len, self._lanes.values()))

    def put(self, effect: Effect) -> None:
        symbol = effect.symbol if isinstance(effect, ShowPrice) else effect.order.symbol
        self._lanes.setdefault(symbol, deque()).append(effect)

    def take(self) -> Effect:
        """The next effect. Raises StopIteration where there is none."""
        symbol = next((s for s, lane in self._lanes.items() if _reduces(lane[0])), None)
        if symbol is None:
            symbol = next(iter(self._lanes))
        lane = self._lanes[symbol]
        effect = lane.popleft()
        if not lane:
            del self._lanes[symbol]
        return effect

    def withdraw(self, order: Order) -> bool:
        """True where the order was still waiting here; it will not be sent."""
        lane = self._lanes.get(order.symbol, deque())
        for effect in lane:
            if isinstance(effect, SendOrder) and effect.order.client_order_id == order.client_order_id:
                lane.remove(effect)
                if not lane:
                    del self._lanes[order.symbol]
                return True
        return False


def _reduces(effect: Effect) -> bool:
    return isinstance(effect, CancelAtVenue | AmendOrder) or (isinstance(effect, SendOrder) and effect.order.is_exit)


class AccountSender:
    """Sends one account's orders, one at a time, and reports every outcome as a command."""

    def __init__(
        self,
        account: AccountId,
        exchange: Exchange,
        tell: Callable[[Command], None],
        clock: Callable[[], datetime],
        probe: Probe,
    ) -> None:
        self.account = account
        self._exchange = exchange
        self._tell = tell
        self._clock = clock
        self._probe = probe
        self._lanes = Lanes()
        self._something = asyncio.Event()
        self._busy = False
        self._looking: asyncio.TaskGroup | None = None

    @property
    def is_idle(self) -> bool:
        return not self._busy and not self._lanes

    @property
    def waiting(self) -> int:
        """How many effects have not been begun with."""
        return len(self._lanes)

    def submit(self, effect: Effect) -> None:
        """The effect will be carried out. A cancel of an order that has not left yet takes it out of the line."""
        if isinstance(effect, CancelAtVenue) and self._lanes.withdraw(effect.order):
            self._report(_ended(effect.order, OrderStatus.CANCELED, "canceled before it was sent"))
            return
        self._lanes.put(effect)
        self._something.set()

    async def run(self) -> None:
        """Sends until cancelled; raises what went wrong here or with a look-up, which must not end unnoticed."""
        async with asyncio.TaskGroup() as self._looking:
            while True:
                await self._something.wait()
                self._something.clear()
                while self._lanes:
                    self._busy = True
                    await self._carry_out(self._lanes.take())
                    self._busy = False

    async def reconcile(self, live: list[Order]) -> None:
        """The venue has been asked about every order it may have, and the core is told what it said."""
        reports: list[OrderReport] = []
        absent: list[str] = []
        for order in live:
            known = await self._exchange.look_up(order)
            if isinstance(known, Unknown):
                self._tell(FailReconciliation(self.account, known.reason))
                return
            if known is None:
                absent.append(order.client_order_id)
            else:
                reports.append(known)
        self._tell(FinishReconciliation(self.account, tuple(reports), tuple(absent)))

    async def _carry_out(self, effect: Effect) -> None:
        match effect:
            case ShowPrice():
                self._exchange.show_price(effect)
            case SendOrder(order):
                await self._send(order)
            case CancelAtVenue(order):
                await self._cancel(order)
            case AmendOrder(order):
                await self._amend(order)
        self._pass_on()

    def pass_time(self) -> None:
        """A venue without a clock of its own has been told what time it is."""
        self._exchange.pass_time(self._clock())
        self._pass_on()

    def _pass_on(self) -> None:
        for report in self._exchange.collect():
            self._report(report)

    async def _send(self, order: Order) -> None:
        if order.send_by is not None and self._clock() > order.send_by:
            self._report(_ended(order, OrderStatus.EXPIRED_UNSENT, "too old to be sent"))
            return
        self._probe(Point.ORDER_SENDING)
        answer = await self._exchange.send(order)
        self._probe(Point.ORDER_SENT)
        if isinstance(answer, Unknown):
            self._report(_ended(order, OrderStatus.UNKNOWN, answer.reason))
            self._in_background(self._find_out(order))
        else:
            self._report(answer)

    async def _cancel(self, order: Order) -> None:
        answer = await self._exchange.cancel(order)
        if isinstance(answer, Unknown):
            log.warning("cancel unknown", id=order.origin, order=order.client_order_id, reason=answer.reason)
            self._in_background(self._submit_later(CancelAtVenue(order)))
        else:
            self._report(answer)

    async def _amend(self, order: Order) -> None:
        """Says what the order shall be, so that to ask again is no harm."""
        answer = await self._exchange.amend(order)
        if isinstance(answer, Unknown):
            log.warning("amendment unknown", id=order.origin, order=order.client_order_id, reason=answer.reason)
            self._in_background(self._submit_later(AmendOrder(order)))
        else:
            self._report(answer)

    async def _find_out(self, order: Order) -> None:
        """Looks the order up until the venue tells of it, or proves that it never had it."""
        for delay_s in _look_up_delays():
            await asyncio.sleep(delay_s)
            known = await self._exchange.look_up(order)
            if known is None:
                self._report(_ended(order, OrderStatus.NOT_ACCEPTED, "proven absent at the venue"))
                return
            if not isinstance(known, Unknown):
                self._report(known)
                return

    async def _submit_later(self, effect: Effect) -> None:
        await asyncio.sleep(CANCEL_AGAIN_AFTER_S)
        self.submit(effect)

    def _in_background(self, work: Coroutine[None, None, None]) -> None:
        assert self._looking is not None
        self._looking.create_task(work)

    def _report(self, report: VenueReport) -> None:
        match report:
            case OrderReport():
                self._tell(ReportOrder(self.account, report))
            case OutsideTrade():
                self._tell(ReportOutsideTrade(self.account, report))
            case Funding():
                self._tell(ReportFunding(self.account, report))
            case VenueCondition():
                self._tell(ReportCondition(self.account, report))
        self._probe(Point.REPORT_QUEUED)


def _look_up_delays() -> Iterator[float]:
    yield from LOOK_UP_AFTER_S
    while True:
        yield LOOK_UP_EVERY_S


def _ended(order: Order, status: OrderStatus, reason: str) -> OrderReport:
    return OrderReport(client_order_id=order.client_order_id, status=status, reason=reason)
