"""`spread`: bid and ask are so near to each other, or so far apart."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from portfolio.prices.screening.rates import middle_of
from portfolio.prices.screening.rule import Finding, Sight, Stretch
from portfolio.prices.screening.units import Share, per_cent
from portfolio.prices.ticker import Ticker


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The distance from bid to ask as a share of the price between them."""

    kind: ClassVar[str] = "spread"
    at_most: Share | None = None
    at_least: Share | None = None

    def __post_init__(self) -> None:
        if self.at_most is None and self.at_least is None:
            raise ValueError("at_most or at_least is needed")
        if self.at_most is not None and self.at_least is not None and self.at_least > self.at_most:
            raise ValueError("at_least is above at_most: no spread is both")

    def needs(self, ticker: Ticker, now: datetime) -> tuple[Stretch, ...]:
        return ()

    def judge(self, sight: Sight) -> Finding | None:
        bid, ask, middle = sight.ticker.bid, sight.ticker.ask, middle_of(sight.ticker)
        if bid is None or ask is None or middle is None:
            return None
        spread = (ask - bid) / middle
        is_near = self.at_most is None or spread <= self.at_most
        is_far = self.at_least is None or spread >= self.at_least
        strength = spread if self.at_most is None else -spread
        return Finding(is_near and is_far, spread, f"spread {per_cent(spread)}", strength)
