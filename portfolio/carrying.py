"""Carrying out a strategy's wishes: its code is called once, its state kept, its orders placed."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from portfolio.book import key_of
from portfolio.closing import MOST_PARTS, refused_close, start_flattening
from portfolio.guarding import place_again
from portfolio.model.account import TradingState, TradingStatus
from portfolio.model.check import Check
from portfolio.model.decimals import ZERO
from portfolio.model.event import EventKind
from portfolio.model.guard import Guard
from portfolio.model.identifiers import ClientOrderId
from portfolio.model.intent import OrderIntent, Wishes
from portfolio.model.order import Order
from portfolio.model.position import Key
from portfolio.model.scope import Scope
from portfolio.model.signal import Size, SizeType
from portfolio.ordering import Occasion, Placed
from portfolio.protecting import claimed_by_stop, closing_side, entry_price, parts_for, waits_for_live_entry
from portfolio.soundness import sound
from portfolio.turn import Turn

STRATEGY_ERROR = "STRATEGY_ERROR"
LONGEST_ERROR = 500
MOST_PARTS_IN_ALL = 1000


@dataclass(frozen=True, slots=True)
class Carried:
    """What came of the wishes: orders placed or denied, and live orders that are to be cancelled."""

    placed: tuple[Placed, ...] = ()
    canceled: tuple[ClientOrderId, ...] = ()


def consult(
    turn: Turn,
    occasion: Occasion,
    ask: Callable[[], Wishes],
    order_id: Callable[[int], ClientOrderId],
    refused: tuple[Check, ...] = (),
) -> tuple[Wishes, Carried] | None:
    """What the strategy wants, and what came of it.

    None where its code failed or its wishes cannot be placed: nothing of them remains, and it is paused until a
    person resumes it.
    """
    savepoint, effects, repeating = turn.book.savepoint(), len(turn.effects), len(turn.repeating)
    try:
        wishes = sound(ask())
        return wishes, carry_out(turn, occasion, wishes, order_id, refused)
    except Exception as error:  # noqa: BLE001 - a plug-in may raise, and answer, anything
        turn.book.roll_back_to(savepoint)
        del turn.effects[effects:], turn.repeating[repeating:]
        _pause(turn, occasion, error)
        return None


def _pause(turn: Turn, occasion: Occasion, error: Exception) -> None:
    key = occasion.key
    scope = Scope(key.account, key.strategy)
    known = turn.book.states.get(scope) or TradingState(TradingStatus.ACTIVE, STRATEGY_ERROR, turn.now)
    turn.book.states.put(scope, replace(known, paused=True))
    told = "".join(traceback.format_exception_only(error)).strip()[:LONGEST_ERROR]
    printable = told.encode("utf-8", "backslashreplace").decode()
    turn.record(EventKind.STRATEGY_FAILED, key, occasion.origin, error=printable)


def carry_out(
    turn: Turn,
    occasion: Occasion,
    wishes: Wishes,
    order_id: Callable[[int], ClientOrderId],
    refused: tuple[Check, ...] = (),
) -> Carried:
    """State is kept, live orders are asked to end, orders are in the book; with `refused` checks all that is denied."""
    placed: list[Placed] = []
    canceled: list[ClientOrderId] = []
    if not refused:
        canceled, closing = _prepare(turn, occasion, wishes)
        placed += closing
    before = placed[-1] if placed else None
    for wanted in wishes.orders:
        in_the_way = () if refused else _in_the_way(turn, occasion.key, wanted)
        intent = _behind(in_the_way, wanted)
        *others, entry = _place_parts(turn, occasion, intent, order_id, before, refused)
        placed += [*others, entry]
        for part in others:
            turn.send(part.order)
        if not entry.is_denied:
            canceled += [order.client_order_id for order in in_the_way if turn.request_cancel(order)]
            placed += _guard_the_rest(turn, occasion, entry.order, intent.size.amount, in_the_way, order_id)
        before = entry
        placed += _protect(turn, occasion, entry.order, intent, order_id)
        turn.send(entry.order)  # once its legs are known: they may go along with it
    if any(not item.is_denied and not _closes(item.order) for item in placed):
        turn.book.flattenings.remove(occasion.key)
    return Carried(tuple(placed), tuple(canceled))


def _prepare(turn: Turn, occasion: Occasion, wishes: Wishes) -> tuple[list[ClientOrderId], list[Placed]]:
    key = occasion.key
    if wishes.state is not None:
        turn.book.strategy_states.put(key.strategy, wishes.state)
    if wishes.flatten:
        if (refused := refused_close(turn, occasion)) is not None:
            return [], [refused]
        step = start_flattening(turn, key, occasion.origin, occasion.signal_id)
        return list(step.canceled), list(step.placed)
    if wishes.cancel:
        live = turn.book.live_orders(key)
        ending = (o for o in live if not waits_for_live_entry(turn.book, o))
        return [o.client_order_id for o in ending if turn.request_cancel(o)], []
    return [], []


def _protect(
    turn: Turn, occasion: Occasion, order: Order, intent: OrderIntent, order_id: Callable[[int], ClientOrderId]
) -> list[Placed]:
    """The legs of the order are in the book; they wait for it to be filled."""
    protection, placed = intent.protection, list[Placed]()
    instrument = turn.book.setup.instrument(occasion.key)
    whole = _to_protect(turn, order, intent)
    for part in parts_for(order, intent, whole, instrument):
        claimed = tuple(claimed_by_stop(turn.book, order, part, protection))
        leg = replace(part.intent(closing_side(order), entry_price(order)), after=order.client_order_id)
        placed.append(_place(turn, occasion, leg, order_id(turn.next_leg()), None, claimed, part.guard(order, whole)))
    return placed


def _to_protect(turn: Turn, order: Order, intent: OrderIntent) -> Decimal:
    """What there will be to protect once the order is filled: less what it closes of an opposite position first."""
    if intent.protection is not None and intent.protection.quantity:
        return intent.protection.quantity
    held = order.side.signed(turn.book.position(key_of(order)).quantity)
    return max(ZERO, order.quantity + min(ZERO, held)) if order.after is None else order.quantity


def _place_parts(
    turn: Turn,
    occasion: Occasion,
    intent: OrderIntent,
    order_id: Callable[[int], ClientOrderId],
    before: Placed | None,
    refused: tuple[Check, ...],
) -> list[Placed]:
    """The intent, in parts where it has to be: some at once, each of the others once one of them has ended."""
    placed: list[Placed] = []
    for number, size in enumerate(_sizes(turn, occasion.key, intent)):
        ahead = placed[number - MOST_PARTS] if number >= MOST_PARTS else None
        after = ahead.order.client_order_id if ahead is not None and not ahead.is_denied else intent.after
        part = replace(intent, size=size, after=after)
        before = _place(turn, occasion, part, order_id(turn.next_leg()), before, refused)
        placed.append(before)
    return placed


def _sizes(turn: Turn, key: Key, intent: OrderIntent) -> list[Size]:
    """A reduction in parts that the venue takes; anything else as it is. What is left beyond far too many parts is one
    more, which is denied for its size."""
    instrument, whole = turn.book.setup.instrument(key), intent.size
    most = instrument.max_quantity
    if not most or not intent.reduce_only or whole.kind is not SizeType.UNITS or whole.amount <= most:
        return [whole]
    parts = [Size(most)] * min(MOST_PARTS_IN_ALL, int(whole.amount // most))
    left = whole.amount - most * len(parts)
    if 0 < left < instrument.min_quantity:
        missing = instrument.min_quantity - left
        parts[-1], left = Size(most - missing), left + missing
    return [*parts, Size(left)] if left else parts


def _guard_the_rest(
    turn: Turn,
    occasion: Occasion,
    closing: Order,
    quantity: Decimal,
    canceled: tuple[Order, ...],
    order_id: Callable[[int], ClientOrderId],
) -> list[Placed]:
    """The stops and take-profits that a close takes away come back behind it, for what it leaves."""
    if quantity >= abs(turn.book.position(occasion.key).quantity):
        return []
    guards = [order for order in canceled if order.reduce_only and order.order_type.has_stop]
    after = closing.client_order_id
    return [place_again(turn, occasion, o, o.remaining, order_id(turn.next_leg()), after) for o in guards]


def _in_the_way(turn: Turn, key: Key, intent: OrderIntent) -> tuple[Order, ...]:
    """Resting exits that claim what the intent is to close: they are asked to end once it is placed, never for a wish
    that is denied."""
    if not intent.replaces_exits or turn.book.reducible(key) >= intent.size.amount:
        return ()
    live = turn.book.live_orders(key)
    return tuple(o for o in live if _closes(o) and o.rests and not o.is_waiting and turn.book.claimed_by(o))


def _behind(exits: tuple[Order, ...], intent: OrderIntent) -> OrderIntent:
    """The intent, waiting for the last of the exits if for nothing else."""
    return replace(intent, after=intent.after or exits[-1].client_order_id) if exits else intent


def _closes(order: Order) -> bool:
    return order.is_exit or order.reduce_only


def _place(
    turn: Turn,
    occasion: Occasion,
    intent: OrderIntent,
    order_id: ClientOrderId,
    before: Placed | None,
    refused: tuple[Check, ...],
    guard: Guard | None = None,
) -> Placed:
    after = intent.after
    if intent.after_previous and before is not None:
        after = before.order.client_order_id
        if before.is_denied and not refused:
            message = "the order that has to be filled first was denied"
            refused = (Check("CLOSE_DENIED", f"strategy {occasion.key.strategy}", False, None, after, message),)
    placed = turn.ordering.place(occasion.for_type(intent.order_type), intent, order_id, after, refused, guard)
    if placed.is_denied:
        turn.note_denial(placed)
    return placed
