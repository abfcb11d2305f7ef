"""What an order's change sets off: a cancel that was waiting, legs behind it, its strategy, a flattening."""

from dataclasses import replace
from decimal import Decimal

from portfolio.attaching import keep_for
from portfolio.book import key_of
from portfolio.booking import move, order_event
from portfolio.carrying import consult
from portfolio.closing import continue_flattening
from portfolio.due import has_to_wait, is_amendable, is_to_leave
from portfolio.guarding import end_protection
from portfolio.model.account import Readiness
from portfolio.model.decimals import ZERO
from portfolio.model.effect import CancelAtVenue
from portfolio.model.event import EventKind
from portfolio.model.identifiers import follow_up_id
from portfolio.model.order import AT_VENUE, Order, OrderStatus
from portfolio.protecting import is_over, legs_of, quantity_after
from portfolio.resizing import amend_or_replace, follow_fills, make_up_for, price_of
from portfolio.sizing import reservation_price
from portfolio.turn import Turn
from portfolio.view import BookView


def follow_up(turn: Turn, order: Order, before: Order | None = None) -> None:
    """Everything that waited for this change of `order`, since `before` if that is known, has been done or put in
    motion."""
    _cancel_if_wanted(turn, order)
    if before is not None:
        follow_fills(turn, before, order)
    if not order.is_live:
        make_up_for(turn, order)
        keep_for(turn.book, order)
        while leg := _next_behind(turn, order):
            follow_up(turn, _release(turn, leg, order))
    elif order.filled:
        _release_covered(turn, order)
    if order.filled:
        end_protection(turn, key_of(order))
    _tell_strategy(turn, order)
    continue_flattening(turn, key_of(order), order)


def do_due(turn: Turn) -> None:
    """What time alone asks of orders is done: what has lapsed is being cancelled, legs are being amended or leave."""
    for known in turn.book.due_by(turn.now):
        order = turn.book.orders[known.client_order_id]
        if turn.book.readiness.get(order.account) in (None, Readiness.STARTING) or order.cancel_requested:
            continue
        if order.lapses_at is not None and order.lapses_at <= turn.now:
            turn.record(EventKind.ORDER_LAPSED, key_of(order), order.origin, order=order.client_order_id)
            turn.request_cancel(order)
            ended = turn.book.orders[order.client_order_id]
            if not ended.is_live:
                follow_up(turn, ended)
        elif is_to_leave(order, turn.now):
            follow_up(turn, _release_again(turn, order))
        elif is_amendable(order, turn.now):
            amend_or_replace(turn, order)


def retest_and_send(turn: Turn, order: Order, *, has_left: bool) -> Order:
    """The order leaves if the controls still let it, as things are now; else it ends EXPIRED_UNSENT.

    One that has left before is counted already, though it never arrived.
    """
    occasion = turn.occasion_of(order)
    if occasion.reference is not None:
        allowance = turn.limits.allowance(occasion.key)
        reference = occasion.reference
        order = order.but(
            reference_price=reference.for_side(order.side),
            reference_source=reference.source,
            reservation_price=reservation_price(
                order, order.price, reference, allowance, turn.book.setup.instrument(occasion.key)
            ),
        )
        turn.book.put_order(order)
    failed = [check for check in turn.ordering.retest(order, occasion, has_left=has_left) if not check.passed]
    if failed:
        turn.notice_repeats(order, failed)
        refused = order.but(reasons=tuple(check.as_reason() for check in failed))
        return move(turn.book, refused, OrderStatus.EXPIRED_UNSENT, turn.now, ", ".join(c.code for c in failed))
    if not has_left:
        turn.ordering.count(order, turn.now)
    return turn.send(order)


def _cancel_if_wanted(turn: Turn, order: Order) -> None:
    """A cancel that was asked for while nobody knew the order's state goes out as soon as it is known."""
    if order.cancel_requested and order.status in AT_VENUE:
        turn.effects.append(CancelAtVenue(move(turn.book, order, OrderStatus.PENDING_CANCEL, turn.now)))


def _next_behind(turn: Turn, order: Order) -> Order | None:
    key = key_of(order)
    live = turn.book.live_orders(key) if turn.book.reservation(key).waiting else ()
    behind = (leg for leg in live if leg.after == order.client_order_id and leg.is_waiting)
    return next((leg for leg in behind if not has_to_wait(leg, turn.now)), None)


def _release_covered(turn: Turn, entry: Order) -> None:
    """Legs leave at the first fill of their entry, for what is filled; a part below the least waits for more."""
    instrument = turn.book.setup.instrument(key_of(entry))
    least = max(instrument.lot, instrument.min_quantity)
    for leg in legs_of(turn.book, entry) if not is_over(entry) else ():
        if leg.after != entry.client_order_id or not leg.is_waiting or leg.side is entry.side:
            continue
        quantity = _closable(turn, leg, entry)
        if leg.side.signed(turn.book.position(key_of(entry)).quantity) >= 0:
            continue
        if quantity >= least or (quantity and quantity == abs(turn.book.position(key_of(entry)).quantity)):
            follow_up(turn, _release(turn, leg, entry))


def _release(turn: Turn, leg: Order, before: Order) -> Order:
    """A waiting entry goes only when the order before it was FILLED; a reduction for what there is to reduce."""
    quantity = _closable(turn, leg, before) if leg.reduce_only else leg.quantity
    if not quantity or (not leg.reduce_only and before.status is not OrderStatus.FILLED):
        reason = f"{before.client_order_id} ended {before.status}"
        return move(turn.book, leg, OrderStatus.EXPIRED_UNSENT, turn.now, reason)
    if leg.guard is not None and leg.guard.entry == before.client_order_id:
        leg = leg.but(stop_price=price_of(turn, leg, before))
    return _let_go(turn, leg, quantity)


def _release_again(turn: Turn, leg: Order) -> Order:
    """A stop goes once more, if there is still something on the other side of it."""
    is_bare = leg.side.signed(turn.book.position(key_of(leg)).quantity) < 0
    quantity = _most_closable(turn, leg, leg.quantity) if is_bare else ZERO
    if not quantity:
        return move(turn.book, leg, OrderStatus.EXPIRED_UNSENT, turn.now, "there is nothing to protect any more")
    return _let_go(turn, leg, quantity)


def _let_go(turn: Turn, leg: Order, quantity: Decimal) -> Order:
    is_exit = _is_exit(turn, leg, quantity)
    released = leg.but(quantity=quantity, is_exit=is_exit, send_by=turn.send_by(leg), updated_at=turn.now)
    if leg.guard is not None:
        released = released.but(guard=replace(leg.guard, changed_at=turn.now))
    turn.book.put_order(released)
    turn.book.record(order_event(EventKind.ORDER_RELEASED, released, turn.now, after=leg.after))
    return retest_and_send(turn, released, has_left=False)


def _is_exit(turn: Turn, leg: Order, quantity: Decimal) -> bool:
    """A reduction is one. Where strategies share the symbol it has to reduce what the account holds too, or protect."""
    key = key_of(leg)
    if not leg.reduce_only or leg.order_type.has_stop or not turn.book.setup.is_shared(key):
        return leg.reduce_only
    return turn.ordering.shrinks_net(key, leg.side, quantity)


def _closable(turn: Turn, leg: Order, before: Order) -> Decimal:
    """What there is to reduce for the leg once `before` has come so far."""
    return _most_closable(turn, leg, quantity_after(leg, before, turn.book.setup.instrument(key_of(leg))))


def _most_closable(turn: Turn, leg: Order, quantity: Decimal) -> Decimal:
    """In whole lots where fees are taken in coins."""
    key = key_of(leg)
    instrument = turn.book.setup.instrument(key)
    quantity = min(quantity, turn.book.reducible(key))
    return instrument.rounded_quantity(quantity) if instrument.is_spot else quantity


def _tell_strategy(turn: Turn, order: Order) -> None:
    """The strategy hears of its order and may want more; what it wants is placed like a signal's wishes."""
    setup = turn.book.setup.strategies.get(order.strategy)
    if setup is None or turn.book.is_paused(order.account, order.strategy):
        return
    occasion = turn.occasion_of(order)
    view = BookView(turn.book, occasion.key, occasion.reference, turn.now)
    state = turn.book.strategy_states.get(order.strategy) or {}
    consult(
        turn,
        occasion,
        lambda: setup.strategy.on_order(order, view, state),
        lambda leg: follow_up_id(order.origin, turn.envelope.seq, leg),
    )
