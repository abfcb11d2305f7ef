"""What live orders could still do to a holding, at their reservation prices."""

from decimal import Decimal
from operator import add, sub
from typing import NamedTuple

from portfolio.model.decimals import ZERO
from portfolio.model.instrument import Instrument
from portfolio.model.order import Order, OrderStatus
from portfolio.model.side import Side


class Reservation(NamedTuple):
    """Totals over the live orders of one holding: open, in flight, waiting or unknown alike.

    `buys` and `sells` are the notionals of entries, which may add risk. `exits` is the quantity of orders that only
    reduce their holding and claim what they reduce, also where the account's net grows by that; `exit_notional` the
    worth of all that add no risk. Notionals are in the settle currency. Of the `orders`, `unknown` may or may not exist
    at the venue and `resting` may stay for long; `waiting` ones have not left, and those of them that exit are none of
    the `orders` yet. `resting_buys` and `resting_sells` are what of `buys` and `sells` may still trade once the holding
    was closed, `exit_buys` and `exit_sells` the exits at the market, which may have traded before anything else did.
    """

    buys: Decimal = ZERO
    sells: Decimal = ZERO
    exits: Decimal = ZERO
    exit_notional: Decimal = ZERO
    orders: int = 0
    unknown: int = 0
    resting: int = 0
    waiting: int = 0
    resting_buys: Decimal = ZERO
    resting_sells: Decimal = ZERO
    exit_buys: Decimal = ZERO
    exit_sells: Decimal = ZERO

    def plus(self, other: "Reservation") -> "Reservation":
        return Reservation(*map(add, self, other))

    def minus(self, other: "Reservation") -> "Reservation":
        return Reservation(*map(sub, self, other))


NOTHING_RESERVED = Reservation()
_WAITING_EXIT = Reservation(waiting=1)


def reserved_by(order: Order, instrument: Instrument, *, venue_enforces: bool) -> Reservation:
    """The order's own share; nothing once it has ended.

    An exit that waits for another order reserves nothing yet: what it will reduce does not exist. With
    `venue_enforces` the venue cuts reduce-only orders to the position.
    """
    if not order.is_live:
        return NOTHING_RESERVED
    if order.is_exit and order.is_waiting:
        return _WAITING_EXIT
    notional = (
        abs(instrument.notional(order.most_remaining, order.reservation_price)) if order.reservation_price else ZERO
    )
    counts = (1, int(order.status is OrderStatus.UNKNOWN), int(order.rests), int(order.is_waiting))
    closes = order.is_exit or order.reduce_only
    claimed = order.most_remaining if closes and claims(order, venue_enforces=venue_enforces) else ZERO
    if order.is_exit:
        moving = ZERO if order.rests else notional
        buys, sells = (moving, ZERO) if order.side is Side.BUY else (ZERO, moving)
        return Reservation(ZERO, ZERO, claimed, notional, *counts, exit_buys=buys, exit_sells=sells)
    resting = notional if order.rests else ZERO
    if order.side is Side.BUY:
        return Reservation(notional, ZERO, claimed, ZERO, *counts, resting, ZERO)
    return Reservation(ZERO, notional, claimed, ZERO, *counts, ZERO, resting)


def claims(order: Order, *, venue_enforces: bool) -> bool:
    """True where nobody else may close what this exit is to close.

    A stop and a take-profit protect the same position: resting reduce-only orders count at most what is held, together,
    where the venue never lets them open anything.
    """
    return not (venue_enforces and order.reduce_only and order.rests)
