"""Previews against a real server: told what would be, and nothing is."""

import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.servers import (
    BTC,
    ETH,
    ROOT,
    SECRET,
    TOKEN,
    Answer,
    Server,
    alert_body,
    bearer,
    environment_of,
    eventually,
    running,
)

TABLES = ("signals", "orders", "events", "fills")
WRONG_SECRET = "somebody-elses-secret"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    limits = {"PORTFOLIO__LIMITS__MAX_ORDER_NOTIONAL": "1000", "PORTFOLIO__LIMITS__MAX_EXPOSURE": "50%"}
    with running(tmp_path_factory.mktemp("preview"), **limits) as server:
        yield server


def preview(server: Server, secret: str | None = None, **fields: Any) -> Answer:
    return server.request("POST", "/api/v1/preview", alert_body(secret, **fields), bearer())


def nameless(decision: Any) -> str:
    """The decision without the names that only a stored one has, and without an age, which is another each time."""
    ages = {"STALE_SIGNAL"}
    reasons = [reason | ({"value": None} if reason["code"] in ages else {}) for reason in decision["reasons"]]
    return json.dumps({**decision, "reasons": reasons}).replace(decision["signal_id"], "X")


def stored(server: Server) -> list[int]:
    """How much there is on disk, what the clock writes by itself aside."""
    journal = server.rows("SELECT count(*) FROM journal WHERE kind NOT IN ('Mark', 'TakeWalletSnapshot')")[0][0]
    return [journal, *(server.count(table) for table in TABLES)]


def settled(server: Server) -> None:
    """No order on disk can trade any more."""
    live = "SELECT count(*) FROM orders WHERE status IN ('PENDING', 'SUBMITTED', 'OPEN', 'PARTIALLY_FILLED')"
    eventually(lambda: server.rows(live) == [(0,)])


@pytest.mark.parametrize(
    "fields",
    [
        {"quantity": "0.0103"},
        {"quantity": "1"},
        {"quantity": "1", "symbol": ETH, "price": "3000"},
        {"action": "close", "quantity": None},
        {"action": "cancel", "quantity": None},
        {"action": "short", "quantity": "0.005"},
        {"action": "flat", "quantity": None},
        {"time": "2020-01-01T00:00:00Z"},
        {"symbol": "SOL/USDT:USDT", "strategy": "follow", "price": "150", "quantity": "1"},
        {"quantity": "0.00001"},
        {"quantity": "0.01", "price": None, "symbol": "SOL/USDT:USDT"},
        {"symbol": "NONE/USDT:USDT"},
        {"action": "bux", "quantity": "-1"},
        {"strategy": "nobody"},
    ],
)
def test_what_is_told_is_what_the_webhook_then_answers(server: Server, fields: dict[str, Any]) -> None:
    settled(server)
    before = stored(server)
    told = preview(server, **fields)
    assert (told.status, told.headers["content-type"]) == (200, "application/json")
    assert stored(server) == before
    would_answer = told.json["would_answer"]
    answer = server.alert(**fields)
    assert would_answer["status"] == answer.status
    if answer.status < 400:
        assert nameless(would_answer["body"]) == nameless(answer.json)
    else:
        assert would_answer["body"] == answer.json
        assert told.json["orders"] is None


def test_every_step_is_told(server: Server) -> None:
    settled(server)
    told = preview(server, id="steps", symbol="BYBIT:BTCUSDT.P", quantity="0.0103", mood="good").json
    assert told["reading"]["ignored_keys"] == ["mood"]
    assert told["reading"]["signal"]["symbol"] == BTC
    assert told["reading"]["strategy"]["why"] == f"the only one that trades {BTC}"
    assert told["repeat"] | {"window_s": None} == {
        "known_by": "id",
        "id": "steps",
        "window_s": None,
        "repeat": False,
        "conflict": False,
        "of": None,
    }
    assert [check["code"] for check in told["checks"]] == ["STALE_SIGNAL", "SYMBOL_NOT_ALLOWED", "STRATEGY_PAUSED"]
    assert (told["reference"]["mark"], told["reference"]["source"]) == ("65000", "signal")
    assert told["wishes"]["orders"][0]["quantity"] == "0.0103"
    (order,) = told["orders"]
    assert (order["asked"], order["quantity"], order["status"]) == ("0.0103", "0.01", "PENDING")
    figures = {(check["code"], check["scope"]): check for check in order["checks"]}
    limit = figures["MAX_ORDER_NOTIONAL", "portfolio"]
    assert (limit["limit"], limit["value"], limit["passed"]) == ("1000", "656.5", True)
    scopes = [change["scope"] for change in told["exposure"]]
    assert scopes == ["portfolio", "account main", "strategy follow", f"account main, {BTC}"]


def test_a_repeat_and_a_conflict_are_told(server: Server) -> None:
    first = server.alert(id="once", action="close", quantity=None, symbol=ETH)
    again = preview(server, id="once", action="close", quantity=None, symbol=ETH).json
    assert (again["repeat"]["repeat"], again["repeat"]["of"]) == (True, first.json["signal_id"])
    assert again["would_answer"]["body"] == {**first.json, "duplicate": True}
    other = preview(server, id="once", action="flat", quantity=None, symbol=ETH).json
    assert (other["would_answer"]["status"], other["would_answer"]["body"]["code"]) == (409, "ID_CONFLICT")
    assert other["repeat"]["conflict"] is True


@pytest.mark.parametrize(
    ("secret", "state"), [(None, "none"), (SECRET, "right"), (WRONG_SECRET, "wrong"), (TOKEN, "wrong")]
)
def test_a_secret_is_told_of_and_never_shown(server: Server, secret: str | None, state: str) -> None:
    for fields in ({}, {"action": f"{secret}"}, {"comment": f"it is {secret}"}, {"symbol": f"{secret}"}):
        answer = preview(server, secret, **fields)
        assert answer.json["reading"]["secret"] == state
        assert secret is None or secret.encode() not in answer.raw
    for known in (SECRET, TOKEN, WRONG_SECRET):
        assert known not in server.output.read_text()


@pytest.mark.parametrize(
    "body", [b"", b"buy", b"[]", b'{"a":1,"a":2}', b"\xff\xfe", b'{"a":' + b"[" * 50 + b"]" * 50 + b"}"]
)
def test_what_is_no_alert_is_told_as_what_it_would_be_answered(server: Server, body: bytes) -> None:
    told = server.request("POST", "/api/v1/preview", body, bearer())
    answer = server.request("POST", "/webhook", body, {"Authorization": f"Bearer {SECRET}"})
    assert told.status == 200
    assert told.json["would_answer"] == {"status": answer.status, "body": answer.json}
    assert told.json["reading"] is None


def test_it_needs_the_token_and_takes_no_more_than_the_webhook(server: Server) -> None:
    for headers in ({}, bearer("wrong"), bearer(SECRET)):
        answer = server.request("POST", "/api/v1/preview", alert_body(SECRET), headers)
        assert (answer.status, answer.code) == (401, "UNAUTHORIZED")
    large = server.request("POST", "/api/v1/preview", b"{" + b" " * 70_000 + b"}", bearer())
    assert large.status == 413
    assert server.request("GET", "/api/v1/preview", headers=bearer()).status == 405


def test_a_halted_desk_tells_that_it_would_deny(server: Server) -> None:
    settled(server)
    server.post("halt")
    told = preview(server, quantity="0.01").json
    assert [reason["code"] for reason in told["would_answer"]["body"]["reasons"]] == ["HALTED"]
    server.post("resume")
    assert preview(server, quantity="0.01").json["would_answer"]["status"] == 202


def test_many_previews_beside_alerts_hurt_neither(server: Server) -> None:
    """None of them is refused for the other's sake, and only what was sent is there."""
    before = server.count("signals")

    def ask(number: int) -> int:
        if number % 2:
            return server.alert(id=f"beside-{number}", symbol=ETH, quantity="0.01", price="3000").status
        return preview(server, id=f"beside-{number}", symbol=ETH, quantity="0.01", price="3000").status

    with ThreadPoolExecutor(8) as callers:
        statuses = list(callers.map(ask, range(80)))
    assert set(statuses) <= {200, 202}
    assert server.count("signals") == before + 40


def test_limits_tell_how_much_of_them_is_used(server: Server) -> None:
    settled(server)
    server.alert(action="flat", quantity=None, price="65000")
    eventually(lambda: not server.get(f"positions?symbol={BTC}")["items"])
    server.alert(action="flat", quantity=None, symbol=ETH, price="3000")
    eventually(lambda: not server.get("positions")["items"])
    assert server.alert(quantity="0.01").status == 202
    eventually(lambda: server.get("positions")["items"])
    items = {item["code"]: item for item in server.get("limits")["items"]}
    exposure = items["MAX_EXPOSURE"]
    assert (exposure["limit"], exposure["state"], exposure["tripped"]) == ("50%", "ACTIVE", False)
    assert exposure["use"]["value"] == "650"
    assert 0.12 < float(exposure["use"]["share"]) < 0.14
    assert (exposure["use"]["symbol"], exposure["use"]["exceeded"]) == (None, False)
    assert items["MAX_ORDER_NOTIONAL"]["use"] is None


# --- from a shell --------------------------------------------------------------------------------------------------


def shell(server: Server, *arguments: str, stdin: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, "-m", "app.cli", *arguments, "--config", str(server.configuration)]
    environment = environment_of(server.environment)
    return subprocess.run(command, cwd=ROOT, env=environment, input=stdin, capture_output=True, timeout=60, check=False)


def test_check_asks_the_server_that_runs(server: Server, tmp_path: Path) -> None:
    settled(server)
    before = stored(server)
    file = tmp_path / "alert.json"
    file.write_bytes(alert_body(None, quantity="0.001"))
    accepted = shell(server, "check", "--alert", str(file))
    assert (accepted.returncode, accepted.stderr) == (0, b"")
    assert accepted.stdout.startswith(b"would be accepted")
    assert b"no server is running" not in accepted.stdout
    denied = shell(server, "check", "--alert", "-", stdin=alert_body(None, quantity="5"))
    assert denied.returncode == 1
    assert b"would be denied: " in denied.stderr
    asked = shell(server, "check", "--alert", str(file), "--json")
    assert json.loads(asked.stdout)["would_answer"]["status"] == 202
    assert stored(server) == before


@pytest.mark.parametrize("name", ["strategy", "close"])
def test_a_template_goes_from_printing_to_trading(server: Server, name: str) -> None:
    settled(server)
    message = shell(server, "template", "follow", "--only", name, "--filled").stdout
    assert shell(server, "check", "--alert", "-", stdin=message).returncode == 0
    sent = shell(server, "send", "-", stdin=message)
    assert (sent.returncode, sent.stderr) == (0, b"")
    eventually(lambda: server.get("signals?limit=1")["items"][0]["id"] == json.loads(message)["id"])


def test_limits_are_bars_in_a_pipe(server: Server) -> None:
    assert server.alert(quantity="0.002").status == 202
    settled(server)
    shown = shell(server, "limits").stdout.decode()
    assert "MAX_EXPOSURE" in shown
    assert "#" in shown
    assert "\x1b" not in shown
