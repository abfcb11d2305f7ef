"""Legs follow their entry: they protect what it has filled, no more and no less, and make room for each other."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from portfolio.attaching import is_covered
from portfolio.book import key_of
from portfolio.booking import order_event
from portfolio.guarding import end_entry, place_again
from portfolio.model.decimals import ZERO
from portfolio.model.event import EventKind
from portfolio.model.guard import Amendment
from portfolio.model.identifiers import follow_up_id
from portfolio.model.intent import OrderIntent
from portfolio.model.order import Order, OrderStatus, OrderType
from portfolio.model.side import Side
from portfolio.model.signal import Size
from portfolio.ordering import rounded_stop
from portfolio.protecting import covered, entry_price, is_over, leg_price, legs_of
from portfolio.turn import Turn

AGAIN_AFTER = timedelta(seconds=2)
"""How long a stop that its venue refused waits until it is tried once more."""


def follow_fills(turn: Turn, before: Order, order: Order) -> None:
    """What was filled of an entry just now is protected, what a leg closed is given up by the others."""
    if order.filled == before.filled:
        return
    if is_over(order):
        _close_at_market(turn, order, order.side.opposite, order.filled - before.filled)
    elif order.guard is not None:
        _make_room(turn, order, order.filled - before.filled)
    else:
        _grow(turn, before, order)


def amend_or_replace(turn: Turn, leg: Order) -> None:
    """The venue is asked for what the leg is to be; one that cannot amend it gets another in its place."""
    guard = leg.guard
    assert guard is not None
    assert guard.wanted is not None
    if not guard.refused:
        turn.amend(leg)
        return
    wanted = leg.but(stop_price=guard.wanted.stop_price)
    order_id = follow_up_id(leg.origin, turn.envelope.seq, turn.next_leg())
    turn.request_cancel(leg)
    place_again(turn, turn.occasion_of(leg), wanted, guard.wanted.quantity - leg.filled, order_id, leg.client_order_id)


def make_up_for(turn: Turn, leg: Order) -> None:
    """What a leg was to protect is not left bare because it never came to rest at its venue.

    One that never arrived is placed again, behind itself; a stop that was refused because the market has passed it
    becomes a market order, and one that was refused for another reason is told of and tried once more.
    """
    guard = leg.guard
    if guard is None or guard.entry == leg.client_order_id or leg.cancel_requested:
        return
    is_late = leg.status is OrderStatus.EXPIRED_UNSENT and leg.send_by is not None and turn.now > leg.send_by
    if is_late or leg.status is OrderStatus.NOT_ACCEPTED:
        order_id = follow_up_id(leg.origin, turn.envelope.seq, turn.next_leg())
        quantity, wanted = _quantity_wanted(leg) - leg.filled, leg.but(stop_price=_price_wanted(leg))
        place_again(turn, turn.occasion_of(leg), wanted, quantity, order_id, leg.client_order_id)
    elif leg.status is OrderStatus.REJECTED and _is_passed(turn, leg):
        end_entry(turn, leg)
        _close_at_market(turn, leg, leg.side, _quantity_wanted(leg) - leg.filled)
    elif leg.status is OrderStatus.REJECTED and leg.order_type is not OrderType.TAKE_PROFIT:
        _try_once_more(turn, leg)


def _try_once_more(turn: Turn, stop: Order) -> None:
    """What the stop was to protect is known to be bare, unless the venue has a stop of its own for it. Nobody knows
    which refusals pass: one more try tells."""
    guard, bare = stop.guard, _quantity_wanted(stop) - stop.filled
    assert guard is not None
    if bare <= 0 or stop.side.signed(turn.book.position(key_of(stop)).quantity) >= 0:
        return
    again_at = turn.now + AGAIN_AFTER if guard.again_at is None else None
    if again_at is not None:
        order_id = follow_up_id(stop.origin, turn.envelope.seq, turn.next_leg())
        wanted = stop.but(stop_price=_price_wanted(stop))
        placed = place_again(turn, turn.occasion_of(stop), wanted, bare, order_id, stop.client_order_id)
        if placed.is_denied or placed.order.guard is None:
            turn.note_denial(placed)
            again_at = None
        else:
            turn.book.put_order(placed.order.but(guard=replace(placed.order.guard, again_at=again_at)))
    if is_covered(turn.book, stop):
        return
    detail = {"quantity": str(bare), "stop_price": str(stop.stop_price), "again_at": again_at}
    turn.book.record(order_event(EventKind.POSITION_UNPROTECTED, stop, turn.now, **detail))


def _is_passed(turn: Turn, leg: Order) -> bool:
    """True for a stop that the market is at or beyond already."""
    mark = turn.book.mark_price(leg.account, leg.symbol)
    if mark is None or leg.stop_price is None or leg.order_type is OrderType.TAKE_PROFIT:
        return False
    return mark <= leg.stop_price if leg.side is Side.SELL else mark >= leg.stop_price


def price_of(turn: Turn, leg: Order, entry: Order) -> Decimal | None:
    """Where the leg is to lie: so far from the entry's average price as was asked for, else where it lies."""
    guard = leg.guard
    if guard is None or guard.distance is None:
        return leg.stop_price
    price = leg_price(leg.order_type, guard.distance, leg.side, entry_price(entry))
    return rounded_stop(turn.book.setup.instrument(key_of(leg)), leg.side, leg.order_type, price)


def _waits_for(leg: Order, entry: Order) -> bool:
    return leg.is_waiting and leg.after == entry.client_order_id


def _grow(turn: Turn, before: Order, entry: Order) -> None:
    """Each leg at work by its part of what was filled; the last take-profit by what ended ones leave of it, too."""
    legs = [leg for leg in legs_of(turn.book, entry) if leg.side is not entry.side]
    goals = [leg for leg in legs if leg.order_type is OrderType.TAKE_PROFIT]
    for leg in legs:
        grown = _growth(turn, leg, before, entry)
        if goals and leg is goals[-1] and leg.guard is not None and leg.guard.end == leg.guard.whole:
            others = sum((_growth(turn, goal, before, entry) for goal in goals[:-1]), ZERO)
            grown = covered(leg.guard, entry) - covered(leg.guard, before) - others
        if not _waits_for(leg, entry):
            _want(turn, leg, _quantity_wanted(leg) + grown, price_of(turn, leg, entry))


def _growth(turn: Turn, leg: Order, before: Order, entry: Order) -> Decimal:
    guard = leg.guard
    assert guard is not None
    lot = turn.book.setup.instrument(key_of(leg)).lot
    return guard.part_of(covered(guard, entry), lot) - guard.part_of(covered(guard, before), lot)


def _make_room(turn: Turn, leg: Order, closed: Decimal) -> None:
    """The leg has closed a part: nobody else of its bracket is to close that again.

    One that was filled before it had grown to what it should be leaves the rest to a market order.
    """
    assert leg.guard is not None
    others = [order for order in _bracket(turn, leg) if order.client_order_id != leg.client_order_id]
    others = [order for order in others if not (order.is_waiting and order.after == leg.guard.entry)]
    missed = _quantity_wanted(leg) - leg.filled if leg.status is OrderStatus.FILLED else ZERO
    if leg.order_type is OrderType.TAKE_PROFIT:
        for stop in (order for order in others if order.order_type is not OrderType.TAKE_PROFIT):
            _want(turn, stop, _quantity_wanted(stop) - closed - missed, _price_wanted(stop))
    else:
        _cut_goals(turn, others, _quantity_wanted(leg) - leg.filled - missed)
    if leg.order_type is not OrderType.TAKE_PROFIT or all(order.cancel_requested for order in _bracket(turn, leg)):
        end_entry(turn, leg)
    _close_at_market(turn, leg, leg.side, missed)


def _cut_goals(turn: Turn, goals: list[Order], left: Decimal) -> None:
    """Together they close no more than is left, the last of them gives up first."""
    excess = sum((_quantity_wanted(goal) - goal.filled for goal in goals), ZERO) - left
    for goal in reversed(goals):
        cut = min(max(ZERO, excess), _quantity_wanted(goal) - goal.filled)
        excess -= cut
        if cut:
            _want(turn, goal, _quantity_wanted(goal) - cut, _price_wanted(goal))


def _close_at_market(turn: Turn, order: Order, side: Side, quantity: Decimal) -> None:
    """So much of what there is to close for an order of `side` is closed at once, on behalf of `order`."""
    key = key_of(order)
    quantity = min(quantity, turn.book.reducible(key))
    if quantity <= 0 or side.signed(turn.book.position(key).quantity) >= 0:
        return
    intent = OrderIntent(side=side, size=Size(quantity), reduce_only=True)
    order_id = follow_up_id(order.origin, turn.envelope.seq, turn.next_leg())
    placed = turn.ordering.place(replace(turn.occasion_of(order), may_add_to_net=True), intent, order_id)
    if placed.is_denied:
        turn.note_denial(placed)
    turn.send(placed.order)


def _bracket(turn: Turn, leg: Order) -> list[Order]:
    """Every live leg of the same entry, oldest first."""
    entry = leg.guard.entry if leg.guard else None
    live = turn.book.live_orders(key_of(leg))
    return [o for o in live if o.guard is not None and o.guard.entry == entry != o.client_order_id]


def _quantity_wanted(leg: Order) -> Decimal:
    wanted = leg.guard.wanted if leg.guard else None
    return wanted.quantity if wanted else leg.quantity


def _price_wanted(leg: Order) -> Decimal | None:
    wanted = leg.guard.wanted if leg.guard else None
    return wanted.stop_price if wanted else leg.stop_price


def _want(turn: Turn, leg: Order, quantity: Decimal, stop_price: Decimal | None) -> None:
    """The leg is to be so, as soon as it may change again; one that has nothing left to close ends."""
    guard = leg.guard
    assert guard is not None
    if leg.cancel_requested:
        return
    quantity = _possible(turn, leg, quantity)
    if quantity <= leg.filled:
        turn.request_cancel(leg)
    elif leg.is_waiting:
        turn.book.put_order(leg.but(quantity=quantity, stop_price=stop_price, updated_at=turn.now))
    else:
        wanted: Amendment | None = Amendment(quantity, stop_price)
        if guard.asked is None and wanted == Amendment(leg.quantity, leg.stop_price):
            wanted = None
        turn.book.put_order(leg.but(guard=replace(guard, wanted=wanted)))


def _possible(turn: Turn, leg: Order, quantity: Decimal) -> Decimal:
    """No more than there is for the leg to close; in whole lots where fees are taken in coins."""
    key = key_of(leg)
    instrument = turn.book.setup.instrument(key)
    held = abs(turn.book.position(key).quantity)
    enforced = turn.book.setup.enforces_reduce_only(key)
    free = held if enforced else turn.book.reducible(key) + turn.book.claimed_by(leg)
    possible = min(quantity - leg.filled, free)
    return leg.filled + (instrument.rounded_quantity(possible) if instrument.is_spot else possible)
