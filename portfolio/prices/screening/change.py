"""`change`: the price has risen or fallen by so much."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from portfolio.prices.day_change import change_since
from portfolio.prices.screening.history import beginning, price_then
from portfolio.prices.screening.rule import Finding, Sight, Stretch
from portfolio.prices.screening.units import DAY, ONE_DAY, Share, Span, length, per_cent
from portfolio.prices.ticker import Ticker


class Direction(StrEnum):
    UP = "up"
    DOWN = "down"
    EITHER = "either"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """From the price that long ago to the last one. Over 24 hours the venue's own figure, where it tells one."""

    kind: ClassVar[str] = "change"
    at_least: Share
    over: Span = ONE_DAY
    direction: Direction = Direction.EITHER

    def needs(self, ticker: Ticker, now: datetime) -> tuple[Stretch, ...]:
        return () if self._is_told(ticker) else (beginning(self.over, now),)

    def judge(self, sight: Sight) -> Finding | None:
        change = self._change(sight)
        if change is None:
            return None
        strength = self._strength(change)
        says = f"{per_cent(change, signed=True)} in {length(self.over)}"
        return Finding(strength >= self.at_least, change, says, strength)

    def _is_told(self, ticker: Ticker) -> bool:
        return self.over == DAY and ticker.change_24h is not None

    def _change(self, sight: Sight) -> Decimal | None:
        if self._is_told(sight.ticker):
            return sight.ticker.change_24h
        return change_since(price_then(sight, beginning(self.over, sight.now)), sight.ticker.last)

    def _strength(self, change: Decimal) -> Decimal:
        match self.direction:
            case Direction.UP:
                return change
            case Direction.DOWN:
                return -change
        return abs(change)
