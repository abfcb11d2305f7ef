"""Venues that say what a test has them say: a price feed without ccxt, and tickers in few words."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from time import monotonic
from typing import Any

from exchange.sources import SourceAccess
from portfolio.model.identifiers import Symbol
from portfolio.model.instrument import parse_symbol
from portfolio.prices.candle import Candle
from portfolio.prices.depth import Depth, Level
from portfolio.prices.market import Market
from portfolio.prices.ports import Tell, Told
from portfolio.prices.source import SourceState, SourceStatus
from portfolio.prices.ticker import Ticker, Venue


def ticker(venue: Venue, symbol: Symbol, bid: str | None, ask: str | None, **more: Any) -> Ticker:
    """A ticker received now, unless `more` says otherwise."""
    known: dict[str, Any] = {
        "received_s": monotonic(),
        "received_at": datetime.now(UTC),
        "bid": Decimal(bid) if bid else None,
        "ask": Decimal(ask) if ask else None,
        "last": Decimal(bid) if bid else None,
        "change_24h": Decimal("0.0125"),
        **more,
    }
    return Ticker(venue=venue, symbol=symbol, **known)


def market(venue: Venue, symbol: Symbol, **more: Any) -> Market:
    parsed = parse_symbol(symbol)
    assert parsed, symbol
    base, quote, settle = parsed
    terms = {"taker_fee": Decimal("0.001"), **more}
    return Market(venue=venue, symbol=symbol, base=base, quote=quote, settle=settle if ":" in symbol else None, **terms)


@dataclass(slots=True)
class FakeVenue:
    """`prices` are bid and ask by the venue's own symbol. With a `trouble` it answers nothing but that, once asked;
    `latency_s` is waited first. A `gate` that is not set holds it. `day_ago` are prices by its candles, which have a
    gate and a trouble of their own."""

    name: Venue
    prices: dict[Symbol, tuple[str | None, str | None]] = field(default_factory=dict)
    trouble: SourceStatus | None = None
    latency_s: float = 0.0
    gate: asyncio.Event | None = None
    books: dict[Symbol, tuple[list[tuple[str, str]], list[tuple[str, str]]]] = field(default_factory=dict)
    market_terms: dict[str, Any] = field(default_factory=dict)
    ticker_terms: dict[str, Any] = field(default_factory=dict)
    day_ago: dict[Symbol, str] = field(default_factory=dict)
    no_candles: SourceStatus | None = None
    candle_gate: asyncio.Event | None = None
    candles_asked: list[Symbol] = field(default_factory=list)
    asked: list[tuple[Symbol, ...]] = field(default_factory=list)
    booked: list[Symbol] = field(default_factory=list)


@dataclass(slots=True)
class FakeFeed:
    """Implements `portfolio.prices.ports.PriceFeed`."""

    places: Mapping[Venue, FakeVenue]
    tell: Tell
    watched: Mapping[Venue, Sequence[Symbol]] = field(default_factory=dict)
    is_closed: bool = False
    runs: int = 0
    fails: Callable[[], None] = lambda: None
    _states: dict[Venue, SourceState] = field(default_factory=dict)

    @property
    def venues(self) -> tuple[Venue, ...]:
        return tuple(self.places)

    def state(self, venue: Venue) -> SourceState:
        return self._states.get(venue, SourceState(venue=venue))

    async def markets(self, venue: Venue) -> Mapping[Symbol, Market] | SourceState:
        place = self.places[venue]
        trouble = await self._meet(place)
        terms = place.market_terms
        return trouble or {symbol: market(venue, symbol, **terms) for symbol in place.prices}

    async def ask(self, venue: Venue, symbols: Sequence[Symbol] | None, max_age_s: float = 0.0) -> Told:
        place = self.places[venue]
        wished = tuple(place.prices if symbols is None else symbols)
        place.asked.append(wished)
        trouble = await self._meet(place)
        if trouble is not None:
            return Told(state=trouble)
        told = tuple(
            ticker(venue, symbol, *place.prices[symbol], **place.ticker_terms)
            for symbol in wished
            if symbol in place.prices
        )
        for one in told:
            self.tell(one)
        missing = tuple(symbol for symbol in wished if symbol not in place.prices)
        return Told(state=self.state(venue), tickers=told, missing=missing)

    async def order_book(self, venue: Venue, symbol: Symbol, max_age_s: float = 0.0) -> Depth | SourceState:
        place = self.places[venue]
        place.booked.append(symbol)
        trouble = await self._meet(place)
        if trouble is not None:
            return trouble
        bid, ask = place.prices[symbol]
        bids, asks = place.books.get(symbol, ([(bid or "0", "100")], [(ask or "0", "100")]))
        return Depth(venue=venue, symbol=symbol, received_s=monotonic(), bids=_levels(bids), asks=_levels(asks))

    async def candles(
        self, venue: Venue, symbol: Symbol, period: timedelta, since: datetime
    ) -> tuple[Candle, ...] | SourceState:
        place = self.places[venue]
        place.candles_asked.append(symbol)
        if place.candle_gate is not None:
            await place.candle_gate.wait()
        if place.no_candles is not None:
            return SourceState(venue=venue, status=place.no_candles, detail="as told")
        price = Decimal(place.day_ago[symbol]) if symbol in place.day_ago else None
        count = (datetime.now(UTC) - since) // period + 1
        return () if price is None else tuple(_candle(since + period * number, price) for number in range(count))

    def watch(self, wanted: Mapping[Venue, Sequence[Symbol]]) -> None:
        self.watched = dict(wanted)

    async def run(self) -> None:
        self.runs += 1
        self.fails()
        await asyncio.Event().wait()

    async def close(self) -> None:
        self.is_closed = True

    def stream(self, venue: Venue, symbol: Symbol, bid: str, ask: str, **more: Any) -> None:
        """A price comes by itself."""
        self.places[venue].prices[symbol] = (bid, ask)
        self.tell(ticker(venue, symbol, bid, ask, by_stream=True, **more))

    async def _meet(self, place: FakeVenue) -> SourceState | None:
        """The venue's trouble, where it has one; how it does is told either way."""
        if place.gate is not None:
            await place.gate.wait()
        await asyncio.sleep(place.latency_s)
        before, now = self.state(place.name), monotonic()
        status = place.trouble or SourceStatus.LIVE
        state = replace(
            before,
            status=status,
            detail="" if place.trouble is None else "as told",
            at_s=now,
            answered_s=before.answered_s if place.trouble else now,
            latency_s=place.latency_s,
            failures=before.failures + 1 if place.trouble else 0,
        )
        self._states[place.name] = state
        self.tell(state)
        return state if place.trouble else None


@dataclass(slots=True)
class World:
    """What `PriceDesk` opens its feed with; `feeds` are those it has made."""

    places: dict[Venue, FakeVenue]
    feeds: list[FakeFeed] = field(default_factory=list)
    accesses: list[Sequence[SourceAccess]] = field(default_factory=list)

    def open(self, accesses: Sequence[SourceAccess], tell: Tell) -> FakeFeed:
        self.accesses.append(accesses)
        places = {access.venue: self.places.get(access.venue) or FakeVenue(access.venue) for access in accesses}
        self.feeds.append(FakeFeed(places, tell))
        return self.feeds[-1]

    @property
    def feed(self) -> FakeFeed:
        return self.feeds[-1]


def world(*places: FakeVenue) -> World:
    return World({place.name: place for place in places})


def usual_world() -> World:
    """The usual venues: two that answer, in different currencies, and one that is down."""
    return world(
        FakeVenue("binance", {"BTC/USDT": ("64000.1", "64000.2")}),
        FakeVenue("coinbase", {"BTC/USD": ("64010", "64011"), "USDT/USD": ("0.9998", "0.9999")}),
        FakeVenue("kraken", trouble=SourceStatus.TIMED_OUT),
    )


def _candle(start: datetime, price: Decimal) -> Candle:
    return Candle(start, price, price, price, price, Decimal(1))


def _levels(pairs: Sequence[tuple[str, str]]) -> tuple[Level, ...]:
    return tuple(Level(Decimal(price), Decimal(quantity)) for price, quantity in pairs)
