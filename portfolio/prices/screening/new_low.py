"""`new_low`: the price is below all that it was."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from portfolio.model.decimals import ONE
from portfolio.prices.screening.history import extreme, whole
from portfolio.prices.screening.rule import Finding, Sight, Stretch
from portfolio.prices.screening.units import Span, length, per_cent
from portfolio.prices.ticker import Ticker


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLow:
    """The last price is below every low of that time: for days, of whole days in UTC before today."""

    kind: ClassVar[str] = "new_low"
    over: Span

    def needs(self, ticker: Ticker, now: datetime) -> tuple[Stretch, ...]:
        return (whole(self.over, now),)

    def judge(self, sight: Sight) -> Finding | None:
        last, low = sight.ticker.last, extreme(sight, whole(self.over, sight.now), highest=False)
        if last is None or last <= 0 or low is None:
            return None
        below = ONE - last / low
        where = "below" if below > 0 else "from"
        return Finding(last < low, below, f"{per_cent(abs(below))} {where} the {length(self.over)} low", below)
