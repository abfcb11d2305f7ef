"""A venue that asks for silence, and a venue whose clock is another: nothing is sent that must not be."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.crash.venue.alerts import MARKETS
from tests.crash.venue.desk import VenueDesk, venue_desk
from tests.crash.venue.nursery import Nursery
from tests.servers import eventually

GRACE_MS = 150
INVERSE = "BTC/USD:BTC"
"""Its strategy ignores what would not turn its position."""
DETECTED_WITHIN_S = 10
RECOVERED_WITHIN_S = 15
MOST_REQUESTS_A_SECOND = 12
WATCHED_S = 5.0


@pytest.fixture
def desk(tmp_path: Path, nursery: Nursery) -> Iterator[VenueDesk]:
    with venue_desk(tmp_path, nursery) as desk:
        desk.venue.control("limits", grace_ms=GRACE_MS)
        desk.start()
        yield desk


def one_of_each(desk: VenueDesk, name: str) -> list[dict[str, Any]]:
    answers = [
        desk.alert(id=f"{name}-{symbol}", symbol=symbol, action="buy", quantity=str(market.quantity)).json
        for symbol, market in MARKETS.items()
        if symbol != INVERSE
    ]
    assert {answer["status"] for answer in answers} <= {"accepted", "denied"}, answers
    return answers


@pytest.mark.timeout(90)
@pytest.mark.parametrize("seconds", [2, 0], ids=["told how long", "not told"])
def test_nothing_is_sent_while_the_venue_asks_for_silence_and_everything_once_afterwards(desk: VenueDesk, seconds: int):
    desk.venue.control("fault", kind="http_429", endpoint="/v5/order/create", seconds=seconds)
    answers = one_of_each(desk, "during")
    accepted = [answer for answer in answers if answer["status"] == "accepted"]
    wanted = {order["client_order_id"] for answer in accepted for order in answer["orders"]}
    assert wanted
    eventually(lambda: wanted <= desk.venue.control("state")["accepted"].keys(), 25, every_s=0.2)
    _, venue = desk.settle()
    assert venue.told["inside_closed_window"] == []
    assert {link: venue.told["accepted"][link] for link in wanted} == dict.fromkeys(wanted, 1)
    assert max(venue.told["received"][link] for link in wanted) > 1, "nobody was turned away"
    eventually(lambda: one_of_each(desk, f"after-{time.time()}")[0]["status"] == "accepted", RECOVERED_WITHIN_S, 0.5)


@pytest.mark.timeout(60)
def test_a_ban_is_waited_out_without_a_single_request(desk: VenueDesk):
    desk.venue.control("fault", kind="http_403", endpoint="/v5/order/create", seconds=60)
    one_of_each(desk, "banned")
    time.sleep(8)
    told = desk.venue.control("summary")
    assert told["inside_closed_window"] == []
    refused = desk.alert(id="later", quantity="0.001").json
    assert (refused["status"], "VENUE_UNAVAILABLE" in codes(refused)) == ("denied", True)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("shift_s", [6, -6, 3600, -3600])
def test_a_clock_that_is_wrong_is_noticed_stops_new_risk_causes_no_storm_and_is_left_behind(
    desk: VenueDesk, shift_s: int
):
    held = one_of_each(desk, "before")
    assert held[0]["status"] == "accepted"
    desk.settle()
    desk.venue.control("clock", shift_ms=shift_s * 1000)
    eventually(lambda: conditions(desk)[:1] == ["CLOCK_SKEWED"], DETECTED_WITHIN_S, every_s=0.1)
    requests, began = request_count(desk), time.monotonic()
    denied = one_of_each(desk, "skewed")
    assert all("VENUE_UNAVAILABLE" in codes(answer) for answer in denied), denied
    assert desk.alert(id="out", symbol="ETH/USDT:USDT", action="close", quantity=None).json["status"] == "accepted"
    time.sleep(WATCHED_S)
    rate = (request_count(desk) - requests) / (time.monotonic() - began)
    assert rate < MOST_REQUESTS_A_SECOND, f"{rate:.1f} requests a second"
    desk.venue.control("clock", shift_ms=0)
    eventually(lambda: conditions(desk)[:1] == ["WORKING"], RECOVERED_WITHIN_S, every_s=0.1)
    assert one_of_each(desk, "recovered")[1]["status"] == "accepted"
    books, venue = desk.settle()
    rejected = {order["client_order_id"] for order in books.orders if order["status"] == "REJECTED"}
    assert not rejected & venue.orders.keys()
    assert ("ETH/USDT:USDT", "FILLED") in {(o["symbol"], o["status"]) for o in books.orders if o["is_exit"]}


def conditions(desk: VenueDesk) -> list[str]:
    """What the venue was found to be, the newest first."""
    return [event["detail"]["condition"] for event in desk.events("VenueStateChanged")]


def codes(answer: dict[str, Any]) -> set[str]:
    return {reason["code"] for reason in answer["reasons"]}


def request_count(desk: VenueDesk) -> int:
    return sum(desk.venue.control("summary")["request_counts"].values())
