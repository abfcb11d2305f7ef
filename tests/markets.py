"""A price feed without ccxt for screens: markets that say what a test has them say, candles included."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from portfolio.model.identifiers import Symbol
from portfolio.model.instrument import parse_symbol
from portfolio.prices.candle import Candle
from portfolio.prices.depth import Depth
from portfolio.prices.market import Market
from portfolio.prices.ports import Told
from portfolio.prices.source import SourceState, SourceStatus
from portfolio.prices.ticker import Ticker, Venue
from tests.sights import NOW, candles, ticker

CandleRequest = tuple[Symbol, timedelta, datetime]


@dataclass(slots=True)
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass(slots=True)
class Place:
    """A venue. `prices` are the closes of its candles by symbol; `page` is how many it tells at once, `down` what it
    answers instead of anything, `patience` how often it asks for patience before it tells candles. Of `silent` markets
    it tells bid and ask by name only."""

    name: Venue = "binance"
    tickers: dict[Symbol, Ticker] = field(default_factory=dict)
    prices: dict[Symbol, str] = field(default_factory=dict)
    inactive: frozenset[Symbol] = frozenset()
    silent: frozenset[Symbol] = frozenset()
    page: int = 1000
    down: SourceStatus | None = None
    no_candles: SourceStatus | None = None
    patience: int = 0
    asked: list[tuple[Symbol, ...] | None] = field(default_factory=list)
    candles_asked: list[CandleRequest] = field(default_factory=list)
    under_way: int = 0
    most_under_way: int = 0

    def has(self, symbol: Symbol, price: str = "10", **said: Any) -> None:
        """The market says this from now on; its candles are all at `price`."""
        self.tickers[symbol] = replace(ticker(symbol, **said), venue=self.name)
        self.prices[symbol] = price


@dataclass(slots=True)
class MarketFeed:
    """Implements `portfolio.prices.ports.PriceFeed`, but for what screens do not need. Tickers are as of the clock."""

    clock: Callable[[], datetime]
    places: dict[Venue, Place]
    is_closed: bool = False

    @property
    def venues(self) -> tuple[Venue, ...]:
        return tuple(self.places)

    def state(self, venue: Venue) -> SourceState:
        down = self.places[venue].down
        return SourceState(venue=venue, status=down or SourceStatus.LIVE, detail="as told" if down else "")

    async def markets(self, venue: Venue) -> Mapping[Symbol, Market] | SourceState:
        place = self.places[venue]
        if place.down:
            return self.state(venue)
        return {symbol: _market(venue, symbol, is_active=symbol not in place.inactive) for symbol in place.tickers}

    async def ask(self, venue: Venue, symbols: Sequence[Symbol] | None, max_age_s: float = 0.0) -> Told:
        place = self.places[venue]
        place.asked.append(None if symbols is None else tuple(symbols))
        if place.down:
            return Told(state=self.state(venue))
        wished = list(place.tickers if symbols is None else symbols)
        now = self.clock()
        told = [replace(place.tickers[symbol], received_at=now) for symbol in wished if symbol in place.tickers]
        if symbols is None:
            told = [replace(each, bid=None, ask=None) if each.symbol in place.silent else each for each in told]
        fresh = tuple(replace(each, venue_time=now) if each.venue_time == NOW else each for each in told)
        return Told(
            state=self.state(venue),
            tickers=fresh,
            missing=tuple(symbol for symbol in wished if symbol not in place.tickers),
        )

    async def order_book(self, venue: Venue, symbol: Symbol, max_age_s: float = 0.0) -> Depth | SourceState:
        raise AssertionError("screens look at no order book")

    async def candles(
        self, venue: Venue, symbol: Symbol, period: timedelta, since: datetime
    ) -> tuple[Candle, ...] | SourceState:
        place = self.places[venue]
        place.candles_asked.append((symbol, period, since))
        place.under_way += 1
        place.most_under_way = max(place.most_under_way, place.under_way)
        await asyncio.sleep(0)
        place.under_way -= 1
        if place.patience:
            place.patience -= 1
            return SourceState(venue=venue, status=SourceStatus.RATE_LIMITED, detail="slowly", at_s=1.0, next_try_s=1.0)
        if place.no_candles:
            return SourceState(venue=venue, status=place.no_candles, detail="as told")
        count = min(place.page, (self.clock() - since) // period + 1)
        return candles(period, since, count, place.prices[symbol])

    def watch(self, wanted: Mapping[Venue, Sequence[Symbol]]) -> None:
        raise AssertionError("screens watch nothing")

    async def run(self) -> None:
        raise AssertionError("screens watch nothing")

    async def close(self) -> None:
        self.is_closed = True


def feed_of(*places: Place, clock: Callable[[], datetime] | None = None) -> MarketFeed:
    return MarketFeed(clock or Clock(), {place.name: place for place in places})


def _market(venue: Venue, symbol: Symbol, *, is_active: bool) -> Market:
    parsed = parse_symbol(symbol)
    assert parsed, symbol
    base, quote, settle = parsed
    return Market(
        venue=venue,
        symbol=symbol,
        base=base,
        quote=quote,
        settle=settle if ":" in symbol else None,
        is_active=is_active,
    )
