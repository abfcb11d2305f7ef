"""The same prices fetched one after the other and at once, at a pace that the venues do not mind."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass, field

from app.prices.listing import listing_of
from app.prices.timing import Compared, Lap, Pair, Request, Timing
from portfolio.model.identifiers import Symbol
from portfolio.prices.depth import Depth
from portfolio.prices.ports import PriceFeed
from portfolio.prices.resolving import resolve
from portfolio.prices.source import SourceState
from portfolio.prices.terms import PriceTerms
from portfolio.prices.ticker import Venue

MOST_SYMBOLS = 4
"""Venues' own pace lets so many requests leave at once; more would measure that pace, and no speed-up."""
MOST_REPEATS = 10
REST_S = 1.2
"""A venue gets so long of a rest for each request that it has answered: the slowest pace of the usual venues."""


@dataclass(slots=True)
class Bench:
    """`faults` gains a line for each venue, market or round that could not be measured. `rest_s` is a rest's length for
    each request that a venue was asked."""

    feed: PriceFeed
    terms: PriceTerms
    rest_s: float = REST_S
    faults: list[str] = field(default_factory=list)

    async def requests(self, symbols: Sequence[Symbol], venues: Sequence[Venue]) -> tuple[Request, ...]:
        """What there is to ask, by symbol and then by venue. Lists of markets are loaded now, and not measured."""
        listings = await asyncio.gather(*(listing_of(self.feed, venue, symbols, self.terms) for venue in venues))
        found: dict[Request, None] = {}
        for symbol in symbols:
            for venue, listing in zip(venues, listings, strict=True):
                if isinstance(listing, SourceState):
                    continue
                market = resolve(symbol, venue, listing, self.terms)
                if market is None:
                    self.faults.append(f"{venue} does not trade {symbol}")
                else:
                    found[Request(venue, market.symbol)] = None
        states = [listing for listing in listings if isinstance(listing, SourceState)]
        self.faults.extend(f"{state.venue} {state.status}: {state.detail}" for state in states)
        return tuple(found)

    async def answered(self, requests: Sequence[Request]) -> tuple[Request, ...]:
        """Those that are answered at all. Connections are made meanwhile, which is not measured either."""
        lap = await self._together(requests)
        self.faults.extend(_line(timing) for timing in lap.faults)
        return tuple(timing.request for timing in lap.timings if not timing.fault)

    async def compare(self, requests: Sequence[Request], repeats: int) -> Compared | None:
        """None where no pair of rounds was answered in full."""
        pairs = [await self._pair(requests) for _ in range(repeats)]
        whole = tuple(pair for pair in pairs if pair.is_whole)
        return Compared(tuple(requests), whole) if whole else None

    async def by_venues(self, requests: Sequence[Request]) -> AsyncGenerator[tuple[int, Compared]]:
        """With the first venue alone, with the second as well, and so on."""
        venues = list(dict.fromkeys(request.venue for request in requests))
        for count in range(1, len(venues) + 1):
            some = [request for request in requests if request.venue in venues[:count]]
            if (compared := await self.compare(some, 1)) is not None:
                yield count, compared

    async def by_symbols(self, requests: Sequence[Request]) -> AsyncGenerator[tuple[int, Compared]]:
        """With each venue's first market, with its second as well, and so on."""
        places: Counter[Venue] = Counter()
        rows: dict[int, list[Request]] = {}
        for request in requests:
            places[request.venue] += 1
            rows.setdefault(places[request.venue], []).append(request)
        some: list[Request] = []
        for count in sorted(rows):
            some += rows[count]
            if (compared := await self.compare(some, 1)) is not None:
                yield count, compared

    async def _pair(self, requests: Sequence[Request]) -> Pair:
        await self._rest(requests)
        alone = await self._alone(requests)
        await self._rest(requests)
        pair = Pair(alone, await self._together(requests))
        self.faults.extend(_line(timing) for lap in (pair.alone, pair.together) for timing in lap.faults)
        return pair

    async def _alone(self, requests: Iterable[Request]) -> Lap:
        began_s, cpu_s = time.perf_counter(), time.process_time()
        timings = [await self._ask(request) for request in requests]
        return Lap(tuple(timings), time.perf_counter() - began_s, time.process_time() - cpu_s)

    async def _together(self, requests: Iterable[Request]) -> Lap:
        began_s, cpu_s = time.perf_counter(), time.process_time()
        timings = await asyncio.gather(*(self._ask(request) for request in requests))
        return Lap(tuple(timings), time.perf_counter() - began_s, time.process_time() - cpu_s)

    async def _ask(self, request: Request) -> Timing:
        """Nothing that is known already is taken for an answer."""
        began_s = time.perf_counter()
        told = await self.feed.order_book(request.venue, request.symbol, 0.0)
        took_s = time.perf_counter() - began_s
        fault = "" if isinstance(told, Depth) else f"{told.status}: {told.detail}"
        return Timing(request, took_s, fault)

    async def _rest(self, requests: Sequence[Request]) -> None:
        await asyncio.sleep(self.rest_s * max(Counter(request.venue for request in requests).values()))


def _line(timing: Timing) -> str:
    return f"{timing.request.venue} {timing.request.symbol} {timing.fault}"
