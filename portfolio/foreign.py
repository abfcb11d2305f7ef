"""Orders that the desk does not know: told of once, their executions booked as nobody's, each exactly once."""

from collections.abc import Iterable

from portfolio.model.event import Event, EventKind
from portfolio.model.fill import Cause, OrderReport, OutsideTrade, Trade
from portfolio.model.identifiers import AccountId, Symbol
from portfolio.model.venue import ForeignOrders, VenueOrder
from portfolio.outside import book_outside
from portfolio.turn import Turn


def take_report(turn: Turn, account: AccountId, report: OrderReport) -> None:
    """The order was told of, and what it traded is in the books. Without the venue's description nobody knows what."""
    order = report.order
    facts: dict[str, object] = {"status": report.status, "trades": len(report.trades)}
    if order is not None:
        facts |= facts_of(order)
    if not is_expected(turn, account, order):
        tell_of(turn, account, report.client_order_id, order.symbol if order else None, **facts)
    if order is not None:
        book_executions(turn, account, order, report.trades)


def book_executions(turn: Turn, account: AccountId, order: VenueOrder, trades: Iterable[Trade]) -> None:
    """What of the executions was not booked yet is: as nobody's, or as the holders' where the venue protected them."""
    cause = Cause.PROTECTION if order.protects else Cause.FOREIGN
    for trade in trades:
        outside = OutsideTrade(symbol=order.symbol, side=order.side, cause=cause, trade=trade)
        book_outside(turn, account, outside)


def is_expected(turn: Turn, account: AccountId, order: VenueOrder | None) -> bool:
    """True for what a venue makes of the protection that entries take along: nobody need be told of that."""
    return order is not None and order.protects and turn.book.setup.attaches(account, order.symbol)


def tell_of(turn: Turn, account: AccountId, known_as: str, symbol: Symbol | None, **facts: object) -> None:
    """An event says so, once for each order; none where foreign orders are ignored."""
    policy = turn.book.setup.accounts[account].foreign_orders
    if policy is ForeignOrders.IGNORE or known_as in turn.news.foreign or _was_told_of(turn, account, known_as):
        return
    turn.book.record(
        Event(
            kind=EventKind.FOREIGN_ORDER_REPORTED,
            time=turn.now,
            origin=known_as,
            client_order_id=known_as,
            account=account,
            symbol=symbol,
            detail=facts,
        )
    )


def facts_of(order: VenueOrder) -> dict[str, object]:
    return {
        "venue_order_id": order.venue_order_id,
        "side": order.side.value,
        "type": order.order_type.value,
        "quantity": str(order.quantity),
        "filled": str(order.filled),
        "price": str(order.price) if order.price is not None else None,
        "stop_price": str(order.stop_price) if order.stop_price is not None else None,
        "reduce_only": order.reduce_only,
    }


def _was_told_of(turn: Turn, account: AccountId, known_as: str) -> bool:
    """By a command of the same batch."""
    return any(
        event.kind is EventKind.FOREIGN_ORDER_REPORTED and (event.account, event.origin) == (account, known_as)
        for event in turn.book.history.events
    )
