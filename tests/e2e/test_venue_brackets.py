"""A bracket at a venue: legs grow with their entry over the wire, answers get lost, the process is killed."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest

from tests.e2e.test_venue import CONFIGURATION
from tests.servers import BTC, Server, eventually
from tests.simulators.bybit import API_KEY, API_SECRET, RemoteBybit

NUMBERS = count(1)
AMEND = "/v5/order/amend"
BRACKET = """
stop_loss = "2%"
take_profits = [{{ at = "2%", share = "50%" }}, {{ at = "4%", share = "50%" }}]
"""


@pytest.fixture
def venue() -> Iterator[RemoteBybit]:
    with RemoteBybit(lifetime_s=300) as venue:
        venue.control("split", pieces=4, delay_s=5)
        price(venue, "65000")
        yield venue


@pytest.fixture
def desk(venue: RemoteBybit, tmp_path: Path) -> Iterator[Server]:
    known = CONFIGURATION.format(key=API_KEY, api_secret=API_SECRET, rest=venue.rest_url, ws=venue.ws_url)
    template = known.replace('kind = "follow"', 'kind = "bracket"').replace(', "BTC/USD:BTC", "BTC/USDT"', "") + BRACKET
    server = Server(tmp_path, template=template)
    try:
        yield server.start()
    finally:
        server.kill()


def price(venue: RemoteBybit, at: str) -> None:
    venue.control("price", symbol=BTC, bid=at, ask=at)


def bracket(desk: Server) -> list[str]:
    """A limit entry for 0.04 at 64000 that rests, and its three legs."""
    alert = {"order_type": "limit", "price": "64000", "quantity": "0.04", "id": f"alert-{next(NUMBERS)}"}
    answer = desk.alert(**alert)
    assert answer.status == 202, answer.raw
    placed = [str(order["client_order_id"]) for order in answer.json["orders"]]
    eventually(lambda: order(desk, placed[0])[0] == "OPEN")
    return placed


def order(desk: Server, order_id: str) -> tuple[str, Decimal, Decimal]:
    """Status, quantity and what is filled."""
    known = desk.get(f"orders/{order_id}")
    return known["status"], Decimal(known["quantity"]), Decimal(known["filled"])


def cover(desk: Server, venue: RemoteBybit, legs: list[str], *quantities: str) -> None:
    """The legs rest for so much, by the desk's books and by the venue's."""
    expected = [("OPEN", Decimal(quantity)) for quantity in quantities]
    eventually(lambda: [order(desk, leg)[:2] for leg in legs] == expected, 15, every_s=0.05)
    there = {row["orderLinkId"]: row for row in venue.control("orders")["orders"]}
    assert [Decimal(there[leg]["qty"]) for leg in legs] == [Decimal(quantity) for quantity in quantities]


def fill(desk: Server, venue: RemoteBybit, entry: str, upto: str) -> None:
    """Another quarter of the entry is filled, and the market leaves again."""
    price(venue, "64000")
    price(venue, "64100")
    eventually(lambda: order(desk, entry)[2] == Decimal(upto), 15, every_s=0.05)


def test_a_bracket_lives_through_a_kill_and_a_lost_answer_to_its_end(desk: Server, venue: RemoteBybit) -> None:
    entry, *legs = bracket(desk)
    fill(desk, venue, entry, "0.01")
    cover(desk, venue, legs, "0.01", "0.005", "0.005")
    venue.control("fault", kind="reset_after_accept", endpoint=AMEND, times=1)
    fill(desk, venue, entry, "0.02")
    cover(desk, venue, legs, "0.02", "0.01", "0.01")
    desk.kill()
    price(venue, "64000")
    price(venue, "64100")
    desk.start()
    fill(desk, venue, entry, "0.04")
    cover(desk, venue, legs, "0.04", "0.02", "0.02")
    stop, near, far = legs
    venue.control("split", pieces=1)
    price(venue, "65300")
    eventually(lambda: order(desk, near)[0] == "FILLED", 15, every_s=0.05)
    cover(desk, venue, [stop, far], "0.02", "0.02")
    price(venue, "62700")
    eventually(lambda: order(desk, stop)[0] == "FILLED", 15, every_s=0.05)
    eventually(lambda: not desk.rows("SELECT client_order_id FROM orders WHERE live"), 15)
    state = venue.control("state")
    assert all(Decimal(position["size"]) == 0 for position in state["positions"].values())
    assert not [row for row in venue.control("orders")["orders"] if row["orderStatus"] in ("New", "Untriggered")]
    assert not [event for event in desk.get("events?limit=1000")["items"] if event["kind"] == "OrderMismatched"]
    assert set(state["accepted"].values()) == {1}
