"""Prices of the same thing that are too far from the others to be believed."""

from collections.abc import Hashable, Mapping
from decimal import Decimal
from typing import TypeVar

from portfolio.model.decimals import ONE

Whose = TypeVar("Whose", bound=Hashable)


def outliers(prices: Mapping[Whose, Decimal], above: Decimal) -> dict[Whose, tuple[Decimal, Decimal]]:
    """Those further than the fraction `above` from the median of the others, each with that median and how far it is.

    Of two middle ones the nearer counts. Where there are only two, both are doubtful.
    """
    ordered = sorted(prices.values())
    if len(ordered) < 2 or apart(ordered[0], ordered[-1]) <= above:
        return {}
    found = {}
    for whose, price in prices.items():
        others = list(ordered)
        others.remove(price)
        middle = min(others[(len(others) - 1) // 2], others[len(others) // 2], key=lambda other: apart(price, other))
        if (off := apart(price, middle)) > above:
            found[whose] = (middle, off)
    return found


def apart(price: Decimal, other: Decimal) -> Decimal:
    """How far apart two prices above zero are, as a fraction of the lower."""
    return max(price, other) / min(price, other) - ONE
