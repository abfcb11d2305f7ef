"""What is asked, in which order, and what is left out."""

import asyncio
from collections.abc import Sequence

from app.prices.benching import Bench
from app.prices.timing import Request
from portfolio.model.identifiers import Symbol
from portfolio.prices.depth import Depth
from portfolio.prices.source import SourceState, SourceStatus
from portfolio.prices.terms import PriceTerms
from portfolio.prices.ticker import Venue
from tests.prices import FakeFeed, FakeVenue

BINANCE = FakeVenue("binance", {"BTC/USDT": ("1", "2"), "ETH/USDT": ("1", "2")})
COINBASE = FakeVenue("coinbase", {"BTC/USD": ("1", "2")})


class CountingFeed(FakeFeed):
    """Also knows how many order books were asked for at the same time, and fails for some."""

    under_way = most = 0
    broken: Sequence[Symbol] = ()

    async def order_book(self, venue: Venue, symbol: Symbol, max_age_s: float = 0.0) -> Depth | SourceState:
        assert max_age_s == 0
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(0)
        told = await super().order_book(venue, symbol, max_age_s)
        self.under_way -= 1
        if symbol in self.broken:
            return SourceState(venue=venue, status=SourceStatus.FAILED, detail="HTTP 500")
        return told


def bench_of(*places: FakeVenue) -> Bench:
    feed = CountingFeed({place.name: place for place in places}, lambda _: None)
    return Bench(feed, PriceTerms(), rest_s=0)


async def test_what_a_venue_does_not_trade_is_told_and_its_own_market_is_asked() -> None:
    bench = bench_of(BINANCE, COINBASE)
    found = await bench.requests(["BTC/USDT", "ETH/USDT"], ["binance", "coinbase"])
    assert found == (Request("binance", "BTC/USDT"), Request("coinbase", "BTC/USD"), Request("binance", "ETH/USDT"))
    assert bench.faults == ["coinbase does not trade ETH/USDT"]


async def test_a_venue_without_markets_is_left_out_with_its_reason() -> None:
    bench = bench_of(COINBASE, FakeVenue("kraken", trouble=SourceStatus.TIMED_OUT))
    assert await bench.requests(["BTC/USD"], ["coinbase", "kraken"]) == (Request("coinbase", "BTC/USD"),)
    assert bench.faults == ["kraken TIMED_OUT: as told"]


async def test_the_same_work_is_done_one_by_one_and_then_at_once() -> None:
    bench = bench_of(BINANCE, COINBASE)
    requests = await bench.requests(["BTC/USD", "ETH/USD"], ["binance", "coinbase"])
    feed = bench.feed
    assert isinstance(feed, CountingFeed)
    alone = await bench._alone(requests)
    assert feed.most == 1
    together = await bench._together(requests)
    assert feed.most == len(requests) == 3
    assert [t.request for t in alone.timings] == [t.request for t in together.timings] == list(requests)


async def test_what_is_not_answered_is_not_measured() -> None:
    bench = bench_of(BINANCE, COINBASE)
    requests = await bench.requests(["BTC/USDT"], ["binance", "coinbase"])
    assert isinstance(bench.feed, CountingFeed)
    bench.feed.broken = ("BTC/USD",)
    assert await bench.answered(requests) == (Request("binance", "BTC/USDT"),)
    assert bench.faults == ["coinbase BTC/USD FAILED: HTTP 500"]
    assert await bench.compare(requests, 2) is None


async def test_curves_grow_by_a_venue_and_by_a_symbol() -> None:
    bench = bench_of(BINANCE, COINBASE)
    requests = await bench.requests(["BTC/USDT", "ETH/USDT"], ["binance", "coinbase"])
    by_venues = [(count, len(compared.requests)) async for count, compared in bench.by_venues(requests)]
    by_symbols = [(count, len(compared.requests)) async for count, compared in bench.by_symbols(requests)]
    assert by_venues == [(1, 2), (2, 3)]
    assert by_symbols == [(1, 2), (2, 3)]
