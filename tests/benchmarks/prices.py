"""What is measured of prices: real drivers against simulated venues, whose latencies are given."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from app.prices.benching import Bench
from app.prices.desk import PriceDesk
from app.prices.timing import Compared
from app.settings.prices import PriceSettings
from exchange.feed import Feed
from exchange.sources import SourceAccess
from portfolio.prices.board import PriceBoard
from portfolio.prices.source import SourceStatus
from portfolio.prices.terms import PriceTerms
from tests.benchmarks.report import Figure, spread
from tests.simulators.public import RemotePublic

ROOT = Path(__file__).parents[2]
KINDS = ("binance", "coinbase", "kraken", "okx", "hyperliquid")
SYMBOLS = ("BTC/USDT", "ETH/USDT", "SOL/USDT", "XRP/USDT")
PERPETUALS = ("BTC/USDC:USDC", "ETH/USDC:USDC", "SOL/USDC:USDC", "XRP/USDC:USDC")
TERMS = PriceTerms()
SECOND_OKX = "myokx"
"""ccxt's id of OKX in Europe: a venue of its own to the feed, with its own driver, pace and connections."""
UNEQUAL_S = {"binance": 0.30, "coinbase": 0.36, "kraken": 0.42, "okx": 0.48, "hyperliquid": 0.60}
EQUAL_S = 0.6
MANY = 500
MANY_S = 0.3
REPEATS = 3
LIMIT_S = 4
DEAD_S = 30.0


def at_once(folder: Path) -> Iterator[Figure]:
    """How much of the bound is reached, and what six venues of one latency gain."""
    del folder
    with _venues() as world:
        for venue, seconds in UNEQUAL_S.items():
            world.control("latency", seconds=seconds, venue=venue)
        for venues, symbols in ((KINDS[:3], SYMBOLS[:1]), (KINDS[:3], SYMBOLS[:2]), (KINDS, SYMBOLS)):
            yield _share(asyncio.run(_compared({venue: world.rest_url(venue) for venue in venues}, symbols)))
        world.control("latency", seconds=EQUAL_S)
        addresses = {venue: world.rest_url(venue) for venue in KINDS} | {SECOND_OKX: world.rest_url("okx")}
        yield _speed_up(asyncio.run(_compared(addresses, SYMBOLS[:1])))


def with_one_dead(folder: Path) -> Iterator[Figure]:
    """The desk by itself, and the command in a pipe, each of its lines with its time."""
    with _venues() as world:
        alive = _shown(world, folder)
        world.control("latency", seconds=DEAD_S, venue="kraken")
        walls_s = [asyncio.run(_answered_s(world)) for _ in range(3)]
        rows = _shown(world, folder)
    yield Figure(
        "prices of three venues with one dead: all answered or given up / the time limit",
        median(walls_s) / LIMIT_S,
        1.02,
        detail=f"{spread(walls_s, 's')} of {LIMIT_S:.0f} s",
    )
    dead_s = rows.pop("kraken")
    others_s, alive_s = max(rows.values()), max(alive.values())
    yield Figure(
        "the others' prices are shown before the dead venue's line",
        dead_s - others_s,
        LIMIT_S / 2,
        "s",
        is_least=True,
        detail=f"{others_s:.2f} s and {dead_s:.2f} s after the process's start; with all alive {alive_s:.2f} s",
    )


def many_symbols(folder: Path) -> Iterator[Figure]:
    """All markets of five venues: each alone, then all at once, in turns."""
    del folder
    with _venues(coins=MANY) as world:
        world.control("latency", seconds=MANY_S)
        yield asyncio.run(_refreshed(world))


@contextmanager
def _venues(coins: int = 12) -> Iterator[RemotePublic]:
    with RemotePublic(coins=coins, lifetime_s=300) as world:
        yield world


async def _compared(addresses: Mapping[str, str], symbols: Sequence[str]) -> Compared:
    feed = Feed([_access(venue, url) for venue, url in addresses.items()], lambda _: None)
    try:
        bench = Bench(feed, TERMS)
        spot = await bench.requests(symbols, [venue for venue in addresses if venue != "hyperliquid"])
        other = await bench.requests(PERPETUALS[: len(symbols)], [v for v in addresses if v == "hyperliquid"])
        requests = await bench.answered((*spot, *other))
        compared = await bench.compare(requests, REPEATS)
    finally:
        await feed.close()
    assert compared is not None, bench.faults
    assert len(compared.requests) == len(addresses) * len(symbols), bench.faults
    return compared


def _share(compared: Compared) -> Figure:
    count = len(compared.requests)
    return Figure(
        f"{count} prices at once: speed-up / the bound (sum of latencies / longest)",
        compared.share,
        0.95,
        is_least=True,
        detail=_detail(compared) + f"; {spread([pair.share for pair in compared.pairs])}",
    )


def _speed_up(compared: Compared) -> Figure:
    ratios = [pair.speed_up for pair in compared.pairs]
    return Figure(
        f"six venues of {1000 * EQUAL_S:.0f} ms each: speed-up",
        compared.speed_up,
        5.7,
        "x",
        is_least=True,
        detail=f"{_detail(compared)}; {spread(ratios, 'x')}",
    )


def _detail(compared: Compared) -> str:
    return (
        f"{compared.alone_s:.2f} s to {compared.together_s:.2f} s, "
        f"{compared.speed_up:.2f} x of {compared.bound:.2f} x; "
        f"CPU {1000 * compared.together_cpu_s:.0f} ms"
    )


async def _answered_s(world: RemotePublic) -> float:
    desk = PriceDesk(PriceSettings.model_validate(_configured(world)))
    try:
        await desk.feed()
        began_s = time.perf_counter()
        view = await desk.ask(desk.question(["BTC/USD"]))
        took_s = time.perf_counter() - began_s
    finally:
        await desk.close()
    found = {state.venue: state.status for state in view.states}
    assert found == {"binance": "LIVE", "coinbase": "LIVE", "kraken": "TIMED_OUT"}, found
    return took_s


def _shown(world: RemotePublic, folder: Path) -> dict[str, float]:
    """When each venue's row came since the start of the process."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("QUARTERMASTER_")} | {
        "PYTHONPATH": str(ROOT),
        **{f"QUARTERMASTER_PRICES__{name.upper()}": _text(value) for name, value in _configured(world).items()},
    }
    command = [sys.executable, "-u", "-m", "app.cli", "prices", "BTC/USD"]
    began_s = time.monotonic()
    with subprocess.Popen(
        command, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        came = [(line.split(), time.monotonic() - began_s) for line in process.stdout]
        assert process.wait(10) == 0
    at_s = {words[1]: moment for words, moment in came if len(words) > 1 and words[1] in KINDS[:3]}
    assert set(at_s) == set(KINDS[:3]), came
    return at_s


def _configured(world: RemotePublic) -> dict[str, Any]:
    rows = [{"id": venue, "rest_url": world.rest_url(venue)} for venue in KINDS[:3]]
    return {"venues": KINDS[:3], "exchanges": rows, "timeout_s": LIMIT_S}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ",".join(value) if isinstance(value, tuple) else json.dumps(value)


async def _refreshed(world: RemotePublic) -> Figure:
    board = PriceBoard()
    feed = Feed([_access(venue, world.rest_url(venue)) for venue in KINDS], board.hear)
    try:
        for venue in KINDS:
            await _refresh(feed, [venue])
        ratios, alone_s, all_s, cpu_s, tickers = [], [], [], [], 0
        for _ in range(REPEATS):
            slowest_s = 0.0
            for venue in KINDS:
                await asyncio.sleep(1.0)
                slowest_s = max(slowest_s, (await _refresh(feed, [venue]))[0])
            await asyncio.sleep(3.0)
            took_s, used_s, tickers = await _refresh(feed, KINDS)
            ratios.append(took_s / slowest_s)
            alone_s.append(slowest_s)
            all_s.append(took_s)
            cpu_s.append(used_s)
    finally:
        await feed.close()
    return Figure(
        f"{MANY} coins at {len(KINDS)} venues, refreshed at once / the slowest venue alone",
        median(ratios),
        1.2,
        detail=(
            f"{median(all_s):.3f} s, alone {median(alone_s):.3f} s at {1000 * MANY_S:.0f} ms of latency; "
            f"{spread(ratios)}; CPU of a refresh {1000 * median(cpu_s):.0f} ms for {tickers:,} prices"
        ),
    )


async def _refresh(feed: Feed, venues: Sequence[str]) -> tuple[float, float, int]:
    """How long it took, the CPU, and how many prices came."""
    began_s, cpu_s = time.perf_counter(), time.process_time()
    told = await asyncio.gather(*(feed.ask(venue, None) for venue in venues))
    took_s, used_s = time.perf_counter() - began_s, time.process_time() - cpu_s
    assert all(each.state.status is SourceStatus.LIVE for each in told), [each.state for each in told]
    return took_s, used_s, sum(len(each.tickers) for each in told)


def _access(venue: str, rest_url: str) -> SourceAccess:
    return SourceAccess(venue=venue, rest_url=rest_url, timeout_s=10.0)
