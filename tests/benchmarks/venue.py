"""What is measured with an account at the simulated Bybit, which notes when each order's first bytes arrive."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from secrets import token_hex
from statistics import median, quantiles
from urllib.parse import urlsplit

from tests.benchmarks.alerts import SYMBOL, Alerts, market_alerts, resting_alerts
from tests.benchmarks.load import drive
from tests.benchmarks.pace import Sent, Stream, pace
from tests.benchmarks.report import Figure, spread
from tests.benchmarks.servers import SECRET, VenueDesk
from tests.benchmarks.stores import expect_filled, open_count
from tests.simulators.bybit import API_KEY, API_SECRET, RemoteBybit
from tests.simulators.bybit.signing import signature

EVERY_S = 0.05
PACED = 200
WARM_UP = 20
BURST = 200
BURSTS = 5
RESTING = 1000
AT_ONCE = 32
STARTS = 5
_OTHER_SYMBOL = "BTC/USD:BTC"
_IMPORT = "import time; began = time.perf_counter(); import ccxt.pro; print(time.perf_counter() - began)"


def to_the_wire(folder: Path) -> Iterator[Figure]:
    """From an alert's first byte to its order's first bytes at the venue."""
    with _venue() as venue:
        desk = VenueDesk(folder / "wire", venue, unlimited=True)
        with desk:
            alerts = market_alerts(WARM_UP + PACED, SECRET)
            answered, bare = pace(_alerts(desk, alerts), _posts(venue, len(alerts.ids)), EVERY_S)
            expect_filled(desk.store, alerts.ids)
        yield _latency(_on_the_wire_s(venue, answered[WARM_UP:]), bare[WARM_UP:], desk.commits_s())
        with desk:
            yield _burst(desk, venue)


def reconnecting(folder: Path) -> Iterator[Figure]:
    """From the process's start to the first 200 of /readyz, less what importing ccxt takes in between."""
    with _venue() as venue:
        with VenueDesk(folder / "reconnecting", venue, unlimited=True) as desk:
            drive(desk.port, resting_alerts(RESTING, SECRET).requests, AT_ONCE)
            _expect_resting(venue, desk.store)
        desk = VenueDesk(folder / "reconnecting", venue)
        starts = [(_imported_s(), *_started_s(desk)) for _ in range(STARTS)]
        _expect_resting(venue, desk.store)
    own = [start_s - import_s for import_s, start_s, _ in starts]
    import_s, start_s, cpu_s = map(median, zip(*starts, strict=True))
    detail = f"{spread(own, 's')}; {start_s:.2f} s with the import's {import_s:.2f} s, {cpu_s:.2f} s of CPU"
    yield Figure(
        f"restart to ready, {RESTING:,} orders open at the venue, less importing ccxt",
        median(own),
        3.0,
        "s",
        detail=detail,
    )


@contextmanager
def _venue() -> Iterator[RemoteBybit]:
    with RemoteBybit(lifetime_s=300) as venue:
        for symbol in (SYMBOL, _OTHER_SYMBOL):
            venue.control("price", symbol=symbol, bid="65000", ask="65000.1")
        yield venue


def _latency(on_wire_s: Sequence[float], bare: Sequence[Sent], commits_s: Sequence[float]) -> Figure:
    wire_ms, bare_ms = 1000 * median(on_wire_s), 1000 * median(sent.took_s for sent in bare)
    commit_ms = 1000 * median(commits_s)
    p99_ms = 1000 * quantiles(on_wire_s, n=100)[98]
    return Figure(
        f"alert to order on the wire at {1 / EVERY_S:.0f} a second, less a bare POST and two commits",
        wire_ms - bare_ms - 2 * commit_ms,
        2.0,
        "ms",
        detail=f"{wire_ms:.2f} ms, p99 {p99_ms:.2f} ms; bare signed POST {bare_ms:.2f} ms, commit {commit_ms:.2f} ms",
    )


def _burst(desk: VenueDesk, venue: RemoteBybit) -> Figure:
    last_s = []
    for number in range(BURSTS + 1):
        alerts = market_alerts(BURST, SECRET)
        found = drive(desk.port, alerts.requests, BURST)
        expect_filled(desk.store, alerts.ids)
        arrivals = sorted(_arrivals(venue).values())[-BURST:]
        if number:
            last_s.append((arrivals[-1] - found.began_ns) / 1e9)
    detail = f"{spread(last_s, 's')}; all of one symbol, whose orders leave one after the other; none lost"
    return Figure(f"burst of {BURST}: the last order on the wire", median(last_s), 1.0, "s", detail=detail)


def _on_the_wire_s(venue: RemoteBybit, answered: Sequence[Sent]) -> list[float]:
    """For each alert, the time until its order arrived at the venue."""
    arrivals = _arrivals(venue)
    orders = [sent.answer["orders"][0]["client_order_id"] for sent in answered]
    return [(arrivals[order] - sent.began_ns) / 1e9 for order, sent in zip(orders, answered, strict=True)]


def _arrivals(venue: RemoteBybit) -> dict[str, int]:
    """When each of the desk's orders arrived; it came once."""
    state = venue.control("state")
    ours = [order for order in state["orders"] if order["symbol"] == "BTCUSDT"]
    assert all(state["received"][order["orderLinkId"]] == 1 for order in ours)
    return {order["orderLinkId"]: order["arrivedNs"] for order in ours}


def _alerts(desk: VenueDesk, alerts: Alerts) -> Stream:
    return Stream(desk.port, b"202", [partial(bytes, request) for request in alerts.requests])


def _posts(venue: RemoteBybit, count: int) -> Stream:
    """Orders as the desk sends them, by hand, of a contract that the desk does not trade and so does not hear of."""
    port = urlsplit(venue.rest_url).port
    assert port is not None
    return Stream(port, b"200", [partial(_signed_order, ("Buy", "Sell")[number % 2]) for number in range(count)])


def _signed_order(side: str) -> bytes:
    order = {"category": "inverse", "symbol": "BTCUSD", "side": side, "orderType": "Market", "qty": "1"}
    body = json.dumps({**order, "orderLinkId": token_hex(16), "positionIdx": 0, "reduceOnly": False})
    now_ms = str(time.time_ns() // 1_000_000)
    sign = signature(API_SECRET, now_ms + API_KEY + "3000" + body)
    head = (
        "POST /v5/order/create HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"X-BAPI-API-KEY: {API_KEY}\r\nX-BAPI-TIMESTAMP: {now_ms}\r\nX-BAPI-RECV-WINDOW: 3000\r\n"
        f"X-BAPI-SIGN: {sign}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return (head + body).encode()


def _expect_resting(venue: RemoteBybit, store: Path) -> None:
    """Every order rests, as the venue and the store know."""
    deadline = time.monotonic() + 20
    while (found := (venue.control("summary")["open_count"], open_count(store))) != (RESTING, RESTING):
        assert time.monotonic() < deadline, f"{found} orders rest at the venue and in the store"
        time.sleep(0.1)


def _imported_s() -> float:
    told = subprocess.run((sys.executable, "-c", _IMPORT), check=True, capture_output=True, text=True, timeout=60)
    return float(told.stdout)


def _started_s(desk: VenueDesk) -> tuple[float, float]:
    """Until it was ready, and what that took of the processors."""
    try:
        return desk.start(), desk.cpu_s
    finally:
        desk.stop()
