"""One question put to every venue at once: each is asked for what it has of it, and for the rates that others need."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from app.prices.asking import Question
from app.prices.listing import listing_of
from portfolio.model.identifiers import Symbol
from portfolio.prices.ports import PriceFeed
from portfolio.prices.resolving import Listing, quote_of, resolve
from portfolio.prices.source import SourceState
from portfolio.prices.terms import PriceTerms
from portfolio.prices.ticker import Venue
from portfolio.prices.wanting import own_symbols, rate_symbols, wanted

Complete: TypeAlias = Callable[[Venue, Sequence[Symbol], float], Awaitable[None]]
"""Adds what a venue's answer left out of these markets of its own, within so many seconds."""


@dataclass(slots=True)
class Round:
    """`listings` gains what becomes known. A venue that is slow or down holds nobody up, rates included. `complete` has
    what is left of the venue's `timeout_s`."""

    feed: PriceFeed
    question: Question
    terms: PriceTerms
    listings: dict[Venue, Listing]
    timeout_of: Callable[[Venue], float]
    complete: Complete | None = None
    _pairs: dict[tuple[str, str], None] = field(default_factory=dict)

    async def ask(self) -> None:
        """Every venue has answered, or has failed, when this returns."""
        async with asyncio.TaskGroup() as tasks:
            for venue in self.question.venues:
                tasks.create_task(self._ask(venue, tasks))

    async def _ask(self, venue: Venue, tasks: asyncio.TaskGroup) -> None:
        until_s = time.monotonic() + self.timeout_of(venue)
        listing = await listing_of(self.feed, venue, self.question.symbols, self.terms)
        if isinstance(listing, SourceState):
            return
        self.listings[venue] = listing
        own = {venue: listing}
        needed = dict.fromkeys(pair for pair in self._rates_for(venue, listing) if pair not in self._pairs)
        self._pairs |= needed
        for other in self.question.venues:
            if other != venue and other in self.listings:
                rates = rate_symbols(needed, {other: self.listings[other]})[other]
                if rates:
                    tasks.create_task(self._hear(other, rates))
        symbols = (
            *wanted(self.question.symbols, own, self.terms, self.question.sized_in)[venue],
            *rate_symbols(self._pairs, own)[venue],
        )
        await self._hear(venue, dict.fromkeys(symbols))
        if self.complete is not None:
            asked = own_symbols(self.question.symbols, venue, listing, self.terms)
            await self.complete(venue, asked, until_s - time.monotonic())

    async def _hear(self, venue: Venue, symbols: Iterable[Symbol]) -> None:
        """What the venue answers reaches the board by itself."""
        listed = list(symbols)
        if listed:
            await self.feed.ask(venue, listed, self.question.max_age_s)

    def _rates_for(self, venue: Venue, listing: Listing) -> Iterable[tuple[str, str]]:
        for symbol in self.question.symbols:
            market, currency = resolve(symbol, venue, listing, self.terms), quote_of(symbol)
            if market is not None and currency:
                sources = (market.quote, self.question.sized_in or currency)
                yield from ((source, currency) for source in sources if source != currency)
