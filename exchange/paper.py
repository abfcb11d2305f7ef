"""The paper exchange: a venue in this process that accepts, refuses and fills orders as a real one would.

It keeps nothing of its own: what it has told exists once the book has committed it, and after a restart it is
rebuilt from the book.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from exchange.engine import MatchingEngine, News
from exchange.ledger import VenueState, VenueTerms
from exchange.matching import reaches, triggers
from exchange.ticket import Execution, Liquidation, MarketPrice, Ticket, Update
from portfolio.model.effect import ShowPrice
from portfolio.model.fill import Cause, Funding, OrderReport, OutsideTrade, Trade, VenueReport
from portfolio.model.identifiers import ClientOrderId, Symbol
from portfolio.model.order import RESTING, Order, OrderStatus, OrderType
from portfolio.model.venue import Survey, VenueOrder

MOST_KNOWN_IDS = 10_000


def ticket_of(order: Order, executions: int = 0) -> Ticket:
    """The order as the venue keeps it. A market order trades at the price it was decided at."""
    is_market = order.order_type is OrderType.MARKET
    return Ticket(
        id=order.client_order_id,
        symbol=order.symbol,
        side=order.side,
        order_type=order.order_type,
        quantity=order.quantity,
        price=order.price,
        stop_price=order.stop_price,
        reduce_only=order.reduce_only,
        post_only=order.post_only,
        time_in_force=order.time_in_force,
        expires_at=order.expires_at,
        at=MarketPrice.single(order.reference_price, order.reference_source) if is_market else None,
        filled=order.filled,
        executions=executions,
        triggered=order.triggered,
    )


def is_reached(order: Order, price: MarketPrice) -> bool:
    """True where an order that rests would trade, or be triggered, at the price."""
    if order.status not in RESTING:
        return False
    ticket = ticket_of(order)
    return triggers(ticket, price) if ticket.waits_for_trigger else reaches(ticket, price)


class PaperExchange:
    """Implements `portfolio.ports.Exchange` for one account."""

    at_once = 1

    def __init__(self, terms: VenueTerms, state: VenueState, clock: Callable[[], datetime]) -> None:
        self._state = state
        self._engine = MatchingEngine(terms, state)
        self._clock = clock
        self._known: dict[ClientOrderId, None] = dict.fromkeys(state.resting)
        self._reports: list[VenueReport] = []

    async def send(self, order: Order) -> OrderReport:
        """FILLED, OPEN, REJECTED or CANCELED, in one report."""
        sent_at = self._clock()
        if order.client_order_id in self._known:
            return _ended(order, OrderStatus.REJECTED, "the client order id was used before", sent_at)
        update = self._engine.place(ticket_of(order), sent_at)
        if update.status is not OrderStatus.REJECTED:
            self._remember(order.client_order_id)
        return self._told(update, sent_at)

    async def cancel(self, order: Order) -> OrderReport:
        """CANCELED where the order was resting; otherwise no news: its end was told already."""
        update = self._engine.cancel(order.client_order_id)
        return self._told(update) if update else _ended(order, None)

    async def amend(self, order: Order) -> OrderReport:
        """The resting order is as asked; or it is as it was, with the reason why."""
        done = self._engine.amend(order.client_order_id, order.quantity, order.price, order.stop_price, self._clock())
        if isinstance(done, str):
            return replace(_ended(order, None, done), amended=False)
        return replace(self._told(done), amended=True)

    async def detach(self, symbol: Symbol, entry: ClientOrderId, *, rests: bool) -> None:
        """Nothing is ever attached: the desk is the venue."""

    async def look_up(self, order: Order) -> OrderReport | None:
        """OPEN for a resting order; None for any other, which is proof: whatever was filled is in the book."""
        return _ended(order, OrderStatus.OPEN) if order.client_order_id in self._state.resting else None

    async def survey(self) -> Survey:
        """What rests. Positions and balances are the desk's own."""
        return Survey(orders=tuple(_described(ticket) for ticket in self._state.resting.values()))

    async def history(self, since: datetime) -> list[VenueReport]:
        """Nothing: what was filled is in the book."""
        return []

    async def run(self, news: Callable[[], None]) -> None:
        """A venue in this process needs no line to it: what it does by itself it does when it is called."""

    async def gap(self) -> None:
        """Never returns: nothing is missed."""
        await asyncio.Event().wait()

    def show_price(self, price: ShowPrice) -> None:
        """Resting orders that the price reaches are filled, oldest first."""
        market = MarketPrice(price.bid, price.ask, price.source)
        self._tell(self._engine.show(price.symbol, market, self._clock()))

    def pass_time(self, now: datetime) -> None:
        """Orders expire and funding is paid."""
        self._tell(self._engine.pass_time(now))

    def collect(self) -> list[VenueReport]:
        reports, self._reports = self._reports, []
        return reports

    def _remember(self, order_id: ClientOrderId) -> None:
        """Ids are refused when repeated, as far back as anybody would repeat one."""
        self._known[order_id] = None
        if len(self._known) > MOST_KNOWN_IDS:
            del self._known[next(iter(self._known))]

    def _tell(self, news: Iterable[News]) -> None:
        for item in news:
            match item:
                case Update():
                    self._reports.append(self._told(item))
                case Liquidation():
                    self._reports.append(self._liquidated(item))
                case Funding():
                    self._reports.append(item)

    def _told(self, update: Update, sent_at: datetime | None = None) -> OrderReport:
        ticket = update.ticket
        return OrderReport(
            client_order_id=ticket.id,
            status=update.status,
            trades=tuple(self._trade(f"{ticket.id}-{item.number}", item) for item in update.executions),
            reason=update.reason,
            sent_at=sent_at,
            triggered=ticket.triggered,
        )

    def _trade(self, trade_id: str, execution: Execution) -> Trade:
        return Trade(
            trade_id=trade_id,
            quantity=execution.quantity,
            price=execution.price,
            fee=execution.fee,
            fee_currency=execution.fee_currency,
            source=execution.source,
            time=self._clock(),
        )

    def _liquidated(self, liquidation: Liquidation) -> OutsideTrade:
        epoch_us = int(self._clock().timestamp() * 1_000_000)
        trade = self._trade(f"liquidation-{liquidation.symbol}-{epoch_us}", liquidation.execution)
        return OutsideTrade(symbol=liquidation.symbol, side=liquidation.side, cause=Cause.LIQUIDATION, trade=trade)


def _described(ticket: Ticket) -> VenueOrder:
    return VenueOrder(
        client_order_id=ticket.id,
        venue_order_id=ticket.id,
        symbol=ticket.symbol,
        side=ticket.side,
        order_type=ticket.order_type,
        quantity=ticket.quantity,
        price=ticket.price,
        stop_price=ticket.stop_price,
        reduce_only=ticket.reduce_only,
        time_in_force=ticket.time_in_force,
        status=OrderStatus.OPEN,
        filled=ticket.filled,
    )


def _ended(order: Order, status: OrderStatus | None, reason: str = "", sent_at: datetime | None = None) -> OrderReport:
    return OrderReport(client_order_id=order.client_order_id, status=status, reason=reason, sent_at=sent_at)
