"""What live orders could still do to a holding, at their reservation prices."""

from decimal import Decimal
from typing import NamedTuple

from portfolio.model.decimals import ZERO
from portfolio.model.instrument import Instrument
from portfolio.model.order import Order
from portfolio.model.side import Side


class Reservation(NamedTuple):
    """Totals over the live orders of one holding: open, in flight, waiting or unknown alike.

    `buys` and `sells` are the notionals of entries, which may add risk. `exits` are contracts of orders that only
    reduce, `exit_notional` their worth. Notionals are in the settle currency.
    """

    buys: Decimal = ZERO
    sells: Decimal = ZERO
    exits: Decimal = ZERO
    exit_notional: Decimal = ZERO
    orders: int = 0

    def plus(self, other: "Reservation", sign: int = 1) -> "Reservation":
        return Reservation(
            self.buys + sign * other.buys,
            self.sells + sign * other.sells,
            self.exits + sign * other.exits,
            self.exit_notional + sign * other.exit_notional,
            self.orders + sign * other.orders,
        )


NOTHING_RESERVED = Reservation()


def reserved_by(order: Order, instrument: Instrument) -> Reservation:
    """The order's own share; nothing once it has ended.

    An exit that waits for another order reserves nothing yet: what it will reduce does not exist.
    """
    if not order.is_live or (order.is_exit and order.is_waiting):
        return NOTHING_RESERVED
    notional = instrument.value(order.remaining, order.reservation_price)
    if order.is_exit:
        return Reservation(exits=order.remaining, exit_notional=notional, orders=1)
    if order.side is Side.BUY:
        return Reservation(buys=notional, orders=1)
    return Reservation(sells=notional, orders=1)
