"""Order books and candles of one venue's markets."""

import time
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from ccxt.base.errors import BaseError

from exchange.feeds.asking import UNREADABLE
from exchange.feeds.fault import Fault
from exchange.feeds.flights import Flights
from exchange.feeds.reading import candle_of, levels, moment
from portfolio.model.identifiers import Symbol
from portfolio.prices.candle import Candle
from portfolio.prices.depth import Depth
from portfolio.prices.market import Market

MOST_LEVELS = 100


class Books:
    """`limit` is how many levels the venue is asked for, None as many as it likes to tell."""

    def __init__(self, driver: Any, flights: Flights, limit: int | None) -> None:
        self._driver = driver
        self._flights = flights
        self._limit = limit
        self._books: dict[Symbol, Depth] = {}

    async def order_book(self, market: Market, max_age_s: float, until_s: float) -> Depth | Fault | None:
        since_s = time.monotonic() - max_age_s
        if (known := self._books.get(market.symbol)) is not None and known.received_s >= since_s:
            return known
        what = f"the order book of {market.symbol}"
        flight = self._flights.join(("book", market.symbol), what, partial(self._ask_book, market), until_s)
        fault = await self._flights.land([flight], until_s)
        book = self._books.get(market.symbol)
        return book if book is not None and book.received_s >= since_s else fault

    async def candles(
        self, symbol: Symbol, period: str, since: datetime, until_s: float
    ) -> tuple[Candle, ...] | Fault | None:
        key = ("candles", symbol, period, since)
        ask = partial(self._ask_candles, symbol, period, since)
        flight = self._flights.join(key, f"candles of {symbol}", ask, until_s, is_aside=True)
        fault = await self._flights.land([flight], until_s)
        told: tuple[Candle, ...] | None = flight.result() if flight.done() and fault is None else None
        return fault if told is None else told

    def period(self, length: timedelta) -> str | None:
        """What the venue calls candles of that length; None where it has none."""
        seconds = int(length.total_seconds())
        names = self._driver.timeframes or {}
        return next((name for name in names if _seconds_of(self._driver, name) == seconds), None)

    async def _ask_book(self, market: Market) -> None:
        raw = await self._driver.fetch_order_book(market.symbol, self._limit)
        self._books[market.symbol] = Depth(
            venue=market.venue,
            symbol=market.symbol,
            received_s=time.monotonic(),
            venue_time=moment(raw.get("timestamp")),
            bids=levels(raw["bids"], market, most=MOST_LEVELS),
            asks=levels(raw["asks"], market, most=MOST_LEVELS),
        )

    async def _ask_candles(self, symbol: Symbol, period: str, since: datetime) -> tuple[Candle, ...]:
        rows = await self._driver.fetch_ohlcv(symbol, period, int(since.timestamp() * 1000))
        read = (candle_of(row) for row in rows)
        found = {candle.start: candle for candle in read if candle is not None and candle.start >= since}
        return tuple(found[start] for start in sorted(found))


def _seconds_of(driver: Any, name: str) -> int | None:
    try:
        return int(driver.parse_timeframe(name))
    except (BaseError, *UNREADABLE):
        return None
