"""An entry takes its stop along: what it fills while the desk is gone is protected, and the books know it after."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_venue import CONFIGURATION
from tests.servers import BTC, Server, eventually
from tests.simulators.bybit import API_KEY, API_SECRET, RemoteBybit

NUMBERS = count(1)
CREATE, AMEND, DETACH = "/v5/order/create", "/v5/order/amend", "/v5/position/trading-stop"
OPEN = ("New", "Untriggered", "PartiallyFilled")


@pytest.fixture
def venue() -> Iterator[RemoteBybit]:
    with RemoteBybit(lifetime_s=300) as venue:
        price(venue, "65000")
        yield venue


@pytest.fixture
def desk(venue: RemoteBybit, tmp_path: Path) -> Iterator[Server]:
    template = CONFIGURATION.format(key=API_KEY, api_secret=API_SECRET, rest=venue.rest_url, ws=venue.ws_url)
    server = Server(tmp_path, template=template)
    try:
        yield server.start()
    finally:
        server.kill()


def price(venue: RemoteBybit, at: str) -> None:
    venue.control("price", symbol=BTC, bid=at, ask=at)


def enter(desk: Server, **fields: Any) -> list[str]:
    """The ids of an entry, by default a limit order for 0.04 at 64000 with a stop at 63000, and its legs."""
    known = {"order_type": "limit", "price": "64000", "quantity": "0.04", "stop_loss": "63000", "id": next(NUMBERS)}
    answer = desk.alert(**{**known, **fields, "id": f"alert-{next(NUMBERS)}"})
    assert answer.status == 202, answer.raw
    return [str(order["client_order_id"]) for order in answer.json["orders"]]


def becomes(desk: Server, order_id: str, *statuses: str, within_s: float = 15) -> None:
    eventually(lambda: desk.get(f"orders/{order_id}")["status"] in statuses, within_s, every_s=0.05)


def there(venue: RemoteBybit) -> list[dict[str, Any]]:
    return [row for row in venue.control("orders")["orders"] if row["orderStatus"] in OPEN]


def made_by_venue(venue: RemoteBybit) -> list[dict[str, Any]]:
    """What the venue would close the position with by itself."""
    return [row for row in there(venue) if not row["orderLinkId"]]


def kinds(desk: Server) -> list[str]:
    return [event["kind"] for event in desk.get("events?limit=1000")["items"]]


def held(desk: Server) -> dict[str | None, Decimal]:
    rows = [row for row in desk.get("positions")["items"] if row["symbol"] == BTC]
    return {row["strategy"]: Decimal(row["quantity"]) for row in rows if Decimal(row["quantity"])}


def held_there(venue: RemoteBybit) -> Decimal:
    position = venue.control("state")["positions"].get(BTC)
    return Decimal(position["size"]) * (1 if position["side"] == "Buy" else -1) if position else Decimal(0)


def all_is_over(desk: Server, venue: RemoteBybit) -> None:
    """Nothing is held and nothing is left anywhere; every execution is one of the strategy's."""
    eventually(lambda: not desk.rows("SELECT client_order_id FROM orders WHERE live"), 15, every_s=0.05)
    eventually(lambda: not there(venue), 15, every_s=0.05)
    eventually(lambda: not desk.rows("SELECT entry FROM attachments"), 15, every_s=0.05)
    assert (held(desk), held_there(venue)) == ({}, 0)
    executions = venue.control("executions")["executions"]
    fills = desk.rows("SELECT trade_id, strategy, quantity FROM fills")
    assert sorted((row["execId"], "follow", row["execQty"]) for row in executions) == sorted(map(tuple, fills))
    wrong = {"ForeignOrderReported", "ForeignTradeBooked", "PositionAdjusted", "LateFill", "OrderMismatched"}
    assert not wrong & set(kinds(desk))
    assert set(venue.control("state")["accepted"].values()) <= {1}
    assert not desk.rows("SELECT cause FROM trading_states")


def test_what_fills_and_is_stopped_while_the_desk_is_dead_is_the_strategys(desk: Server, venue: RemoteBybit) -> None:
    entry, stop = enter(desk)
    becomes(desk, entry, "OPEN")
    desk.kill()
    price(venue, "64000")
    assert [row["triggerPrice"] for row in made_by_venue(venue)] == ["63000"]
    price(venue, "62900")
    assert held_there(venue) == 0
    desk.start()
    becomes(desk, entry, "FILLED")
    all_is_over(desk, venue)
    assert desk.get(f"orders/{stop}")["status"] in ("CANCELED", "EXPIRED_UNSENT")
    loss = Decimal(desk.rows("SELECT realised FROM positions WHERE strategy = 'follow'")[0][0])
    assert loss == (Decimal(62900) - 64000) * Decimal("0.04")
    assert kinds(desk).count("ProtectionTraded") == 1


def test_what_fills_while_the_desk_is_dead_gets_its_own_legs_and_the_venues_go(
    desk: Server, venue: RemoteBybit
) -> None:
    entry, stop, goal = enter(desk, take_profit="66000")
    becomes(desk, entry, "OPEN")
    desk.kill()
    price(venue, "64000")
    price(venue, "64100")
    assert {row["triggerPrice"] for row in made_by_venue(venue)} == {"63000", "66000"}
    desk.start()
    becomes(desk, stop, "OPEN")
    becomes(desk, goal, "OPEN")
    assert desk.get(f"orders/{entry}")["attached"] == {"stop_loss": "63000", "take_profit": "66000"}
    eventually(lambda: not made_by_venue(venue), 15, every_s=0.05)
    assert sorted(row["orderLinkId"] for row in there(venue)) == sorted((stop, goal))
    price(venue, "66000")
    becomes(desk, goal, "FILLED")
    all_is_over(desk, venue)


def test_a_market_entry_is_never_bare_and_ends_with_the_desks_own_stop(desk: Server, venue: RemoteBybit) -> None:
    _, stop = enter(desk, order_type="market", price=None)
    becomes(desk, stop, "OPEN")
    eventually(lambda: "ProtectionDetached" in kinds(desk), 15, every_s=0.05)
    assert [row["orderLinkId"] for row in there(venue)] == [stop]
    price(venue, "63000")
    becomes(desk, stop, "FILLED")
    all_is_over(desk, venue)


def test_a_stop_on_the_wrong_side_is_refused_with_the_entry(desk: Server, venue: RemoteBybit) -> None:
    """The market has fallen below it, and the desk has not heard of that yet."""
    venue.control("streams", do="silence")
    price(venue, "64000")
    entry, stop = enter(desk, order_type="market", price=None, stop_loss="64500")
    becomes(desk, entry, "REJECTED")
    venue.control("streams", do="speak")
    becomes(desk, stop, "EXPIRED_UNSENT")
    (event,) = [event for event in desk.get("events?limit=1000")["items"] if event["kind"] == "OrderRejected"]
    assert "should be lower than base_price" in event["detail"]["reason"]
    all_is_over(desk, venue)


def test_in_pieces_each_is_protected_from_the_first_on(desk: Server, venue: RemoteBybit) -> None:
    venue.control("split", pieces=4, delay_s=60)
    entry, stop = enter(desk)
    becomes(desk, entry, "OPEN")
    price(venue, "64000")
    price(venue, "64100")
    becomes(desk, stop, "OPEN")
    assert [(row["triggerPrice"], row["qty"]) for row in made_by_venue(venue)] == [("63000", "0.01")]
    desk.kill()
    price(venue, "64000")
    price(venue, "64100")
    assert [row["qty"] for row in made_by_venue(venue)] == ["0.02"]
    venue.control("split", pieces=1)
    price(venue, "62900")
    desk.start()
    all_is_over(desk, venue)


@pytest.mark.parametrize("fault", ["reset_after_accept", "html_200_after_accept", "timeout_after_accept"])
def test_an_entry_whose_answer_is_lost_has_its_stop_all_the_same(desk: Server, venue: RemoteBybit, fault: str) -> None:
    venue.control("fault", kind=fault, endpoint=CREATE, times=1, seconds=6)
    entry, stop = enter(desk)
    eventually(lambda: there(venue), 10, every_s=0.05)
    price(venue, "64000")
    price(venue, "62900")
    becomes(desk, entry, "FILLED")
    all_is_over(desk, venue)
    assert desk.get(f"orders/{stop}")["filled"] in ("0", Decimal(0), "0.04")


@pytest.mark.parametrize("fault", ["frame_duplicated", "frame_reordered", "frame_lost", "frame_delayed"])
def test_whatever_becomes_of_the_streams_it_is_booked_once(desk: Server, venue: RemoteBybit, fault: str) -> None:
    entry, _ = enter(desk)
    becomes(desk, entry, "OPEN")
    venue.control("fault", kind=fault, endpoint="*", times=60, probability=0.7, seconds=0.2, seed=3)
    price(venue, "64000")
    price(venue, "62900")
    becomes(desk, entry, "FILLED", "CANCELED")
    all_is_over(desk, venue)


def test_an_entry_that_never_arrived_leaves_nothing(desk: Server, venue: RemoteBybit) -> None:
    venue.control("fault", kind="reset_before_accept", endpoint=CREATE, times=1)
    entry, stop = enter(desk)
    becomes(desk, entry, "NOT_ACCEPTED")
    becomes(desk, stop, "EXPIRED_UNSENT")
    all_is_over(desk, venue)


@pytest.mark.parametrize("fault", ["reset_after_accept", "reset_before_accept", "json_500_after_accept", "http_429"])
def test_the_venues_stop_goes_whatever_becomes_of_the_request(desk: Server, venue: RemoteBybit, fault: str) -> None:
    venue.control("fault", kind=fault, endpoint=DETACH, times=1, seconds=0.5)
    _, stop = enter(desk, order_type="market", price=None)
    becomes(desk, stop, "OPEN")
    eventually(lambda: "ProtectionDetached" in kinds(desk), 20, every_s=0.05)
    assert [row["orderLinkId"] for row in there(venue)] == [stop]


def test_a_second_entry_has_its_own_stop_and_the_first_keeps_its_leg(desk: Server, venue: RemoteBybit) -> None:
    first, stop = enter(desk)
    becomes(desk, first, "OPEN")
    second, farther = enter(desk, price="63500", quantity="0.02", stop_loss="61000")
    becomes(desk, second, "OPEN")
    eventually(lambda: "ProtectionDetached" in kinds(desk), 15, every_s=0.05)
    price(venue, "63500")
    becomes(desk, stop, "OPEN")
    becomes(desk, farther, "OPEN")
    assert not made_by_venue(venue)
    price(venue, "62900")
    becomes(desk, stop, "FILLED")
    eventually(lambda: held(desk).get("follow") == Decimal("0.02") == held_there(venue))
    price(venue, "60900")
    becomes(desk, farther, "FILLED")
    all_is_over(desk, venue)


def test_one_entry_after_the_other_takes_its_own_along(desk: Server, venue: RemoteBybit) -> None:
    for number in range(3):
        _, stop = enter(desk, order_type="market", price=None)
        becomes(desk, stop, "OPEN")
        eventually(lambda n=number: kinds(desk).count("ProtectionDetached") == n + 1, 15, every_s=0.05)
        desk.alert(id=f"flat-{number}", action="flat", quantity=None, price=None)
        eventually(lambda: not held(desk) and not held_there(venue), 15, every_s=0.05)
    all_is_over(desk, venue)
    assert kinds(desk).count("ProtectionAttached") == 3


def test_a_halt_keeps_what_is_filled_protected(desk: Server, venue: RemoteBybit) -> None:
    venue.control("split", pieces=4, delay_s=60)
    entry, stop = enter(desk)
    becomes(desk, entry, "OPEN")
    price(venue, "64000")
    price(venue, "64100")
    becomes(desk, stop, "OPEN")
    desk.post("halt")
    becomes(desk, entry, "CANCELED")
    eventually(lambda: not made_by_venue(venue), 15, every_s=0.05)
    assert [(row["orderLinkId"], row["qty"]) for row in there(venue)] == [(stop, "0.01")]


def test_an_account_can_do_without(venue: RemoteBybit, tmp_path: Path) -> None:
    known = CONFIGURATION.format(key=API_KEY, api_secret=API_SECRET, rest=venue.rest_url, ws=venue.ws_url)
    server = Server(
        tmp_path, template=known.replace("reconcile_every_s", "attach_protection = false\nreconcile_every_s")
    )
    try:
        server.start()
        _, stop = enter(server, order_type="market", price=None)
        becomes(server, stop, "OPEN")
        assert "ProtectionAttached" not in kinds(server)
        assert not [row for row in venue.control("orders")["orders"] if not row["orderLinkId"]]
    finally:
        server.kill()
