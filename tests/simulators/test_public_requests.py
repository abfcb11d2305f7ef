"""The real drivers read what was set, to the digit: each venue, each call."""

import time
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

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
TOLD = {"bid": "64000.12", "ask": "64001.34", "last": "64000.5", "bid_size": "0.75", "ask_size": "1.25"}
VENUES = sorted(SYMBOLS)
SECONDS = {"1m": 60, "5m": 300, "1h": 3600, "1d": 86400, "7d": 7 * 86400}
pytestmark = pytest.mark.parametrize("venue", VENUES)


@pytest.fixture
async def world() -> AsyncIterator[PublicSimulator]:
    async with PublicSimulator() as simulator:
        yield simulator


@pytest.fixture
async def desk(world: PublicSimulator, venue: str) -> AsyncIterator[Any]:
    world.control.price(venue, SYMBOLS[venue], **TOLD)
    async with driver(world, venue) as exchange:
        await exchange.load_markets()
        yield exchange


async def test_the_list_of_markets(desk: Any, venue: str, world: PublicSimulator) -> None:
    market = desk.market(SYMBOLS[venue])
    fees = {"binance": 0.001, "coinbase": 0.012, "kraken": 0.004, "okx": 0.0015, "hyperliquid": 0.00045}

    assert set(desk.markets) - {"PURR/USDC"} == set(world.world.markets[venue])
    assert (market["base"], market["active"], market["taker"]) == ("BTC", True, fees[venue])
    assert market["spot"] is (venue != "hyperliquid")


async def test_one_ticker(desk: Any, venue: str) -> None:
    ticker = await desk.fetch_ticker(SYMBOLS[venue])

    assert (ticker["bid"], ticker["ask"]) == (64000.12, 64001.34)
    assert ticker["last"] == (64000.73 if venue == "hyperliquid" else 64000.5)
    if venue not in ("coinbase", "hyperliquid"):
        assert (ticker["bidVolume"], ticker["askVolume"]) == (0.75, 1.25)


async def test_the_digits_are_on_the_wire(desk: Any, venue: str) -> None:
    """Decimals are made of these: ccxt's own numbers are floats."""
    info = (await desk.fetch_tickers())[SYMBOLS[venue]]["info"]
    wanted = {
        "binance": ("bidPrice", "64000.12000000"),
        "coinbase": ("price", "64000.5"),
        "kraken": ("b", ["64000.12", "1", "0.750"]),
        "okx": ("bidPx", "64000.12"),
        "hyperliquid": ("impactPxs", ["64000.12", "64001.34"]),
    }
    key, value = wanted[venue]

    assert info[key] == value


async def test_a_venue_says_when_or_it_does_not(desk: Any, venue: str) -> None:
    """Kraken and Hyperliquid send no time, Coinbase's list of products neither."""
    one = await desk.fetch_ticker(SYMBOLS[venue])
    every = (await desk.fetch_tickers())[SYMBOLS[venue]]
    says = (one["timestamp"] is not None, every["timestamp"] is not None)

    assert says == {"binance": (True, True), "okx": (True, True), "coinbase": (True, False)}.get(venue, (False, False))
    for ticker in (one, every):
        if ticker["timestamp"] is not None:
            assert abs(ticker["timestamp"] / 1000 - time.time()) < 5


async def test_coinbase_alone_lists_no_best_prices(desk: Any, venue: str) -> None:
    every = await desk.fetch_tickers()

    assert len(every) == sum(market["spot"] or venue == "hyperliquid" for market in desk.markets.values())
    assert (every[SYMBOLS[venue]]["bid"] is None) is (venue == "coinbase")


async def test_tickers_of_some(desk: Any, venue: str) -> None:
    other = SYMBOLS[venue].replace("BTC", "ETH")
    some = await desk.fetch_tickers([SYMBOLS[venue], other])

    assert set(some) == {SYMBOLS[venue], other}
    assert 3000 < some[other]["close"] < 3400


async def test_best_prices(desk: Any, venue: str) -> None:
    """Binance alone has them for all at once, to everybody."""
    if venue != "binance":
        assert not desk.has["fetchBidsAsks"] or venue == "coinbase"
        return
    best = (await desk.fetch_bids_asks())["BTC/USDT"]

    assert [best[name] for name in ("bid", "bidVolume", "ask", "askVolume")] == [64000.12, 0.75, 64001.34, 1.25]
    assert best["timestamp"] is None


async def test_an_order_book(desk: Any, venue: str, world: PublicSimulator) -> None:
    world.control.book(
        venue, SYMBOLS[venue], [["64000.1", "0.5"], ["63990.2", "2"]], [["64000.3", "0.25"], ["64010", "3"]]
    )
    book = await desk.fetch_order_book(SYMBOLS[venue])
    ticker = await desk.fetch_ticker(SYMBOLS[venue])

    assert [level[:2] for level in book["bids"]] == [[64000.1, 0.5], [63990.2, 2]]
    assert [level[:2] for level in book["asks"]] == [[64000.3, 0.25], [64010, 3]]
    assert (ticker["bid"], ticker["ask"]) == (64000.1, 64000.3)


async def test_a_book_that_nobody_has_set_has_depth(desk: Any, venue: str) -> None:
    book = await desk.fetch_order_book(SYMBOLS[venue])
    bids, asks = [level[0] for level in book["bids"]], [level[0] for level in book["asks"]]

    assert len(bids) >= 10
    assert len(asks) >= 10
    assert bids == sorted(set(bids), reverse=True)
    assert asks == sorted(set(asks))
    assert bids[0] == 64000.12 < asks[0] == 64001.34


@pytest.mark.parametrize(
    ("period", "ago", "change"),
    [
        ("1m", "1h", 0.02),
        ("5m", "1h", 0.02),
        ("1h", "1h", 0.02),
        ("5m", "1d", -0.05),
        ("1h", "1d", -0.05),
        ("1h", "7d", 0.25),
        ("1d", "7d", 0.25),
    ],
)
async def test_candles_say_what_the_changes_were(
    desk: Any, venue: str, world: PublicSimulator, period: str, ago: str, change: float
) -> None:
    """From the candle that covers the moment, of any length."""
    period_s, ago_s = SECONDS[period], SECONDS[ago]
    world.control.history(venue, SYMBOLS[venue], change_1h="0.02", change_24h="-0.05", change_7d="0.25")
    world.control.price(venue, SYMBOLS[venue], "64000", "64001", last="64000")
    since = int((time.time() - ago_s) // period_s * period_s) * 1000
    candles = await desk.fetch_ohlcv(SYMBOLS[venue], period, since, 300)
    last = world.world.market(venue, SYMBOLS[venue]).quote.last

    assert candles[0][0] == since
    assert candles[0][1] == pytest.approx(64000 / (1 + change), abs=1)
    if len(candles) < 300:
        assert candles[-1][4] == float(str(last))


async def test_candles_follow_one_another(desk: Any, venue: str, world: PublicSimulator) -> None:
    world.control.history(venue, SYMBOLS[venue], high="70000", low="60000")
    since = int(time.time() - 86400) * 1000
    candles = await desk.fetch_ohlcv(SYMBOLS[venue], "1h", since, 25)
    starts = [candle[0] for candle in candles]

    assert [after - before for before, after in pairwise(starts)] == [3_600_000] * (len(starts) - 1)
    assert all(before[4] == after[1] for before, after in pairwise(candles))
    assert all(low <= min(first, end) <= max(first, end) <= high for _, first, high, low, end, _ in candles)
    assert (max(candle[2] for candle in candles), min(candle[3] for candle in candles)) == (70000, 60000)


async def test_the_day(desk: Any, venue: str, world: PublicSimulator) -> None:
    """Each says its own: Kraken's open is that of midnight, Coinbase says percent alone, Hyperliquid the day before."""
    world.control.history(venue, SYMBOLS[venue], change_24h="0.05", high="70000", low="60000", volume="1234.5")
    ticker = (await desk.fetch_tickers())[SYMBOLS[venue]]
    if venue == "hyperliquid":
        assert ticker["previousClose"] == pytest.approx(64000.5 / 1.05, abs=1)
        return
    if venue != "kraken":
        assert ticker["percentage"] == pytest.approx(5, abs=0.001)
    if venue != "coinbase":
        assert (ticker["high"], ticker["low"]) == (70000, 60000)
    assert ticker["baseVolume"] == 1234.5


async def test_the_time(desk: Any, venue: str) -> None:
    assert abs(await desk.fetch_time() / 1000 - time.time()) < 2


async def test_a_market_that_there_is_not(desk: Any, venue: str) -> None:
    with pytest.raises(ccxt.BadSymbol):
        await desk.fetch_ticker("NOSUCH/USD")


async def test_a_market_that_is_gone(desk: Any, venue: str) -> None:
    """The driver knows it, the venue no more."""
    for market in desk.markets.values():
        market["id"] = "GONE"
        market["baseName"] = "GONE"
    with pytest.raises(ccxt.BaseError):
        await desk.fetch_order_book(SYMBOLS[venue])


async def test_the_same_seed_is_the_same_world(world: PublicSimulator, venue: str) -> None:
    async with PublicSimulator(seed=1) as same, PublicSimulator(seed=2) as other:
        for item in (world, same, other):
            item.world.walk()

        assert world.control.quotes(venue) == same.control.quotes(venue)
        assert world.control.quotes(venue) != other.control.quotes(venue)


async def test_a_set_price_stays_where_others_walk(world: PublicSimulator, venue: str) -> None:
    world.control.price(venue, SYMBOLS[venue], "64000", "64001")
    before = world.control.quotes(venue)
    world.control.walk(every_s=0, steps=3)
    after = world.control.quotes(venue)

    assert after[SYMBOLS[venue]] == before[SYMBOLS[venue]]
    assert sum(after[symbol] != before[symbol] for symbol in after) > len(after) / 2


async def test_an_answer_is_made_once_until_a_price_changes(world: PublicSimulator, desk: Any, venue: str) -> None:
    """Not so Hyperliquid's: there, the rows are."""
    await desk.fetch_tickers()
    made = world.edge.made
    for _ in range(3):
        await desk.fetch_tickers()
    again = world.edge.made - made
    world.control.price(venue, SYMBOLS[venue], "65000", "65001", last="65000.5")
    later = (await desk.fetch_tickers())[SYMBOLS[venue]]

    assert later["close"] == 65000.5
    assert (again == 0) is (venue != "hyperliquid")
