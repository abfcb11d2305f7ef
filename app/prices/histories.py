"""Candles of many markets, each asked for once: what has ended does not change any more."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TypeAlias

from app.prices.turns import Turns
from portfolio.model.identifiers import Symbol
from portfolio.prices.candle import Candle
from portfolio.prices.ports import PriceFeed
from portfolio.prices.screening.rule import Stretch
from portfolio.prices.source import SourceState, SourceStatus
from portfolio.prices.ticker import Venue

History: TypeAlias = Mapping[timedelta, tuple[Candle, ...]]

MOST_CANDLES = 100_000
MOST_PAGES = 5
LEAST_PAGE = 50
"""What a venue cuts an answer at is never less."""
TRIES = 3
LONGEST_PAUSE_S = 30.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Known:
    """All candles that began at `since` or later and had ended by `until`, but for the gaps that the venue has."""

    since: datetime
    until: datetime
    candles: tuple[Candle, ...]

    def covers(self, stretch: Stretch) -> bool:
        return self.since <= stretch.since and stretch.until <= self.until


@dataclass(slots=True)
class Histories:
    """What was asked for is kept until a candle is wanted that had not ended then; of too many, the least used go."""

    feed: PriceFeed
    clock: Callable[[], datetime]
    tries: int = TRIES
    _known: dict[tuple[Venue, Symbol, timedelta], _Known] = field(default_factory=dict)
    _count: int = 0
    _turns: defaultdict[Venue, Turns] = field(default_factory=lambda: defaultdict(Turns))

    async def of(self, venue: Venue, symbol: Symbol, stretches: Iterable[Stretch]) -> History | SourceState:
        """The market's candles by their period; the state says why there are none."""
        history: dict[timedelta, tuple[Candle, ...]] = {}
        for period, wanted in groupby(sorted(stretches, key=_period), key=_period):
            listed = list(wanted)
            whole = Stretch(period, min(each.since for each in listed), max(each.until for each in listed))
            candles = await self._candles(venue, symbol, whole)
            if isinstance(candles, SourceState):
                return candles
            history[period] = candles
        return history

    async def _candles(self, venue: Venue, symbol: Symbol, stretch: Stretch) -> tuple[Candle, ...] | SourceState:
        place = (venue, symbol, stretch.period)
        known = self._known.pop(place, None)
        if known is None or not known.covers(stretch):
            self._count -= len(known.candles) if known else 0
            asked = await self._ask(venue, symbol, stretch)
            if isinstance(asked, SourceState):
                return asked
            known = asked
            self._count += len(known.candles)
        self._known[place] = known
        self._forget()
        return known.candles

    async def _ask(self, venue: Venue, symbol: Symbol, stretch: Stretch) -> _Known | SourceState:
        """Page after page, where the venue cuts its answers short of what is wanted."""
        now, candles, since = self.clock(), dict[datetime, Candle](), stretch.since
        for _ in range(MOST_PAGES):
            page = await self._page(venue, symbol, stretch.period, since)
            if isinstance(page, SourceState):
                return page
            fresh = [candle for candle in page if candle.start not in candles]
            candles |= {candle.start: candle for candle in fresh}
            if len(fresh) < LEAST_PAGE or fresh[-1].start + stretch.period >= stretch.until:
                break
            since = fresh[-1].start
        ended = tuple(candles[start] for start in sorted(candles) if start + stretch.period <= now)
        return _Known(stretch.since, _reached(stretch, now, candles), ended)

    async def _page(
        self, venue: Venue, symbol: Symbol, period: timedelta, since: datetime
    ) -> Sequence[Candle] | SourceState:
        """A venue that asks for patience is asked again."""
        for tries_left in reversed(range(self.tries)):
            async with self._turns[venue].turn():
                told = await self.feed.candles(venue, symbol, period, since)
            if not isinstance(told, SourceState) or told.status is not SourceStatus.RATE_LIMITED or not tries_left:
                return told
            await asyncio.sleep(min(LONGEST_PAUSE_S, max(1.0, (told.next_try_s or 0.0) - told.at_s)))
        raise AssertionError("the last try returns")

    def _forget(self) -> None:
        while self._count > MOST_CANDLES and len(self._known) > 1:
            oldest = next(iter(self._known))
            self._count -= len(self._known.pop(oldest).candles)


def _reached(stretch: Stretch, now: datetime, candles: Iterable[datetime]) -> datetime:
    """Until when the answer says all there is: to the end of the last period, unless it was cut short."""
    ended = now - (now - _EPOCH) % stretch.period
    newest = max(candles, default=stretch.since) + stretch.period
    return ended if newest >= ended - stretch.period else max(newest, stretch.until)


def _period(stretch: Stretch) -> timedelta:
    return stretch.period
