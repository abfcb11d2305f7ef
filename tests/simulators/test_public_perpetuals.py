"""Binance and OKX have linear perpetuals beside their spot markets, with addresses, shapes and sizes of their own."""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.simulators.public import PublicSimulator
from tests.simulators.public.driver import driver

PERPETUAL, SPOT = "BTC/USDT:USDT", "BTC/USDT"
pytestmark = pytest.mark.parametrize("venue", ["binance", "okx"])


@pytest.fixture
async def world() -> AsyncIterator[PublicSimulator]:
    async with PublicSimulator() as simulator:
        simulator.control.repeat(0.05)
        yield simulator


@pytest.fixture
async def desk(world: PublicSimulator, venue: str) -> AsyncIterator[Any]:
    world.control.price(venue, SPOT, "64000.1", "64000.2")
    world.control.price(venue, PERPETUAL, "64100.1", "64100.2", "64100.1", bid_size="0.75", ask_size="1.25")
    async with driver(world, venue) as exchange:
        if venue == "binance":  # ccxt tells spot sockets from others by the host, which is no part of a path
            exchange.urls["api"]["ws"]["linear"] = world.ws_url(venue).replace("/stream", "/fstream") + "/ws"
        await exchange.load_markets()
        yield exchange


async def test_the_contract(desk: Any, venue: str) -> None:
    market = desk.market(PERPETUAL)

    assert (market["swap"], market["linear"], market["active"], market["settle"]) == (True, True, True, "USDT")
    assert market["contractSize"] == {"binance": 1, "okx": 0.01}[venue]
    assert market["taker"] == {"binance": 0.0005, "okx": 0.0005}[venue]


async def test_it_has_a_price_of_its_own(desk: Any, venue: str) -> None:
    one, spot = await desk.fetch_ticker(PERPETUAL), await desk.fetch_ticker(SPOT)
    every = await desk.fetch_tickers([PERPETUAL])

    assert (one["last"], every[PERPETUAL]["last"]) == (64100.1, 64100.1)
    assert spot["bid"] == 64000.1
    assert (one["bid"] is None) is (venue == "binance")


async def test_binance_tells_its_best_prices_elsewhere(desk: Any, venue: str) -> None:
    best = (await desk.fetch_bids_asks([PERPETUAL]) if venue == "binance" else await desk.fetch_tickers([PERPETUAL]))[
        PERPETUAL
    ]
    size = {"binance": 1, "okx": 0.01}[venue]

    assert [best[name] for name in ("bid", "ask")] == [64100.1, 64100.2]
    assert [best[name] * size for name in ("bidVolume", "askVolume")] == [0.75, 1.25]
    assert abs(best["timestamp"] / 1000 - time.time()) < 5


async def test_its_book(desk: Any, venue: str) -> None:
    book = await desk.fetch_order_book(PERPETUAL, 5)
    size = {"binance": 1, "okx": 0.01}[venue]

    assert (book["bids"][0][0], book["asks"][0][0]) == (64100.1, 64100.2)
    assert book["bids"][0][1] * size == 0.75
    assert book["timestamp"]


async def test_its_candles(desk: Any, venue: str, world: PublicSimulator) -> None:
    world.control.history(venue, PERPETUAL, change_24h="0.1", volume="2400")
    since = int(time.time() - 86400) // 3600 * 3_600_000
    candles = await desk.fetch_ohlcv(PERPETUAL, "1h", since, 30)

    assert candles[0][1] == pytest.approx(64100.1 / 1.1, abs=0.1)
    assert (candles[-1][4], candles[-1][5]) == (64100.1, 100)


async def test_its_streams(desk: Any, venue: str) -> None:
    best = (await desk.watch_bids_asks([PERPETUAL]))[PERPETUAL]
    ticker = (await desk.watch_tickers([PERPETUAL]))[PERPETUAL]
    book = await desk.watch_order_book(PERPETUAL)
    spot = (await desk.watch_bids_asks([SPOT]))[SPOT]

    assert (best["bid"], ticker["last"], book["bids"][0][0], spot["bid"]) == (64100.1, 64100.1, 64100.1, 64000.1)


async def test_its_book_by_stream_stays_whole(desk: Any, venue: str, world: PublicSimulator) -> None:
    await desk.watch_order_book(PERPETUAL)
    for number in range(5):
        world.control.price(venue, PERPETUAL, f"6420{number}.1", f"6420{number}.2")
        while (await desk.watch_order_book(PERPETUAL))["bids"][0][0] != float(f"6420{number}.1"):
            pass
    asked = await desk.fetch_order_book(PERPETUAL, 10)

    assert [level[:2] for level in desk.orderbooks[PERPETUAL]["asks"][:10]] == [level[:2] for level in asked["asks"]]
