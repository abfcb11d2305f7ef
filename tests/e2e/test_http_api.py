"""The API over HTTP: who may ask, what is told, and what a person may do to the desk."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.servers import BTC, ETH, SECRET, Answer, Server, bearer, eventually, running

SOL = "SOL/USDT:USDT"
COLLECTIONS = ("signals", "orders", "fills", "events")
ASKED = (*COLLECTIONS, "status", "account", "positions", "limits", "strategies")
TOLD = ("halt", "resume", "flatten", "quotes", "orders/none/cancel")


@pytest.fixture(scope="module")
def traded(tmp_path_factory) -> Iterator[Server]:
    """A desk with a history: 25 alerts on three symbols, most of them filled, two denied, one ignored."""
    limits = {"PORTFOLIO__LIMITS__MAX_ORDER_NOTIONAL": "1000"}
    with running(tmp_path_factory.mktemp("traded"), **limits) as server:
        for number in range(10):
            assert server.alert(id=f"btc-{number}", quantity="0.001").status == 202
            assert server.alert(id=f"eth-{number}", symbol=ETH, quantity="0.01", price="3200").status == 202
        for number in range(2):
            assert server.alert(id=f"sol-{number}", symbol=SOL, quantity="0.5", price="150").status == 202
        assert server.alert(id="large-0", quantity="1").json["status"] == "denied"
        assert server.alert(id="large-1", quantity="2").json["status"] == "denied"
        assert server.alert(id="nothing", symbol=SOL, action="cancel", quantity=None).json["status"] == "ignored"
        eventually(lambda: server.count("fills") == 22)
        yield server


def every_page(server: Server, path: str, limit: int) -> list[list[dict[str, Any]]]:
    pages, following = [], ""
    while True:
        page = server.get(f"{path}{'&' if '?' in path else '?'}limit={limit}{following}")
        assert page.keys() == {"items", "next"}
        pages.append(page["items"])
        if page["next"] is None:
            return pages
        assert isinstance(page["next"], str)
        following = f"&before={page['next']}"


def rested(server: Server, **fields: Any) -> str:
    """The client order id of a limit order that rests at the venue."""
    answer = server.alert(order_type="limit", **fields)
    assert answer.status == 202, answer
    (order,) = answer.json["orders"]
    eventually(lambda: server.get(f"orders/{order['client_order_id']}")["status"] == "OPEN")
    return str(order["client_order_id"])


def held(server: Server, symbol: str = BTC) -> Decimal:
    """What the account holds of the symbol."""
    items = server.get(f"positions?symbol={symbol}")["items"]
    return sum((Decimal(item["quantity"]) for item in items if item["strategy"] is None), Decimal(0))


# --- who may ask ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", [None, "Bearer wrong", f"Bearer {SECRET}", "Bearer tökén", "Basic x", ""])
def test_without_the_token_nothing_is_told_and_nothing_can_be_done(traded: Server, header: str | None):
    headers = {"Authorization": header} if header is not None else {}
    answers = [traded.request("GET", f"/api/v1/{path}", headers=headers) for path in ASKED]
    answers += [traded.request("POST", f"/api/v1/{path}", b"{}", headers) for path in TOLD]
    assert {(answer.status, answer.code) for answer in answers} == {(401, "UNAUTHORIZED")}
    assert all(answer.headers["www-authenticate"] == "Bearer" for answer in answers)
    assert traded.get("status")["state"] == "ACTIVE"


def test_health_is_open_to_everybody(traded: Server):
    for path in ("/healthz", "/readyz"):
        assert traded.request("GET", path).status == 200


def test_another_method_is_405_and_an_unknown_path_404(traded: Server):
    posted = traded.request("POST", "/api/v1/orders", b"{}", bearer())
    assert (posted.status, posted.code) == (405, "METHOD_NOT_ALLOWED")
    assert set(posted.headers["allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    asked = traded.request("GET", "/api/v1/halt", headers=bearer())
    assert (asked.status, set(asked.headers["allow"].split(", "))) == (405, {"POST", "OPTIONS"})
    unknown = traded.request("GET", "/api/v1/nothing", headers=bearer())
    assert (unknown.status, unknown.code) == (404, "NOT_FOUND")


# --- pages and filters ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize("limit", [1, 7, 1000])
def test_pages_show_everything_once_newest_first(traded: Server, collection: str, limit: int):
    pages = every_page(traded, collection, limit)
    whole = traded.get(f"{collection}?limit=1000")
    assert whole["next"] is None
    assert [item for page in pages for item in page] == whole["items"]
    assert all(len(page) == limit for page in pages[:-1])
    assert pages[-1]
    key = {"signals": "received_at", "orders": "created_at"}.get(collection, "time")
    times = [item[key] for item in whole["items"]]
    assert times == sorted(times, reverse=True)


def test_a_page_that_ends_exactly_at_the_end_has_no_next(traded: Server):
    assert len(traded.get("fills?limit=1000")["items"]) == 22
    page = traded.get("fills?limit=22")
    assert (len(page["items"]), page["next"]) == (22, None)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("limit=", "limit"),
        ("limit=1.5", "limit"),
        ("limit=%D9%A1", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("before=x", "before"),
        ("before=-1", "before"),
        ("before=1%27%20OR%201=1", "before"),
        ("sybmol=BTC", "sybmol"),
        ("symbol=BTC&colour=red", "colour"),
    ],
)
def test_a_wrong_parameter_is_422_and_named(traded: Server, query: str, field: str):
    for collection in ("orders", "signals"):
        answer = traded.request("GET", f"/api/v1/{collection}?{query}", headers=bearer())
        assert (answer.status, answer.code) == (422, "INVALID_PARAMETER")
        assert [error["field"] for error in answer.json["errors"]] == [field]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("orders?status=filled", "status"),
        ("orders?status=DONE", "status"),
        ("orders?status=", "status"),
        ("orders?side=BUY", "side"),
        ("signals?status=FILLED", "status"),
        ("signals?action=hold", "action"),
        ("fills?side=long", "side"),
        ("events?kind=OrderLost", "kind"),
    ],
)
def test_a_value_that_there_is_not_is_422_and_tells_those_there_are(traded: Server, path: str, field: str):
    answer = traded.request("GET", f"/api/v1/{path}", headers=bearer())
    assert (answer.status, answer.code) == (422, "INVALID_PARAMETER")
    (error,) = answer.json["errors"]
    assert (error["field"], error["value"]) == (field, path.partition("=")[2])
    assert error["message"].startswith("must be one of ")


@pytest.mark.parametrize(
    ("path", "number"),
    [
        (f"orders?symbol={BTC}", 12),
        (f"orders?symbol={BTC}&status=FILLED", 10),
        ("orders?status=DENIED", 2),
        ("orders?status=OPEN", 0),
        ("orders?strategy=other", 2),
        ("orders?strategy=nobody", 0),
        ("orders?side=buy&account=main", 24),
        ("signals?status=denied", 2),
        ("signals?status=ignored", 1),
        (f"signals?symbol={ETH}", 10),
        ("signals?action=cancel", 1),
        (f"fills?symbol={ETH}", 10),
        ("fills?strategy=other", 2),
        ("events?kind=SignalDenied", 2),
        (f"positions?symbol={ETH}", 2),
        ("positions?strategy=other", 1),
        ("orders?symbol=%27%20OR%201=1%20--", 0),
    ],
)
def test_filters_leave_what_was_asked_for(traded: Server, path: str, number: int):
    assert len(traded.get(path)["items"]) == number


# --- one alert, one order ------------------------------------------------------------------------------------------


def test_a_signal_is_told_whole_by_its_id_or_the_alerts_own(traded: Server):
    listed = traded.get(f"signals?symbol={SOL}&action=buy&limit=1")["items"][0]
    by_alert_id, by_signal_id = traded.get(f"signals/{listed['id']}"), traded.get(f"signals/{listed['signal_id']}")
    assert by_alert_id == by_signal_id
    assert by_signal_id["body"] == {
        "id": "sol-1",
        "symbol": SOL,
        "action": "buy",
        "quantity": "0.5",
        "price": "150",
    }
    assert [order["status"] for order in by_signal_id["orders"]] == ["FILLED"]
    assert [fill["quantity"] for fill in by_signal_id["fills"]] == ["0.5"]
    assert [step["status"] for step in by_signal_id["transitions"]] == ["PENDING", "FILLED"]
    assert {"SignalAccepted", "OrderFilled"} <= {event["kind"] for event in by_signal_id["events"]}
    assert [step["what"] for step in by_signal_id["timeline"]][:2] == ["received", "accepted"]


def test_an_order_is_told_with_its_steps_and_fills(traded: Server):
    (order,) = traded.get("signals/btc-3")["orders"]
    told = traded.get(f"orders/{order['client_order_id']}")
    assert (told["status"], told["filled"], told["side"]) == ("FILLED", "0.001", "buy")
    (fill,) = told["fills"]
    assert fill.keys() == {
        "trade_id",
        "client_order_id",
        "account",
        "strategy",
        "symbol",
        "side",
        "quantity",
        "price",
        "fee",
        "fee_currency",
        "source",
        "time",
    }
    assert (fill["price"], fill["fee"]) == ("65000", "0.03575")


@pytest.mark.parametrize("path", ["signals/none", "signals/a%2Fb", "orders/none", "orders/%00", "signals/%FF"])
def test_what_is_not_there_is_404(traded: Server, path: str):
    answer = traded.request("GET", f"/api/v1/{path}", headers=bearer())
    assert answer.status == 404
    assert answer.code in ("UNKNOWN_SIGNAL", "UNKNOWN_ORDER")


def test_an_alerts_id_may_hold_anything_and_is_found(traded: Server):
    assert traded.alert(id="a/b c?ü", quantity="1").json["status"] == "denied"
    assert traded.get("signals/a%2Fb%20c%3F%C3%BC")["id"] == "a/b c?ü"


def test_a_denial_tells_the_limit_and_the_figure(traded: Server):
    """A market buy is held against its limits at the ask and one per cent, where no collar is set."""
    answer = traded.alert(id="with figures", quantity="0.016", price="65000")
    assert (answer.status, answer.json["status"]) == (200, "denied")
    (reason,) = answer.json["reasons"]
    assert (reason["code"], reason["limit"], reason["value"]) == ("MAX_ORDER_NOTIONAL", "1000", "1050.4")
    assert [order["status"] for order in answer.json["orders"]] == ["DENIED"]
    sell = traded.alert(id="at the mark", action="sell", quantity="0.0155", price="65000")
    assert sell.json["status"] == "accepted", sell
    (limit,) = traded.get("limits")["items"]
    assert (limit["code"], limit["limit"]) == ("MAX_ORDER_NOTIONAL", "1000")


# --- what a person may do ------------------------------------------------------------------------------------------


def test_a_resting_order_can_be_cancelled_once(tmp_path: Path):
    with running(tmp_path) as server:
        order = rested(server, id="resting", price="60000")
        answer = server.post(f"orders/{order}/cancel")
        assert (answer.status, answer.json) == (202, {"client_order_id": order, "status": "PENDING_CANCEL"})
        eventually(lambda: server.get(f"orders/{order}")["status"] == "CANCELED")
        again = server.post(f"orders/{order}/cancel")
        assert (again.status, again.code) == (409, "NOTHING_TO_CANCEL")
        unknown = server.post("orders/nobody/cancel")
        assert (unknown.status, unknown.code) == (404, "UNKNOWN_ORDER")
        assert held(server) == 0


def test_a_halt_cancels_entries_denies_new_ones_and_lasts_until_resumed(tmp_path: Path):
    with running(tmp_path) as server:
        assert server.alert(id="before").status == 202
        eventually(lambda: held(server))
        resting = rested(server, id="resting", price="60000")
        assert server.post("halt").json["state"] == "HALTED"
        eventually(lambda: server.get(f"orders/{resting}")["status"] == "CANCELED")
        for number in range(2):
            denied = server.alert(id=f"halted-{number}")
            assert (denied.status, denied.json["status"]) == (200, "denied")
            assert [reason["code"] for reason in denied.json["reasons"]] == ["HALTED"]
            server.kill()
            server.start()
            assert server.get("status")["state"] == "HALTED"
        assert server.alert(id="out", action="close", quantity="0.005").status == 202
        eventually(lambda: held(server) == Decimal("0.005"))
        assert server.post("resume").json["state"] == "ACTIVE"
        server.kill()
        server.start()
        assert server.alert(id="after").status == 202


def test_a_flatten_closes_everything_and_stays_halted_over_a_restart(tmp_path: Path):
    with running(tmp_path) as server:
        server.alert(id="long")
        server.alert(id="short", symbol=ETH, action="sell", quantity="0.2", price="3200")
        resting = rested(server, id="resting", price="60000")
        eventually(lambda: held(server) and held(server, ETH))
        assert server.post("flatten").json["state"] == "HALTED"
        eventually(lambda: not server.get("positions")["items"])
        eventually(lambda: server.get(f"orders/{resting}")["status"] == "CANCELED")
        server.kill()
        server.start()
        assert server.get("status")["state"] == "HALTED"
        assert not server.get("positions")["items"]
        assert server.alert(id="no more").json["status"] == "denied"


def test_one_strategy_alone_can_be_halted(tmp_path: Path):
    with running(tmp_path) as server:
        assert server.post("halt", strategy="other").json["state"] == "HALTED"
        assert server.get("status")["state"] == "ACTIVE"
        assert server.alert(id="trades", strategy="follow").status == 202
        halted = server.alert(id="does not", symbol=SOL, price="150", quantity="1")
        assert [reason["code"] for reason in halted.json["reasons"]] == ["HALTED"]
        assert server.post("resume", strategy="other").json["state"] == "ACTIVE"
        assert server.alert(id="again", symbol=SOL, price="150", quantity="1").status == 202


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"account": "nobody"}', 404, "UNKNOWN_ACCOUNT"),
        (b'{"strategy": "nobody"}', 404, "UNKNOWN_STRATEGY"),
        (b'{"account": 1}', 404, "UNKNOWN_ACCOUNT"),
        (b'{"acount": "main"}', 422, "INVALID_FIELD"),
        (b"[]", 422, "NOT_AN_OBJECT"),
        (b"{", 400, "NOT_JSON"),
        (b"\xff", 400, "NOT_UTF8"),
        (b"x" * 70_000, 413, "REQUEST_ENTITY_TOO_LARGE"),
    ],
)
def test_a_wrong_order_to_the_desk_changes_nothing(traded: Server, body: bytes, status: int, code: str):
    for path in ("halt", "flatten", "resume"):
        answer = traded.request("POST", f"/api/v1/{path}", body, bearer())
        assert (answer.status, answer.code) == (status, code)
    assert traded.get("status")["state"] == "ACTIVE"
    assert all(item["state"] == "ACTIVE" for item in traded.get("strategies")["items"])


# --- quotes --------------------------------------------------------------------------------------------------------


def test_orders_are_filled_at_the_quote(tmp_path: Path):
    with running(tmp_path) as server:
        assert server.post("quotes", symbol=BTC, bid="64990", ask="65010").status == 202
        assert server.alert(id="buy", price=None).status == 202
        assert server.alert(id="sell", price=None, action="sell", quantity="0.004").status == 202
        eventually(lambda: server.count("fills") == 2)
        fills = [(fill["side"], fill["price"], fill["source"]) for fill in server.get("fills")["items"]]
        assert fills == [("sell", "64990", "quote"), ("buy", "65010", "quote")]


def test_without_a_quote_and_without_a_price_nothing_is_opened(tmp_path: Path):
    with running(tmp_path) as server:
        answer = server.alert(id="blind", price=None)
        assert (answer.status, answer.json["status"]) == (200, "denied")
        assert [reason["code"] for reason in answer.json["reasons"]] == ["NO_REFERENCE_PRICE"]


def test_a_resting_order_is_filled_by_a_quote_that_reaches_it_even_after_a_restart(tmp_path: Path):
    with running(tmp_path) as server:
        assert server.post("quotes", symbol=BTC, bid="64990", ask="65010").status == 202
        order = rested(server, id="resting", price="64000")
        server.kill()
        server.start()
        assert server.post("quotes", symbol=BTC, bid="64100", ask="64101").status == 202
        assert server.get(f"orders/{order}")["status"] == "OPEN"
        assert server.post("quotes", symbol=BTC, bid="63990", ask="63999").status == 202
        told = eventually(lambda: (found := server.get(f"orders/{order}"))["status"] == "FILLED" and found)
        (fill,) = told["fills"]
        assert (fill["price"], fill["fee"]) == ("64000", "0.128")
        assert held(server) == Decimal("0.01")


@pytest.mark.parametrize(
    ("quote", "status", "field"),
    [
        ({"symbol": BTC, "bid": "1", "ask": "-1"}, 422, "ask"),
        ({"symbol": BTC, "bid": "2", "ask": "1"}, 422, "bid"),
        ({"symbol": BTC, "bid": "0", "ask": "1"}, 422, "bid"),
        ({"symbol": BTC, "bid": "NaN", "ask": "1"}, 422, "bid"),
        ({"symbol": BTC, "bid": True, "ask": "1"}, 422, "bid"),
        ({"symbol": BTC, "bid": [1], "ask": "1"}, 422, "bid"),
        ({"symbol": BTC, "ask": "1"}, 422, "bid"),
        ({"symbol": BTC, "bid": "1", "ask": "1e999"}, 422, "ask"),
        ({"symbol": "NO/NO:NO", "bid": "1", "ask": "1"}, 404, "symbol"),
        ({"symbol": ["x"], "bid": "1", "ask": "1"}, 404, "symbol"),
        ({"symbol": {"x": 1}, "bid": "1", "ask": "1"}, 404, "symbol"),
        ({"bid": "1", "ask": "1"}, 404, "symbol"),
        ({"symbol": BTC, "bid": "1", "ask": "1", "account": "nobody"}, 404, "account"),
        ({"symbol": BTC, "bid": "1", "ask": "1", "account": ["main"]}, 404, "account"),
        ({"symbol": BTC, "bid": "1", "ask": "1", "account": {"a": 1}}, 404, "account"),
        ({"symbol": BTC, "bid": "1", "ask": "1", "last": "1"}, 422, "last"),
    ],
)
def test_a_wrong_quote_is_refused_and_named(traded: Server, quote: dict[str, Any], status: int, field: str):
    answer: Answer = traded.request("POST", "/api/v1/quotes", json.dumps(quote).encode(), bearer())
    assert answer.status == status, answer
    assert [error["field"] for error in answer.json["errors"]] == [field]
