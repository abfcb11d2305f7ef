"""`new_high`: the price is above all that it was."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from portfolio.model.decimals import ONE
from portfolio.prices.screening.history import extreme, whole
from portfolio.prices.screening.rule import Finding, Sight, Stretch
from portfolio.prices.screening.units import Span, length, per_cent
from portfolio.prices.ticker import Ticker


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHigh:
    """The last price is above every high of that time: for days, of whole days in UTC before today."""

    kind: ClassVar[str] = "new_high"
    over: Span

    def needs(self, ticker: Ticker, now: datetime) -> tuple[Stretch, ...]:
        return (whole(self.over, now),)

    def judge(self, sight: Sight) -> Finding | None:
        last, high = sight.ticker.last, extreme(sight, whole(self.over, sight.now), highest=True)
        if last is None or last <= 0 or high is None:
            return None
        above = last / high - ONE
        where = "above" if above > 0 else "from"
        return Finding(last > high, above, f"{per_cent(abs(above))} {where} the {length(self.over)} high", above)
