"""What ccxt's parsers made of an answer, as values of our own: exact, finite, and None for what is not there."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from portfolio.model.decimals import HUNDRED, ONE, ZERO
from portfolio.model.identifiers import Symbol
from portfolio.prices.candle import Candle
from portfolio.prices.depth import Level
from portfolio.prices.market import Market
from portfolio.prices.ticker import Ticker, Venue

MOST_DIGITS = 30
"""Prices and quantities of more digits before or after the point are no prices."""
LARGEST_CHANGE = Decimal(10**6)
CHANGE_STEP = Decimal("1E-8")
_EARLIEST_MS, _LATEST_MS = 1_230_000_000_000, 7_000_000_000_000  # 2008 to 2191
_NAMES = ("base_name", "baseName", "baseCoinName", "fullName")


def number(value: Any) -> Decimal | None:
    """The figure as the venue wrote it; None for what is none, or cannot be one."""
    kind = type(value)
    if kind is Decimal:
        read = value
    elif value is None or kind is bool or value == "":
        return None
    else:
        try:
            read = Decimal(value if kind is str or kind is int else str(value))
        except (InvalidOperation, ValueError):
            return None
    return read if read.is_finite() and -MOST_DIGITS <= read.adjusted() <= MOST_DIGITS else None


def positive(value: Any) -> Decimal | None:
    read = number(value)
    return read if read is not None and read > 0 else None


def not_negative(value: Any) -> Decimal | None:
    read = number(value)
    return read if read is not None and read >= 0 else None


def moment(milliseconds: Any) -> datetime | None:
    """None also for a time that no venue of this age can mean."""
    if not isinstance(milliseconds, int | str | Decimal):
        return None
    try:
        ms = int(milliseconds)
    except (ValueError, OverflowError):
        return None
    return datetime.fromtimestamp(ms / 1000, UTC) if _EARLIEST_MS < ms < _LATEST_MS else None


class TickerReader:
    """Makes tickers of one venue. `sizes` of contracts are turned into the base currency."""

    def __init__(self, venue: Venue, *, open_is_today: bool = False, change_is_fraction: bool = False) -> None:
        self._venue = venue
        self._open_is_today = open_is_today
        self._percent = ONE if change_is_fraction else HUNDRED

    def read(
        self,
        raw: Mapping[str, Any],
        market: Market,
        received_s: float,
        received_at: datetime,
        *,
        by_stream: bool = False,
    ) -> Ticker:
        last = positive(raw.get("last")) or positive(raw.get("close"))
        bid, ask = positive(raw.get("bid")), positive(raw.get("ask"))
        return Ticker(
            venue=self._venue,
            symbol=market.symbol,
            received_s=received_s,
            received_at=received_at,
            venue_time=moment(raw.get("timestamp")),
            bid=bid,
            ask=ask,
            bid_size=in_base(not_negative(raw.get("bidVolume")), bid, market),
            ask_size=in_base(not_negative(raw.get("askVolume")), ask, market),
            last=last,
            change_24h=self._change(raw, last),
            high_24h=positive(raw.get("high")),
            low_24h=positive(raw.get("low")),
            volume_24h=_volume(raw, last, market),
            by_stream=by_stream,
        )

    def _change(self, raw: Mapping[str, Any], last: Decimal | None) -> Decimal | None:
        """The venue's own figure, else from the price of 24 hours ago; nothing below -100 %."""
        change = number(raw.get("percentage"))
        if change is not None:
            change /= self._percent
        elif not self._open_is_today and last is not None and (begun := _day_ago(raw)) is not None:
            change = (last / begun - ONE).quantize(CHANGE_STEP)
        return change if change is not None and -ONE <= change <= LARGEST_CHANGE else None


def _day_ago(raw: Mapping[str, Any]) -> Decimal | None:
    return positive(raw.get("open")) or positive(raw.get("previousClose"))


def _volume(raw: Mapping[str, Any], last: Decimal | None, market: Market) -> Decimal | None:
    """In the quote currency; a contract's own count is not turned into it."""
    if (told := not_negative(raw.get("quoteVolume"))) is not None:
        return told
    traded = not_negative(raw.get("baseVolume")) if market.settle is None else None
    return traded * last if traded is not None and last is not None else None


def in_base(quantity: Decimal | None, price: Decimal | None, market: Market) -> Decimal | None:
    """Contracts as the base currency: an inverse contract's size is in the quote currency."""
    if quantity is None or market.settle is None or market.contract_size is None:
        return quantity
    if market.settle == market.base != market.quote:
        return quantity * market.contract_size / price if price else None
    return quantity * market.contract_size


def market_of(venue: Venue, raw: Mapping[str, Any], *, steps_are_sizes: bool) -> Market | None:
    """None for one that has no symbol, base or quote. `steps_are_sizes` False: precision counts decimals."""
    symbol, base, quote = raw.get("symbol"), raw.get("base"), raw.get("quote")
    if not (isinstance(symbol, str) and isinstance(base, str) and isinstance(quote, str)):
        return None
    limits, steps = _inner(raw, "limits"), _inner(raw, "precision")
    taker = number(raw.get("taker"))
    info = _inner(raw, "info")
    name = next((text for key in _NAMES if isinstance(text := info.get(key), str) and text), None)
    return Market(
        venue=venue,
        symbol=Symbol(symbol),
        base=base,
        quote=quote,
        settle=raw.get("settle") if raw.get("contract") else None,
        taker_fee=taker if taker is not None and abs(taker) < ONE else None,
        contract_size=positive(raw.get("contractSize")) if raw.get("contract") else None,
        base_name=name,
        lot=_step(steps.get("amount"), steps_are_sizes),
        tick=_step(steps.get("price"), steps_are_sizes),
        min_quantity=positive(_inner(limits, "amount").get("min")),
        min_cost=positive(_inner(limits, "cost").get("min")),
        is_active=raw.get("active") is not False,
    )


def _inner(outer: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    inner = outer.get(key)
    return inner if isinstance(inner, Mapping) else {}


def _step(value: Any, are_sizes: bool) -> Decimal | None:
    read = number(value)
    if read is None or are_sizes:
        return positive(read)
    return ONE.scaleb(-int(read)) if abs(read) <= MOST_DIGITS and read == int(read) else None


def levels(rows: Iterable[Any], market: Market, *, most: int) -> tuple[Level, ...]:
    """The best first, as ccxt sorted them; rows that are none are left out."""
    found: list[Level] = []
    for row in rows:
        price, quantity = positive(row[0]), positive(row[1])
        if price is not None and quantity is not None:
            found.append(Level(price, in_base(quantity, price, market) or ZERO))
        if len(found) == most:
            break
    return tuple(found)


def candle_of(row: Any) -> Candle | None:
    start = moment(row[0])
    opened, high, low, close = (positive(value) for value in row[1:5])
    if start is None or opened is None or high is None or low is None or close is None:
        return None
    return Candle(start, opened, high, low, close, not_negative(row[5]) or ZERO)
