"""Streams carry prices to the real drivers, and break as they are told to."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import ccxt
import pytest

from tests.simulators.public import PublicSimulator
from tests.simulators.public.driver import driver

SYMBOLS = {
    "binance": "BTC/USDT",
    "coinbase": "BTC/USD",
    "kraken": "BTC/USD",
    "okx": "BTC/USDT",
    "hyperliquid": "BTC/USDC:USDC",
}
SPOT = [venue for venue in SYMBOLS if venue != "hyperliquid"]
WITHIN_S = 5.0


@pytest.fixture
async def world() -> AsyncIterator[PublicSimulator]:
    async with PublicSimulator() as simulator:
        simulator.control.repeat(0.05)
        for venue, symbol in SYMBOLS.items():
            simulator.control.price(venue, symbol, "64000.12", "64001.34", "64000.5", bid_size="0.75", ask_size="1.25")
        yield simulator


@pytest.fixture
async def desk(world: PublicSimulator, venue: str) -> AsyncIterator[Any]:
    async with driver(world, venue) as exchange:
        await exchange.load_markets()
        yield exchange


async def until(watch: Callable[[], Any], is_so: Callable[[Any], bool]) -> Any:
    """What was watched when it was so."""
    async with asyncio.timeout(WITHIN_S):
        while not is_so(told := await watch()):
            pass
    return told


# --- what they carry ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("venue", SYMBOLS)
async def test_a_ticker_and_its_next(world: PublicSimulator, desk: Any, venue: str) -> None:
    params = {"name": "ticker"} if venue == "binance" else {}
    first = await desk.watch_ticker(SYMBOLS[venue], params)
    world.control.price(venue, SYMBOLS[venue], "65000.1", "65000.2")
    later = await until(lambda: desk.watch_ticker(SYMBOLS[venue], params), lambda told: told["bid"] != first["bid"])

    assert (first["bid"], first["ask"]) == (64000.12, 64001.34)
    assert (later["bid"], later["ask"]) == (65000.1, 65000.2)
    assert (first["timestamp"] is not None) is (venue in ("binance", "coinbase", "okx"))


@pytest.mark.parametrize("venue", SPOT)
async def test_the_tickers_of_some(world: PublicSimulator, desk: Any, venue: str) -> None:
    other = SYMBOLS[venue].replace("BTC", "ETH")
    seen: dict[str, Any] = {}
    async with asyncio.timeout(WITHIN_S):
        while len(seen) < 2:
            seen |= await desk.watch_tickers([SYMBOLS[venue], other])

    assert seen[SYMBOLS[venue]]["last"] == 64000.5
    assert 3000 < seen[other]["last"] < 3400


@pytest.mark.parametrize("venue", ["binance", "kraken", "okx"])
async def test_the_best_prices(desk: Any, venue: str) -> None:
    best = (await desk.watch_bids_asks([SYMBOLS[venue]]))[SYMBOLS[venue]]

    assert [best[name] for name in ("bid", "bidVolume", "ask", "askVolume")] == [64000.12, 0.75, 64001.34, 1.25]


@pytest.mark.parametrize("venue", SYMBOLS)
async def test_an_order_book_and_what_becomes_of_it(world: PublicSimulator, desk: Any, venue: str) -> None:
    symbol = SYMBOLS[venue]
    first = [level[0] for level in (await desk.watch_order_book(symbol))["bids"][:3]]
    bids, asks = [["63999.5", "2"], ["63990", "4"]], [["64002.5", "1"]]
    world.control.book(venue, symbol, bids, asks)
    book = await until(lambda: desk.watch_order_book(symbol), lambda told: told["bids"][0][0] == 63999.5)
    sides = [[level[:2] for level in book[side]] for side in ("bids", "asks")]
    world.control.price(venue, symbol, "64100", "64101")
    later = await until(lambda: desk.watch_order_book(symbol), lambda told: told["bids"][0][0] == 64100)

    assert first[0] == 64000.12
    assert sides == [[[63999.5, 2], [63990, 4]], [[64002.5, 1]]]
    assert later["asks"][0][0] == 64101
    assert len(later["bids"]) >= 10


@pytest.mark.parametrize("venue", SYMBOLS)
async def test_a_book_stays_whole_while_prices_walk(world: PublicSimulator, desk: Any, venue: str) -> None:
    """Changes add up to the book that a request tells."""
    symbol = SYMBOLS[venue].replace("BTC", "ETH")
    await desk.watch_order_book(symbol)
    for _ in range(20):
        world.world.walk()
        await asyncio.sleep(0.005)
    market = world.world.market(venue, symbol)
    best = float(str(market.quote.bid))
    world.world.show(market)
    watched = await until(lambda: desk.watch_order_book(symbol), lambda told: told["bids"][0][0] == best)
    asked = await desk.fetch_order_book(symbol)

    for side in ("bids", "asks"):
        assert [level[:2] for level in watched[side][:10]] == [level[:2] for level in asked[side][:10]]


@pytest.mark.parametrize("venue", SYMBOLS)
async def test_a_faulty_price_is_streamed_too(world: PublicSimulator, desk: Any, venue: str) -> None:
    params = {"name": "ticker"} if venue == "binance" else {}
    world.control.fault("crossed", venue, endpoint="stream *", times=None)
    ticker = await desk.watch_ticker(SYMBOLS[venue], params)

    assert ticker["bid"] > ticker["ask"]


# --- how they break -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("venue", SYMBOLS)
async def test_a_cut(world: PublicSimulator, desk: Any, venue: str) -> None:
    """The watcher is told; the next watch makes a new connection."""
    await desk.watch_ticker(SYMBOLS[venue])
    watching = asyncio.create_task(desk.watch_order_book(SYMBOLS[venue].replace("BTC", "ETH")))
    await asyncio.sleep(0.05)
    watching.cancel()
    world.control.repeat(0)
    waiting = asyncio.create_task(desk.watch_ticker(SYMBOLS[venue]))
    await asyncio.sleep(0.05)
    world.control.streams("cut", venue)
    with pytest.raises(ccxt.NetworkError):
        await asyncio.wait_for(waiting, WITHIN_S)
    opened = world.control.summary()["streams"][venue]["opened"]
    await asyncio.wait_for(desk.watch_ticker(SYMBOLS[venue]), WITHIN_S)

    assert world.control.summary()["streams"][venue]["opened"] == opened + 1


@pytest.mark.parametrize("venue", SYMBOLS)
async def test_silence(world: PublicSimulator, desk: Any, venue: str) -> None:
    """The connection stays open and nothing comes, until it speaks again."""
    await desk.watch_ticker(SYMBOLS[venue])
    world.control.streams("silence", venue)
    await asyncio.sleep(0.1)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(desk.watch_ticker(SYMBOLS[venue]), 0.4)
    assert world.control.summary()["streams"][venue]["open"] == 1
    world.control.streams("speak", venue)

    assert await asyncio.wait_for(desk.watch_ticker(SYMBOLS[venue]), WITHIN_S)


class Listener:
    """A client that is no ccxt: every frame as it came."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def frame(self) -> str:
        async with asyncio.timeout(WITHIN_S):
            return str(await self._socket.receive_str())

    async def prices(self, count: int) -> list[Any]:
        """The last prices of that many frames of tickers."""
        told: list[Any] = []
        while len(told) < count:
            message = json.loads(await self.frame())
            if "data" in message:
                told.append(message["data"][0]["last"])
        return told


@pytest.fixture
async def listener(world: PublicSimulator) -> AsyncIterator[Listener]:
    world.control.repeat(0)
    async with aiohttp.ClientSession() as session, session.ws_connect(world.ws_url("okx") + "/ws/v5/public") as socket:
        subscribe = {"op": "subscribe", "args": [{"channel": "tickers", "instId": "BTC-USDT"}]}
        await socket.send_json(subscribe)
        listening = Listener(socket)
        await listening.prices(1)
        yield listening


def move(world: PublicSimulator, *prices: str) -> None:
    for price in prices:
        world.control.price("okx", "BTC/USDT", price, price, last=price)


async def test_garbage_comes_before_the_frame(world: PublicSimulator, listener: Listener) -> None:
    world.control.fault("garbage", "okx", endpoint="stream tickers")
    move(world, "1", "2")
    with pytest.raises(json.JSONDecodeError):
        json.loads(await listener.frame())
    assert isinstance(json.loads(await listener.frame()), list)

    assert await listener.prices(2) == ["1", "2"]


@pytest.mark.parametrize(
    ("kind", "come"),
    [("repeated", ["1", "1", "2", "3"]), ("reordered", ["2", "1", "3"]), ("lost", ["2", "3"])],
)
async def test_frames_out_of_turn(world: PublicSimulator, listener: Listener, kind: str, come: list[str]) -> None:
    world.control.fault(kind, "okx", endpoint="stream tickers", symbol="BTC/*")
    move(world, "1", "2", "3")

    assert await listener.prices(len(come)) == come


async def test_a_frame_that_nothing_overtakes_comes_late(world: PublicSimulator, listener: Listener) -> None:
    world.control.fault("reordered", "okx")
    move(world, "1")

    assert await listener.prices(1) == ["1"]


async def test_silence_and_cut_by_a_frame(world: PublicSimulator, listener: Listener) -> None:
    world.control.fault("silence", "okx")
    move(world, "1", "2")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(listener.frame(), 0.2)
    assert world.control.summary()["streams"]["okx"]["open"] == 1
    world.control.fault("cut", "okx")
    move(world, "3")
    with pytest.raises(TypeError):
        await listener.frame()


@pytest.mark.parametrize("venue", ["binance"])
async def test_a_lost_change_of_a_book_is_noticed(world: PublicSimulator, desk: Any, venue: str) -> None:
    symbol = SYMBOLS[venue]
    await desk.watch_order_book(symbol)
    world.control.price(venue, symbol, "64000.5", "64001.5")
    await until(lambda: desk.watch_order_book(symbol), lambda told: told["bids"][0][0] == 64000.5)
    world.control.fault("lost", venue, endpoint="stream depth")
    world.control.price(venue, symbol, "64000.6", "64001.6")
    waiting = asyncio.create_task(desk.watch_order_book(symbol))
    await asyncio.sleep(0.05)
    world.control.price(venue, symbol, "64000.7", "64001.7")
    with pytest.raises(ccxt.ChecksumError):
        await asyncio.wait_for(waiting, WITHIN_S)
    again = await asyncio.wait_for(desk.watch_order_book(symbol), WITHIN_S)

    assert again["bids"][0][0] == 64000.7


async def test_a_frame_knows_its_number_on_its_connection(world: PublicSimulator) -> None:
    world.control.repeat(0)
    async with aiohttp.ClientSession() as session, session.ws_connect(world.ws_url("coinbase")) as socket:
        await socket.send_json({"type": "subscribe", "product_ids": ["BTC-USD"], "channel": "ticker"})
        frames = [json.loads(await socket.receive_str()) for _ in range(2)]
        world.control.price("coinbase", "BTC/USD", "64000", "64001")
        frames.append(json.loads(await socket.receive_str()))

    assert [frame["sequence_num"] for frame in frames] == [0, 1, 2]
