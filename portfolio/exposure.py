"""Worst-case exposure: positions at their marks plus whatever live orders could still add.

Formulas: max(|P + O+|, |P - O-|) per account and symbol, as in the FIA's pre-trade control guide (2015);
gross exposure is their sum, net exposure the larger of the two sums of signed notionals.
"""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from portfolio.book import Book
from portfolio.model.decimals import ZERO
from portfolio.model.identifiers import AccountId, Symbol
from portfolio.model.scope import Scope


@dataclass(slots=True)
class _Holding:
    """One symbol on one account, as its venue nets it."""

    value: Decimal = ZERO
    buys: Decimal = ZERO
    sells: Decimal = ZERO
    exits: Decimal = ZERO

    @property
    def highest(self) -> Decimal:
        """The signed notional if every order that buys is filled and none that sells."""
        closing = min(self.exits, -self.value) if self.value < 0 else ZERO
        return self.value + self.buys + closing

    @property
    def lowest(self) -> Decimal:
        closing = min(self.exits, self.value) if self.value > 0 else ZERO
        return self.value - self.sells - closing


@dataclass(frozen=True, slots=True)
class Exposure:
    """Notionals in the portfolio's currency, at reservation prices, unsigned."""

    gross: Decimal
    net: Decimal
    orders: int


def exposure_of(book: Book, scope: Scope) -> Exposure:
    """What the scope holds and could come to hold through the orders that are live now."""
    holdings: defaultdict[tuple[AccountId, Symbol], _Holding] = defaultdict(_Holding)
    orders = 0
    for key in book.holdings(scope):
        reserved = book.reservation(key)
        holding = holdings[key.account, key.symbol]
        holding.value += book.value(key)
        holding.buys += reserved.buys
        holding.sells += reserved.sells
        holding.exits += reserved.exit_notional
        orders += reserved.orders
    highs = [holding.highest for holding in holdings.values()]
    lows = [holding.lowest for holding in holdings.values()]
    gross = sum((max(abs(high), abs(low)) for high, low in zip(highs, lows, strict=True)), ZERO)
    net = max(abs(sum(highs, ZERO)), abs(sum(lows, ZERO)))
    return Exposure(gross, net, orders)
