"""Markets as rules see them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from portfolio.prices.candle import Candle
from portfolio.prices.screening.rates import Rates
from portfolio.prices.screening.rule import Finding, Rule, Sight
from portfolio.prices.ticker import Ticker

NOW = datetime(2026, 11, 21, 9, 7, 30, tzinfo=UTC)
D = Decimal


def ticker(symbol: str = "AVAX/USDT", **given: Any) -> Ticker:
    """A market at 10.50 that says all there is to say; `name=None` is what it does not say."""
    said: dict[str, Any] = {
        "venue": "binance",
        "received_s": 0.0,
        "received_at": NOW,
        "venue_time": NOW,
        "bid": "10.49",
        "ask": "10.51",
        "last": "10.50",
        "change_24h": "0.05",
        "high_24h": "10.60",
        "low_24h": "9.90",
        "volume_24h": "12345678",
        **given,
    }
    exact = {name: D(value) if isinstance(value, str) and name != "venue" else value for name, value in said.items()}
    return Ticker(symbol=symbol, **exact)


def candle(start: datetime, price: str | Decimal, *, high: str | None = None, low: str | None = None) -> Candle:
    at = D(price)
    return Candle(start, at, D(high) if high else at, D(low) if low else at, at, D(1))


def candles(period: timedelta, since: datetime, count: int, price: str = "10") -> tuple[Candle, ...]:
    return tuple(candle(since + period * place, price) for place in range(count))


def sight(seen: Ticker, *known: Candle, period: timedelta | None = None, rates: Rates | None = None) -> Sight:
    history = {period: known} if period is not None else {}
    return Sight(ticker=seen, now=NOW, history=history, rates=rates or Rates())


def found(rule: Rule, seen: Sight) -> Finding:
    finding = rule.judge(seen)
    assert finding is not None
    return finding
