"""One look at the markets of a venue: which of them match a screen."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.prices.histories import Histories
from portfolio.model.identifiers import Symbol
from portfolio.prices.ports import PriceFeed
from portfolio.prices.screening.rates import Rates, rates_of
from portfolio.prices.screening.rule import Sight
from portfolio.prices.screening.screen import Candidate, Match, Missing, Screen, first_look, judge, strongest_first
from portfolio.prices.source import SourceState, SourceStatus
from portfolio.prices.ticker import Ticker, Venue

FRESH_S = 10.0
"""What was heard so lately is not asked for again: by another screen, or because somebody watches it."""
NAMED_AT_ONCE = 20
"""Each may take a request of its own, and all of them together one limit of time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was found: `matches` the strongest first, `ended` are markets that do not match, `missing` those that cannot
    be judged. `faults` are what the venue, or the screen's list, is to blame for, one line each."""

    venue: Venue
    at: datetime
    took_s: float
    matches: tuple[Match, ...] = ()
    ended: tuple[Symbol, ...] = ()
    missing: tuple[Missing, ...] = ()
    faults: tuple[str, ...] = ()

    @property
    def looked_at(self) -> int:
        return len(self.matches) + len(self.ended) + len(self.missing)


def _unnoted(venue: Venue, done: int, total: int) -> None:
    """Nobody waits."""


@dataclass(frozen=True, slots=True)
class Eye:
    """Looks; nothing is raised for what a venue does. `note` is told of how many markets there are candles, and of how
    many they are needed."""

    feed: PriceFeed
    histories: Histories
    clock: Callable[[], datetime]
    note: Callable[[Venue, int, int], None] = _unnoted

    async def look(self, screen: Screen, venue: Venue) -> Look:
        began_s = time.monotonic()
        tickers, everything, faults = await self._tickers(screen, venue)
        rates = rates_of(everything)
        if screen.needs_book:
            tickers = await self._with_books(screen, venue, tickers, rates)
        now = self.clock()
        seen = list(first_look(screen, tickers, now, rates))
        candidates = [each for each in seen if isinstance(each, Candidate)]
        found: list[Match | Missing | Symbol] = [each for each in seen if not isinstance(each, Candidate)]
        sights = await self._sights(venue, candidates, now, rates)
        found += [judge(screen, sight) if isinstance(sight, Sight) else sight for sight in sights]
        return Look(
            venue=venue,
            at=now,
            took_s=time.monotonic() - began_s,
            matches=tuple(strongest_first(each for each in found if isinstance(each, Match))),
            ended=tuple(each for each in found if isinstance(each, str)),
            missing=tuple(each for each in found if isinstance(each, Missing)),
            faults=tuple(faults),
        )

    async def _tickers(self, screen: Screen, venue: Venue) -> tuple[list[Ticker], Sequence[Ticker], list[str]]:
        """Those to be judged, those that rates come from, and what went wrong."""
        if screen.symbols:
            told = await self.feed.ask(venue, screen.symbols, FRESH_S)
            faults = [_unlisted(told.missing)] if told.missing else []
            others = await self.feed.ask(venue, None, FRESH_S) if screen.needs_rates else told
            return list(told.tickers), (*others.tickers, *told.tickers), [*_troubles(told.state), *faults]
        markets = await self.feed.markets(venue)
        if isinstance(markets, SourceState):
            return [], (), _troubles(markets) or ["its markets are not known"]
        wanted = {symbol for symbol, market in markets.items() if screen.admits(market)}
        if not wanted:
            return [], (), [f"no active spot market{f' in {screen.quote}' if screen.quote else ''}"]
        told = await self.feed.ask(venue, None, FRESH_S)
        return [each for each in told.tickers if each.symbol in wanted], told.tickers, _troubles(told.state)

    async def _with_books(self, screen: Screen, venue: Venue, tickers: list[Ticker], rates: Rates) -> list[Ticker]:
        """Some venues tell bids and asks of single markets only: those that pass by the rest are asked for by name."""
        silent = [ticker for ticker in tickers if ticker.bid is None and ticker.ask is None]
        passing = first_look(screen.without_book(), silent, self.clock(), rates)
        named = [each.ticker.symbol for each in passing if isinstance(each, Candidate)]
        found = {ticker.symbol: ticker for ticker in tickers}
        for place in range(0, len(named), NAMED_AT_ONCE):
            told = await self.feed.ask(venue, named[place : place + NAMED_AT_ONCE])
            found |= {ticker.symbol: ticker for ticker in told.tickers}
        return list(found.values())

    async def _sights(
        self, venue: Venue, candidates: Sequence[Candidate], now: datetime, rates: Rates
    ) -> list[Sight | Missing]:
        done = 0

        async def noted(candidate: Candidate) -> Sight | Missing:
            nonlocal done
            sight = await self._sight(candidate, now, rates)
            done += 1
            self.note(venue, done, len(candidates))
            return sight

        return list(await asyncio.gather(*map(noted, candidates)))

    async def _sight(self, candidate: Candidate, now: datetime, rates: Rates) -> Sight | Missing:
        ticker = candidate.ticker
        history = await self.histories.of(ticker.venue, ticker.symbol, candidate.stretches)
        if isinstance(history, SourceState):
            return Missing(ticker.symbol, f"no candles{f': {history.detail}' if history.detail else ''}")
        return Sight(ticker=ticker, now=now, history=history, rates=rates)


def _troubles(state: SourceState) -> list[str]:
    if state.status is SourceStatus.LIVE:
        return []
    return [f"{state.status}: {state.detail}" if state.detail else state.status.value]


def _unlisted(symbols: Sequence[Symbol]) -> str:
    more = f" and {len(symbols) - 3} more" if len(symbols) > 3 else ""
    return f"does not trade {', '.join(symbols[:3])}{more}"
