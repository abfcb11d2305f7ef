"""Where two venues differ, and what speaks against believing it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from portfolio.model.identifiers import Symbol
from portfolio.prices.gap import PriceGap
from portfolio.prices.labels import Label
from portfolio.prices.row import PriceRow
from portfolio.prices.ticker import Venue

PairKey: TypeAlias = tuple[Symbol, Venue, Venue]
"""The symbol that was asked for, where it is bought, and where it is sold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AtSize:
    """What the order books bear, in the currency asked for: `quantity` of the base bought for `paid` and sold for
    `received`, before fees; prices are averages over the levels. `profit` is after both fees, below zero a loss."""

    size: Decimal
    quantity: Decimal
    paid: Decimal
    received: Decimal
    buy_price: Decimal
    sell_price: Decimal
    gross: Decimal
    net: Decimal
    profit: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """`gap` is at the best prices, of the order books where they were looked at, and of the tickers else. With labels
    it is no opportunity; each reason begins with the venue."""

    symbol: Symbol
    buy: PriceRow
    sell: PriceRow
    gap: PriceGap
    at_size: AtSize | None = None
    labels: tuple[Label, ...] = ()

    @property
    def key(self) -> PairKey:
        return (self.symbol, self.buy.venue, self.sell.venue)

    @property
    def net(self) -> Decimal:
        """What counts: at size where that is known."""
        return self.at_size.net if self.at_size else self.gap.net

    @property
    def is_opportunity(self) -> bool:
        """Whether it would have paid, at size, with nothing that speaks against it."""
        return not self.labels and self.at_size is not None and self.at_size.net > 0

    @property
    def age_s(self) -> float:
        """Of the older of the two prices."""
        return max(self.buy.age_s or 0.0, self.sell.age_s or 0.0)
