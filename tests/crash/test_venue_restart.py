"""How soon a desk may trade again that has a thousand orders at its venue; part of the long run, where time is told."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.crash.venue.alerts import MARKETS
from tests.crash.venue.desk import VenueDesk, venue_desk
from tests.crash.venue.nursery import Nursery
from tests.crash.venue.posting import post_all
from tests.servers import SECRET, Server, eventually

OPEN_ORDERS = 1000
STARTS = 5
READY_AT_MOST_S = 3.0
IS_LONG = int(os.environ.get("QUARTERMASTER_TEST_KILLS", "0")) >= 100
_IMPORT = "import time; began = time.perf_counter(); import ccxt.pro; print(time.perf_counter() - began)"


@pytest.mark.skipif(not IS_LONG, reason="measured by the long run: make crash")
@pytest.mark.timeout(300)
async def test_with_a_thousand_open_orders_the_desk_is_soon_ready_again(tmp_path: Path, nursery: Nursery):
    with venue_desk(tmp_path, nursery, max_open_orders=OPEN_ORDERS, max_position=10**7, max_exposure=10**8) as desk:
        desk.start()
        await post_all(desk.server.port, bodies(), connections=50)
        eventually(lambda: desk.venue.control("summary")["open_count"] == OPEN_ORDERS, 120, every_s=0.5)
        desk.settle()
        desk.server.kill()
        starts = [(seconds_to_ready(desk), seconds_to_import()) for _ in range(STARTS)]
    ready, imported = min(starts, key=lambda start: start[0] - start[1])
    print(f"ready {ready:.2f} s after its start with {OPEN_ORDERS} open orders, {imported:.2f} s of it to import ccxt")
    assert ready - imported <= READY_AT_MOST_S, starts


def bodies() -> list[bytes]:
    """Orders to buy far below the market, as many of each symbol."""
    symbols = list(MARKETS)
    return [_alert(symbols[number % len(symbols)], number) for number in range(OPEN_ORDERS)]


def _alert(symbol: str, number: int) -> bytes:
    market = MARKETS[symbol]
    alert = {"secret": SECRET, "id": str(number), "symbol": symbol, "action": "buy", "order_type": "limit"}
    alert |= {"quantity": str(market.quantity), "price": str(market.near(-0.2))}
    return json.dumps(alert).encode()


def seconds_to_ready(desk: VenueDesk) -> float:
    """From the start of the process, as a user starts it, until it would take an alert."""
    server = Server(desk.server.folder, port=desk.server.port)
    began = time.perf_counter()
    server.start(until_ready=False)
    try:
        server.wait_until_ready()
        return time.perf_counter() - began
    finally:
        server.kill()


def seconds_to_import() -> float:
    return float(subprocess.run([sys.executable, "-c", _IMPORT], check=True, capture_output=True).stdout)
