"""A venue's truth against the book: what it has is adopted, what it provably has not is sent again or ended."""

from portfolio.booking import book_report, move, order_event
from portfolio.closing import continue_flattening
from portfolio.counting import count_executions
from portfolio.following import follow_up, retest_and_send
from portfolio.model.account import Readiness
from portfolio.model.command import FailReconciliation, FinishReconciliation
from portfolio.model.effect import CancelAtVenue
from portfolio.model.event import Event, EventKind
from portfolio.model.identifiers import ClientOrderId
from portfolio.model.order import Order, OrderStatus
from portfolio.model.scope import Scope
from portfolio.turn import Turn


def finish(turn: Turn, command: FinishReconciliation) -> None:
    """The account may take new risk: no order of it is in doubt but those whose outcome stays unknown.

    Once reconciled, what is PENDING is on its way in this process: that a venue does not have it yet proves nothing.
    """
    known = turn.book.readiness.get(command.account)
    is_first = known in (None, Readiness.STARTING)
    turn.book.readiness.put(command.account, Readiness.RECONCILED)
    for report in command.reports:
        booked = book_report(turn.book, command.account, report, None, turn.now)
        if booked is not None and booked.is_news:
            count_executions(turn.book, turn.limits, booked, turn.now)
            follow_up(turn, booked.after, booked.before)
    for order_id in _unknown_first(turn, command.absent):
        order = turn.book.orders.get(order_id)
        if order is not None and order.is_in_doubt and (is_first or order.status is OrderStatus.UNKNOWN):
            settle_absent(turn, order)
    _resume_unfinished(turn, Scope(command.account), is_first=is_first)
    if known is not Readiness.RECONCILED:
        detail = {"found": len(command.reports), "absent": len(command.absent)}
        turn.book.record(
            Event(kind=EventKind.ACCOUNT_RECONCILED, time=turn.now, account=command.account, detail=detail)
        )


def fail(turn: Turn, command: FailReconciliation) -> None:
    """New risk is denied as NOT_RECONCILED until a reconciliation succeeds; one that never has stays STARTING."""
    if turn.book.readiness.get(command.account) is Readiness.RECONCILED:
        turn.book.readiness.put(command.account, Readiness.FAILED)
    turn.book.record(
        Event(
            kind=EventKind.RECONCILIATION_FAILED,
            time=turn.now,
            account=command.account,
            detail={"error": command.error},
        )
    )


def settle_absent(turn: Turn, order: Order) -> None:
    """An order the venue provably never had: an UNKNOWN one ends, a PENDING one leaves again if it still may."""
    if order.status is OrderStatus.UNKNOWN:
        follow_up(turn, move(turn.book, order, OrderStatus.NOT_ACCEPTED, turn.now, "proven absent at the venue"))
    elif order.cancel_requested:
        follow_up(turn, move(turn.book, order, OrderStatus.CANCELED, turn.now, "canceled before it was sent"))
    elif order.send_by is not None and turn.now > order.send_by:
        follow_up(turn, move(turn.book, order, OrderStatus.EXPIRED_UNSENT, turn.now, "too old to be sent"))
    else:
        sent = retest_and_send(turn, order, has_left=True)
        if sent.is_live:
            turn.book.record(order_event(EventKind.ORDER_RESENT, sent, turn.now))
        else:
            follow_up(turn, sent)


def _unknown_first(turn: Turn, order_ids: tuple[ClientOrderId, ...]) -> list[ClientOrderId]:
    """What is UNKNOWN ends before anything else is tried again: it would block new risk on its symbol."""
    unknown = {order_id for order_id, order in turn.book.orders.items() if order.status is OrderStatus.UNKNOWN}
    return sorted(order_ids, key=lambda order_id: order_id not in unknown)


def _resume_unfinished(turn: Turn, scope: Scope, *, is_first: bool) -> None:
    """Cancels, amendments and flattenings that a stop of the process cut off go on."""
    for order in turn.book.live_orders_in(scope):
        if order.status is OrderStatus.PENDING_CANCEL:
            turn.effects.append(CancelAtVenue(order))
        elif is_first and order.guard is not None and order.guard.asked is not None:
            turn.ask_to_amend(order)
    for key in list(turn.book.flattenings):
        if scope.covers(key):
            continue_flattening(turn, key)
