"""Order books and candles are asked for with the same manners as prices."""

import asyncio
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from portfolio.prices.depth import Depth, Level
from portfolio.prices.source import SourceState, SourceStatus
from tests.feeds.desks import BITCOIN, VENUES, Desk
from tests.simulators.public import PublicSimulator

MakeDesk = Callable[..., Desk]
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("venue", VENUES)
async def test_an_order_book_tells_the_best_first(world: PublicSimulator, desk: MakeDesk, venue: str) -> None:
    symbol = BITCOIN[venue]
    world.control.book(venue, symbol, [["64000.1", "0.5"], ["63999", "2"]], [["64000.7", "0.25"], ["64002", "3"]])
    book = await desk(venue).feed.order_book(venue, symbol)
    assert isinstance(book, Depth), book
    assert book.bids == (Level(Decimal("64000.1"), Decimal("0.5")), Level(Decimal(63999), Decimal(2)))
    assert book.asks == (Level(Decimal("64000.7"), Decimal("0.25")), Level(Decimal(64002), Decimal(3)))


@pytest.mark.parametrize("venue", VENUES)
async def test_candles_are_told_oldest_first(desk: MakeDesk, venue: str) -> None:
    since = datetime.now(UTC) - 25 * HOUR
    candles = await desk(venue).feed.candles(venue, BITCOIN[venue], HOUR, since)
    assert isinstance(candles, tuple), candles
    assert 24 <= len(candles) <= 26
    assert all(after.start - before.start == HOUR for before, after in itertools.pairwise(candles))
    assert candles[0].start >= since
    assert all(candle.low <= min(candle.open, candle.close) for candle in candles)


async def test_one_request_serves_however_many_ask_and_a_young_book_is_told_again(
    world: PublicSimulator, desk: MakeDesk
) -> None:
    made = desk("kraken")
    world.control.latency(0.1, "kraken")
    first, *others = await asyncio.gather(*(made.feed.order_book("kraken", "BTC/USD") for _ in range(20)))
    assert all(other is first for other in others)
    assert await made.feed.order_book("kraken", "BTC/USD", max_age_s=60) is first
    assert made.asked("kraken", "Depth") == 1
    await made.feed.order_book("kraken", "BTC/USD")
    assert made.asked("kraken", "Depth") == 2


async def test_a_question_that_cannot_be_asked_says_so_and_the_venue_stays_as_it_was(desk: MakeDesk) -> None:
    made = desk("kraken")
    await made.feed.ask("kraken", ["BTC/USD"])
    unknown = await made.feed.order_book("kraken", "NOPE/USD")
    assert isinstance(unknown, SourceState)
    assert (unknown.status, unknown.detail) == (SourceStatus.FAILED, "kraken does not trade NOPE/USD")
    odd = await made.feed.candles("kraken", "BTC/USD", timedelta(minutes=7), datetime.now(UTC))
    assert isinstance(odd, SourceState)
    assert odd.detail == "kraken has no candles of 0:07:00"
    assert made.feed.state("kraken").status is SourceStatus.LIVE


@pytest.mark.parametrize("kind", ["timeout", "error_500", "html_200", "http_429"])
async def test_candles_that_do_not_come_say_nothing_of_the_venues_prices(
    world: PublicSimulator, desk: MakeDesk, kind: str
) -> None:
    made = desk("kraken", timeout_s=2.0, stream=False)
    await made.feed.ask("kraken", ["BTC/USD"])
    before = made.feed.state("kraken")
    world.control.fault(kind, "kraken", endpoint="/0/public/OHLC", times=None)
    candles = await made.feed.candles("kraken", "BTC/USD", HOUR, datetime.now(UTC) - 3 * HOUR)
    assert isinstance(candles, SourceState), candles
    assert candles.status is not SourceStatus.LIVE
    assert candles.detail
    assert made.feed.state("kraken") == before
    assert len((await made.feed.ask("kraken", ["BTC/USD"])).tickers) == 1


async def test_a_long_pause_that_a_request_for_candles_brought_is_told_once_prices_are_asked_for(
    world: PublicSimulator, desk: MakeDesk
) -> None:
    made = desk("kraken", timeout_s=2.0, stream=False)
    await made.feed.ask("kraken", ["BTC/USD"])
    world.control.fault("http_429", "kraken", endpoint="/0/public/OHLC", seconds=30)
    since = datetime.now(UTC) - 3 * HOUR
    for _ in range(2):
        candles = await made.feed.candles("kraken", "BTC/USD", HOUR, since)
        assert isinstance(candles, SourceState), candles
        assert candles.status is SourceStatus.RATE_LIMITED
        assert candles.next_try_s is not None
        assert 25 < candles.next_try_s - candles.at_s <= 30
    assert made.feed.state("kraken").status is SourceStatus.LIVE
    told = await made.feed.ask("kraken", ["BTC/USD"])
    assert (told.state.status, told.tickers) == (SourceStatus.RATE_LIMITED, ())


@pytest.mark.parametrize("kind", ["timeout", "error_500", "html_200", "wrong_root", "truncated", "http_429"])
@pytest.mark.parametrize("venue", VENUES)
async def test_a_fault_is_a_state(world: PublicSimulator, desk: MakeDesk, venue: str, kind: str) -> None:
    made = desk(venue, timeout_s=0.5 if kind == "timeout" else 2.0)
    await made.feed.markets(venue)
    world.control.fault(kind, venue, times=None)
    book = await made.feed.order_book(venue, BITCOIN[venue])
    candles = await made.feed.candles(venue, BITCOIN[venue], HOUR, datetime.now(UTC) - 3 * HOUR)
    for told in (book, candles):
        assert isinstance(told, SourceState), told
        assert told.status is not SourceStatus.LIVE
        assert told.detail
