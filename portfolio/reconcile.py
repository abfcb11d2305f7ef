"""A venue's truth against the book: what it has is adopted, what it provably has not is sent again or ended."""

from portfolio.booking import move, order_event
from portfolio.closing import continue_flattening
from portfolio.comparing import Look, compare_holdings
from portfolio.detaching import ask_again
from portfolio.following import follow_up, retest_and_send
from portfolio.found import take_in
from portfolio.model.account import Readiness, Reconciliation, ReconciliationResult, Wallet
from portfolio.model.command import FailReconciliation, FinishReconciliation
from portfolio.model.effect import CancelAtVenue
from portfolio.model.event import Event, EventKind
from portfolio.model.order import Order, OrderStatus
from portfolio.model.scope import Scope
from portfolio.reply import Reconciled
from portfolio.reporting import report
from portfolio.turn import Turn


def finish(turn: Turn, command: FinishReconciliation) -> Reconciled:
    """The venue's truth is in the books, or it is known what has to be looked at again.

    Once all of it is settled the account may take new risk: no order of it is in doubt but those whose outcome stays
    unknown. Once reconciled, what is PENDING is on its way in this process: that a venue does not have it yet proves
    nothing.
    """
    is_first = turn.book.readiness.get(command.account) in (None, Readiness.STARTING)
    _take_reports(turn, command)
    _settle_unknown(turn, command)
    look = Look(turn, command, absent=frozenset(command.absent if is_first else ()))
    found = take_in(look)
    if command.tells_holdings:
        compare_holdings(look)
    _note_locked(turn, command)
    look.keep()
    settled = not look.differences and not look.adjusted
    _note(turn, command, ReconciliationResult.SETTLED if settled else ReconciliationResult.UNSETTLED)
    if settled:
        _become_ready(turn, command)
    if is_first:
        _settle_pending(turn, command)
    _resume_unfinished(turn, Scope(command.account), is_first=is_first)
    return Reconciled(
        settled=settled,
        differences=tuple(look.differences),
        adjusted=tuple(look.adjusted),
        foreign=tuple(found.foreign),
        adopted=tuple(found.adopted),
        ended=tuple(found.ended),
        unknown=tuple(look.unknown),
        not_compared=tuple(look.not_compared),
    )


def _take_reports(turn: Turn, command: FinishReconciliation) -> None:
    earlier = {known.order.client_order_id: known for known in turn.news.orders}
    for told in command.reports:
        report(turn, command.account, told, earlier.get(told.client_order_id))


def _note_locked(turn: Turn, command: FinishReconciliation) -> None:
    """What the venue says is locked is what it said last; an answer without balances says nothing of it."""
    if command.balances is None:
        return
    told = {Wallet(command.account, balance.currency): balance for balance in command.balances}
    for wallet in [wallet for wallet in turn.book.locked if wallet.account == command.account]:
        if wallet not in told:
            turn.book.locked.remove(wallet)
    for wallet, balance in told.items():
        if balance != turn.book.locked.get(wallet):
            turn.book.locked.put(wallet, balance)


def _become_ready(turn: Turn, command: FinishReconciliation) -> None:
    if turn.book.readiness.get(command.account) is not Readiness.RECONCILED:
        turn.book.readiness.put(command.account, Readiness.RECONCILED)
        detail = {"found": len(command.reports), "absent": len(command.absent)}
        kind = EventKind.ACCOUNT_RECONCILED
        turn.book.record(Event(kind=kind, time=turn.now, account=command.account, detail=detail))


def _settle_unknown(turn: Turn, command: FinishReconciliation) -> None:
    """What is UNKNOWN ends before anything else is tried again: it would block new risk on its symbol."""
    for order_id in command.absent:
        order = turn.book.orders.get(order_id)
        if order is not None and order.status is OrderStatus.UNKNOWN:
            settle_absent(turn, order)


def _settle_pending(turn: Turn, command: FinishReconciliation) -> None:
    """An entry leaves again once the account may take new risk; until then it is asked for again with the next look."""
    is_ready = turn.book.readiness.get(command.account) is Readiness.RECONCILED
    for order_id in command.absent:
        order = turn.book.orders.get(order_id)
        if order is None or order.status is not OrderStatus.PENDING or order.is_waiting:
            continue
        if is_ready or order.is_exit or order.cancel_requested or _is_too_old(turn, order):
            settle_absent(turn, order)


def _note(turn: Turn, command: FinishReconciliation | FailReconciliation, result: ReconciliationResult) -> None:
    """When the account was compared last, with what result, and until when its history is booked.

    Of a venue without books of its own there is no history, and nothing that has to outlive the process.
    """
    known = turn.book.reconciliations.get(command.account)
    until, begun_at = (known.history_until, known.begun_at) if known else (None, None)
    if isinstance(command, FinishReconciliation) and command.tells_holdings:
        asked_at = command.asked_at or turn.now
        until, begun_at = max(until or asked_at, asked_at), begun_at or asked_at
    turn.book.reconciliations.put(command.account, Reconciliation(turn.now, result, until, begun_at))


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
    _note(turn, command, ReconciliationResult.FAILED)


def settle_absent(turn: Turn, order: Order) -> None:
    """An order the venue provably never had: an UNKNOWN one ends, a PENDING one leaves again if it still may."""
    if order.status is OrderStatus.UNKNOWN:
        follow_up(turn, move(turn.book, order, OrderStatus.NOT_ACCEPTED, turn.now, "proven absent at the venue"))
    elif order.cancel_requested:
        follow_up(turn, move(turn.book, order, OrderStatus.CANCELED, turn.now, "canceled before it was sent"))
    elif _is_too_old(turn, order):
        follow_up(turn, move(turn.book, order, OrderStatus.EXPIRED_UNSENT, turn.now, "too old to be sent"))
    else:
        sent = retest_and_send(turn, order, has_left=True)
        if sent.is_live:
            turn.book.record(order_event(EventKind.ORDER_RESENT, sent, turn.now))
        else:
            follow_up(turn, sent)


def _is_too_old(turn: Turn, order: Order) -> bool:
    return order.send_by is not None and turn.now > order.send_by


def _resume_unfinished(turn: Turn, scope: Scope, *, is_first: bool) -> None:
    """Cancels, amendments and flattenings that a stop of the process cut off go on."""
    asked = {effect.order.client_order_id for effect in turn.effects if isinstance(effect, CancelAtVenue)}
    for order in turn.book.live_orders_in(scope):
        if order.status is OrderStatus.PENDING_CANCEL and order.client_order_id not in asked:
            turn.effects.append(CancelAtVenue(order))
        elif is_first and order.guard is not None and order.guard.asked is not None:
            turn.ask_to_amend(order)
    if is_first:
        ask_again(turn, scope)
    for key in list(turn.book.flattenings):
        if scope.covers(key):
            continue_flattening(turn, key)
