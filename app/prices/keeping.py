"""What is to be kept fresh: the configured symbols, and those that somebody follows while they do."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from app.prices.asking import Question
from app.prices.listing import listing_of
from portfolio.model.identifiers import Symbol
from portfolio.prices.ports import PriceFeed
from portfolio.prices.resolving import Listing
from portfolio.prices.source import SourceState
from portfolio.prices.terms import PriceTerms
from portfolio.prices.ticker import Venue
from portfolio.prices.wanting import wanted

ASK_AGAIN_S = 5.0
Wanted: TypeAlias = Mapping[Venue, Sequence[Symbol]]


@dataclass(slots=True)
class Keeping:
    """`run` tells the feed what to watch whenever that changes; a venue whose markets are not known yet joins later."""

    feed: Callable[[], Awaitable[PriceFeed]]
    listings: MutableMapping[Venue, Listing]
    terms: PriceTerms
    _questions: list[Question] = field(default_factory=list)
    _wanted: dict[str, Wanted] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _something: asyncio.Event = field(default_factory=asyncio.Event)
    _learning: set[Venue] = field(default_factory=set)
    _learned: dict[Venue, frozenset[Symbol]] = field(default_factory=dict)

    def keep(self, question: Question) -> None:
        """From now on."""
        self._questions.append(question)
        self._changed.set()
        self._something.set()

    @contextlib.contextmanager
    def kept(self, question: Question) -> Iterator[None]:
        """As long as one is within."""
        self.keep(question)
        try:
            yield
        finally:
            self._questions.remove(question)
            self._changed.set()

    def want(self, owner: str, wanted: Wanted) -> None:
        """From now on the owner wants these, by the venues' own symbols, in place of what it wanted before."""
        self._wanted[owner] = wanted
        self._changed.set()
        if wanted:
            self._something.set()

    async def anything(self) -> None:
        """Returns once there has been something to keep."""
        await self._something.wait()

    async def run(self) -> None:
        await self.anything()
        self._learning.clear()
        feed, watched = await self.feed(), None
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._changed.clear()
                for venue, symbols in self._asked().items():
                    is_known = venue in self.listings and symbols <= self._learned.get(venue, frozenset())
                    if not is_known and venue not in self._learning:
                        self._learning.add(venue)
                        tasks.create_task(self._learn(feed, venue, symbols))
                if (wished := self._wished()) != watched:
                    feed.watch(wished)
                    watched = wished
                await self._changed.wait()

    async def _learn(self, feed: PriceFeed, venue: Venue, symbols: frozenset[Symbol]) -> None:
        """The venue's markets are known; or a while has passed, and it may be asked again."""
        listing = await listing_of(feed, venue, symbols, self.terms)
        if isinstance(listing, SourceState):
            await asyncio.sleep(ASK_AGAIN_S)
        else:
            self.listings[venue], self._learned[venue] = listing, symbols
        self._learning.discard(venue)
        self._changed.set()

    def _asked(self) -> dict[Venue, frozenset[Symbol]]:
        """Which symbols are asked of each venue."""
        asked: dict[Venue, frozenset[Symbol]] = {}
        for question in self._questions:
            for venue in question.venues:
                asked[venue] = asked.get(venue, frozenset()) | frozenset(question.symbols)
        return asked

    def _wished(self) -> dict[Venue, tuple[Symbol, ...]]:
        """The venues' own symbols of all questions and owners together, rates included."""
        together: dict[Venue, dict[Symbol, None]] = {}
        for wanted_of_owner in self._wanted.values():
            for venue, symbols in wanted_of_owner.items():
                together.setdefault(venue, {}).update(dict.fromkeys(symbols))
        for question in self._questions:
            known = {venue: self.listings[venue] for venue in question.venues if venue in self.listings}
            for venue, symbols in wanted(question.symbols, known, self.terms, question.sized_in).items():
                together.setdefault(venue, {}).update(dict.fromkeys(symbols))
        return {venue: tuple(symbols) for venue, symbols in together.items() if symbols}
