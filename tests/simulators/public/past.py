"""What a market did before now: a path through a few prices, from which every candle is cut."""

from bisect import bisect_left
from dataclasses import dataclass, replace
from decimal import Decimal
from operator import itemgetter
from typing import NamedTuple, TypeAlias

HOUR_S = 3600
DAY_S = 24 * HOUR_S


class Bar(NamedTuple):
    start_s: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """Prices of a while ago; `high` and `low` are those of the last 24 hours.

    The path stands still for a while around each age that is asked for (30 minutes to 2 hours, 22.5 to 25.5 hours, 6
    to 8 days), so that a change over 1 h, 24 h or 7 d comes out the same, to the digit, from candles of any length.
    """

    hour_ago: Decimal
    day_ago: Decimal
    week_ago: Decimal
    high: Decimal
    low: Decimal

    def spanning(self, last: Decimal) -> "Past":
        """The day's extremes hold what was paid in it."""
        paid = (self.hour_ago, self.day_ago, last)
        return replace(self, high=max(self.high, *paid), low=min(self.low, *paid))

    def at(self, age_s: float, last: Decimal, decimals: int) -> Decimal:
        return _at(self._points(last), age_s, decimals)

    def bars(
        self, *, last: Decimal, decimals: int, volume: Decimal, now_s: float, period_s: int, first_s: int, count: int
    ) -> list[Bar]:
        """Oldest first, the running one last; `volume` is a day's."""
        points, share = self._points(last), round(volume * period_s / DAY_S, 8)
        start_s = -(-first_s // period_s) * period_s
        began = _at(points, max(now_s - start_s, 0.0), decimals)
        bars: list[Bar] = []
        while len(bars) < count and start_s <= now_s:
            oldest, newest = now_s - start_s, max(now_s - start_s - period_s, 0.0)
            ended = _at(points, newest, decimals)
            paid = [began, ended, *(price for age_s, price in points if newest <= age_s <= oldest)]
            bars.append(Bar(start_s, began, max(paid), min(paid), ended, share))
            start_s, began = start_s + period_s, ended
        return bars

    def _points(self, last: Decimal) -> "_Points":
        past = self.spanning(last)
        return (
            (0, last),
            (HOUR_S // 2, past.hour_ago),
            (2 * HOUR_S, past.hour_ago),
            (8 * HOUR_S, past.high),
            (16 * HOUR_S, past.low),
            (45 * HOUR_S // 2, past.day_ago),
            (51 * HOUR_S // 2, past.day_ago),
            (6 * DAY_S, past.week_ago),
        )


_Points: TypeAlias = tuple[tuple[int, Decimal], ...]
"""Ages and prices, the youngest first."""


def _at(points: _Points, age_s: float, decimals: int) -> Decimal:
    """In a straight line from point to point, and level before the first of them."""
    number = bisect_left(points, age_s, key=itemgetter(0))
    if number == len(points):
        return points[-1][1]
    age, price = points[number]
    if number == 0 or price == points[number - 1][1] or age_s == age:
        return price
    before_s, before = points[number - 1]
    return round(before + (price - before) * Decimal(age_s - before_s) / (age - before_s), decimals)
