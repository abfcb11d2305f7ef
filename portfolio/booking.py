"""A venue's report becomes part of the books: executions booked once, status moved along the table."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from portfolio.book import Book, key_of
from portfolio.ledger import book_fill
from portfolio.model.account import TradingState, TradingStatus
from portfolio.model.command import EarlierOrder
from portfolio.model.decimals import ZERO, money
from portfolio.model.event import Event, EventKind
from portfolio.model.fill import Fill, OrderReport, Trade
from portfolio.model.guard import Amendment
from portfolio.model.order import RESTING, TRANSITIONS, Order, OrderStatus
from portfolio.model.position import Key, Position
from portfolio.model.scope import Scope

LATE_FILL = "LATE_FILL"
UNRESOLVED_ORDER = "UNRESOLVED_ORDER"
"""The cause of a state that ends by itself, once every order of the symbol is known."""

_EVENTS = {
    OrderStatus.OPEN: EventKind.ORDER_OPENED,
    OrderStatus.PARTIALLY_FILLED: EventKind.ORDER_PARTIALLY_FILLED,
    OrderStatus.FILLED: EventKind.ORDER_FILLED,
    OrderStatus.CANCELED: EventKind.ORDER_CANCELED,
    OrderStatus.EXPIRED: EventKind.ORDER_EXPIRED,
    OrderStatus.REJECTED: EventKind.ORDER_REJECTED,
    OrderStatus.EXPIRED_UNSENT: EventKind.ORDER_EXPIRED_UNSENT,
    OrderStatus.UNKNOWN: EventKind.ORDER_BECAME_UNKNOWN,
    OrderStatus.NOT_ACCEPTED: EventKind.ORDER_NOT_ACCEPTED,
    OrderStatus.PENDING_CANCEL: EventKind.CANCEL_REQUESTED,
}


@dataclass(frozen=True, slots=True)
class Booked:
    """The order as it was and as it is; equal where the report told nothing new.

    `filled` tells that executions were booked, `lost` that one of them reduced the position at a loss.
    """

    before: Order
    after: Order
    filled: bool = False
    lost: bool = False

    @property
    def is_news(self) -> bool:
        return self.before.status is not self.after.status or self.before.filled != self.after.filled


def book_report(
    book: Book, report: OrderReport, earlier: EarlierOrder | None, now: datetime, booked: Collection[str] = ()
) -> Booked | None:
    """Each execution is booked exactly once and the order has the status that follows; None for an order not ours.

    `booked` are executions that are in the books without the order: one that was adopted, and has traded before.
    """
    before, known = _find(book, report, earlier)
    if before is None:
        return None
    fresh = _not_yet_booked(report.trades, (*known, *booked))
    order, lost = _with_facts(before, report, now), False
    if order.triggered and not before.triggered:
        book.record(order_event(EventKind.ORDER_TRIGGERED, order, now))
    held = book.position(key_of(order))
    for trade in fresh:
        previous = book.position(key_of(order))
        order = _book_trade(book, order, trade, now)
        lost = lost or book.position(key_of(order)).is_loss_after(previous)
    if fresh:
        book.trades.put(order.client_order_id, (*known, *(trade.trade_id for trade in fresh)))
    if fresh and not before.is_live:
        _raise_late_fill(book, order, now)
    order = _with_amendment(book, order, report, now)
    moved = _move(book, order, _status_after(order, report), now, report.reason, is_same=order is before)
    _count_entry(book, before, moved, held)
    if fresh:
        recount_exits(book, key_of(order))
    return Booked(before, moved, bool(fresh), lost)


def move(book: Book, order: Order, status: OrderStatus, now: datetime, reason: str = "") -> Order:
    """The order is in its new status, with the event that tells so."""
    moved = order.moved_to(status, now)
    book.put_order(moved, reason)
    detail = {"reason": reason} if reason else {}
    if order.filled:
        detail["filled"] = str(order.filled)
    book.record(order_event(_EVENTS[status], moved, now, **detail))
    return moved


def order_event(kind: EventKind, order: Order, now: datetime, **detail: object) -> Event:
    return Event(
        kind=kind,
        time=now,
        origin=order.origin,
        client_order_id=order.client_order_id,
        account=order.account,
        strategy=order.strategy,
        symbol=order.symbol,
        detail=detail,
    )


def _find(book: Book, report: OrderReport, earlier: EarlierOrder | None) -> tuple[Order | None, tuple[str, ...]]:
    if earlier is not None and report.client_order_id not in book.orders:
        book.recall(earlier.order, earlier.trade_ids)
    return book.orders.get(report.client_order_id), book.trades.get(report.client_order_id) or ()


def _not_yet_booked(trades: tuple[Trade, ...], known: tuple[str, ...]) -> list[Trade]:
    fresh: dict[str, Trade] = {}
    for trade in trades:
        if trade.trade_id not in known:
            fresh.setdefault(trade.trade_id, trade)
    return list(fresh.values())


def _with_facts(order: Order, report: OrderReport, now: datetime) -> Order:
    """The very same order where the report has no fact of it that is news: most reports of a reconciliation."""
    venue_order_id = report.venue_order_id or order.venue_order_id
    sent_at, triggered = order.sent_at or report.sent_at, order.triggered or report.triggered
    if (venue_order_id, sent_at, triggered) == (order.venue_order_id, order.sent_at, order.triggered):
        return order
    return order.but(venue_order_id=venue_order_id, sent_at=sent_at, triggered=triggered, updated_at=now)


def _book_trade(book: Book, order: Order, trade: Trade, now: datetime) -> Order:
    fill = Fill(
        trade_id=trade.trade_id,
        client_order_id=order.client_order_id,
        account=order.account,
        strategy=order.strategy,
        symbol=order.symbol,
        side=order.side,
        quantity=trade.quantity,
        price=trade.price,
        fee=trade.fee,
        fee_currency=trade.fee_currency,
        source=trade.source,
        time=trade.time,
    )
    book_fill(book, fill, now)
    cost = order.cost + money(trade.quantity * trade.price)
    return order.but(filled=order.filled + trade.quantity, cost=cost, updated_at=now)


def _with_amendment(book: Book, order: Order, report: OrderReport, now: datetime) -> Order:
    """The order as its venue has it: as asked, once the venue said so or could not have done otherwise."""
    guard = order.guard
    if guard is None or guard.asked is None or not order.is_live:
        return order
    if report.amended is False:
        return order.but(guard=replace(guard, asked=None, refused=True))
    if not (report.amended or _has(order, guard.asked, report)):
        return order
    asked = guard.asked
    known = order.but(
        quantity=asked.quantity,
        stop_price=asked.stop_price,
        guard=replace(guard, asked=None, wanted=None if guard.wanted == asked else guard.wanted),
    )
    detail = {"quantity": str(asked.quantity), "stop_price": str(asked.stop_price), "before": str(order.quantity)}
    book.record(order_event(EventKind.ORDER_AMENDED, known, now, **detail))
    return known


def _has(order: Order, asked: Amendment, report: OrderReport) -> bool:
    """True where what the venue tells of the order shows that it has been amended, whatever became of the answer."""
    if asked.quantity == order.quantity:
        return False
    told = report.order is not None and report.order.quantity == asked.quantity
    return (
        told
        or order.filled > order.quantity
        or (report.status is OrderStatus.FILLED and order.filled == asked.quantity)
    )


def _status_after(order: Order, report: OrderReport) -> OrderStatus | None:
    """The status the report leads to: executions speak louder than a status that came late.

    What a venue shows as refused, and had rested there, has ended: it was refused when it was triggered.
    """
    if order.filled >= order.quantity and order.is_live and not _may_have_grown(order):
        return OrderStatus.FILLED
    if report.status is OrderStatus.FILLED and order.is_adopted:
        return OrderStatus.CANCELED
    if report.status in (None, OrderStatus.SUBMITTED, OrderStatus.OPEN) and order.filled:
        return (
            OrderStatus.PENDING_CANCEL if order.status is OrderStatus.PENDING_CANCEL else OrderStatus.PARTIALLY_FILLED
        )
    if report.status is OrderStatus.REJECTED and report.order is not None and order.status in RESTING:
        return OrderStatus.CANCELED
    if report.status is OrderStatus.FILLED and order.filled < order.quantity:
        if _was_cut(order, report):
            return OrderStatus.CANCELED
        return OrderStatus.PARTIALLY_FILLED if order.filled else OrderStatus.SUBMITTED
    return report.status


def _was_cut(order: Order, report: OrderReport) -> bool:
    """True where the venue cut a reduce-only order to the position, and all of that is filled."""
    told = report.order
    return told is not None and order.reduce_only and told.quantity < order.quantity and order.filled >= told.quantity


def _may_have_grown(order: Order) -> bool:
    """True while nobody knows whether the venue has made the order larger than it was."""
    return order.guard is not None and order.guard.asked is not None and order.guard.asked.quantity > order.quantity


def _move(book: Book, order: Order, status: OrderStatus | None, now: datetime, reason: str, *, is_same: bool) -> Order:
    """Along the table where it has the arrow; a status that the order is past is no news."""
    if status is None or status is order.status or status not in TRANSITIONS.get(order.status, ()):
        if not is_same:
            book.put_order(order)
        return order
    if status is OrderStatus.SUBMITTED:
        moved = order.moved_to(status, now)
        book.put_order(moved, reason)
        return moved
    return move(book, order, status, now, reason)


def _count_entry(book: Book, before: Order, after: Order, held: Position) -> None:
    """An entry that has ended with executions is one of those that built up the position; a live one counts itself.

    One that was counted already, and is filled late, counts again where that opens another position.
    """
    key, position = key_of(after), book.position(key_of(after))
    opens = after.side.signed(held.quantity) <= 0
    if _built(after) and (opens or not _built(before)) and after.side.signed(position.quantity) > 0:
        book.positions.put(key, replace(position, entries=position.entries + 1))


def _built(order: Order) -> bool:
    return not order.is_exit and not order.is_live and order.filled > 0


def recount_exits(book: Book, key: Key) -> None:
    """Live exits that could now open something count as entries, the newest first; reduce-only ones the venue stops."""
    reserved = book.reservation(key)
    if not (reserved.exits or reserved.exit_notional):
        return
    held, enforced = book.position(key).quantity, book.setup.enforces_reduce_only(key)
    exits = [order for order in book.live_orders(key) if order.is_exit]
    claimed = sum(map(book.claimed_by, exits), ZERO)
    for order in reversed(exits):
        closes = order.side.signed(held) < 0 and claimed <= abs(held)
        if not (order.reduce_only and enforced) and not order.is_waiting and not closes:
            claimed -= book.claimed_by(order)
            book.put_order(order.but(is_exit=False))


def _raise_late_fill(book: Book, order: Order, now: datetime) -> None:
    """A fill for an order that had ended: booked, told, and the symbol only reduces until somebody has looked."""
    book.record(order_event(EventKind.LATE_FILL, order, now, status=order.status.value))
    reduce_symbol(book, Scope(order.account, symbol=order.symbol), LATE_FILL, now)


def reduce_symbol(book: Book, scope: Scope, cause: str, now: datetime) -> None:
    """The symbol only reduces until a person resumes it; what stopped it before, and will not end by itself, stays."""
    known = book.states.get(scope)
    if known is None or known.cause == UNRESOLVED_ORDER:
        book.states.put(scope, TradingState(TradingStatus.REDUCING, cause, now))
