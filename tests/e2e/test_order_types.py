"""Every kind of order that an alert can ask for, what protects it and what was missed, at a real server."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from docs.uml.generate import ROOT
from tests.servers import BTC, CONFIGURATION, SECRET, Server, eventually, running

PAGES = [ROOT / "docs" / name for name in ("instruments-and-orders.md", "missed-alerts.md")]
TEXT = "".join(page.read_text(encoding="utf-8") for page in PAGES)
EXAMPLES = [json.loads(text) for text in re.findall(r"```json\n(\{\"symbol\".*?)```", TEXT, re.DOTALL)]
WORDS = ("market", "limit", "stop", "stop_limit", "take_profit")
SPOT = "BTC/USDT"
STRATEGIES = """
[[strategies]]
id = "spot"
kind = "follow"
symbols = ["BTC/USDT"]
on_gap = "deny"

[[strategies]]
id = "repairing"
kind = "follow"
symbols = ["XRP/USDT:USDT"]
on_gap = "repair"

[[strategies]]
id = "risky"
kind = "follow"
symbols = ["DOGE/USDT:USDT"]
sizing = {{ quantity = "1%", quantity_type = "risk_percent" }}
"""


@pytest.fixture
def server(tmp_path) -> Iterator[Server]:
    server = Server(tmp_path, {"ACCOUNTS__MAIN__FILL_RATIO": "0.5"}, CONFIGURATION + STRATEGIES)
    try:
        yield server.start()
    finally:
        server.kill()


@pytest.fixture(scope="module")
def refusing(tmp_path_factory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("refusing")) as server:
        yield server


def status(server: Server, order_id: str) -> str:
    return server.get(f"orders/{order_id}")["status"]


def until(server: Server, order_id: str, *expected: str) -> None:
    eventually(lambda: status(server, order_id) in expected)


def orders(answer: Any) -> list[str]:
    assert answer.status == 202, answer
    return [placed["client_order_id"] for placed in answer.json["orders"]]


def quantity(server: Server, symbol: str = BTC) -> str:
    """What is held, as text; 0 where nothing is."""
    rows = server.get(f"positions?symbol={symbol}")["items"]
    return next((row["quantity"] for row in rows if row["strategy"]), "0")


def quote(server: Server, price: str, symbol: str = BTC) -> None:
    assert server.post("quotes", symbol=symbol, bid=price, ask=price).status == 202


def test_every_example_is_taken(server: Server) -> None:
    asked = [example.get("order_type", "market") for example in EXAMPLES]
    assert set(WORDS) <= set(asked)
    for number, (example, order_type) in enumerate(zip(EXAMPLES, asked, strict=True)):
        answer = server.alert(**{"quantity": None, "price": None, **example, "id": f"example-{number}"})
        assert (answer.status, answer.json["status"]) == (202, "accepted"), (example, answer)
        assert answer.json["orders"][0]["type"] == order_type
        first = answer.json["orders"][0]["client_order_id"]
        until(server, first, "OPEN", "FILLED", *(("CANCELED",) if example.get("time_in_force") == "FOK" else ()))


def test_stops_wait_for_the_market(server: Server) -> None:
    (stop,) = orders(server.alert(order_type="stop", stop_price="66000"))
    (goal,) = orders(server.alert(order_type="take_profit", stop_price="64000"))
    (both,) = orders(server.alert(order_type="stop_limit", stop_price="66000", price="65500"))
    for order_id in (stop, goal, both):
        until(server, order_id, "OPEN")
    quote(server, "66100")
    until(server, stop, "FILLED")
    assert (status(server, goal), server.get(f"orders/{both}")["triggered"]) == ("OPEN", True)
    quote(server, "63900")
    until(server, goal, "FILLED")
    until(server, both, "PARTIALLY_FILLED", "FILLED")


def test_what_is_good_for_a_moment_does_not_rest(server: Server) -> None:
    (seen,) = orders(server.alert())
    until(server, seen, "FILLED")
    (at_once,) = orders(server.alert(order_type="limit", price="65000", time_in_force="IOC", quantity="0.02"))
    until(server, at_once, "CANCELED")
    assert server.get(f"orders/{at_once}")["filled"] == "0.01"
    (all_or_none,) = orders(server.alert(order_type="limit", price="65000", time_in_force="fok", quantity="0.02"))
    until(server, all_or_none, "CANCELED")
    (maker,) = orders(server.alert(order_type="limit", price="65000", post_only=True, quantity="0.02"))
    until(server, maker, "REJECTED")


def test_a_stop_loss_closes_what_was_opened_and_the_take_profit_ends_with_it(server: Server) -> None:
    entry, stop, goal = orders(server.alert(stop_loss="64000", take_profit="70000"))
    until(server, goal, "OPEN")
    assert [status(server, order_id) for order_id in (entry, stop)] == ["FILLED", "OPEN"]
    assert server.get(f"orders/{stop}")["after"] == entry
    quote(server, "63500")
    until(server, stop, "FILLED")
    until(server, goal, "CANCELED")
    assert quantity(server) == "0"


def test_of_an_entry_filled_in_part_that_part_is_protected_after_a_crash_too(server: Server) -> None:
    entry, stop, goal = orders(
        server.alert(order_type="limit", price="64000", quantity="0.02", stop_loss="60000", take_profit="70000")
    )
    until(server, entry, "OPEN")
    assert server.alert(action="close", quantity=None, price="64000").json["status"] == "ignored"
    until(server, entry, "PARTIALLY_FILLED")
    server.kill()
    server.start()
    for leg in (stop, goal):
        until(server, leg, "OPEN")
    assert status(server, entry) == "PARTIALLY_FILLED"
    assert orders(server.alert(action="cancel", quantity=None, price=None)) == []
    until(server, entry, "CANCELED")
    assert [server.get(f"orders/{order_id}")["quantity"] for order_id in (stop, goal)] == ["0.01", "0.01"]
    quote(server, "59000")
    until(server, stop, "FILLED")
    until(server, goal, "CANCELED")
    assert quantity(server) == "0"


def test_a_stop_on_the_wrong_side_is_a_stored_denial(server: Server) -> None:
    answer = server.alert(id="wrong", stop_loss="66000")
    assert (answer.status, answer.json["status"]) == (200, "denied")
    assert [(reason["code"], reason["limit"], reason["value"]) for reason in answer.json["reasons"]] == [
        ("WRONG_SIDE_STOP", "65000", "66000")
    ]
    assert server.get("signals/wrong")["status"] == "denied"
    assert quantity(server) == "0"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"order_type": "stop"}, "stop_price"),
        ({"stop_price": "64000"}, "stop_price"),
        ({"post_only": True}, "post_only"),
        ({"order_type": "limit", "expires_at": "2099-01-01T00:00:00Z"}, "expires_at"),
        ({"quantity_type": "risk"}, "stop_loss"),
        ({"action": "close", "stop_loss": "64000"}, "stop_loss"),
        ({"stop_loss": {"percent": 5}}, "stop_loss"),
    ],
)
def test_what_contradicts_itself_is_422_and_never_stored(refusing: Server, fields: dict[str, Any], field: str) -> None:
    answer = refusing.alert(**fields)
    assert (answer.status, [error["field"] for error in answer.json["errors"]]) == (422, [field])
    assert refusing.count("signals") == 0


def test_a_strategy_sized_by_risk_denies_an_alert_without_a_stop(server: Server) -> None:
    alert: dict[str, Any] = {"symbol": "DOGE/USDT:USDT", "quantity": None, "price": "0.2"}
    denied = server.alert(**alert)
    assert "NO_STOP" in [reason["code"] for reason in denied.json["reasons"]]
    taken = server.alert(**alert, stop_loss="0.19")
    assert taken.json["orders"][0]["quantity"] == "10000"


def test_on_spot_the_stop_has_the_coins(server: Server) -> None:
    answer = server.alert(symbol=SPOT, stop_loss="64000", take_profit="70000")
    entry, stop, goal = orders(answer)
    assert [reason["code"] for reason in answer.json["reasons"]] == ["CLAIMED_BY_STOP_LOSS"]
    until(server, stop, "OPEN")
    assert (status(server, entry), status(server, goal)) == ("FILLED", "DENIED")
    quote(server, "63000", SPOT)
    until(server, stop, "FILLED")
    assert quantity(server, SPOT) == "0"


def test_a_missed_entry_is_told_and_the_exit_opens_nothing_where_it_is_repaired(server: Server) -> None:
    said = {"prev_market_position": "long", "prev_market_position_size": "100", "market_position": "flat"}
    answer = server.alert(id="exit", symbol="XRP/USDT:USDT", action="sell", quantity="100", price="2", **said)
    gap = {"expected": "long 100", "actual": "flat", "kind": "missed_entry"}
    assert (answer.status, answer.json["gap"], answer.json["orders"]) == (200, gap, [])
    assert answer.json["reasons"][0]["code"] == "NOTHING_TO_CLOSE"
    assert server.get("signals/exit")["gap"] == gap
    (event,) = server.get("events?kind=PositionGapFound")["items"]
    assert event["origin"] == answer.json["signal_id"]
    assert event["detail"] == {"expected": "long 100", "actual": "flat", "gap": "missed_entry", "on_gap": "repair"}


def test_a_gap_is_reported_by_default_denied_where_configured_and_null_otherwise(server: Server) -> None:
    assert server.alert(prev_market_position="flat").json["gap"] is None
    reported = server.alert(id="r", prev_market_position="short", prev_position_size="0.01")
    assert (reported.status, reported.json["gap"]["kind"]) == (202, "missed_flip")
    again = server.alert(id="r", prev_market_position="short", prev_position_size="0.01")
    assert (again.status, again.json["duplicate"], again.json["gap"]) == (200, True, reported.json["gap"])
    denied = server.alert(symbol=SPOT, prev_market_position="long")
    assert (denied.status, denied.json["reasons"][0]["code"]) == (200, "POSITION_GAP")


def test_the_secret_is_nowhere_in_what_is_kept_of_such_an_alert(server: Server) -> None:
    server.alert(id="kept", stop_loss="64000", prev_market_position="long", comment=f"see {SECRET}")
    for table in ("signals", "journal", "events", "orders"):
        assert SECRET not in repr(server.rows(f"SELECT * FROM {table}"))
