"""Prices the core is told: quotes from a feed, the reference of a decision and the mark of a holding."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from portfolio.model.identifiers import AccountId, Symbol
from portfolio.model.order import PriceSource
from portfolio.model.side import Side


@dataclass(frozen=True, slots=True)
class Quote:
    """Best bid and ask of a symbol on an account's venue; `age_s` is monotonic, since its receipt.

    `number` tells one quote from the next, from 1; it never falls while a process lives. 0 where nobody counts.
    """

    account: AccountId
    symbol: Symbol
    bid: Decimal
    ask: Decimal
    age_s: Decimal
    number: int = 0

    @property
    def mid(self) -> Decimal:
        return (self.bid + self.ask) / 2


class Reference(NamedTuple):
    """The price a decision is made at. `age_s` is None for a last price whose age is not known."""

    bid: Decimal
    ask: Decimal
    mark: Decimal
    source: PriceSource
    age_s: Decimal | None

    def for_side(self, side: Side) -> Decimal:
        """What an order of that side would pay or get now."""
        return self.ask if side is Side.BUY else self.bid

    @classmethod
    def single(cls, price: Decimal, source: PriceSource, age_s: Decimal | None) -> "Reference":
        return cls(price, price, price, source, age_s)


@dataclass(frozen=True, slots=True)
class MarkPrice:
    """The last price a symbol was valued at."""

    price: Decimal
    source: PriceSource
    time: datetime
