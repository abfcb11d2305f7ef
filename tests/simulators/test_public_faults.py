"""Each fault strikes: what the real drivers make of it, and what it costs nobody else."""

import asyncio
import time
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import aiohttp
import ccxt
import pytest

from tests.simulators.public import PublicSimulator
from tests.simulators.public.driver import driver
from tests.simulators.public.faults import QUOTE_FAULTS, REQUEST_FAULTS

DIGITS = {"bid": "64000.12", "ask": "64001.34", "last": "64000.5"}
SYMBOLS = {"binance": "BTC/USDT", "coinbase": "BTC/USD", "kraken": "BTC/USD", "okx": "BTC/USDT"}
NOT_AVAILABLE, FAULTY = ccxt.ExchangeNotAvailable, ccxt.ExchangeError
TICKERS = {
    "binance": "/api/v3/ticker/24hr",
    "coinbase": "/api/v3/brokerage/market/products",
    "kraken": "/0/public/Ticker",
    "okx": "/api/v5/market/tickers",
}


@pytest.fixture
async def world() -> AsyncIterator[PublicSimulator]:
    async with PublicSimulator() as simulator:
        for venue, symbol in SYMBOLS.items():
            simulator.control.price(venue, symbol, **DIGITS)
        yield simulator


@pytest.fixture
async def raw() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(raise_for_status=False) as session:
        yield session


# --- what ccxt raises for requests that fail ------------------------------------------------------------------------

RAISED = {
    "timeout": dict.fromkeys(SYMBOLS, ccxt.RequestTimeout),
    "reset_before_headers": dict.fromkeys(SYMBOLS, NOT_AVAILABLE),
    "reset_after_headers": dict.fromkeys(SYMBOLS, FAULTY),
    "truncated": dict.fromkeys(SYMBOLS, FAULTY),
    "error_500": {"binance": NOT_AVAILABLE, "coinbase": FAULTY, "kraken": FAULTY, "okx": FAULTY},
    "html_502": dict.fromkeys(SYMBOLS, NOT_AVAILABLE),
    "http_403": dict.fromkeys(SYMBOLS, NOT_AVAILABLE),
    "http_418": dict.fromkeys(SYMBOLS, ccxt.DDoSProtection) | {"okx": FAULTY},
    "http_429": {
        "binance": ccxt.DDoSProtection,
        "coinbase": FAULTY,
        "kraken": ccxt.DDoSProtection,
        "okx": ccxt.RateLimitExceeded,
    },
    "venue_error": {
        "binance": ccxt.OperationFailed,
        "coinbase": FAULTY,
        "kraken": NOT_AVAILABLE,
        "okx": ccxt.OnMaintenance,
    },
}
TAKEN = {
    # what ccxt takes for an answer, or stumbles over
    "empty_200": {"binance": AttributeError},
    "html_200": {"binance": AttributeError},
    "wrong_root": {"okx": FAULTY},
    "missing_keys": {},
}


def test_every_fault_of_requests_is_listed_here() -> None:
    assert set(RAISED) | set(TAKEN) == REQUEST_FAULTS


@pytest.mark.parametrize("venue", SYMBOLS)
async def test_a_failed_request(world: PublicSimulator, venue: str) -> None:
    async with driver(world, venue, timeout_ms=300) as desk:
        await desk.load_markets()
        for kind, raised in RAISED.items():
            world.control.fault(kind, venue, endpoint=TICKERS[venue], times=None)
            with pytest.raises(ccxt.BaseError) as caught:
                await desk.fetch_tickers([SYMBOLS[venue]])
            assert type(caught.value) is raised[venue], kind
            world.control.clear_faults(kind=kind)

        assert SYMBOLS[venue] in await desk.fetch_tickers([SYMBOLS[venue]])


@pytest.mark.parametrize("venue", SYMBOLS)
async def test_an_answer_that_says_nothing(world: PublicSimulator, venue: str) -> None:
    """No price comes of it; where ccxt does not stumble, it is taken for an answer."""
    async with driver(world, venue) as desk:
        await desk.load_markets()
        for kind, raised in TAKEN.items():
            world.control.fault(kind, venue, endpoint=TICKERS[venue])
            if venue in raised:
                with pytest.raises(raised[venue]):
                    await desk.fetch_tickers([SYMBOLS[venue]])
            else:
                told = (await desk.fetch_tickers([SYMBOLS[venue]])).get(SYMBOLS[venue], {})
                assert told.get("last") is None or kind == "missing_keys"
                assert told.get("bid") is None


# --- what is on the wire --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "header"), [(7, "7"), (0, None)])
@pytest.mark.parametrize(("kind", "status"), [("http_429", 429), ("http_418", 418)])
async def test_too_many_requests(
    world: PublicSimulator, raw: aiohttp.ClientSession, kind: str, status: int, seconds: float, header: str | None
) -> None:
    world.control.fault(kind, "binance", seconds=seconds)
    async with raw.get(world.rest_url("binance") + "/api/v3/ping") as answer:
        assert (answer.status, answer.headers.get("Retry-After")) == (status, header)
        assert (await answer.json())["code"] == -1003


async def test_a_page_where_prices_belong(world: PublicSimulator, raw: aiohttp.ClientSession) -> None:
    for kind, status in (("html_200", 200), ("html_502", 502), ("http_403", 403)):
        world.control.fault(kind, "kraken")
        async with raw.get(world.rest_url("kraken") + "/0/public/Ticker") as answer:
            assert (answer.status, answer.content_type) == (status, "text/html")


async def test_half_an_answer(world: PublicSimulator, raw: aiohttp.ClientSession) -> None:
    world.control.fault("truncated", "kraken")
    async with raw.get(world.rest_url("kraken") + "/0/public/Ticker") as answer:
        assert answer.status == 200
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()


async def test_a_late_answer_is_whole(world: PublicSimulator, raw: aiohttp.ClientSession) -> None:
    world.control.fault("timeout", "kraken", seconds=0.2)
    began = time.monotonic()
    async with raw.get(world.rest_url("kraken") + "/0/public/Time") as answer:
        assert (await answer.json())["error"] == []

    assert time.monotonic() - began >= 0.2


async def test_a_venue_that_is_down(world: PublicSimulator) -> None:
    async with driver(world, "kraken") as desk:
        world.control.down("kraken")
        with pytest.raises(ccxt.ExchangeNotAvailable):
            await desk.fetch_time()
        world.control.down("kraken", is_down=False)

        assert await desk.fetch_time()


# --- whom it strikes, and how often ---------------------------------------------------------------------------------


async def test_a_fault_strikes_one_endpoint_of_one_venue_some_times(
    world: PublicSimulator, raw: aiohttp.ClientSession
) -> None:
    world.control.fault("error_500", "kraken", endpoint="*/Ticker", times=2, skip=1)

    async def statuses(venue: str, path: str, count: int) -> list[int]:
        told = []
        for _ in range(count):
            async with raw.get(world.rest_url(venue) + path) as answer:
                told.append(answer.status)
        return told

    assert await statuses("kraken", "/0/public/Time", 2) == [200, 200]
    assert await statuses("binance", "/api/v3/ping", 2) == [200, 200]
    assert await statuses("kraken", "/0/public/Ticker", 4) == [200, 500, 500, 200]
    assert world.control.summary()["faults"][0]["struck"] == 2


async def test_a_fault_by_chance_is_the_same_for_the_same_seed(
    world: PublicSimulator, raw: aiohttp.ClientSession
) -> None:
    async def statuses(seed: int) -> list[int]:
        world.control.clear_faults()
        world.control.fault("error_500", "kraken", times=None, probability=0.5, seed=seed)
        told = []
        for _ in range(30):
            async with raw.get(world.rest_url("kraken") + "/0/public/Time") as answer:
                told.append(answer.status)
        return told

    first = await statuses(3)

    assert first == await statuses(3)
    assert first != await statuses(4)
    assert 5 < first.count(500) < 25


# --- prices that cannot be -----------------------------------------------------------------------------------------

FIELDS = {
    "binance": ("bidPrice", "askPrice", "lastPrice"),
    "okx": ("bidPx", "askPx", "last"),
}
WRITTEN = {
    "null_prices": (None, None, None),
    "nan_prices": ("NaN", "NaN", "NaN"),
    "empty_prices": ("", "", ""),
    "negative_prices": ("-64000.12", "-64001.34", "-64000.5"),
    "absurd": ("640001.2", "640013.4", "640005"),
    "crossed": ("64640.1212", "64000.12", "64000.5"),
    "null_time": ("64000.12", "64001.34", "64000.5"),
    "frozen": ("64000.12", "64001.34", "64000.5"),
    "no_bid": {"binance": ("0", "64001.34", "64000.5"), "okx": ("", "64001.34", "64000.5")},
    "no_ask": {"binance": ("64000.12", "0", "64000.5"), "okx": ("64000.12", "", "64000.5")},
}


def test_every_fault_of_prices_is_listed_here() -> None:
    assert set(WRITTEN) == QUOTE_FAULTS


@pytest.mark.parametrize("kind", sorted(WRITTEN))
@pytest.mark.parametrize("venue", sorted(FIELDS))
async def test_a_faulty_price(world: PublicSimulator, raw: aiohttp.ClientSession, venue: str, kind: str) -> None:
    """Once; afterwards everything is as it was."""
    path = TICKERS[venue] + ("?instType=SPOT" if venue == "okx" else "")

    async def read() -> tuple[Any, ...]:
        async with raw.get(world.rest_url(venue) + path) as answer:
            told = await answer.json()
        rows = told if venue == "binance" else told["data"]
        [row] = [row for row in rows if row.get("symbol", row.get("instId")).replace("-", "") == "BTCUSDT"]
        return tuple(_plain(row[field]) for field in FIELDS[venue])

    wanted = WRITTEN[kind]
    world.control.fault(kind, venue, symbol="BTC/*")

    assert await read() == (wanted[venue] if isinstance(wanted, dict) else wanted)
    assert await read() == ("64000.12", "64001.34", "64000.5")


async def test_no_time(world: PublicSimulator) -> None:
    for venue in ("binance", "okx", "coinbase"):
        async with driver(world, venue) as desk:
            await desk.load_markets()
            assert (await desk.fetch_ticker(SYMBOLS[venue]))["timestamp"]
            world.control.fault("null_time", venue)
            assert (await desk.fetch_ticker(SYMBOLS[venue]))["timestamp"] is None


async def test_a_frozen_price_goes_on_with_its_old_time(world: PublicSimulator) -> None:
    async with driver(world, "okx") as desk:
        await desk.load_markets()
        world.control.fault("frozen", "okx", symbol="BTC/USDT", times=None)
        frozen = await desk.fetch_ticker("BTC/USDT")
        world.control.price("okx", "BTC/USDT", "50000", "50001")
        await asyncio.sleep(0.02)
        again = await desk.fetch_ticker("BTC/USDT")
        other = await desk.fetch_ticker("ETH/USDT")
        world.control.clear_faults()
        after = await desk.fetch_ticker("BTC/USDT")

    assert (again["bid"], again["timestamp"]) == (frozen["bid"], frozen["timestamp"]) == (64000.12, frozen["timestamp"])
    assert other["timestamp"] > frozen["timestamp"]
    assert after["bid"] == 50000
    assert after["timestamp"] > frozen["timestamp"]


async def test_a_book_with_one_side(world: PublicSimulator) -> None:
    for venue, symbol in SYMBOLS.items():
        async with driver(world, venue) as desk:
            await desk.load_markets()
            world.control.fault("no_ask", venue)
            book = await desk.fetch_order_book(symbol)

        assert book["asks"] == []
        assert book["bids"][0][0] == 64000.12


# --- latencies and counts -------------------------------------------------------------------------------------------


async def test_answers_take_their_time_together(world: PublicSimulator, raw: aiohttp.ClientSession) -> None:
    world.control.latency(5)
    world.control.latency(0.3, "kraken")
    world.control.latency(0.0, "kraken", "*/Time")
    began = time.monotonic()

    async def read(path: str) -> float:
        async with raw.get(world.rest_url("kraken") + path) as answer:
            await answer.read()
        return time.monotonic() - began

    slow = await asyncio.gather(*(read("/0/public/Ticker") for _ in range(20)))
    quick = await read("/0/public/Time")

    assert min(slow) >= 0.299
    assert max(slow) < 0.6
    assert quick < max(slow) + 0.2
    endpoints = world.control.counters("kraken")["kraken"]["endpoints"]
    assert endpoints["/0/public/Ticker"] == {"requests": 20, "under_way": 0, "most_at_once": 20}
    assert endpoints["/0/public/Time"] == {"requests": 1, "under_way": 0, "most_at_once": 1}


async def test_requests_are_told_apart_by_what_they_ask_for(world: PublicSimulator, raw: aiohttp.ClientSession) -> None:
    for pair in ("XXBTZUSD", "XETHZUSD", "XXBTZUSD"):
        async with raw.get(world.rest_url("kraken") + f"/0/public/Ticker?pair={pair}") as answer:
            await answer.read()

    told = world.control.counters("kraken", by_target=True)["kraken"]
    assert {target: count["requests"] for target, count in told["endpoints"].items()} == {
        "/0/public/Ticker?pair=XXBTZUSD": 2,
        "/0/public/Ticker?pair=XETHZUSD": 1,
    }
    assert told["total"]["most_at_once"] == 1
    assert [item["took_s"] >= 0 for item in world.control.requests("kraken")["requests"]] == [True] * 3
    world.control.reset_counters()
    assert world.control.counters("kraken")["kraken"]["total"]["requests"] == 0


async def test_a_client_that_hangs_up_is_not_under_way_any_more(
    world: PublicSimulator, raw: aiohttp.ClientSession
) -> None:
    world.control.latency(30, "okx")
    world.control.fault("timeout", "kraken")
    for url in (world.rest_url("okx") + "/api/v5/public/time", world.rest_url("kraken") + "/0/public/Time"):
        with pytest.raises(TimeoutError):
            await raw.get(url, timeout=aiohttp.ClientTimeout(0.05))
    await asyncio.sleep(0.1)

    for venue in ("okx", "kraken"):
        assert world.control.counters(venue)[venue]["total"]["under_way"] == 0


def _plain(value: Any) -> Any:
    try:
        return format(Decimal(value).normalize(), "f") if Decimal(value).is_finite() else value
    except (ArithmeticError, TypeError):
        return value
