"""The simulator in a process of its own: started, steered, and gone."""

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from app.settings.prices import PriceSettings
from tests.simulators.public import RemotePublic
from tests.simulators.public.driver import driver
from tests.simulators.public.remote import ROOT


@pytest.fixture
def world() -> Iterator[RemotePublic]:
    with RemotePublic() as simulator:
        yield simulator


async def test_it_serves_the_driver_and_is_steered_from_outside(world: RemotePublic) -> None:
    world.control("price", venue="kraken", symbol="BTC/USD", bid="64000.1", ask="64000.2")
    async with driver(world, "kraken") as desk:
        asked = await desk.fetch_ticker("BTC/USD")
        watched = await desk.watch_ticker("BTC/USD")

    assert (asked["bid"], watched["ask"]) == (64000.1, 64000.2)
    assert world.control("counters")["kraken"]["endpoints"]["/0/public/Ticker"]["requests"] == 1
    assert world.control("summary")["streams"]["kraken"]["opened"] == 1


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("nothing", {}, "no such control: nothing"),
        ("_world", {}, "no such control: _world"),
        ("price", {"venue": "nasdaq", "symbol": "BTC/USD", "bid": "1"}, "no such venue: nasdaq"),
        ("price", {"venue": "kraken", "symbol": "BTC/JPY", "bid": "1"}, "kraken does not list BTC/JPY"),
        ("price", {"venue": "kraken", "symbol": "BTC/USD", "bid": "1", "size": "2"}, "price has no size"),
        ("fault", {"kind": "earthquake"}, "no such fault: earthquake"),
        ("latency", {"seconds": 1, "venue": "nasdaq"}, "no such venue: nasdaq"),
        ("streams", {"do": "shout"}, "cut, silence or speak"),
    ],
)
def test_a_wrong_control_is_told(world: RemotePublic, name: str, arguments: dict[str, str], told: str) -> None:
    with pytest.raises(AssertionError, match=told):
        world.control(name, **arguments)


def test_it_ends_when_its_parent_lets_go(world: RemotePublic) -> None:
    address = urlsplit(world.url).netloc
    world.stop()

    with pytest.raises(ConnectionRefusedError):
        HTTPConnection(address, timeout=1).request("GET", "/kraken/0/public/Time")


def test_it_does_not_outlive_its_time() -> None:
    with RemotePublic(lifetime_s=0.3) as simulator:
        assert simulator._process is not None
        assert simulator._process.wait(5) == 0


def test_by_hand_it_prints_what_a_configuration_needs() -> None:
    command = [sys.executable, "-m", "tests.simulators.public", "--venues", "binance", "kraken", "--lifetime-s", "0.2"]
    told = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.PIPE, capture_output=True, text=True, timeout=20, check=True
    )
    prices = PriceSettings.model_validate(tomllib.loads(told.stdout)["prices"])

    assert prices.venues == ("binance", "kraken")
    assert [exchange.id for exchange in prices.exchanges] == ["binance", "kraken"]
    assert str(prices.exchanges[1].rest_url).endswith("/kraken")
    assert str(prices.exchanges[0].ws_url).endswith("/binance/stream")
