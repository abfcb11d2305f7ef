"""Protection of an entry: a stop and take-profits that follow what is filled of it, and end with the position."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from portfolio.book import Book, key_of
from portfolio.model.check import Check
from portfolio.model.decimals import ZERO
from portfolio.model.guard import Guard
from portfolio.model.instrument import Instrument
from portfolio.model.intent import OrderIntent
from portfolio.model.order import Order, OrderType
from portfolio.model.protection import Distance, Level, Protection, price_at
from portfolio.model.side import Side
from portfolio.model.signal import Size

CLAIMED_BY_STOP_LOSS = "CLAIMED_BY_STOP_LOSS"


@dataclass(frozen=True, slots=True)
class Part:
    """An order that gives up what lies between `start` and `end` of a whole, at a price or so far from the entry's."""

    order_type: OrderType
    level: Level
    start: Decimal
    end: Decimal

    def intent(self, side: Side, entry: Decimal) -> OrderIntent:
        """The wish for it: an order of `side`, for a position that was entered at that price."""
        return OrderIntent(
            side=side,
            size=Size(self.end - self.start),
            order_type=self.order_type,
            stop_price=leg_price(self.order_type, self.level, side, entry),
            reduce_only=True,
        )

    def guard(self, entry: Order, whole: Decimal) -> Guard:
        distance = self.level if isinstance(self.level, Distance) else None
        return Guard(entry=entry.client_order_id, whole=whole, start=self.start, end=self.end, distance=distance)


def leg_price(order_type: OrderType, level: Level, side: Side, entry: Decimal) -> Decimal:
    """Where a leg of `side` lies: what sells stops below the entry and takes its profit above."""
    return price_at(level, entry, above=(side is Side.SELL) is (order_type is OrderType.TAKE_PROFIT))


def parts(protection: Protection, whole: Decimal, instrument: Instrument) -> tuple[Part, ...]:
    """The legs that give the whole up; the stop comes first. Several take-profits share it in whole lots.

    Once their shares are all of it, the last of them takes what rounding has left.
    """
    found = []
    if protection.stop_loss is not None:
        found.append(Part(OrderType.STOP, protection.stop_loss, ZERO, whole))
    start = reached = ZERO
    for goal in protection.goals:
        reached = min(whole, reached + goal.part_of(whole))
        end = whole if reached == whole else instrument.rounded_quantity(reached)
        if end > start:
            found.append(Part(OrderType.TAKE_PROFIT, goal.price, start, end))
        start = end
    return tuple(found)


def parts_for(order: Order, intent: OrderIntent, whole: Decimal, instrument: Instrument) -> tuple[Part, ...]:
    """The legs of what `order` opens or leaves; none where it was denied or only happens to reduce."""
    protection = intent.protection
    if protection is None or not order.is_live or (order.is_exit and not order.reduce_only):
        return ()
    return parts(protection, whole, instrument)


def closing_side(order: Order) -> Side:
    """The side of the legs of an order: against what it opens, or with it where it leaves something."""
    return order.side if order.reduce_only else order.side.opposite


def entry_price(order: Order) -> Decimal:
    """What the order trades at on average; what it is expected to, as long as nothing is filled."""
    if order.filled:
        return order.cost / order.filled
    own = order.price if order.order_type.has_limit else order.stop_price
    return own or order.reference_price


def claimed_by_stop(book: Book, order: Order, part: Part, protection: Protection | None) -> Iterator[Check]:
    """A take-profit beside a stop, where each claims what it is to close: coins can lie in one order only."""
    has_stop = protection is not None and protection.stop_loss is not None
    if part.order_type is OrderType.TAKE_PROFIT and has_stop and not book.setup.enforces_reduce_only(key_of(order)):
        message = "a stop_loss and a take_profit cannot close the same coins, or share of a position: the stop has them"
        yield Check(CLAIMED_BY_STOP_LOSS, "order", False, None, None, message)


def waits_to_protect(order: Order) -> bool:
    """True for a stop or take-profit whose entry has not been filled."""
    return order.is_waiting and order.reduce_only and order.order_type.has_stop


def covered(guard: Guard, entry: Order) -> Decimal:
    """How much of the whole there is to protect by now: less what the entry has not filled."""
    return max(ZERO, guard.whole - entry.remaining)


def quantity_after(leg: Order, before: Order, instrument: Instrument) -> Decimal:
    """What a leg that waits for `before` is to close: of an entry's fills its part, of a close what it leaves."""
    guard = leg.guard
    if guard is None or guard.entry != before.client_order_id or leg.side is before.side:
        return leg.quantity
    return guard.part_of(covered(guard, before), instrument.lot)


def legs_of(book: Book, entry: Order) -> list[Order]:
    """The live orders that protect what the entry opens, oldest first."""
    return [order for order in book.live_orders(key_of(entry)) if _guards(order, entry)]


def _guards(order: Order, entry: Order) -> bool:
    guard = order.guard
    return guard is not None and guard.entry == entry.client_order_id != order.client_order_id


def is_over(entry: Order) -> bool:
    """True for an entry whose leg has closed what it had opened: what it still fills is closed at once."""
    return entry.guard is not None and entry.guard.entry == entry.client_order_id


def waits_for_live_entry(book: Book, leg: Order) -> bool:
    """True for protection whose entry may still be filled."""
    if leg.guard is None or leg.guard.entry == leg.client_order_id:
        return False
    entry = book.orders.get(leg.guard.entry)
    return entry is not None and entry.is_live and not entry.is_waiting and not is_over(entry)
