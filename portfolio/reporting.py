"""What a venue says of an order, of ours or not, with everything that follows from it."""

from portfolio.booking import book_report, move, order_event
from portfolio.counting import count_executions
from portfolio.following import follow_up
from portfolio.foreign import book_executions, take_report
from portfolio.model.account import TradingState, TradingStatus
from portfolio.model.command import EarlierOrder
from portfolio.model.event import EventKind
from portfolio.model.fill import OrderReport
from portfolio.model.identifiers import AccountId
from portfolio.model.order import TRANSITIONS, Order, OrderStatus
from portfolio.model.scope import Scope
from portfolio.operating import cancel_entries
from portfolio.turn import Turn

ORDER_MISMATCH = "ORDER_MISMATCH"


def report(turn: Turn, account: AccountId, told: OrderReport, earlier: EarlierOrder | None) -> None:
    """The report is in the books; `earlier` is the order where it has left them.

    An order that its venue describes as another than ours halts its symbol until a person has looked. What one on the
    other side traded, or on another symbol, is nobody's, and ours has ended.
    """
    ours = turn.book.orders.get(told.client_order_id) or (earlier.order if earlier else None)
    if ours is not None and is_another(ours, told):
        _end(turn, ours, told)
        assert told.order is not None
        book_executions(turn, account, told.order, told.trades)
    else:
        _book(turn, account, told, earlier)
    if ours is not None and (told.mismatch or is_another(ours, told)):
        _halt(turn, ours, told)


def is_another(order: Order, told: OrderReport) -> bool:
    """True where the venue's order with this id does what ours never could."""
    known = told.order
    return known is not None and (known.symbol, known.side) != (order.symbol, order.side)


def _book(turn: Turn, account: AccountId, told: OrderReport, earlier: EarlierOrder | None) -> None:
    booked = book_report(turn.book, told, earlier, turn.now, turn.news.trade_ids)
    if booked is None:
        take_report(turn, account, told)
    elif booked.is_news:
        count_executions(turn.book, turn.limits, booked, turn.now)
        follow_up(turn, booked.after, booked.before)


def _end(turn: Turn, order: Order, told: OrderReport) -> None:
    """The id is taken at the venue, so that ours was never accepted."""
    if OrderStatus.REJECTED in TRANSITIONS.get(order.status, ()):
        reason = told.mismatch or "the venue has another order with this id"
        follow_up(turn, move(turn.book, order, OrderStatus.REJECTED, turn.now, reason))


def _halt(turn: Turn, order: Order, told: OrderReport) -> None:
    scope = Scope(order.account, symbol=order.symbol)
    known = turn.book.states.get(scope)
    if known is not None and (known.status, known.cause) == (TradingStatus.HALTED, ORDER_MISMATCH):
        return
    turn.book.states.put(scope, TradingState(TradingStatus.HALTED, ORDER_MISMATCH, turn.now))
    mismatch = told.mismatch or "side or symbol"
    turn.book.record(order_event(EventKind.ORDER_MISMATCHED, order, turn.now, mismatch=mismatch))
    cancel_entries(turn, scope)
