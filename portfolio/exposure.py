"""Worst-case exposure: positions at their marks plus whatever live orders could still add.

Formulas: max(|P + O+|, |P - O-|) per account and symbol, as in the FIA's pre-trade control guide (2015);
gross exposure is their sum, net exposure the larger of the two sums of signed notionals.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from portfolio.book import Book
from portfolio.model.decimals import ZERO
from portfolio.model.identifiers import AccountId, Symbol
from portfolio.model.position import Key
from portfolio.model.scope import Scope


class Exposure(NamedTuple):
    """Notionals in the portfolio's currency, at reservation prices, unsigned."""

    gross: Decimal
    net: Decimal
    orders: int


def exposure_of(book: Book, scope: Scope) -> Exposure:
    """What the scope holds and could come to hold through the orders that are live now."""
    gross = highest = lowest = ZERO
    orders = 0
    for keys in _by_instrument(book, scope):
        high, low, count = _extremes(book, keys)
        gross += max(abs(high), abs(low))
        highest += high
        lowest += low
        orders += count
    return Exposure(gross, max(abs(highest), abs(lowest)), orders)


def _by_instrument(book: Book, scope: Scope) -> Iterable[list[Key]]:
    """The holdings of the scope, those together that their venue nets."""
    netted: dict[tuple[AccountId, Symbol], list[Key]] = {}
    for key in book.holdings(scope):
        netted.setdefault((key.account, key.symbol), []).append(key)
    return netted.values()


def _extremes(book: Book, keys: list[Key]) -> tuple[Decimal, Decimal, int]:
    """The signed notional if every order that buys is filled and none that sells, the other way round, and how many.

    Exits bring a strategy's position towards zero at most.
    """
    high = low = ZERO
    orders = 0
    for key in keys:
        reserved, value = book.reservation(key), book.value(key)
        closing = min(reserved.exit_notional, abs(value))
        high += value + reserved.buys + (closing if value < 0 else ZERO)
        low += value - reserved.sells - (closing if value > 0 else ZERO)
        orders += reserved.orders
    return high, low, orders
