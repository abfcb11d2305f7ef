"""One venue as a source of prices: what is asked of it, by one request however many ask, and what it last said."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from exchange.feeds.asking import UNREADABLE, Asker
from exchange.feeds.books import Books
from exchange.feeds.catalogue import Catalogue
from exchange.feeds.driver import make_driver
from exchange.feeds.errand import errand_now
from exchange.feeds.fault import Fault, unreadable
from exchange.feeds.flights import Flights
from exchange.feeds.prices import Prices, Raw
from exchange.feeds.quirks import quirks_of
from exchange.feeds.reading import TickerReader
from exchange.feeds.standing import Standing
from exchange.feeds.streams import Streams
from exchange.sources import SourceAccess
from portfolio.model.identifiers import Symbol
from portfolio.prices.candle import Candle
from portfolio.prices.depth import Depth
from portfolio.prices.market import Market
from portfolio.prices.ports import Tell, Told
from portfolio.prices.source import SourceState, SourceStatus

LOAD_AT_LEAST_S = 15.0
LOAD_TIMES = 3
_WELL = (SourceStatus.UNKNOWN, SourceStatus.LIVE)


class Source:
    """No call raises for what the venue does, and each ends within its limit of time."""

    def __init__(self, access: SourceAccess, tell: Tell) -> None:
        quirks = quirks_of(access.venue)
        self.access = access
        self.standing = Standing(access.venue, tell)
        self.driver = make_driver(access, quirks, self)
        self.streams = Streams(self.driver, quirks)
        load_within_s = max(LOAD_AT_LEAST_S, LOAD_TIMES * access.timeout_s)
        self.catalogue = Catalogue(access.venue, self.driver, quirks, load_within_s, self.standing.failed)
        reader = TickerReader(
            access.venue, open_is_today=quirks.open_is_today, change_is_fraction=quirks.change_is_fraction
        )
        self.prices = Prices(reader, tell)
        self._asker = Asker(self.driver, quirks)
        self._flights = Flights(self.standing, access.timeout_s)
        self._books = Books(self.driver, self._flights, quirks.book_limit)
        self._waiting: list[Symbol] = []
        self.when_linked: Callable[[], None] = _nothing

    @property
    def state(self) -> SourceState:
        return self.standing.state

    # --- questions -------------------------------------------------------------------------------------------------

    async def markets(self) -> Mapping[Symbol, Market] | SourceState:
        is_there = await self.catalogue.need((), self._until_s())
        return self.catalogue.markets if is_there else self.state

    async def ask(self, symbols: Sequence[Symbol] | None, max_age_s: float) -> Told:
        until_s, since_s = self._until_s(), time.monotonic() - max_age_s
        if self._heeds_pause() or not await self.catalogue.need(symbols or (), until_s):
            return self._told(symbols or (), since_s)
        asked = self.catalogue.markets if symbols is None else dict.fromkeys(symbols)
        wanted = [symbol for symbol in asked if self._is_traded(symbol)]
        missing = () if symbols is None else tuple(symbol for symbol in asked if not self._is_traded(symbol))
        due = [symbol for symbol in wanted if self._is_due(symbol, since_s, is_named=symbols is not None)]
        flights = self._fly_for_all(wanted, until_s) if symbols is None and due else self._fly_for(due, until_s)
        fault = await self._flights.land(flights, until_s)
        if fault is None and (overtaken := [symbol for symbol in due if self._is_overtaken(symbol, since_s)]):
            fault = await self._flights.land(self._fly_for(overtaken, until_s), until_s)
        return self._told(wanted, since_s, missing, fault)

    async def order_book(self, symbol: Symbol, max_age_s: float) -> Depth | SourceState:
        until_s = self._until_s()
        if self._heeds_pause() or not await self.catalogue.need((symbol,), until_s):
            return self.state
        if (market := self.catalogue.markets.get(symbol)) is None:
            return self._refused(f"{self.access.venue} does not trade {symbol}")
        told = await self._books.order_book(market, max_age_s, until_s)
        if not isinstance(told, Depth):
            return self.standing.after(told)
        return told if told.bids or told.asks else self._refused(f"{self.access.venue} tells no orders of {symbol}")

    async def candles(self, symbol: Symbol, period: timedelta, since: datetime) -> tuple[Candle, ...] | SourceState:
        """They tell of the past: a venue that fails to is as good a source of prices as before."""
        until_s = self._until_s()
        if (pause := self._pause()) is not None:
            return self._unanswered(pause)
        if not await self.catalogue.need((symbol,), until_s):
            return self.state
        if symbol not in self.catalogue.markets:
            return self._refused(f"{self.access.venue} does not trade {symbol}")
        if (named := self._books.period(period)) is None:
            return self._refused(f"{self.access.venue} has no candles of {period}")
        told = await self._books.candles(symbol, named, since, until_s)
        if told == () and since < datetime.now(UTC) - 2 * period:
            return self._refused(f"{self.access.venue} tells no candles of {symbol}")
        return told if isinstance(told, tuple) else self._unanswered(told)

    async def traded(self, symbols: Iterable[Symbol]) -> list[Symbol]:
        """Those of the symbols that the venue trades now; none where it does not say."""
        wanted = list(symbols)
        is_there = await self.catalogue.need(wanted, self._until_s())
        return [symbol for symbol in wanted if self._is_traded(symbol)] if is_there else []

    def is_in_one_call(self, symbol: Symbol) -> bool:
        return self._asker.is_in_one_call(symbol)

    async def close(self) -> None:
        self.catalogue.close()
        await self._flights.close()
        with contextlib.suppress(Exception):
            await self.driver.close()

    # --- flights ---------------------------------------------------------------------------------------------------

    def _fly_for_all(self, symbols: list[Symbol], until_s: float) -> list[asyncio.Task[Any]]:
        return [self._flights.join(None, "prices", lambda: self._asker.ask_all(symbols, self._take), until_s)]

    def _fly_for(self, symbols: list[Symbol], until_s: float) -> list[asyncio.Task[Any]]:
        """What is under way for some of them already, and one more for the others together with whatever else is
        asked for in the same moment."""
        under_way = {symbol: self._under_way(symbol) for symbol in symbols}
        others = [symbol for symbol, flight in under_way.items() if flight is None]
        flights = [flight for flight in under_way.values() if flight is not None]
        if others and self._waiting:
            self._waiting.extend(others)
            flights.append(self._flights.share(self._waiting[0], others))
        elif others:
            self._waiting = others
            flights.append(self._flights.begin(others, "prices", self._ask_waiting, until_s))
        return flights

    async def _ask_waiting(self) -> None:
        """A task begins after everybody who is asking now has asked. The longest unheard of is the first to leave."""
        symbols, self._waiting = sorted(self._waiting, key=self.prices.age_s, reverse=True), []
        errand_now().wanted = frozenset(symbols)
        await self._asker.ask(symbols, self._take)

    def _under_way(self, symbol: Symbol) -> asyncio.Task[Any] | None:
        whole = self._flights.under_way(None)
        if whole is not None and self._asker.is_in_one_call(symbol):
            return whole
        return self._flights.under_way(symbol)

    # --- what is told ----------------------------------------------------------------------------------------------

    def _take(self, told: Iterable[Raw]) -> bool:
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
                self.when_linked()
            if self.state.status is not SourceStatus.LIVE:
                self.standing.answered(None)

    def on_link(self) -> None:
        self.when_linked()

    def lost(self, why: str) -> None:
        self.streams.lost(why)

    def _told(
        self, symbols: Iterable[Symbol], since_s: float, missing: tuple[Symbol, ...] = (), fault: Fault | None = None
    ) -> Told:
        known = (self.prices.latest(symbol) for symbol in symbols)
        fresh = tuple(ticker for ticker in known if ticker is not None and ticker.received_s >= since_s)
        return Told(state=self.standing.after(fault), tickers=fresh, missing=missing)

    def _is_traded(self, symbol: Symbol) -> bool:
        return (market := self.catalogue.markets.get(symbol)) is not None and market.is_active

    def _is_due(self, symbol: Symbol, since_s: float, *, is_named: bool) -> bool:
        """Whoever names a market wants its bid and ask: some venues leave them out of what they tell of all."""
        ticker = self.prices.latest(symbol)
        if ticker is None or ticker.received_s < since_s:
            return True
        has_book = ticker.bid is not None or ticker.ask is not None
        return is_named and not has_book and not self._asker.is_in_one_call(symbol)

    def _is_overtaken(self, symbol: Symbol, since_s: float) -> bool:
        """What was under way already brought nothing newer than a stream had told, before this question."""
        return (ticker := self.prices.latest(symbol)) is not None and ticker.by_stream and ticker.received_s < since_s

    def _heeds_pause(self) -> bool:
        """The venue asked to be left alone for longer than a question may take, and its state says so."""
        if (pause := self._pause()) is not None and self.state.status in _WELL:
            self.standing.failed(pause)
        return pause is not None

    def _pause(self) -> Fault | None:
        left_s = self.driver.pace.paused_until_s - time.monotonic()
        if left_s <= self.access.timeout_s:
            return None
        return Fault(SourceStatus.RATE_LIMITED, f"asked to wait {left_s:.1f} s yet", left_s)

    def _until_s(self) -> float:
        return time.monotonic() + self.access.timeout_s

    def _unanswered(self, fault: Fault | None) -> SourceState:
        """A question whose end is its own; the venue's own state stays."""
        if fault is None:
            return self.state
        now = time.monotonic()
        next_try_s = now + fault.pause_s if fault.pause_s else None
        return SourceState(
            venue=self.access.venue, status=fault.status, detail=fault.detail, at_s=now, next_try_s=next_try_s
        )

    def _refused(self, detail: str) -> SourceState:
        """A question that the venue was not asked; its own state stays."""
        return SourceState(venue=self.access.venue, status=SourceStatus.FAILED, detail=detail, at_s=time.monotonic())


def _nothing() -> None: ...
