"""Which candles tell what a market did over some time, and what they tell."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from portfolio.prices.screening.rule import Sight, Stretch
from portfolio.prices.screening.units import DAY, HOUR, MINUTE
from portfolio.prices.ticker import Ticker

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_QUARTER = 15 * MINUTE
_TWENTIETH = 20
_FOR_PRICES = ((2 * HOUR, MINUTE), (36 * HOUR, _QUARTER), (14 * DAY, HOUR))
"""Up to which length which period: venues have all of these, and the first candle is what counts."""
_FOR_RANGES = ((2 * HOUR, MINUTE), (24 * HOUR, _QUARTER), (4 * DAY, HOUR))
"""As above where all candles count, so that a hundred, which every venue answers at once, are mostly enough."""


def beginning(over: timedelta, now: datetime) -> Stretch:
    """The candles of which the first says what the price was `over` ago: the one of that moment, or soon after it
    where nothing was traded then."""
    period = _period(over, _FOR_PRICES)
    since = _floor(now - over, period)
    return Stretch(period, since, since + max(period, over // _TWENTIETH))


def price_then(sight: Sight, stretch: Stretch) -> Decimal | None:
    """The price at the `beginning`."""
    candles = sight.candles(stretch)
    return candles[0].open if candles and candles[0].open > 0 else None


def whole(over: timedelta, now: datetime) -> Stretch:
    """Every candle of that time that has ended: for days, those of whole days in UTC before today."""
    period = _period(over, _FOR_RANGES)
    until = _floor(now, period)
    return Stretch(period, until - max(period, over), until)


def today(now: datetime) -> Stretch:
    """What has ended of the day."""
    return Stretch(_QUARTER, _floor(now, DAY), _floor(now, _QUARTER))


def is_by_days(stretch: Stretch) -> bool:
    return stretch.period == DAY


def extreme(sight: Sight, stretch: Stretch, *, highest: bool) -> Decimal | None:
    """The highest, or lowest, price of the stretch. None where candles are missing at its beginning or its end: then
    the market is younger, or the venue has not told all."""
    candles = sight.candles(stretch)
    slack = (stretch.until - stretch.since) // _TWENTIETH
    if not candles or candles[0].start > stretch.since + slack:
        return None
    if candles[-1].start + stretch.period + slack < stretch.until:
        return None
    found = max(candle.high for candle in candles) if highest else min(candle.low for candle in candles)
    return found if found > 0 else None


def running_extreme(sight: Sight, *, highest: bool) -> Decimal | None:
    """The day's so far, by what candles there are; None without one."""
    candles = sight.candles(today(sight.now))
    if not candles:
        return None
    return max(candle.high for candle in candles) if highest else min(candle.low for candle in candles)


def extreme_of(ticker: Ticker, *, highest: bool) -> Decimal | None:
    """The highest, or lowest, price of 24 hours by what the venue says."""
    return ticker.high_24h if highest else ticker.low_24h


def _period(over: timedelta, periods: tuple[tuple[timedelta, timedelta], ...]) -> timedelta:
    return next((period for most, period in periods if over <= most), DAY)


def _floor(moment: datetime, period: timedelta) -> datetime:
    return moment - (moment - _EPOCH) % period
