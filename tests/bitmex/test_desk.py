"""A desk at BitMEX: the real server against the simulator, over real sockets, with nothing told but what is asked."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from tests.servers import BTC, Server, eventually
from tests.simulators.bitmex.remote import RemoteBitmex

INVERSE = "BTC/USD:BTC"
NUMBERS = count(1)
CONFIGURATION = """\
[server]
port = {{port}}
api_token = "{{token}}"

[webhook]
secret = "{{secret}}"

[[accounts]]
id = "main"
venue = "bitmex"
environment = "testnet"
api_key = "simulated-key"
api_secret = "simulated-secret"
rest_url = "{rest}"
leverage = 5

[accounts.limits]
max_position = "200000"
max_quote_age_s = 10

[[strategies]]
id = "follow"
kind = "follow"
symbols = ["BTC/USDT:USDT", "BTC/USD:BTC"]
"""


@pytest.fixture(scope="module")
def venue() -> Iterator[RemoteBitmex]:
    with RemoteBitmex() as venue:
        yield venue


@pytest.fixture(scope="module")
def desk(venue: RemoteBitmex, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    desk = Server(tmp_path_factory.mktemp("desk"), template=CONFIGURATION.format(rest=venue.rest_url))
    try:
        yield desk.start()
    finally:
        desk.kill()


def order_of(desk: Server, **alert: Any) -> str:
    """The id of the first order of an alert that was accepted."""
    answer = desk.alert(**{"price": None, "id": f"alert-{next(NUMBERS)}", **alert})
    assert answer.status == 202, answer.raw
    return str(answer.json["orders"][0]["client_order_id"])


def becomes(desk: Server, order_id: str, status: str) -> None:
    eventually(lambda: desk.get(f"orders/{order_id}")["status"] == status, 20, every_s=0.1)


def held(desk: Server, symbol: str) -> Decimal:
    rows = desk.get("positions")["items"]
    return sum(
        (Decimal(row["quantity"]) for row in rows if row["symbol"] == symbol and row["strategy"] is None), Decimal()
    )


@pytest.mark.parametrize(("symbol", "quantity", "currency"), [(BTC, "1000", "USDT"), (INVERSE, "1300", "BTC")])
def test_an_alert_becomes_a_fill_in_the_venues_own_figures(
    desk: Server, venue: RemoteBitmex, symbol: str, quantity: str, currency: str
) -> None:
    order_id = order_of(desk, symbol=symbol, action="buy", quantity=quantity)
    becomes(desk, order_id, "FILLED")
    fill = desk.get("fills?limit=1")["items"][0]
    there = next(row for row in venue.state()["executions"] if row["execID"] == fill["trade_id"])
    scale = {"USDT": 10**6, "BTC": 10**8}[currency]
    assert (fill["quantity"], fill["price"], fill["fee_currency"]) == (quantity, "65000.5", currency)
    assert Decimal(fill["fee"]) == Decimal(there["execComm"]) / scale
    assert held(desk, symbol) == Decimal(venue.state()["positions"][symbol]) == Decimal(quantity)
    assert venue.state()["orders"][order_id] == {"arrived": 1, "accepted": 1}


def test_an_order_rests_at_the_venue_until_it_is_canceled(desk: Server, venue: RemoteBitmex) -> None:
    order_id = order_of(desk, action="buy", quantity="1000", order_type="limit", price="60000")
    becomes(desk, order_id, "OPEN")
    assert [order["clOrdID"] for order in venue.state()["open"]] == [order_id]
    desk.post(f"orders/{order_id}/cancel")
    becomes(desk, order_id, "CANCELED")
    assert venue.state()["open"] == []


def test_a_lost_answer_is_looked_up_and_the_order_is_sent_once(desk: Server, venue: RemoteBitmex) -> None:
    before = held(desk, BTC)
    venue.control("fault", fault="reset_after")
    order_id = order_of(desk, action="buy", quantity="1000")
    becomes(desk, order_id, "FILLED")
    assert held(desk, BTC) == before + 1000 == Decimal(venue.state()["positions"][BTC])
    assert venue.state()["orders"][order_id] == {"arrived": 1, "accepted": 1}


def test_a_close_leaves_both_sides_flat(desk: Server, venue: RemoteBitmex) -> None:
    for symbol in (BTC, INVERSE):
        if held(desk, symbol):
            becomes(desk, order_of(desk, symbol=symbol, action="flat", quantity=None), "FILLED")
        assert held(desk, symbol) == Decimal(venue.state()["positions"].get(symbol, "0")) == 0


def test_the_account_is_the_venues(desk: Server, venue: RemoteBitmex) -> None:
    def agrees() -> bool:
        ours = desk.get("account")["items"][0]["balances"]
        there = venue.state()["wallets"]
        return all(abs(Decimal(ours[coin]) - Decimal(amount)) <= Decimal("1e-6") for coin, amount in there.items())

    eventually(agrees, 25, every_s=0.5)
    assert venue.state()["refused_by_pace"] == 0


def test_when_the_venue_is_closed_history_is_kept_and_nothing_that_adds_risk_is_sent(
    desk: Server, venue: RemoteBitmex
) -> None:
    becomes(desk, order_of(desk, action="buy", quantity="2000"), "FILLED")
    fills = desk.get("fills?limit=1000")["items"]
    desk.stop()
    with_address = desk.configuration.read_text()
    desk.configuration.write_text(with_address.replace(f'rest_url = "{venue.rest_url}"\n', ""))
    desk.start()
    eventually(lambda: "closed on 2026-09-23" in str(desk.get("events?limit=1000")), 20, every_s=0.2)
    assert desk.get("fills?limit=1000")["items"] == fills
    assert held(desk, BTC) == 2000
    denied = desk.alert(id="after-the-end", action="buy", quantity="1000", price=None)
    assert denied.status == 200
    assert {reason["code"]: reason["value"] for reason in denied.json["reasons"]}["VENUE_UNAVAILABLE"] == "CLOSED"
