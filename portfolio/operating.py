"""What a person may do to the desk at any time: halt, resume, flatten, cancel."""

from portfolio.attaching import give_up_with
from portfolio.book import key_of
from portfolio.closing import start_flattening
from portfolio.following import follow_up
from portfolio.limits.loss import LOSS_CODES
from portfolio.limits.repeat_throttle import RepeatThrottle
from portfolio.model.account import OPERATOR, TradingState, TradingStatus
from portfolio.model.command import CancelOrder, Flatten, Halt, Resume
from portfolio.model.event import Event, EventKind
from portfolio.model.order import Order
from portfolio.model.scope import Scope
from portfolio.reply import StateChanged
from portfolio.turn import Repeating, Turn


def halt(turn: Turn, command: Halt) -> StateChanged:
    """The scope is HALTED and its entries, sent or not, are being cancelled; exits stay."""
    _halt(turn, command.scope, command.cause)
    cancel_entries(turn, command.scope)
    return _answer(turn, command.scope)


def flatten(turn: Turn, command: Flatten) -> StateChanged:
    """The scope is HALTED, every order of it is being cancelled and every position closed."""
    _halt(turn, command.scope, OPERATOR)
    for key in turn.book.holdings(command.scope):
        start_flattening(turn, key, command.command_id, None)
    _tell(turn, EventKind.FLATTEN_STARTED, command.scope)
    return _answer(turn, command.scope)


def resume(turn: Turn, command: Resume) -> StateChanged:
    """The scope is ACTIVE again, and with it what tripped by itself inside it; a person's halts inside it stay.

    Losses that had tripped something are forgotten: day and peak begin anew. So is what the throttles of a strategy
    that only reduced, or was halted since, had counted, and that a clock ran ahead.
    """
    tripped = set[Scope]()
    for scope, state in turn.book.states.items():
        if scope == command.scope or (command.scope.contains(scope) and state.cause != OPERATOR):
            turn.book.states.remove(scope)
            if state.cause in LOSS_CODES:
                tripped.add(scope)
            if state.status is not TradingStatus.ACTIVE and scope.strategy is not None:
                _forget_repeats(turn, scope)
    turn.marking.rebase(command.scope, tripped)
    _forget_the_future(turn, command.scope)
    _tell(turn, EventKind.TRADING_RESUMED, command.scope)
    return _answer(turn, command.scope)


def stop_repeating(turn: Turn, repeating: Repeating) -> None:
    """The strategy is REDUCING until a person resumes it, and its entries are being cancelled."""
    order, check = repeating.order, repeating.check
    scope = Scope(order.account, order.strategy)
    known = turn.book.states.get(scope)
    if known is not None and known.status is not TradingStatus.ACTIVE:
        return
    paused = known is not None and known.paused
    turn.book.states.put(scope, TradingState(TradingStatus.REDUCING, check.code, turn.now, paused))
    told = {"code": check.code, "limit": str(check.limit), "value": str(check.value)}
    turn.record(EventKind.STRATEGY_THROTTLED, key_of(order), order.origin, **told)
    cancel_entries(turn, scope)


def _forget_repeats(turn: Turn, scope: Scope) -> None:
    for where, name in list(turn.book.tallies):
        if scope.contains(where) and name.startswith(RepeatThrottle.key):
            turn.book.tallies.remove((where, name))


def _forget_the_future(turn: Turn, scope: Scope) -> None:
    """What was counted by a clock that ran ahead would else count until that time has come."""
    for (where, name), tally in turn.book.tallies.items():
        corrected = tally.no_later_than(turn.now)
        if scope.contains(where) and corrected != tally:
            turn.book.tallies.put((where, name), corrected)


def cancel_order(turn: Turn, command: CancelOrder) -> Order | None:
    """The order is being cancelled; None where it is not live."""
    order = turn.book.orders.get(command.client_order_id)
    if order is None or not order.is_live:
        return None
    turn.request_cancel(order)
    give_up_with(turn.book, order)
    changed = turn.book.orders[command.client_order_id]
    if not changed.is_live:
        follow_up(turn, changed)
    return turn.book.orders[command.client_order_id]


def cancel_entries(turn: Turn, scope: Scope) -> None:
    """Every live order of the scope that could add risk has been asked to end."""
    for known in turn.book.live_orders_in(scope):
        order = turn.book.orders[known.client_order_id]
        if not order.is_exit and turn.request_cancel(order):
            changed = turn.book.orders[order.client_order_id]
            if not changed.is_live:
                follow_up(turn, changed)


def _halt(turn: Turn, scope: Scope, cause: str) -> None:
    known = turn.book.states.get(scope)
    turn.book.states.put(scope, TradingState(TradingStatus.HALTED, cause, turn.now, bool(known and known.paused)))
    _tell(turn, EventKind.TRADING_HALTED, scope, cause=cause)


def _tell(turn: Turn, kind: EventKind, scope: Scope, **detail: object) -> None:
    event = Event(
        kind=kind,
        time=turn.now,
        account=scope.account,
        strategy=scope.strategy,
        symbol=scope.symbol,
        detail={"scope": str(scope), **detail},
    )
    turn.book.record(event)


def _answer(turn: Turn, scope: Scope) -> StateChanged:
    within = turn.book.states.items()
    still = tuple((str(s), state.status) for s, state in within if s != scope and scope.contains(s))
    return StateChanged(turn.book.status_of(scope), still)
