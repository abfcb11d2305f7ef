"""Orders on their way to one account's venue, and what was learned of them on the way back."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from datetime import datetime

import structlog

from app.doubt import Doubt
from app.lanes import Lanes
from app.points import Point, Probe
from portfolio.model.command import (
    Command,
    ReportCondition,
    ReportDetached,
    ReportFunding,
    ReportOrder,
    ReportOutsideTrade,
    ReportUnresolved,
)
from portfolio.model.effect import AmendOrder, CancelAtVenue, DetachProtection, Effect, SendOrder, ShowPrice
from portfolio.model.fill import Funding, OrderReport, OutsideTrade, VenueReport
from portfolio.model.identifiers import AccountId, ClientOrderId
from portfolio.model.order import Order, OrderStatus
from portfolio.model.venue import VenueCondition
from portfolio.ports import Exchange, Unknown, Unsent

log = structlog.get_logger("sender")

CANCEL_AGAIN_AFTER_S = 1.0
DETACH_AGAIN_AFTER_S = 1.0
SEND_AGAIN_AFTER_S = 0.5


class AccountSender:
    """Sends one account's orders, a symbol's one after the other, and reports every outcome as a command."""

    def __init__(
        self,
        account: AccountId,
        exchange: Exchange,
        tell: Callable[[Command], None],
        clock: Callable[[], datetime],
        probe: Probe,
    ) -> None:
        self.account = account
        self.exchange = exchange
        self._tell = tell
        self._clock = clock
        self._probe = probe
        self._lanes = Lanes()
        self._something = asyncio.Event()
        self._under_way = 0
        self._detaching: set[ClientOrderId] = set()
        self._left_unknown: tuple[Order, ...] = ()
        self._tasks: asyncio.TaskGroup | None = None

    @property
    def is_idle(self) -> bool:
        return not self._under_way and not self._lanes

    @property
    def waiting(self) -> int:
        """How many effects have not been begun with."""
        return len(self._lanes)

    def submit(self, effect: Effect) -> None:
        """The effect will be carried out. A cancel of an order that has not left yet takes it out of the line."""
        if isinstance(effect, CancelAtVenue) and self._lanes.withdraw(effect.order):
            self.report(_ended(effect.order, OrderStatus.CANCELED, "canceled before it was sent"))
            return
        self._lanes.put(effect)
        if self.exchange.at_once > 1 and self._tasks is not None:
            self._begin()
        else:
            self._something.set()

    def take_over(self, unknown: Iterable[Order]) -> None:
        """Orders that an earlier process left unknown are looked up as if this one had sent them."""
        self._left_unknown = tuple(unknown)

    async def run(self) -> None:
        """Sends until cancelled; raises what went wrong here or with a look-up, which must not end unnoticed."""
        async with asyncio.TaskGroup() as self._tasks:
            self._tasks.create_task(self.exchange.run(self._pass_on))
            for order in self._left_unknown:
                self._in_background(self._find_out(order, Unknown("its outcome was unknown when the process ended")))
            while True:
                await self._something.wait()
                self._something.clear()
                if self.exchange.at_once > 1:
                    self._begin()
                else:
                    await self._do_all()

    def _begin(self) -> None:
        """Everything is under way that may be."""
        while self._under_way < self.exchange.at_once and (effect := self._lanes.take()) is not None:
            self._under_way += 1
            self._in_background(self._carry_out(effect))

    async def _do_all(self) -> None:
        """One after the other, everything is done."""
        while (effect := self._lanes.take()) is not None:
            self._under_way += 1
            await self._carry_out(effect)

    async def _carry_out(self, effect: Effect) -> None:
        match effect:
            case ShowPrice():
                self.exchange.show_price(effect)
            case SendOrder(order):
                await self._send(effect, order)
            case CancelAtVenue(order):
                await self._cancel(order)
            case AmendOrder(order):
                await self._amend(order)
            case DetachProtection(entry=entry) if entry not in self._detaching:
                self._detaching.add(entry)
                self._in_background(self._detach(effect))  # nothing of the symbol has to wait for it
        self._lanes.done(effect)
        self._under_way -= 1
        self._pass_on()
        if self._lanes:
            self._something.set()

    def pass_time(self) -> None:
        """A venue without a clock of its own has been told what time it is."""
        self.exchange.pass_time(self._clock())
        self._pass_on()

    def _pass_on(self) -> None:
        for report in self.exchange.collect():
            self.report(report)

    async def _send(self, effect: SendOrder, order: Order) -> None:
        if order.send_by is not None and self._clock() > order.send_by:
            self.report(_ended(order, OrderStatus.EXPIRED_UNSENT, "too old to be sent"))
            return
        self._probe(Point.ORDER_SENDING)
        answer = await self.exchange.send(order)
        self._probe(Point.ORDER_SENT)
        match answer:
            case Unknown():
                self.report(_ended(order, OrderStatus.UNKNOWN, answer.reason))
                self._in_background(self._find_out(order, answer))
            case Unsent():
                self._send_again(effect, answer)
            case _:
                self.report(answer)

    def _send_again(self, effect: SendOrder, unsent: Unsent) -> None:
        """Nothing left, so that it may go once more, and with it what its symbol has in line behind it."""
        pause_s = max(unsent.pause_s, SEND_AGAIN_AFTER_S)
        log.warning("not sent yet", order=effect.order.client_order_id, reason=unsent.reason, again_in_s=pause_s)
        self._lanes.again(effect, pause_s)
        asyncio.get_running_loop().call_later(pause_s, self._something.set)

    async def _cancel(self, order: Order) -> None:
        answer = await self.exchange.cancel(order)
        if isinstance(answer, Unknown):
            log.warning("cancel unknown", id=order.origin, order=order.client_order_id, reason=answer.reason)
            self._in_background(self._submit_later(CancelAtVenue(order)))
        else:
            self.report(answer)

    async def _amend(self, order: Order) -> None:
        """Says what the order shall be, so that to ask again is no harm."""
        answer = await self.exchange.amend(order)
        if isinstance(answer, Unknown):
            log.warning("amendment unknown", id=order.origin, order=order.client_order_id, reason=answer.reason)
            self._in_background(self._submit_later(AmendOrder(order)))
        else:
            self.report(answer)

    async def _detach(self, effect: DetachProtection) -> None:
        """Asked again once what was asked before can have no effect any more: it might be another entry's by then."""
        while True:
            answer = await self.exchange.detach(effect.symbol, effect.entry, rests=effect.rests)
            if answer is None:
                self._detaching.discard(effect.entry)
                self._tell(ReportDetached(self.account, effect.entry))
                return
            log.warning("not detached yet", order=effect.entry, reason=answer.reason)
            await asyncio.sleep(max(DETACH_AGAIN_AFTER_S, answer.lapses_in_s))

    async def _find_out(self, order: Order, unknown: Unknown) -> None:
        """The order's outcome is reported once it is known."""
        await Doubt(order, unknown.lapses_in_s, self.exchange.look_up, self.report, self._tell_unresolved).resolve()

    def _tell_unresolved(self, order: Order, after_s: int) -> None:
        self._tell(ReportUnresolved(self.account, order.client_order_id, after_s))

    async def _submit_later(self, effect: Effect) -> None:
        await asyncio.sleep(CANCEL_AGAIN_AFTER_S)
        self.submit(effect)

    def _in_background(self, work: Coroutine[None, None, None]) -> None:
        assert self._tasks is not None
        self._tasks.create_task(work)

    def report(self, report: VenueReport) -> None:
        """The core will hear of it."""
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


def _ended(order: Order, status: OrderStatus, reason: str) -> OrderReport:
    return OrderReport(client_order_id=order.client_order_id, status=status, reason=reason)
