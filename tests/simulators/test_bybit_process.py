import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from tests.simulators.bybit import RemoteBybit
from tests.simulators.bybit.driver import driver
from tests.simulators.bybit.remote import ROOT

BTC = "BTC/USDT:USDT"
PARENT = """
import sys, time
from tests.simulators.bybit import RemoteBybit
venue = RemoteBybit().start()
print(venue._process.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def remote() -> Iterator[RemoteBybit]:
    with RemoteBybit(balances={"USDT": "5000"}) as venue:
        yield venue


async def test_it_serves_the_driver_and_is_steered_from_outside(remote: RemoteBybit) -> None:
    async with driver(remote) as desk:
        await desk.load_markets()
        await desk.create_order(BTC, "limit", "buy", 0.01, 60000, {"clientOrderId": "a-1"})
        remote.control("price", symbol=BTC, bid="59999.9", ask="60000")
        [trade] = await desk.fetch_my_trades(BTC)
        balance = await desk.fetch_balance()

    assert trade["price"] == 60000
    assert balance["USDT"]["total"] == 4999.88
    assert remote.control("summary")["order_count"] == 1


async def test_it_drops_connections_by_itself_and_can_still_be_steered(remote: RemoteBybit) -> None:
    remote.control("order", category="linear", symbol="BTCUSDT", side="Buy", orderType="Market", qty="0.01")
    remote.control("restart", down_s=0.05)
    time.sleep(0.1)

    assert remote.control("summary")["order_count"] == 1


def test_it_ends_when_its_parent_lets_go(remote: RemoteBybit) -> None:
    address = urlsplit(remote.rest_url).netloc
    remote.stop()

    with pytest.raises(ConnectionRefusedError):
        HTTPConnection(address, timeout=1).request("GET", "/v5/market/time")


def test_it_ends_when_its_parent_is_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait(5)
    parent.stdout.close()

    assert _has_ended(child, within_s=5)


def test_it_does_not_outlive_its_time() -> None:
    with RemoteBybit(lifetime_s=0.3) as venue:
        assert venue._process is not None
        assert venue._process.wait(5) == 0


def _has_ended(process: int, within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        if _is_zombie(process):
            return True
        time.sleep(0.05)
    return False


def _is_zombie(process: int) -> bool:
    """Dead, and not yet noticed by whoever inherited it."""
    told = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False)
    return told.stdout.strip().startswith("Z") or not told.stdout.strip()
