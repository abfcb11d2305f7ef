"""What is measured. Two servers take the same load in turns, so that what disturbs the machine disturbs both."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from tests.benchmarks.alerts import Alerts, market_alerts, resting_alerts
from tests.benchmarks.disk import sync_ms
from tests.benchmarks.load import Round, drive
from tests.benchmarks.report import Figure, spread
from tests.benchmarks.servers import SECRET, Desk, NoOp, Server
from tests.benchmarks.stores import SIGNALS_ALONE, WHOLE_STORY, expect_filled, multiply, open_count

PAIRS = 7
STARTS = 5
CONNECTIONS = 32
MANY = 1200
SINGLE = 200
BURST = 500
STORED_SIGNALS = 1_000_000
STORED_ORDERS = 100_000
RESTING_ORDERS = 500

Pair = tuple[Round, Round]


def against_noop(folder: Path) -> Iterator[Figure]:
    """The desk beside a Quart route that reads the same bodies and answers 202 with as many bytes."""
    with Desk(folder / "fresh", tells_imports=True) as desk:
        answer_bytes = len(_answers(desk, market_alerts(1, SECRET), 1).answer)
        with NoOp(folder, answer_bytes) as noop:
            idle_mb = desk.resident_mb
            yield _throughput(noop, desk)
            yield _memory(noop, desk, idle_mb)
            yield _loaded("ccxt", desk)
            yield _latency(noop, desk, folder)
            yield _burst(noop, desk)


def by_size(folder: Path) -> Iterator[Figure]:
    """The same load on a store with a million signals and on an empty one."""
    empty, large = Desk(folder / "empty"), _large(folder / "large")
    stored = f"{STORED_SIGNALS:,} signals, {large.store.stat().st_size / 1e6:.0f} MB"
    with empty, large:
        pairs = list(_pairs(empty, large, MANY, CONNECTIONS))
        ratios = [big.elapsed_s / small.elapsed_s for small, big in pairs]
        detail = f"{_per_second(pairs, 1)}, empty {_per_second(pairs, 0)}; {spread(ratios)}; {stored}"
        measure = f"time per alert at {CONNECTIONS} connections, large store / empty store"
        yield Figure(measure, median(ratios), 1.3, detail=detail)
        pairs = list(_pairs(empty, large, SINGLE, 1))
        ratios = [big.median_s / small.median_s for small, big in pairs]
        detail = f"{_median_ms(pairs, 1)}, empty {_median_ms(pairs, 0)}; {spread(ratios)}"
        yield Figure("time of a single alert, large store / empty store", median(ratios), 1.3, detail=detail)
    shutil.rmtree(folder / "large")


def starts(folder: Path) -> Iterator[Figure]:
    """From the process's start to the first 200 of /readyz, in turns."""
    full = _full(folder / "full")
    times = [(_start(Desk(folder / f"new-{number}")), _start(full)) for number in range(STARTS)]
    on_new, on_full = zip(*times, strict=True)
    yield Figure("start to ready, no store yet", median(on_new), 3.0, "s", detail=spread(on_new, "s"))
    detail = f"{spread(on_full, 's')}; {open_count(full.store)} still open, {full.store.stat().st_size / 1e6:.0f} MB"
    measure = f"start to ready, {STORED_ORDERS:,} orders, {RESTING_ORDERS} of them open"
    yield Figure(measure, median(on_full), 3.0, "s", detail=detail)


def _throughput(noop: Server, desk: Server) -> Figure:
    pairs = list(_pairs(noop, desk, MANY, CONNECTIONS))
    ratios = [busy.per_second / idle.per_second for idle, busy in pairs]
    return Figure(
        f"durable decided alerts per second at {CONNECTIONS} connections / no-op",
        median(ratios),
        0.3,
        is_least=True,
        aim=0.6,
        detail=f"{_per_second(pairs, 1)}, no-op {_per_second(pairs, 0)}; {spread(ratios)}",
    )


def _memory(noop: Server, desk: Server, idle_mb: float) -> Figure:
    taken = (PAIRS + 1) * MANY
    detail = f"after {taken:,} alerts; {idle_mb:.0f} MB before, no-op {noop.resident_mb:.0f} MB"
    return Figure("resident memory after that load", desk.resident_mb, 130, "MB", detail=detail)


def _loaded(package: str, desk: Desk) -> Figure:
    imported = desk.imported()
    found = sum(name.split(".")[0] == package for name in imported)
    return Figure(f"modules of {package} imported", found, 0, detail=f"of {len(imported):,} modules")


def _latency(noop: Server, desk: Server, folder: Path) -> Figure:
    disk_ms, pairs = [], []
    for pair in _pairs(noop, desk, SINGLE, 1):
        pairs.append(pair)
        disk_ms.append(sync_ms(folder))
    extra_ms = [(busy.median_s - idle.median_s) * 1000 for idle, busy in pairs]
    detail = f"{_median_ms(pairs, 1)}, no-op {_median_ms(pairs, 0)}; {spread(extra_ms, 'ms')}"
    detail += f"; one fsync {median(disk_ms):.2f} ms"
    return Figure("answer to a single alert, less the no-op's", median(extra_ms), 3.0, "ms", detail=detail)


def _burst(noop: Server, desk: Server) -> Figure:
    pairs = list(_pairs(noop, desk, BURST, BURST))
    last_s = [busy.elapsed_s for _, busy in pairs]
    noop_s = median(idle.elapsed_s for idle, _ in pairs)
    detail = (
        f"{spread(last_s, 's')}; median answer {_median_ms(pairs, 1)}; none lost; "
        f"no-op's last {noop_s:.2f} s; {desk.resident_mb:.0f} MB afterwards, no-op {noop.resident_mb:.0f} MB"
    )
    return Figure(f"burst of {BURST}: the last answer", median(last_s), 1.0, "s", detail=detail)


def _pairs(first: Server, second: Server, count: int, connections: int) -> Iterator[Pair]:
    """Rounds in turns, each pair with the same alerts; one pair before them only warms up."""
    for number in range(PAIRS + 1):
        alerts = market_alerts(count, SECRET)
        pair = _answers(first, alerts, connections), _answers(second, alerts, connections)
        if number:
            yield pair


def _answers(server: Server, alerts: Alerts, connections: int) -> Round:
    """The round; where the server is a desk, every alert is on disk and its order filled before this returns."""
    found = drive(server.port, alerts.requests, connections)
    if isinstance(server, Desk):
        expect_filled(server.store, alerts.ids)
    return found


def _large(folder: Path) -> Desk:
    """A desk, not running, whose store holds a million signals that came within the window of ids."""
    desk = Desk(folder)
    with desk:
        first = market_alerts(1, SECRET)
        _answers(desk, first, 1)
    multiply(desk.store, first.ids[0], STORED_SIGNALS, SIGNALS_ALONE, slim={"checks": "[]", "envelope": "{}"})
    return desk


def _full(folder: Path) -> Desk:
    """A desk, not running, with the whole story of many orders: nearly all filled, the rest open."""
    desk = Desk(folder)
    filled, resting = market_alerts(1, SECRET), resting_alerts(1, SECRET)
    with desk:
        _answers(desk, filled, 1)
        drive(desk.port, resting.requests, 1)
    multiply(desk.store, filled.ids[0], STORED_ORDERS - RESTING_ORDERS - 1, WHOLE_STORY)
    multiply(desk.store, resting.ids[0], RESTING_ORDERS - 1, WHOLE_STORY)
    return desk


def _start(desk: Desk) -> float:
    try:
        return desk.start()
    finally:
        desk.stop()


def _per_second(pairs: Sequence[Pair], which: int) -> str:
    return f"{median(pair[which].per_second for pair in pairs):,.0f}/s"


def _median_ms(pairs: Sequence[Pair], which: int) -> str:
    return f"{median(pair[which].median_s for pair in pairs) * 1000:.2f} ms"
