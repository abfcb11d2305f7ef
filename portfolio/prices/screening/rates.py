"""What one currency is worth in another, by the prices that one venue quotes at one moment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from portfolio.model.decimals import ONE
from portfolio.model.instrument import parse_symbol
from portfolio.prices.ticker import Ticker

_BRIDGES = ("USDT", "USD", "USDC", "EUR", "BTC")
_HALF = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Rates:
    """Prices of spot markets by (base, quote)."""

    prices: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)

    def rate(self, currency: str, into: str) -> Decimal | None:
        """How much of `into` one of `currency` is worth: by a market of both, else over one currency between them.

        None where the venue quotes neither.
        """
        if (straight := self._straight(currency, into)) is not None:
            return straight
        for bridge in _BRIDGES:
            first, second = self._straight(currency, bridge), self._straight(bridge, into)
            if first is not None and second is not None:
                return first * second
        return None

    def _straight(self, currency: str, into: str) -> Decimal | None:
        if currency == into:
            return ONE
        if (price := self.prices.get((currency, into))) is not None:
            return price
        inverse = self.prices.get((into, currency))
        return ONE / inverse if inverse is not None else None


def rates_of(tickers: Iterable[Ticker]) -> Rates:
    """The rates of spot markets: between bid and ask, else what was traded last."""
    prices: dict[tuple[str, str], Decimal] = {}
    for ticker in tickers:
        parts = None if ":" in ticker.symbol else parse_symbol(ticker.symbol)
        price = middle_of(ticker) or ticker.last
        if parts is not None and price is not None and price > 0:
            prices[parts[0], parts[1]] = price
    return Rates(prices)


def middle_of(ticker: Ticker) -> Decimal | None:
    """Between bid and ask; None where one of them is missing, or they cannot be those of a market that works."""
    bid, ask = ticker.bid, ticker.ask
    if bid is None or ask is None or not 0 < bid <= ask:
        return None
    return (bid + ask) * _HALF
