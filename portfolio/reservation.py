"""What live orders could still do to a holding, at their reservation prices."""

from decimal import Decimal
from typing import NamedTuple

from portfolio.model.decimals import ZERO
from portfolio.model.instrument import Instrument
from portfolio.model.order import Order, OrderStatus
from portfolio.model.side import Side


class Reservation(NamedTuple):
    """Totals over the live orders of one holding: open, in flight, waiting or unknown alike.

    `buys` and `sells` are the notionals of entries, which may add risk. `exits` are contracts of orders that only
    reduce, `exit_notional` their worth. Notionals are in the settle currency. Of the `orders`, `unknown` may or may
    not exist at the venue.
    """

    buys: Decimal = ZERO
    sells: Decimal = ZERO
    exits: Decimal = ZERO
    exit_notional: Decimal = ZERO
    orders: int = 0
    unknown: int = 0

    def plus(self, other: "Reservation", sign: int = 1) -> "Reservation":
        return Reservation(
            self.buys + sign * other.buys,
            self.sells + sign * other.sells,
            self.exits + sign * other.exits,
            self.exit_notional + sign * other.exit_notional,
            self.orders + sign * other.orders,
            self.unknown + sign * other.unknown,
        )


NOTHING_RESERVED = Reservation()


def reserved_by(order: Order, instrument: Instrument) -> Reservation:
    """The order's own share; nothing once it has ended.

    An exit that waits for another order reserves nothing yet: what it will reduce does not exist.
    """
    if not order.is_live or (order.is_exit and order.is_waiting):
        return NOTHING_RESERVED
    notional = instrument.value(order.remaining, order.reservation_price)
    unknown = int(order.status is OrderStatus.UNKNOWN)
    if order.is_exit:
        return Reservation(ZERO, ZERO, order.remaining, notional, 1, unknown)
    if order.side is Side.BUY:
        return Reservation(notional, ZERO, ZERO, ZERO, 1, unknown)
    return Reservation(ZERO, notional, ZERO, ZERO, 1, unknown)
