"""What a market order would get of an order book: a walk over its levels, the best first, all above zero."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

from portfolio.model.decimals import ZERO
from portfolio.prices.depth import Level

_DOWN = Context(prec=34, rounding=ROUND_FLOOR)
_UP = Context(prec=34, rounding=ROUND_CEILING)


@dataclass(frozen=True, slots=True)
class Filled:
    """`quantity` of the base for `money` of the quote, at `price` on average. Rounded at the user's cost: the price is
    never better than the best level's."""

    quantity: Decimal = ZERO
    money: Decimal = ZERO
    price: Decimal | None = None


def bought_for(asks: Iterable[Level], money: Decimal) -> Filled:
    """As much as the money buys, or all there is."""
    quantity, paid = ZERO, ZERO
    for level in asks:
        left = money - paid
        if left <= 0:
            break
        taken = min(level.quantity, _DOWN.divide(left, level.price))
        quantity, paid = _DOWN.add(quantity, taken), _UP.add(paid, _UP.multiply(taken, level.price))
    return Filled(quantity, paid, _UP.divide(paid, quantity)) if quantity else Filled()


def bought(asks: Iterable[Level], wanted: Decimal) -> Filled:
    """The quantity, or all there is."""
    quantity, paid = ZERO, ZERO
    for level in asks:
        if quantity >= wanted:
            break
        taken = min(level.quantity, wanted - quantity)
        quantity, paid = _DOWN.add(quantity, taken), _UP.add(paid, _UP.multiply(taken, level.price))
    return Filled(quantity, paid, _UP.divide(paid, quantity)) if quantity else Filled()


def sold(bids: Iterable[Level], wanted: Decimal) -> Filled:
    """The quantity, or as much as is asked for."""
    quantity, received = ZERO, ZERO
    for level in bids:
        if quantity >= wanted:
            break
        taken = min(level.quantity, wanted - quantity)
        quantity, received = _UP.add(quantity, taken), _DOWN.add(received, _DOWN.multiply(taken, level.price))
    return Filled(quantity, received, _DOWN.divide(received, quantity)) if quantity else Filled()
