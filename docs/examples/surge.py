"""`surge`: the last hour has seen several times the volume of an average hour of the day before."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar

from portfolio.prices.screening.rule import Finding, Sight, Stretch
from portfolio.prices.ticker import Ticker

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surge:
    """Compares the last whole hour with the 24 before it."""

    kind: ClassVar[str] = "surge"
    times: Decimal

    def __post_init__(self) -> None:
        if self.times <= 1:
            raise ValueError("times must be above 1: most hours are like the others")

    def needs(self, ticker: Ticker, now: datetime) -> tuple[Stretch, ...]:
        return (_hours(now),)

    def judge(self, sight: Sight) -> Finding | None:
        hours = sight.candles(_hours(sight.now))
        if len(hours) < 25:
            return None
        *before, last = hours
        usual = sum((hour.volume for hour in before), Decimal(0)) / len(before)
        if usual <= 0:
            return None
        times = last.volume / usual
        return Finding(times >= self.times, times, f"{times:.1f} times the usual volume", times)


def _hours(now: datetime) -> Stretch:
    until = now.replace(minute=0, second=0, microsecond=0)
    return Stretch(HOUR, until - 25 * HOUR, until)
