"""How a venue can be traded, and orders of which it does not tell."""

from portfolio.booking import UNRESOLVED_ORDER, order_event
from portfolio.model.account import TradingState, TradingStatus
from portfolio.model.command import ReportCondition, ReportUnresolved
from portfolio.model.event import Event, EventKind
from portfolio.model.order import OrderStatus
from portfolio.model.scope import Scope
from portfolio.model.venue import WORKING, Condition, Standing
from portfolio.turn import Turn


def note_condition(turn: Turn, command: ReportCondition) -> None:
    """The venue, or the symbol, can be traded as told from now on; an event says so where that is news."""
    told, conditions = command.condition, turn.book.conditions
    where = (command.account, told.symbol)
    before = conditions.get(where) or WORKING
    if told.condition is not before.condition:
        detail = {"condition": told.condition.value, "detail": told.detail, "before": before.condition.value}
        kind = EventKind.VENUE_STATE_CHANGED
        event = Event(kind=kind, time=turn.now, account=command.account, symbol=told.symbol, detail=detail)
        turn.book.record(event)
        conditions.put(where, Standing(told.condition, told.detail, turn.now))
    elif told.detail != before.detail:
        conditions.put(where, Standing(told.condition, told.detail, before.since))
    if told.symbol is not None and told.condition is Condition.WORKING:
        conditions.remove(where)


def note_unresolved(turn: Turn, command: ReportUnresolved) -> None:
    """The order's symbol only reduces until its venue tells of the order; where it is stopped already, it stays so."""
    order = turn.book.orders.get(command.client_order_id)
    if order is None or order.status is not OrderStatus.UNKNOWN:
        return
    scope = Scope(order.account, symbol=order.symbol)
    if turn.book.states.get(scope) is None:
        turn.book.states.put(scope, TradingState(TradingStatus.REDUCING, UNRESOLVED_ORDER, turn.now))
    turn.book.record(order_event(EventKind.ORDER_UNRESOLVED, order, turn.now, seconds=command.seconds))


def lift_resolved(turn: Turn) -> None:
    """A symbol that only reduced because nobody knew of an order trades again once everything of it is known."""
    for scope, state in turn.book.states.items():
        if state.cause != UNRESOLVED_ORDER or scope.account is None or scope.symbol is None:
            continue
        if not turn.book.has_unknown(scope.account, scope.symbol):
            turn.book.states.remove(scope)
            detail = {"scope": str(scope), "cause": UNRESOLVED_ORDER}
            kind = EventKind.TRADING_RESUMED
            event = Event(kind=kind, time=turn.now, account=scope.account, symbol=scope.symbol, detail=detail)
            turn.book.record(event)
