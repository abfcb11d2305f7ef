"""One venue as a source of prices: what is asked of it, by one request however many ask, and what it last said."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from ccxt.base.errors import BaseError

from exchange.feeds.asking import UNREADABLE, Asker
from exchange.feeds.catalogue import Catalogue
from exchange.feeds.driver import make_driver
from exchange.feeds.errand import Errand, errand, errand_now
from exchange.feeds.fault import Fault, told_by_ccxt, unreadable
from exchange.feeds.flights import Flights
from exchange.feeds.prices import Prices, Raw
from exchange.feeds.quirks import quirks_of
from exchange.feeds.reading import TickerReader, candle_of, levels, moment
from exchange.feeds.standing import Standing
from exchange.feeds.streams import Streams
from exchange.sources import SourceAccess
from portfolio.model.identifiers import Symbol
from portfolio.prices.candle import Candle
from portfolio.prices.depth import Depth
from portfolio.prices.market import Market
from portfolio.prices.ports import Tell, Told
from portfolio.prices.source import SourceState, SourceStatus

MOST_LEVELS = 100
LOAD_AT_LEAST_S = 15.0
LOAD_TIMES = 3
SETTLED_WITHIN_S = 0.05
"""A flight that runs out of time says so itself."""


class Source:
    """No call raises for what the venue does, and each ends within its limit of time."""

    def __init__(self, access: SourceAccess, tell: Tell) -> None:
        self.access = access
        self.quirks = quirks_of(access.venue)
        self.standing = Standing(access.venue, tell)
        self.driver = make_driver(access, self.quirks, self)
        self.streams = Streams(self.driver, self.quirks)
        load_within_s = max(LOAD_AT_LEAST_S, LOAD_TIMES * access.timeout_s)
        self.catalogue = Catalogue(access.venue, self.driver, self.quirks, load_within_s, self.standing.failed)
        reader = TickerReader(
            access.venue, open_is_today=self.quirks.open_is_today, change_is_fraction=self.quirks.change_is_fraction
        )
        self.prices = Prices(reader, tell)
        self._asker = Asker(self.driver, self.quirks)
        self._flights = Flights()
        self._books: dict[Symbol, Depth] = {}
        self.on_link: Callable[[], None] = _nothing

    @property
    def state(self) -> SourceState:
        return self.standing.state

    async def markets(self) -> Mapping[Symbol, Market] | SourceState:
        is_there = await self.catalogue.need((), self._until_s())
        return self.catalogue.markets if is_there else self.state

    async def ask(self, symbols: Sequence[Symbol] | None, max_age_s: float) -> Told:
        until_s, since_s = self._until_s(), time.monotonic() - max_age_s
        if self._is_paused() or not await self.catalogue.need(symbols or (), until_s):
            return self._told(symbols or (), since_s, ())
        traded = self.catalogue.markets
        if symbols is None:
            wanted = [symbol for symbol, market in traded.items() if market.is_active]
            if any(self._is_due(symbol, since_s) for symbol in wanted):
                await self._join([self._fly_for_all(wanted, until_s)], until_s)
            return self._told(wanted, since_s, ())
        wanted = [symbol for symbol in dict.fromkeys(symbols) if symbol in traded and traded[symbol].is_active]
        due = [symbol for symbol in wanted if self._is_due(symbol, since_s)]
        await self._join(self._fly_for(due, until_s), until_s)
        return self._told(wanted, since_s, tuple(dict.fromkeys(symbols).keys() - set(wanted)))

    async def traded(self, symbols: Iterable[Symbol]) -> list[Symbol]:
        """Those of the symbols that the venue trades now; none where it does not say."""
        wanted = list(symbols)
        if not await self.catalogue.need(wanted, self._until_s()):
            return []
        markets = self.catalogue.markets
        return [symbol for symbol in wanted if symbol in markets and markets[symbol].is_active]

    def is_in_one_call(self, symbol: Symbol) -> bool:
        return self._asker.is_in_one_call(symbol)

    async def order_book(self, symbol: Symbol, max_age_s: float) -> Depth | SourceState:
        until_s, since_s = self._until_s(), time.monotonic() - max_age_s
        if self._is_paused() or not await self.catalogue.need((symbol,), until_s):
            return self.state
        if (market := self.catalogue.markets.get(symbol)) is None:
            return self._refused(f"{self.access.venue} does not trade {symbol}")
        if (book := self._books.get(symbol)) is None or book.received_s < since_s:
            flight = self._flights.join(("book", symbol), lambda: self._fly_for_book(market, until_s))
            await self._join([flight], until_s)
            book = self._books.get(symbol)
        return book if book is not None and book.received_s >= since_s else self.state

    async def candles(self, symbol: Symbol, period: timedelta, since: datetime) -> tuple[Candle, ...] | SourceState:
        until_s = self._until_s()
        if self._is_paused() or not await self.catalogue.need((symbol,), until_s):
            return self.state
        if symbol not in self.catalogue.markets:
            return self._refused(f"{self.access.venue} does not trade {symbol}")
        if (named := self._period(period)) is None:
            return self._refused(f"{self.access.venue} has no candles of {period}")
        flight = self._flights.join(
            ("candles", symbol, named, since), lambda: self._fly_for_candles(symbol, named, since, until_s)
        )
        await self._join([flight], until_s)
        told = flight.result() if flight.done() and not flight.cancelled() else None
        return told if told is not None else self.state

    async def close(self) -> None:
        self.catalogue.close()
        await self._flights.close()
        with contextlib.suppress(Exception):
            await self.driver.close()

    # --- flights ---------------------------------------------------------------------------------------------------

    def _fly_for_all(self, symbols: list[Symbol], until_s: float) -> asyncio.Task[Any]:
        return self._flights.join(
            None, lambda: self._fly("prices", self._asker.ask_all(symbols, self.take), until_s, frozenset(symbols))
        )

    def _fly_for(self, symbols: list[Symbol], until_s: float) -> list[asyncio.Task[Any]]:
        """What is under way for some of them already, and one more for the others, the longest unheard of first."""
        under_way = {symbol: self._under_way(symbol) for symbol in symbols}
        others = [symbol for symbol, flight in under_way.items() if flight is None]
        flights = [flight for flight in under_way.values() if flight is not None]
        if others:
            others.sort(key=self.prices.age_s, reverse=True)
            job = self._fly("prices", self._asker.ask(others, self.take), until_s, frozenset(others))
            flights.append(self._flights.begin(others, job))
        return flights

    def _under_way(self, symbol: Symbol) -> asyncio.Task[Any] | None:
        whole = self._flights.under_way(None)
        if whole is not None and self._asker.is_in_one_call(symbol):
            return whole
        return self._flights.under_way(symbol)

    async def _fly_for_book(self, market: Market, until_s: float) -> None:
        async def asked() -> None:
            raw = await self.driver.fetch_order_book(market.symbol, self.quirks.book_limit)
            now = time.monotonic()
            self._books[market.symbol] = Depth(
                venue=self.access.venue,
                symbol=market.symbol,
                received_s=now,
                venue_time=moment(raw.get("timestamp")),
                bids=levels(raw["bids"], market, most=MOST_LEVELS),
                asks=levels(raw["asks"], market, most=MOST_LEVELS),
            )

        await self._fly(f"the order book of {market.symbol}", asked(), until_s)

    async def _fly_for_candles(
        self, symbol: Symbol, period: str, since: datetime, until_s: float
    ) -> tuple[Candle, ...] | None:
        found: list[tuple[Candle, ...]] = []

        async def asked() -> None:
            rows = await self.driver.fetch_ohlcv(symbol, period, int(since.timestamp() * 1000))
            read = (candle_of(row) for row in rows)
            candles = {candle.start: candle for candle in read if candle is not None and candle.start >= since}
            found.append(tuple(candles[start] for start in sorted(candles)))

        await self._fly(f"candles of {symbol}", asked(), until_s)
        return found[0] if found else None

    async def _fly(
        self, what: str, asking: Coroutine[Any, Any, None], until_s: float, wanted: frozenset[Symbol] | None = None
    ) -> None:
        """Whatever becomes of it is the venue's standing."""
        with errand(until_s, wanted) as made:
            try:
                async with asyncio.timeout(until_s - time.monotonic()):
                    await asking
            except Fault as fault:
                self.standing.failed(fault)
            except TimeoutError:
                self.standing.failed(Fault(SourceStatus.TIMED_OUT, f"no answer within {self.access.timeout_s:g} s"))
            except BaseError as error:
                self.standing.failed(told_by_ccxt(error))
            except Exception as error:  # noqa: BLE001 - the top of a task: whatever a venue answers ends as a state
                self.standing.failed(unreadable(what, error))
            else:
                self._was_answered(made)

    def _was_answered(self, made: Errand) -> None:
        self.standing.answered(made.took_s if made.passages else None)

    async def _join(self, flights: Iterable[asyncio.Task[Any]], until_s: float) -> None:
        """Waits no longer than asked; who goes away takes nobody's answer along."""
        if waiting := set(flights):
            await asyncio.wait(waiting, timeout=max(0.0, until_s - time.monotonic()) + SETTLED_WITHIN_S)

    # --- what is told ----------------------------------------------------------------------------------------------

    def take(self, told: Iterable[Raw]) -> bool:
        """An answer told prices: True where there were any."""
        return self.prices.answered(told, self.catalogue.markets, errand_now().began_s)

    def hear(self, told: list[Any]) -> None:
        """A stream told prices."""
        try:
            has_prices = self.prices.streamed(told, self.catalogue.markets)
        except UNREADABLE as error:
            self.streams.lost(unreadable("a frame", error).detail)
            return
        if has_prices:
            self.streams.note()
            if not self.state.streams:
                self.standing.streams(by_itself=True)
                self.on_link()
            if self.state.status is not SourceStatus.LIVE:
                self.standing.answered(None)

    def lost(self, why: str) -> None:
        self.streams.lost(why)

    def _told(self, symbols: Iterable[Symbol], since_s: float, missing: tuple[Symbol, ...]) -> Told:
        known = (self.prices.latest(symbol) for symbol in symbols)
        fresh = tuple(ticker for ticker in known if ticker is not None and ticker.received_s >= since_s)
        return Told(state=self.state, tickers=fresh, missing=missing)

    def _is_due(self, symbol: Symbol, since_s: float) -> bool:
        return (ticker := self.prices.latest(symbol)) is None or ticker.received_s < since_s

    def _is_paused(self) -> bool:
        """The venue asked to be left alone."""
        return bool(self.driver.pace.paused_until_s > self._until_s())

    def _until_s(self) -> float:
        return time.monotonic() + self.access.timeout_s

    def _refused(self, detail: str) -> SourceState:
        """A question that the venue was not asked; its own state stays."""
        return SourceState(venue=self.access.venue, status=SourceStatus.FAILED, detail=detail, at_s=time.monotonic())

    def _period(self, period: timedelta) -> str | None:
        seconds = int(period.total_seconds())
        names = self.driver.timeframes or {}
        return next((name for name in names if _seconds_of(self.driver, name) == seconds), None)


def _nothing() -> None: ...


def _seconds_of(driver: Any, name: str) -> int | None:
    try:
        return int(driver.parse_timeframe(name))
    except (BaseError, *UNREADABLE):
        return None
