"""Public prices of any venues that ccxt speaks to. To import this loads ccxt: a second, and 100 MB."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from exchange.feeds.driver import demand_known
from exchange.feeds.keeping import Keeper
from exchange.feeds.source import Source
from exchange.sources import SourceAccess
from portfolio.model.identifiers import Symbol
from portfolio.prices.candle import Candle
from portfolio.prices.depth import Depth
from portfolio.prices.market import Market
from portfolio.prices.ports import Tell, Told
from portfolio.prices.source import SourceState
from portfolio.prices.ticker import Venue


class Feed:
    """Implements `portfolio.prices.ports.PriceFeed`. Make it, and use it, inside one running loop."""

    def __init__(self, sources: Iterable[SourceAccess], tell: Tell) -> None:
        """Raises VenueError, naming the nearest known ids, for a venue that ccxt does not know."""
        accesses = tuple(sources)
        for access in accesses:
            demand_known(access.venue)
        self._sources = {access.venue: Source(access, tell) for access in accesses}
        self._keepers = {venue: Keeper(source) for venue, source in self._sources.items()}

    @property
    def venues(self) -> tuple[Venue, ...]:
        return tuple(self._sources)

    def state(self, venue: Venue) -> SourceState:
        return self._sources[venue].state

    async def markets(self, venue: Venue) -> Mapping[Symbol, Market] | SourceState:
        return await self._sources[venue].markets()

    async def ask(self, venue: Venue, symbols: Sequence[Symbol] | None, max_age_s: float = 0.0) -> Told:
        return await self._sources[venue].ask(symbols, max_age_s)

    async def order_book(self, venue: Venue, symbol: Symbol, max_age_s: float = 0.0) -> Depth | SourceState:
        return await self._sources[venue].order_book(symbol, max_age_s)

    async def candles(
        self, venue: Venue, symbol: Symbol, period: timedelta, since: datetime
    ) -> tuple[Candle, ...] | SourceState:
        return await self._sources[venue].candles(symbol, period, since)

    def watch(self, wanted: Mapping[Venue, Sequence[Symbol]]) -> None:
        """From now on these, and nothing else."""
        for venue, keeper in self._keepers.items():
            keeper.watch(wanted.get(venue, ()))

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for keeper in self._keepers.values():
                tasks.create_task(keeper.run())

    async def close(self) -> None:
        await asyncio.gather(*(source.close() for source in self._sources.values()))
