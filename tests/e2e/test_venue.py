"""A desk at a venue: the real server against a simulated Bybit, over real sockets, as a trader would run it."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from tests.servers import BTC, SECRET, TOKEN, Server, eventually
from tests.simulators.bybit import API_KEY, API_SECRET, RemoteBybit

INVERSE, SPOT = "BTC/USD:BTC", "BTC/USDT"
NUMBERS = count(1)
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
reconcile_every_s = 1

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
    with RemoteBybit(lifetime_s=600) as venue:
        for symbol in (BTC, INVERSE, SPOT):
            venue.control("price", symbol=symbol, bid="64000", ask="64000.5")
        venue.control("price", symbol="ETH/USDT:USDT", bid="3000", ask="3000.1")
        yield venue


@pytest.fixture(scope="module")
def desk(venue: RemoteBybit, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    template = CONFIGURATION.format(key=API_KEY, api_secret=API_SECRET, rest=venue.rest_url, ws=venue.ws_url)
    server = Server(tmp_path_factory.mktemp("venue"), template=template)
    try:
        yield server.start()
    finally:
        server.kill()


@pytest.fixture(autouse=True)
def without_faults(venue: RemoteBybit) -> Iterator[None]:
    yield
    venue.control("clear_faults")


def order_of(desk: Server, **alert: Any) -> str:
    """The id of the first order of an alert that was accepted."""
    answer = desk.alert(**{"price": None, "id": f"alert-{next(NUMBERS)}", **alert})
    assert answer.status == 202, answer.raw
    return str(answer.json["orders"][0]["client_order_id"])


def why_denied(desk: Server) -> list[str]:
    """The codes that deny a small order."""
    answer = desk.alert(id=f"alert-{next(NUMBERS)}", action="buy", quantity="0.01", price=None)
    return [reason["code"] for reason in answer.json["reasons"]]


def status_of(desk: Server, order_id: str) -> str:
    return str(desk.get(f"orders/{order_id}")["status"])


def becomes(desk: Server, order_id: str, status: str, within_s: float = 10) -> dict[str, Any]:
    eventually(lambda: status_of(desk, order_id) == status, within_s, every_s=0.05)
    return dict(desk.get(f"orders/{order_id}"))


def held(desk: Server, symbol: str, strategy: str | None = None) -> Decimal:
    rows = desk.get("positions")["items"]
    found = [row["quantity"] for row in rows if row["symbol"] == symbol and row["strategy"] == strategy]
    return Decimal(found[0]) if found else Decimal(0)


def held_there(venue: RemoteBybit, symbol: str) -> Decimal:
    position = venue.control("state")["positions"].get(symbol)
    if position is None:
        return Decimal(0)
    return Decimal(position["size"]) * (1 if position["side"] == "Buy" else -1)


def kinds_of_events(desk: Server) -> list[str]:
    return [event["kind"] for event in desk.get("events?limit=1000")["items"]]


def balances_agree(desk: Server, venue: RemoteBybit) -> bool:
    ours = desk.get("account")["items"][0]["balances"]
    there = venue.control("state")["wallets"]
    return all(abs(Decimal(ours[coin]) - Decimal(amount)) < Decimal("1e-8") for coin, amount in there.items())


@pytest.mark.parametrize(
    ("symbol", "quantity", "fee_currency"), [(BTC, "0.01", "USDT"), (INVERSE, "1000", "BTC"), (SPOT, "0.02", "BTC")]
)
def test_an_alert_becomes_a_fill_in_the_venues_own_figures(
    desk: Server, venue: RemoteBybit, symbol: str, quantity: str, fee_currency: str
) -> None:
    order = becomes(desk, order_of(desk, symbol=symbol, action="buy", quantity=quantity), "FILLED")
    fill = desk.get("fills?limit=1")["items"][0]
    executions = {row["execId"]: row for row in venue.control("executions")["executions"]}
    there = executions[fill["trade_id"]]
    assert (fill["price"], fill["quantity"], fill["fee_currency"]) == ("64000.5", quantity, fee_currency)
    assert Decimal(fill["fee"]) == Decimal(there["execFee"])
    assert fill["client_order_id"] == order["client_order_id"] == there["orderLinkId"]


def test_the_books_are_the_venues(desk: Server, venue: RemoteBybit) -> None:
    eventually(lambda: balances_agree(desk, venue))
    assert held(desk, BTC) == held_there(venue, BTC)
    assert held(desk, INVERSE) == held_there(venue, INVERSE)


def test_an_order_rests_at_the_venue_until_it_is_canceled(desk: Server, venue: RemoteBybit) -> None:
    order_id = order_of(desk, action="buy", quantity="0.01", order_type="limit", price="50000")
    becomes(desk, order_id, "OPEN")
    assert desk.post(f"orders/{order_id}/cancel").status == 202
    becomes(desk, order_id, "CANCELED")
    assert [row["orderStatus"] for row in venue.control("orders")["orders"] if row["orderLinkId"] == order_id] == [
        "Cancelled"
    ]


def test_a_lost_answer_is_unknown_and_becomes_what_the_venue_says(desk: Server, venue: RemoteBybit) -> None:
    venue.control("fault", kind="reset_after_accept", endpoint="/v5/order/create", times=1)
    order_id = order_of(desk, action="buy", quantity="0.01")
    becomes(desk, order_id, "FILLED")
    assert venue.control("state")["accepted"][order_id] == 1


def test_an_order_that_never_arrived_is_proven_absent_and_not_sent_again(desk: Server, venue: RemoteBybit) -> None:
    venue.control("fault", kind="reset_before_accept", endpoint="/v5/order/create", times=1)
    order_id = order_of(desk, action="buy", quantity="0.01")
    becomes(desk, order_id, "UNKNOWN")
    assert "UNKNOWN_ORDER" in why_denied(desk)
    becomes(desk, order_id, "NOT_ACCEPTED", within_s=9)
    assert order_id not in venue.control("state")["accepted"]


def test_what_happened_while_the_desk_was_gone_is_in_the_books_afterwards(desk: Server, venue: RemoteBybit) -> None:
    order_id = order_of(desk, action="buy", quantity="0.01", order_type="limit", price="60000", stop_loss="50000")
    becomes(desk, order_id, "OPEN")
    desk.kill()
    foreign = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy"}
    venue.control("order", **foreign, orderType="Market", qty="0.05")
    venue.control("order", **foreign, orderType="Limit", qty="0.03", price="40000")
    venue.control("transfer", coin="USDT", amount="-1000")
    venue.control("price", symbol=BTC, bid="59000", ask="59000.5")
    desk.start()
    becomes(desk, order_id, "FILLED")
    assert held(desk, BTC, "unassigned") == Decimal("0.05")
    assert held(desk, BTC) == held_there(venue, BTC)
    eventually(lambda: balances_agree(desk, venue))
    kinds = kinds_of_events(desk)
    for kind in ("ForeignTradeBooked", "ForeignOrderReported", "BalanceAdjusted"):
        assert kind in kinds
    assert Decimal(desk.get("account")["items"][0]["day_change"]) < 0
    stops = [row for row in desk.get("orders?status=OPEN")["items"] if row["type"] == "stop"]
    assert [row["quantity"] for row in stops] == ["0.01"]


def test_a_wrong_clock_is_a_condition_that_ends_by_itself(desk: Server, venue: RemoteBybit) -> None:
    venue.control("clock", shift_ms=6000)
    eventually(lambda: condition_of(desk) == "CLOCK_SKEWED", 15)
    assert "VENUE_UNAVAILABLE" in why_denied(desk)
    venue.control("clock", shift_ms=0)
    eventually(lambda: condition_of(desk) == "WORKING", 15)


def condition_of(desk: Server) -> str:
    return str(desk.get("status")["accounts"][0]["condition"])


def test_flat_closes_what_the_strategy_holds_and_nothing_else(desk: Server, venue: RemoteBybit) -> None:
    desk.alert(action="flat", quantity=None, price=None, symbol=BTC)
    eventually(lambda: held(desk, BTC, "follow") == 0)
    eventually(lambda: held_there(venue, BTC) == Decimal("0.05"))
    assert held(desk, BTC) == Decimal("0.05")


def test_no_secret_is_in_anything_the_desk_wrote(desk: Server) -> None:
    for file in desk.folder.iterdir():
        if file != desk.configuration:
            content = file.read_bytes()
            for secret in (API_KEY, API_SECRET, SECRET, TOKEN):
                assert secret.encode() not in content, file


def test_somebody_elses_order_can_be_taken_into_the_books_and_ended(
    venue: RemoteBybit, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """`foreign_orders = "adopt"`: it goes by the venue's own id, and what it trades is nobody's."""
    template = CONFIGURATION.format(key=API_KEY, api_secret=API_SECRET, rest=venue.rest_url, ws=venue.ws_url)
    adopting = template.replace("reconcile_every_s", 'foreign_orders = "adopt"\nreconcile_every_s')
    limit = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": "0.02"}
    ended, filled = (venue.control("order", **limit, price=price)["orderId"] for price in ("30000", "58000"))
    desk = Server(tmp_path_factory.mktemp("adopting"), template=adopting)
    try:
        desk.start()
        before = held(desk, BTC, "unassigned")
        becomes(desk, ended, "OPEN")
        assert desk.post(f"orders/{ended}/cancel").status == 202
        becomes(desk, ended, "CANCELED")
        venue.control("price", symbol=BTC, bid="57000", ask="57000.5")
        becomes(desk, filled, "FILLED")
        eventually(lambda: held(desk, BTC, "unassigned") == before + Decimal("0.02"))
    finally:
        desk.kill()
