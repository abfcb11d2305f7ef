"""`volume`: so much has been traded in 24 hours."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from portfolio.prices.screening.rule import Finding, Sight, Stretch
from portfolio.prices.screening.units import Amount, Code, amount
from portfolio.prices.ticker import Ticker


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """In the market's quote currency, or in `currency`, converted by the venue's own prices."""

    kind: ClassVar[str] = "volume"
    at_least: Amount
    currency: Code | None = None

    def needs(self, ticker: Ticker, now: datetime) -> tuple[Stretch, ...]:
        return ()

    def judge(self, sight: Sight) -> Finding | None:
        volume, quote = sight.ticker.volume_24h, sight.quote
        if volume is None or volume < 0 or quote is None:
            return None
        currency = self.currency or quote
        rate = sight.rates.rate(quote, currency)
        if rate is None:
            return None
        worth = volume * rate
        return Finding(worth >= self.at_least, worth, f"{amount(worth, currency)} in 24 h", worth)
