"""The webhook over HTTP: who may send, what is refused and how, what is the same alert."""

import contextlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.servers import BTC, SECRET, TOKEN, Answer, Server, alert_body, bearer, eventually, running

PROBLEM = "application/problem+json"
TABLES = ("signals", "journal", "orders", "events")
ALERT = {"symbol": BTC, "action": "buy", "quantity": "0.001", "price": "65000"}


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("http"), WEBHOOK__DEDUP_WINDOW_S="60") as server:
        yield server


@pytest.fixture
def stored(server: Server) -> Iterator[None]:
    """Nothing is stored by what the test sends."""
    before = counts(server)
    yield
    assert counts(server) == before


def counts(server: Server) -> dict[str, int]:
    """The rows of every table that a request could add to; what the desk does by itself has ended."""
    eventually(lambda: not server.rows("SELECT 1 FROM orders WHERE status = 'PENDING'"))
    return {
        table: int(server.rows(f"SELECT count(*) FROM {table} {WITHOUT_CLOCK.get(table, '')}")[0][0])
        for table in TABLES
    }


WITHOUT_CLOCK = {"journal": "WHERE kind NOT IN ('Mark', 'TakeWalletSnapshot')"}


def post(server: Server, body: bytes, path: str = "/webhook", **headers: str) -> Answer:
    return server.request("POST", path, body, {name.replace("_", "-"): value for name, value in headers.items()})


def plain(**fields: Any) -> bytes:
    """An alert without a secret in it."""
    return json.dumps({**ALERT, **fields}).encode()


def problem(answer: Answer, status: int, code: str) -> dict[str, Any]:
    """The problem, which has every field that it must have."""
    assert (answer.status, answer.headers["content-type"]) == (status, PROBLEM), answer
    body = answer.json
    assert body["status"] == status
    assert body["code"] == code
    assert body["type"]
    assert body["title"]
    assert body["detail"]
    for error in body["errors"]:
        assert error.keys() == {"field", "value", "message"}
        assert error["value"] is None or len(error["value"]) <= 64
    return body


# --- who may send --------------------------------------------------------------------------------------------------


def test_the_secret_may_be_in_the_body_in_the_header_or_in_the_path(server: Server):
    assert post(server, alert_body(id="in-body")).status == 202
    assert post(server, plain(id="in-header"), authorization=f"Bearer {SECRET}").status == 202
    assert post(server, plain(id="in-header-lower-case"), authorization=f"bearer {SECRET}").status == 202
    assert post(server, plain(id="in-path"), path=f"/webhook/{SECRET}").status == 202


def test_one_right_secret_is_enough_among_the_header_and_the_path(server: Server):
    answer = post(server, plain(id="right-path"), path=f"/webhook/{SECRET}", authorization="Bearer no")
    assert answer.status == 202
    answer = post(server, plain(id="right-header"), path="/webhook/no", authorization=f"Bearer {SECRET}")
    assert answer.status == 202


@pytest.mark.parametrize(
    ("body", "path", "headers"),
    [
        pytest.param(plain(), "/webhook", {}, id="none"),
        pytest.param(alert_body("wrong"), "/webhook", {}, id="wrong in the body"),
        pytest.param(alert_body("gehëim-密-🔑"), "/webhook", {}, id="not ASCII in the body"),
        pytest.param(alert_body(SECRET + " "), "/webhook", {}, id="with a blank behind it"),
        pytest.param(alert_body(SECRET.upper()), "/webhook", {}, id="in upper case"),
        pytest.param(alert_body(TOKEN), "/webhook", {}, id="the API's token in the body"),
        pytest.param(json.dumps({**ALERT, "secret": [SECRET]}).encode(), "/webhook", {}, id="in a list"),
        pytest.param(json.dumps({**ALERT, "secret": ""}).encode(), "/webhook", {}, id="empty"),
        pytest.param(plain(), "/webhook", {"authorization": "Bearer wrong"}, id="wrong in the header"),
        pytest.param(plain(), "/webhook", {"authorization": "Bearer "}, id="empty header"),
        pytest.param(plain(), "/webhook", {"authorization": f"Basic {SECRET}"}, id="another scheme"),
        pytest.param(plain(), "/webhook", {"authorization": "Bearer gehëim"}, id="not ASCII in the header"),
        pytest.param(plain(), "/webhook/wrong", {}, id="wrong in the path"),
        pytest.param(plain(), f"/webhook/{SECRET}/more", {}, id="more in the path"),
        pytest.param(plain(), "/webhook/" + quote("gehëim-密"), {}, id="not ASCII in the path"),
        pytest.param(plain(), "/webhook/%FF%FE", {}, id="not UTF-8 in the path"),
    ],
)
@pytest.mark.usefixtures("stored")
def test_no_secret_or_a_wrong_one_is_401(server: Server, body: bytes, path: str, headers: dict[str, str]):
    answer = post(server, body, path, **headers)
    problem(answer, 401, "UNAUTHORIZED")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "text/plain",
        "text/plain; charset=utf-8",
        "application/x-www-form-urlencoded",
        "nonsense",
        None,
    ],
)
def test_the_content_type_does_not_matter(server: Server, content_type: str | None):
    headers = {"content_type": content_type} if content_type else {}
    assert post(server, alert_body(id=f"type-{content_type}"), **headers).status == 202


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
@pytest.mark.usefixtures("stored")
def test_another_method_is_405_and_says_which_is_right(server: Server, method: str):
    answer = server.request(method, "/webhook")
    assert answer.status == 405
    assert "POST" in answer.headers["allow"]
    if method != "HEAD":
        problem(answer, 405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize("path", ["/", "/webhooks", "/Webhook", "/api", "/api/v2/orders", "/..%2f..%2fetc/passwd"])
@pytest.mark.usefixtures("stored")
def test_another_path_is_404(server: Server, path: str):
    problem(post(server, alert_body(), path), 404, "NOT_FOUND")


BODIES = [
    ("empty", b"", 400, "EMPTY_BODY"),
    ("blanks", b" \r\n\t ", 400, "EMPTY_BODY"),
    ("truncated", alert_body()[:-9], 400, "NOT_JSON"),
    ("two objects", alert_body() * 2, 400, "NOT_JSON"),
    ("plain text", b"buy BTC now", 400, "NOT_JSON"),
    ("a form", f"secret={SECRET}&action=buy".encode(), 400, "NOT_JSON"),
    ("single quotes", b"{'secret': 'x'}", 400, "NOT_JSON"),
    ("not UTF-8", b'{"secret": "\xff\xfe"}', 400, "NOT_UTF8"),
    ("UTF-16", '{"secret": "x"}'.encode("utf-16"), 400, "NOT_UTF8"),
    ("gzip", b"\x1f\x8b\x08\x00\x00\x00\x00\x00", 400, "NOT_UTF8"),
    ("NUL", b"\x00", 400, "NOT_JSON"),
    ("nested arrays", b"[" * 20_000 + b"]" * 20_000, 400, "TOO_DEEP"),
    ("nested objects", b'{"a":' * 8_000 + b"1" + b"}" * 8_000, 400, "TOO_DEEP"),
    ("open brackets", b"[" * 60_000, 400, None),
    ("a list", b"[]", 422, "NOT_AN_OBJECT"),
    ("a string", b'"buy"', 422, "NOT_AN_OBJECT"),
    ("a number", b"1", 422, "NOT_AN_OBJECT"),
    ("null", b"null", 422, "NOT_AN_OBJECT"),
]


@pytest.mark.parametrize(("body", "status", "code"), [pytest.param(*case[1:], id=case[0]) for case in BODIES])
@pytest.mark.usefixtures("stored")
def test_a_body_that_is_no_alert_is_refused_by_name(server: Server, body: bytes, status: int, code: str | None):
    answer = post(server, body, authorization=f"Bearer {SECRET}")
    problem(answer, status, code or answer.code or "")


@pytest.mark.usefixtures("stored")
def test_a_hundred_thousand_brackets_are_refused_where_bodies_may_be_that_long(tmp_path: Path):
    with running(tmp_path, WEBHOOK__MAX_BODY_BYTES="1000000") as server:
        for body in (b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000):
            answer = post(server, body, authorization=f"Bearer {SECRET}")
            assert answer.status == 400
            problem(answer, 400, answer.code or "")
        assert server.alert(id="alive").status == 202


def changed(**fields: Any) -> dict[str, Any]:
    return {"secret": SECRET, **ALERT, **fields}


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in changed().items() if name not in names}


FIELDS: list[tuple[dict[str, Any], str, str | None, int, str]] = [
    (changed(quantity="-0.01"), "quantity", "-0.01", 422, "INVALID_FIELD"),
    (changed(quantity=-1), "quantity", "-1", 422, "INVALID_FIELD"),
    (changed(quantity="0"), "quantity", "0", 422, "INVALID_FIELD"),
    (changed(quantity=0), "quantity", "0", 422, "INVALID_FIELD"),
    (changed(quantity=True), "quantity", "true", 422, "INVALID_FIELD"),
    (changed(quantity=[1]), "quantity", "[1]", 422, "INVALID_FIELD"),
    (changed(quantity={"a": 1}), "quantity", '{"a":1}', 422, "INVALID_FIELD"),
    (changed(quantity=None), "quantity", "null", 422, "INVALID_FIELD"),
    (changed(quantity=""), "quantity", "", 422, "INVALID_FIELD"),
    (changed(quantity="NaN"), "quantity", "NaN", 422, "INVALID_FIELD"),
    (changed(quantity="Infinity"), "quantity", "Infinity", 422, "INVALID_FIELD"),
    (changed(quantity="1e999"), "quantity", "1e999", 422, "INVALID_FIELD"),
    (changed(quantity="0x10"), "quantity", "0x10", 422, "INVALID_FIELD"),
    (changed(quantity="1,5"), "quantity", "1,5", 422, "INVALID_FIELD"),
    (changed(quantity="\u0661"), "quantity", "\u0661", 422, "INVALID_FIELD"),
    (
        changed(quantity="{{strategy.order.contracts}}"),
        "quantity",
        "{{strategy.order.contracts}}",
        422,
        "INVALID_FIELD",
    ),
    (changed(quantity="-5%"), "quantity", "-5%", 422, "INVALID_FIELD"),
    (changed(quantity="1" * 200), "quantity", "1" * 64, 422, "INVALID_FIELD"),
    (changed(quantity_type="dozen"), "quantity_type", "dozen", 422, "INVALID_FIELD"),
    (changed(price="-1"), "price", "-1", 422, "INVALID_FIELD"),
    (changed(price="0"), "price", "0", 422, "INVALID_FIELD"),
    (changed(price=False), "price", "false", 422, "INVALID_FIELD"),
    (changed(action="bye"), "action", "bye", 422, "INVALID_FIELD"),
    (changed(action=1), "action", "1", 422, "INVALID_FIELD"),
    (changed(action=["buy"]), "action", '["buy"]', 422, "INVALID_FIELD"),
    (changed(action="{{strategy.order.action}}"), "action", "{{strategy.order.action}}", 422, "INVALID_FIELD"),
    (without("action"), "action", None, 422, "MISSING_FIELD"),
    (changed(symbol="BTC/EUR:EUR"), "symbol", "BTC/EUR:EUR", 422, "UNKNOWN_SYMBOL"),
    (changed(symbol=" BTC/USDT:USDT"), "symbol", " BTC/USDT:USDT", 422, "UNKNOWN_SYMBOL"),
    (changed(symbol="{{ticker}}"), "symbol", "{{ticker}}", 422, "INVALID_FIELD"),
    (changed(symbol=7), "symbol", "7", 422, "INVALID_FIELD"),
    (without("symbol"), "symbol", None, 422, "MISSING_FIELD"),
    (changed(strategy="nobody"), "strategy", "nobody", 404, "UNKNOWN_STRATEGY"),
    (changed(strategy=True), "strategy", "true", 422, "INVALID_FIELD"),
    (changed(time="2026-01-31T12:00:00"), "time", "2026-01-31T12:00:00", 422, "INVALID_FIELD"),
    (changed(time="yesterday"), "time", "yesterday", 422, "INVALID_FIELD"),
    (changed(time=-1), "time", "-1", 422, "INVALID_FIELD"),
    (changed(time=True), "time", "true", 422, "INVALID_FIELD"),
    (changed(time="{{timenow}}"), "time", "{{timenow}}", 422, "INVALID_FIELD"),
    (changed(id=""), "id", "", 422, "INVALID_FIELD"),
    (changed(id="x" * 129), "id", "x" * 64, 422, "INVALID_FIELD"),
    (changed(id=["x"]), "id", '["x"]', 422, "INVALID_FIELD"),
    (changed(id="a\nb"), "id", "a\nb", 422, "INVALID_FIELD"),
    (changed(order_type="limit") | {"price": None}, "price", "null", 422, "INVALID_FIELD"),
    ({**without("price"), "order_type": "limit"}, "price", None, 422, "MISSING_FIELD"),
    (changed(order_type="iceberg"), "order_type", "iceberg", 422, "INVALID_FIELD"),
    (changed(symbol="XRP/USDT:USDT"), "strategy", None, 422, "NO_STRATEGY"),
    (changed(stop_price="1"), "stop_price", "1", 422, "INVALID_FIELD"),
    (changed(leverage=10), "leverage", "10", 422, "NOT_SUPPORTED"),
    (changed(stopLoss={"price": 1}), "stopLoss.price", '{"price":1}', 422, "NOT_SUPPORTED"),
    (changed(sentiment="bullish"), "sentiment", "bullish", 422, "NOT_SUPPORTED"),
    (changed(reduce_only="perhaps"), "reduce_only", "perhaps", 422, "INVALID_FIELD"),
    (changed(side="sell"), "action", "buy", 422, "INVALID_FIELD"),
    (
        {**without("symbol"), "symbol": "SOL/USDT:USDT", "strategy": "follow", "price": "x"},
        "price",
        "x",
        422,
        "INVALID_FIELD",
    ),
]


@pytest.mark.parametrize(("alert", "field", "value", "status", "code"), FIELDS)
@pytest.mark.usefixtures("stored")
def test_what_is_wrong_is_named_with_its_value(
    server: Server, alert: dict[str, Any], field: str, value: str | None, status: int, code: str
):
    body = problem(post(server, json.dumps(alert).encode()), status, code)
    assert (field, value) in [(error["field"], error["value"]) for error in body["errors"]]
    assert field in body["detail"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "1E+400", "9" * 5000])
@pytest.mark.usefixtures("stored")
def test_numbers_that_are_none_are_refused_by_name(server: Server, number: str):
    body = f'{{"secret": "{SECRET}", "symbol": "{BTC}", "action": "buy", "quantity": {number}}}'.encode()
    (error,) = problem(post(server, body), 422, "INVALID_FIELD")["errors"]
    assert (error["field"], error["value"]) == ("quantity", number[:64])


@pytest.mark.usefixtures("stored")
def test_a_key_that_comes_twice_is_refused_by_name(server: Server):
    body = alert_body()[:-1] + b', "quantity": "5"}'
    (error,) = problem(post(server, body), 422, "DUPLICATE_KEY")["errors"]
    assert error["field"] == "quantity"
    body = alert_body()[:-1] + f', "secret": "{SECRET}"}}'.encode()
    (error,) = problem(post(server, body), 422, "DUPLICATE_KEY")["errors"]
    assert (error["field"], error["value"]) == ("secret", None)


@pytest.mark.usefixtures("stored")
def test_everything_that_is_wrong_is_told_at_once(server: Server):
    wrong = changed(action="bye", quantity="-1", price="0", symbol="NO/NO:NO", time="x")
    body = problem(post(server, json.dumps(wrong).encode()), 422, "UNKNOWN_SYMBOL")
    assert {error["field"] for error in body["errors"]} == {"action", "quantity", "price", "symbol", "time"}


@pytest.mark.usefixtures("stored")
def test_ten_megabytes_are_413_and_the_connection_is_fine(server: Server):
    body = alert_body(comment="x" * 10_000_000)
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the answer comes before the body has ended
            raw.sendall(b"POST /webhook HTTP/1.1\r\nhost: desk\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        answer = raw.recv(65536)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"max_body_bytes" in answer
    assert server.request("GET", "/healthz").status == 200


@pytest.mark.usefixtures("stored")
def test_a_body_just_above_the_limit_is_413(server: Server):
    body = alert_body(comment="x" * 65536)
    problem(post(server, body), 413, "REQUEST_ENTITY_TOO_LARGE")


@pytest.mark.usefixtures("stored")
def test_a_body_without_a_length_is_measured_too(server: Server):
    chunk = b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
        raw.sendall(b"POST /webhook HTTP/1.1\r\nhost: desk\r\ntransfer-encoding: chunked\r\n\r\n")
        raw.sendall(chunk * 4 + b"0\r\n\r\n")
        assert raw.recv(65536).startswith(b"HTTP/1.1 413")


@pytest.mark.usefixtures("stored")
def test_a_body_that_never_comes_does_not_hold_the_others_up(server: Server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as slow:
        slow.sendall(b"POST /webhook HTTP/1.1\r\nhost: desk\r\ncontent-length: 100\r\n\r\n{")
        assert server.request("GET", "/readyz", timeout_s=1).status == 200
        assert slow.recv(65536).startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize(
    "garbage",
    [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET\r\n\r\n", b"POST /webhook HTTP/9.9\r\n\r\n", b"\x00" * 100],
    ids=["TLS", "half a request", "an unknown version", "zeros"],
)
def test_what_is_no_http_does_no_harm(server: Server, garbage: bytes):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
        raw.sendall(garbage)
        raw.shutdown(socket.SHUT_WR)
        raw.recv(65536)
    assert server.request("GET", "/readyz").status == 200


# --- what is the same alert ----------------------------------------------------------------------------------------


def test_a_repeat_gets_the_first_answer_and_trades_nothing(server: Server):
    first = server.alert(id="repeated")
    before = counts(server)["orders"]
    for _ in range(3):
        again = server.alert(id="repeated")
        assert again.status == 200
        assert again.json == {**first.json, "duplicate": True}
    assert first.json["duplicate"] is False
    assert counts(server)["orders"] == before


def test_another_spelling_of_the_same_content_is_the_same_alert(server: Server):
    body = json.dumps({"action": "buy", "id": "spelled", "price": "65000", "quantity": "0.010", "symbol": BTC})
    first = post(server, body.encode(), authorization=f"Bearer {SECRET}")
    spaced = json.dumps(json.loads(body), indent=4, sort_keys=False).encode()
    assert post(server, spaced, path=f"/webhook/{SECRET}").json == {**first.json, "duplicate": True}


def test_the_same_id_with_other_content_is_409(server: Server):
    assert server.alert(id="taken").status == 202
    before = counts(server)
    problem(server.alert(id="taken", quantity="0.02"), 409, "ID_CONFLICT")
    after = counts(server)
    assert (after["signals"], after["orders"]) == (before["signals"], before["orders"])
    assert after["events"] == before["events"] + 1


def test_an_id_belongs_to_one_strategy(server: Server):
    bitcoin = server.alert(id="shared", strategy="follow")
    solana = server.alert(id="shared", strategy="other", symbol="SOL/USDT:USDT", price="150", quantity="0.5")
    assert (bitcoin.status, solana.status) == (202, 202)
    assert bitcoin.json["signal_id"] != solana.json["signal_id"]


def test_ids_are_told_apart_by_case_and_blanks(server: Server):
    answers = [server.alert(id=name) for name in ("Case", "case", " case", "case ")]
    assert [answer.status for answer in answers] == [202] * 4


def test_without_an_id_the_same_content_is_one_alert_within_the_window(server: Server):
    first = server.alert(comment="no id")
    again = server.alert(comment="no id")
    other = server.alert(comment="no id, other content")
    assert (first.status, again.status, other.status) == (202, 200, 202)
    assert again.json["signal_id"] == first.json["signal_id"]


def test_without_an_id_the_same_content_is_another_alert_after_the_window(tmp_path: Path):
    with running(tmp_path, WEBHOOK__DEDUP_WINDOW_S="0.3") as server:
        first = server.alert()
        assert server.alert().json == {**first.json, "duplicate": True}
        another = eventually(lambda: (answer := server.alert()).status == 202 and answer, 5, every_s=0.05)
        assert another.json["signal_id"] != first.json["signal_id"]


def test_a_repeat_after_a_restart_gets_the_first_answer(tmp_path: Path):
    with running(tmp_path) as server:
        first = server.alert(id="kept")
        server.kill()
        server.start()
        assert server.alert(id="kept").json == {**first.json, "duplicate": True}
        assert server.alert(id="kept", quantity="0.02").status == 409


# --- what is never told --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("log", [{}, {"LOG__FILE": "desk.log", "LOG__LEVEL": "debug", "LOG__FORMAT": "text"}])
def test_a_secret_is_in_no_answer_no_log_and_no_file(tmp_path: Path, log: dict[str, str]):
    with running(tmp_path, **log) as server:
        answers = [
            server.alert(id="plain"),
            server.alert(id="in-comment", comment=f"my secret is {SECRET}!"),
            server.alert(id=f"id-{SECRET}"),
            server.alert(id="unknown-key", note={"deep": [SECRET, TOKEN]}),
            server.alert(id="as-key", **{SECRET: 1}),
            server.alert(id="token-in-comment", comment=TOKEN),
            server.alert(id="wrong-field", action=SECRET),
            server.alert(id="wrong-symbol", symbol=SECRET),
            server.alert(id="wrong-strategy", strategy=SECRET),
            server.alert(id="long", action="x" * 40 + SECRET),
            server.alert(id="cut", action="x" * 55 + SECRET),
            server.alert(id=f"id-{SECRET}", quantity="0.02"),
            post(server, plain(id="path"), path=f"/webhook/{SECRET}"),
            post(server, b"{", path=f"/webhook/{SECRET}"),
            post(server, plain(), path=f"/webhook/{SECRET}x"),
            post(server, alert_body(), path=f"/nowhere/{SECRET}"),
            post(server, f'{{"secret": "{SECRET}", "secret": "{SECRET}"}}'.encode()),
            post(server, f'{{"secret": "{SECRET}", "x": {SECRET}}}'.encode()),
            post(server, plain(), authorization=f"Basic {SECRET}"),
            server.request("GET", f"/api/v1/orders?symbol={TOKEN}", headers=bearer()),
            server.request("GET", f"/api/v1/orders?{TOKEN}=1&limit={SECRET}", headers=bearer()),
            server.request("GET", f"/api/v1/orders/{SECRET}", headers=bearer()),
            server.request("GET", f"/api/v1/signals/{SECRET}", headers=bearer()),
            server.request("POST", "/api/v1/halt", json.dumps({"account": SECRET}).encode(), bearer()),
        ]
        assert {answer.status for answer in answers} == {200, 202, 400, 401, 404, 409, 422}
        answers += [
            server.request("GET", f"/api/v1/{name}", headers=bearer()) for name in ("signals", "events", "status")
        ]
        eventually(lambda: not server.rows("SELECT 1 FROM orders WHERE status = 'PENDING'"))
        beside = files_with_secrets(tmp_path)
        assert server.stop() == 0
    for answer in answers:
        shown = answer.raw + str(answer.headers).encode()
        assert not any(part in shown for part in parts_of_secrets()), answer
    assert not beside
    assert (tmp_path / "desk.log").exists() is bool(log)
    assert not files_with_secrets(tmp_path)


def parts_of_secrets() -> list[bytes]:
    """Nobody can use eight characters, but seeing that many would mean that something was cut, not masked."""
    return [secret[start : start + 8].encode() for secret in (SECRET, TOKEN) for start in (0, len(secret) - 8)]


def files_with_secrets(folder: Path) -> list[str]:
    """Every file but the configuration: the database, its log, what the process wrote."""
    files = [path for path in folder.iterdir() if path.suffix != ".toml"]
    assert {"quartermaster.db", "output.txt"} <= {path.name for path in files}
    return [path.name for path in files if any(part in path.read_bytes() for part in parts_of_secrets())]
