"""Bringing a holding to zero: cancel what is live, close what is held, and again when something fills in between."""

from dataclasses import dataclass, replace
from decimal import Decimal

from portfolio.model.decimals import ZERO
from portfolio.model.event import EventKind
from portfolio.model.flattening import Flattening
from portfolio.model.identifiers import ClientOrderId, SignalId, follow_up_id
from portfolio.model.intent import OrderIntent
from portfolio.model.order import Order, OrderStatus
from portfolio.model.position import Key
from portfolio.model.side import Side
from portfolio.model.signal import Size
from portfolio.ordering import Occasion, Placed
from portfolio.turn import Turn

MOST_PARTS = 20
"""How many orders of one close are at their venue together."""


@dataclass(frozen=True, slots=True)
class ClosingStep:
    placed: tuple[Placed, ...] = ()
    canceled: tuple[ClientOrderId, ...] = ()


def refused_close(turn: Turn, occasion: Occasion) -> Placed | None:
    """The close of the whole holding, denied, where a strategy may not close it now; None where it may.

    That is asked before anything is cancelled, and of shared symbols only: there a close may add to what the account
    holds. It is tried as if the holding's other orders had ended, as they will have.
    """
    key, held = occasion.key, turn.book.position(occasion.key).quantity
    side = Side.towards(-held)
    if not (held and turn.book.setup.is_shared(key)) or turn.ordering.shrinks_net(key, side, abs(held)):
        return None
    savepoint = turn.book.savepoint()
    for order in turn.book.live_orders(key):
        if order.status is not OrderStatus.UNKNOWN:
            turn.book.put_order(order.but(status=OrderStatus.CANCELED))
    intent = OrderIntent(side=side, size=Size(abs(held)), reduce_only=True)
    order_id = follow_up_id(occasion.origin, turn.envelope.seq, turn.next_leg())
    placed = turn.ordering.place(occasion.for_type(intent.order_type), intent, order_id)
    turn.book.roll_back_to(savepoint)
    if not placed.is_denied:
        return None
    turn.book.put_order(placed.order)
    turn.note_denial(placed)
    return placed


def start_flattening(turn: Turn, key: Key, origin: str, signal_id: SignalId | None) -> ClosingStep:
    """From now on every change of the holding leads towards zero."""
    turn.book.flattenings.put(key, Flattening(origin, signal_id))
    return continue_flattening(turn, key)


def continue_flattening(turn: Turn, key: Key, changed: Order | None = None) -> ClosingStep:
    """The next step towards zero, if the holding is being flattened; the wish ends with the position and its orders.

    `changed` is the order that something was learned of.
    """
    flattening = turn.book.flattenings.get(key)
    if flattening is None:
        return ClosingStep()
    if changed is not None and _came_to_nothing(changed):
        flattening = _count_try(turn, key, flattening)
    live = turn.book.live_orders(key)
    canceled = tuple(o.client_order_id for o in live if not _closes(o) and turn.request_cancel(o))
    if not _closable(turn, key, abs(turn.book.position(key).quantity)):
        if not turn.book.live_orders(key):
            turn.book.flattenings.remove(key)
        return ClosingStep(canceled=canceled)
    if not _closable(turn, key, turn.book.reducible(key)):
        return ClosingStep(canceled=canceled)
    if flattening.is_spent:
        turn.book.flattenings.remove(key)
        turn.record(EventKind.FLATTEN_GAVE_UP, key, flattening.origin, tries=flattening.tries)
        return ClosingStep(canceled=canceled)
    return ClosingStep(_close(turn, key, flattening), canceled)


def _closable(turn: Turn, key: Key, quantity: Decimal) -> Decimal:
    """What of the quantity an order can close. Coins that fees left over, less than a lot, stay."""
    instrument = turn.book.setup.instrument(key)
    if not instrument.is_spot:
        return quantity
    closable = instrument.rounded_quantity(quantity)
    return closable if closable >= instrument.min_quantity else ZERO


def _closes(order: Order) -> bool:
    """True for a closing order that may stay: it leaves at once and at any price."""
    return (order.is_exit or order.reduce_only) and not order.rests and not order.is_waiting


def _came_to_nothing(order: Order) -> bool:
    """True for a closing order that was let go and has ended without a fill."""
    return _closes(order) and not order.is_live and not order.filled and order.send_by is not None


def _count_try(turn: Turn, key: Key, flattening: Flattening) -> Flattening:
    counted = replace(flattening, tries=flattening.tries + 1)
    turn.book.flattenings.put(key, counted)
    return counted


def _close(turn: Turn, key: Key, flattening: Flattening) -> tuple[Placed, ...]:
    """Market orders for what there is to reduce, none larger than the venue takes. Where that makes too many, the
    others follow as these are filled."""
    occasion = Occasion(
        key=key,
        origin=flattening.origin,
        signal_id=flattening.signal_id,
        now=turn.now,
        reference=turn.reference_since(key, turn.now),
        may_add_to_net=True,
    )
    side = Side.towards(-turn.book.position(key).quantity)
    most = turn.book.setup.instrument(key).max_quantity
    room = MOST_PARTS - sum(1 for order in turn.book.live_orders(key) if _closes(order))
    placed: list[Placed] = []
    while len(placed) < room and _closable(turn, key, left := turn.book.reducible(key)):
        intent = OrderIntent(side=side, size=Size(min(left, most or left)), reduce_only=True)
        order_id = follow_up_id(flattening.origin, turn.envelope.seq, turn.next_leg())
        placed.append(turn.ordering.place(occasion, intent, order_id))
        if placed[-1].is_denied:
            turn.note_denial(placed[-1])
            _count_try(turn, key, flattening)
            break
        turn.send(placed[-1].order)
    return tuple(placed)
