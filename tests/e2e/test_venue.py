"""A desk at a venue: the real server against a simulated Bybit, over real sockets, as a trader would run it."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.servers import BTC, SECRET, TOKEN, Server, eventually, server
from tests.simulators.bybit import API_KEY, API_SECRET, RemoteBybit

INVERSE, SPOT = "BTC/USD:BTC", "BTC/USDT"
CONFIGURATION = """\
[server]
port = {{port}}
api_token = "{{token}}"

[webhook]
secret = "{{secret}}"

[[accounts]]
id = "main"
venue = "bybit"
environment = "testnet"
api_key = "{key}"
api_secret = "{api_secret}"
rest_url = "{rest}"
ws_url = "{ws}"
leverage = 5
reconcile_every_s = 2

[accounts.limits]
max_position = "200000"
max_quote_age_s = 5

[[strategies]]
id = "follow"
kind = "follow"
symbols = ["BTC/USDT:USDT", "BTC/USD:BTC", "BTC/USDT"]
"""


@pytest.fixture(scope="module")
def venue() -> Iterator[RemoteBybit]:
    with RemoteBybit() as venue:
        for symbol in (BTC, INVERSE, SPOT):
            venue.control("price", symbol=symbol, bid="64000", ask="64000.5")
        yield venue


@pytest.fixture(scope="module")
def desk(venue: RemoteBybit, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    template = CONFIGURATION.format(key=API_KEY, api_secret=API_SECRET, rest=venue.rest_url, ws=venue.ws_url)
    with server(tmp_path_factory.mktemp("venue"), template=template) as running:
        yield running


def items(desk: Server, path: str) -> list[dict[str, Any]]:
    return desk.get(path)["items"]


def order_of(desk: Server, order_id: str) -> dict[str, Any]:
    return desk.get(f"orders/{order_id}")


def accepted(desk: Server, **alert: Any) -> dict[str, Any]:
    """The first order of an alert that was accepted."""
    answer = desk.alert(**alert)
    assert answer.status == 202, answer.raw
    return answer.json["orders"][0]


def has_status(desk: Server, order_id: str, status: str) -> bool:
    return order_of(desk, order_id)["status"] == status
