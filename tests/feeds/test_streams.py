"""What is watched stays fresh: by the venue's stream, and by asking while there is none."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from decimal import Decimal

import pytest

from tests.feeds.desks import BITCOIN, STREAMING, Desk, until
from tests.simulators.public import PublicSimulator

MakeDesk = Callable[..., Desk]


@contextlib.asynccontextmanager
async def watching(desk: Desk, symbols: Sequence[str] = ()) -> AsyncIterator[None]:
    """The feed keeps these symbols of its venues, else Bitcoin, fresh."""
    desk.feed.watch({venue: symbols or [BITCOIN[venue]] for venue in desk.feed.venues})
    running = asyncio.create_task(desk.feed.run())
    try:
        yield
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


def bid(desk: Desk, venue: str) -> Decimal | None:
    told = [ticker for ticker in desk.tickers(venue) if ticker.symbol == BITCOIN[venue]]
    return told[-1].bid if told else None


@pytest.mark.parametrize("venue", STREAMING)
async def test_a_stream_tells_each_change_to_the_last_digit(world: PublicSimulator, desk: MakeDesk, venue: str) -> None:
    made = desk(venue, refresh_s=30.0)
    async with watching(made):
        await until(lambda: made.feed.state(venue).streams)
        world.control.price(venue, BITCOIN[venue], "64123.1", "64123.7", "64123.4")
        await until(lambda: bid(made, venue) == Decimal("64123.1"), 2.0)
    ticker = made.tickers(venue, by_stream=True)[-1]
    assert (ticker.bid, ticker.ask) == (Decimal("64123.1"), Decimal("64123.7"))
    assert ticker.last is not None
    assert ticker.change_24h is not None
    assert made.feed.state(venue).status == "LIVE"


@pytest.mark.parametrize("venue", STREAMING)
async def test_a_stream_that_is_cut_is_made_anew_and_the_gap_is_asked_for(
    world: PublicSimulator, desk: MakeDesk, venue: str
) -> None:
    made = desk(venue, refresh_s=30.0)
    async with watching(made):
        await until(lambda: made.feed.state(venue).streams)
        await asyncio.sleep(0.5)
        made.news.clear()
        asked = made.asked(venue)
        world.control.streams("cut", venue)
        world.control.price(venue, BITCOIN[venue], "64001.1", "64001.7")
        await until(lambda: bid(made, venue) == Decimal("64001.1"), 3.0)
        await until(lambda: made.feed.state(venue).streams, 5.0)
        world.control.price(venue, BITCOIN[venue], "64002.1", "64002.7")
        await until(lambda: bid(made, venue) == Decimal("64002.1"), 2.0)
        assert made.asked(venue) > asked
        assert [state.streams for state in made.states(venue)] == [False, True]


@pytest.mark.parametrize("venue", STREAMING)
async def test_a_stream_that_falls_silent_is_noticed_and_what_changed_is_known(
    world: PublicSimulator, desk: MakeDesk, venue: str
) -> None:
    made = desk(venue, refresh_s=1.0)
    async with watching(made):
        await until(lambda: made.feed.state(venue).streams)
        world.control.streams("silence", venue)
        world.control.price(venue, BITCOIN[venue], "64001.1", "64001.7")
        await until(lambda: bid(made, venue) == Decimal("64001.1"), 3.0)
        await until(lambda: not made.feed.state(venue).streams, 5.0)
        world.control.streams("speak", venue)
        await until(lambda: made.feed.state(venue).streams, 20.0)


@pytest.mark.parametrize("venue", STREAMING)
async def test_a_frame_that_cannot_be_read_ends_the_stream_and_nothing_else(
    world: PublicSimulator, desk: MakeDesk, venue: str
) -> None:
    made = desk(venue, refresh_s=1.0)
    async with watching(made):
        await until(lambda: made.feed.state(venue).streams)
        world.control.fault("garbage", venue, times=2)
        world.control.price(venue, BITCOIN[venue], "64001.1", "64001.7")
        await until(lambda: bid(made, venue) == Decimal("64001.1"), 3.0)
        world.control.clear_faults()
        await until(lambda: made.feed.state(venue).streams, 6.0)
        world.control.price(venue, BITCOIN[venue], "64002.1", "64002.7")
        await until(lambda: bid(made, venue) == Decimal("64002.1"), 3.0)


@pytest.mark.parametrize("venue", BITCOIN)
async def test_without_a_stream_everything_is_asked_for_in_one_call(
    world: PublicSimulator, desk: MakeDesk, venue: str
) -> None:
    made = desk(venue, stream=False, refresh_s=0.6)
    async with watching(made):
        await until(lambda: len(made.tickers(venue)) >= 3)
        world.control.price(venue, BITCOIN[venue], "64001", "64002")
        await until(lambda: bid(made, venue) == Decimal(64001), 3.0)
    assert not made.feed.state(venue).streams
    assert world.control.summary()["streams"][venue]["opened"] == 0


async def test_a_stream_replaces_no_news_by_older_answers(world: PublicSimulator, desk: MakeDesk) -> None:
    made = desk("binance", refresh_s=30.0)
    async with watching(made):
        await until(lambda: made.feed.state("binance").streams)
        world.control.latency(0.5, "binance", "*24hr")
        asking = asyncio.create_task(made.feed.ask("binance", ["BTC/USDT"]))
        await asyncio.sleep(0.1)
        world.control.price("binance", "BTC/USDT", "64001", "64002")
        told = await asking
    assert told.tickers[0].bid == Decimal(64001)
    assert told.tickers[0].by_stream


async def test_what_is_watched_may_change_meanwhile(desk: MakeDesk) -> None:
    made = desk("kraken", "okx", refresh_s=1.0)
    async with watching(made):
        await until(lambda: made.feed.state("kraken").streams and made.feed.state("okx").streams)
        made.feed.watch({"kraken": ["ETH/USD", "BTC/USD"]})
        await until(lambda: any(t.symbol == "ETH/USD" and t.by_stream for t in made.tickers("kraken")))
        await until(lambda: not made.feed.state("okx").streams)
        made.news.clear()
        await asyncio.sleep(1.5)
        assert not made.tickers("okx")
        assert made.tickers("kraken")


@pytest.mark.parametrize("venue", BITCOIN)
async def test_a_venue_that_is_down_is_tried_again_later_and_later_and_found_when_it_is_back(
    world: PublicSimulator, desk: MakeDesk, venue: str
) -> None:
    made = desk(venue, "kraken" if venue != "kraken" else "okx", refresh_s=0.6)
    world.control.down(venue)
    async with watching(made):
        await until(lambda: made.feed.state(venue).failures >= 2, 6.0)
        state = made.feed.state(venue)
        assert state.status == "UNREACHABLE"
        assert state.next_try_s is not None
        assert state.next_try_s - state.at_s >= 1.0
        other = next(each for each in made.feed.venues if each != venue)
        assert made.tickers(other)
        world.control.down(venue, is_down=False)
        await until(lambda: made.feed.state(venue).status == "LIVE", 10.0)
        assert made.tickers(venue)


async def test_an_answer_that_a_stream_overtook_before_somebody_asked_is_asked_for_again(
    world: PublicSimulator, desk: MakeDesk
) -> None:
    made = desk("binance", refresh_s=30.0)
    async with watching(made):
        await until(lambda: made.feed.state("binance").streams)
        await asyncio.sleep(0.5)
        world.control.repeat(0)
        world.control.latency(0.4, "binance", "*24hr")
        under_way = asyncio.create_task(made.feed.ask("binance", ["BTC/USDT"]))
        await asyncio.sleep(0.1)
        world.control.price("binance", "BTC/USDT", "64001", "64002")
        await until(lambda: bid(made, "binance") == Decimal(64001))
        told = await made.feed.ask("binance", ["BTC/USDT"])
        await under_way
    assert told.state.status == "LIVE"
    assert [ticker.bid for ticker in told.tickers] == [Decimal(64001)]
