"""`distance`: the price is that near to its high or its low."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from portfolio.model.decimals import ONE
from portfolio.prices.screening.history import (
    extreme,
    extreme_of,
    is_by_days,
    running_extreme,
    today,
    whole,
)
from portfolio.prices.screening.rule import Finding, Sight, Stretch
from portfolio.prices.screening.units import DAY, ONE_DAY, Share, Span, length, per_cent
from portfolio.prices.ticker import Ticker


class Extreme(StrEnum):
    HIGH = "high"
    LOW = "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """How far the last price is from the high, or low, of that time, now included, as a share of that price.

    Over 24 hours the venue's own figure, where it tells one; over days whole days in UTC and what there is of today.
    """

    kind: ClassVar[str] = "distance"
    of: Extreme
    at_most: Share
    over: Span = ONE_DAY

    def needs(self, ticker: Ticker, now: datetime) -> tuple[Stretch, ...]:
        told = extreme_of(ticker, highest=self._highest) is not None
        if self.over == DAY and told:
            return ()
        stretch = whole(self.over, now)
        return (stretch, today(now)) if is_by_days(stretch) and not told else (stretch,)

    def judge(self, sight: Sight) -> Finding | None:
        last, end = sight.ticker.last, self._end(sight)
        if last is None or last <= 0 or end is None:
            return None
        end = max(end, last) if self._highest else min(end, last)
        distance = abs(last / end - ONE)
        where = f"{'below' if self._highest else 'above'} the {length(self.over)} {self.of.value}"
        return Finding(distance <= self.at_most, distance, f"{per_cent(distance)} {where}", -distance)

    @property
    def _highest(self) -> bool:
        return self.of is Extreme.HIGH

    def _end(self, sight: Sight) -> Decimal | None:
        """The extreme, without the last price itself."""
        told = extreme_of(sight.ticker, highest=self._highest)
        if told is not None and told <= 0:
            return None
        if self.over == DAY and told is not None:
            return told
        stretch = whole(self.over, sight.now)
        ended = extreme(sight, stretch, highest=self._highest)
        if ended is None or not is_by_days(stretch):
            return ended
        running = told if told is not None else running_extreme(sight, highest=self._highest)
        if running is None:
            return ended
        return max(ended, running) if self._highest else min(ended, running)
