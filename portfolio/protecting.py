"""Protection of an entry: a stop and a take-profit that wait for it and end with the position."""

from collections.abc import Iterator
from decimal import Decimal

from portfolio.book import Book, key_of
from portfolio.model.check import Check
from portfolio.model.decimals import ZERO
from portfolio.model.intent import OrderIntent
from portfolio.model.order import Order, OrderType
from portfolio.model.protection import Protection
from portfolio.model.side import Side
from portfolio.model.signal import Size

CLAIMED_BY_STOP_LOSS = "CLAIMED_BY_STOP_LOSS"


def legs(order: Order, intent: OrderIntent) -> tuple[OrderIntent, ...]:
    """The orders that protect what `order` opens or leaves; none where it was denied or only happens to reduce."""
    protection = intent.protection
    if protection is None or not order.is_live or (order.is_exit and not order.reduce_only):
        return ()
    side = order.side if order.reduce_only else order.side.opposite
    return protecting(protection, side, protection.quantity or order.quantity)


def protecting(protection: Protection, side: Side, quantity: Decimal) -> tuple[OrderIntent, ...]:
    """The orders of `side` that give the quantity up at the protection's prices; the stop comes first."""
    prices = (OrderType.STOP, protection.stop_loss), (OrderType.TAKE_PROFIT, protection.take_profit)
    return tuple(
        OrderIntent(side=side, size=Size(quantity), order_type=kind, stop_price=price, reduce_only=True)
        for kind, price in prices
        if price is not None
    )


def claimed_by_stop(book: Book, order: Order, guard: OrderIntent, protection: Protection | None) -> Iterator[Check]:
    """A take-profit beside a stop, where each claims what it is to close: coins can lie in one order only."""
    has_stop = protection is not None and protection.stop_loss is not None
    if guard.order_type is OrderType.TAKE_PROFIT and has_stop and not book.setup.enforces_reduce_only(key_of(order)):
        message = "a stop_loss and a take_profit cannot close the same coins, or share of a position: the stop has them"
        yield Check(CLAIMED_BY_STOP_LOSS, "order", False, None, None, message)


def waits_to_protect(order: Order) -> bool:
    """True for a stop or take-profit whose entry has not ended."""
    return order.is_waiting and order.reduce_only and order.order_type.has_stop


def protects(leg: Order, before: Order) -> bool:
    """True for a leg that is to close what `before` opens, both wishes of one alert."""
    is_guard = leg.reduce_only and leg.order_type.has_stop
    return is_guard and leg.after == before.client_order_id and leg.origin == before.origin


def quantity_after(leg: Order, before: Order) -> Decimal:
    """What the leg is to close now that `before` has ended: less what an entry did not fill."""
    if not protects(leg, before) or leg.side is before.side:
        return leg.quantity
    return max(ZERO, leg.quantity - before.remaining)


def waits_for_live_entry(book: Book, leg: Order) -> bool:
    """True for protection whose entry may still have been filled in part when it ends."""
    if not leg.is_waiting or leg.after is None:
        return False
    before = book.orders.get(leg.after)
    return before is not None and before.is_live and not before.is_waiting and protects(leg, before)
