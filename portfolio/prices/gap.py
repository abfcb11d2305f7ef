"""What it brings to buy at one venue and sell at another."""

from dataclasses import dataclass
from decimal import Decimal

from portfolio.model.decimals import ONE
from portfolio.prices.fees import TakerFee
from portfolio.prices.ticker import Venue


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceGap:
    """Bought at `ask` of one venue and sold at `bid` of another, both in one currency. `gross` and `net` are fractions
    of what is paid; below zero is a loss, and net is never above gross."""

    buy_at: Venue
    sell_at: Venue
    ask: Decimal
    bid: Decimal
    buy_fee: TakerFee
    sell_fee: TakerFee

    @property
    def amount(self) -> Decimal:
        """Per unit of the base, before fees."""
        return self.bid - self.ask

    @property
    def gross(self) -> Decimal:
        return gross(self.ask, self.bid)

    @property
    def net(self) -> Decimal:
        return net(self.ask, self.bid, self.buy_fee.rate, self.sell_fee.rate)


def gross(ask: Decimal, bid: Decimal) -> Decimal:
    return bid / ask - ONE


def net(ask: Decimal, bid: Decimal, buy_fee: Decimal, sell_fee: Decimal) -> Decimal:
    return bid * (ONE - sell_fee) / (ask * (ONE + buy_fee)) - ONE
