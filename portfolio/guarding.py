"""What rests to close a holding follows it: it ends with the position, and is no larger than what is left of it."""

from dataclasses import replace
from decimal import Decimal

from portfolio.model.decimals import ZERO
from portfolio.model.guard import Guard
from portfolio.model.identifiers import ClientOrderId, follow_up_id
from portfolio.model.intent import OrderIntent
from portfolio.model.order import Order
from portfolio.model.position import Key
from portfolio.model.signal import Size
from portfolio.ordering import Occasion, Placed
from portfolio.turn import Turn


def end_protection(turn: Turn, key: Key) -> None:
    """Stops and take-profits end with the position they protect: one on the other side is not theirs to reduce."""
    if not turn.book.reservation(key).resting:
        return
    held = turn.book.position(key).quantity
    for resting in _resting_exits(turn, key):
        if resting.side.signed(held) >= 0:
            turn.request_cancel(resting)
            end_entry(turn, resting)
    if held and not turn.book.setup.enforces_reduce_only(key):
        _cut(turn, key, abs(held))


def end_entry(turn: Turn, leg: Order) -> None:
    """What the leg protects is closed: its entry, if it is still filling, is to open no more. It is over."""
    entry = turn.book.orders.get(leg.guard.entry) if leg.guard else None
    if entry is not None and entry.side is not leg.side:
        end_opening(turn, entry)


def end_opening(turn: Turn, entry: Order) -> None:
    """The entry is to open no more, if it still could: what it had opened is closed."""
    if not entry.is_live or entry.guard is not None:
        return
    own = Guard(entry=entry.client_order_id, whole=ZERO, end=ZERO)
    turn.book.put_order(entry.but(guard=own, updated_at=turn.now))
    turn.request_cancel(turn.book.orders[entry.client_order_id])


def _cut(turn: Turn, key: Key, held: Decimal) -> None:
    """Where no venue does it, exits that rest are replaced by smaller ones once they would close more than is held."""
    exits = [order for order in turn.book.live_orders(key) if order.reduce_only and _is_at_work(order)]
    excess = sum((order.remaining for order in exits), ZERO) - held
    for resting in reversed(_resting_exits(turn, key)):
        if excess <= 0:
            return
        if not _is_at_work(resting):
            continue
        kept = max(ZERO, resting.remaining - excess)
        excess -= resting.remaining - kept
        turn.request_cancel(resting)
        if kept:
            order_id = follow_up_id(resting.origin, turn.envelope.seq, turn.next_leg())
            place_again(turn, turn.occasion_of(resting), resting, kept, order_id, resting.client_order_id)


def _resting_exits(turn: Turn, key: Key) -> list[Order]:
    return [o for o in turn.book.live_orders(key) if o.reduce_only and o.rests and not o.is_waiting]


def _is_at_work(order: Order) -> bool:
    return not order.is_waiting and not order.cancel_requested


def place_again(
    turn: Turn, occasion: Occasion, order: Order, quantity: Decimal, order_id: ClientOrderId, after: ClientOrderId
) -> Placed:
    """The order is in the book once more, for the quantity; it waits for another to end, and protects what it did."""
    intent = OrderIntent(
        side=order.side,
        size=Size(quantity),
        order_type=order.order_type,
        price=order.price,
        stop_price=order.stop_price,
        reduce_only=True,
        post_only=order.post_only,
        time_in_force=order.time_in_force,
        expires_at=order.expires_at,
    )
    guard = order.guard and replace(order.guard, changed_at=None, wanted=None, asked=None, refused=False, again_at=None)
    return turn.ordering.place(occasion, intent, order_id, after, guard=guard)
