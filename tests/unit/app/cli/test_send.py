"""`quartermaster send`: what goes out for which flags, and what an answer ends with."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.cli.request import Answer, Request
from app.intake.protection import take_profits
from app.settings import Settings
from tests.unit.app.cli.conftest import SECRET, Run

ACCEPTED = {"signal_id": "S1", "status": "accepted", "family": "canonical", "orders": [], "reasons": [], "canceled": []}
REASON = {"code": "MAX_POSITION", "message": "too much", "limit": "5000", "value": "6000", "scope": "portfolio"}


class Desk:
    """Answers every request in the same way and keeps what it was asked."""

    def __init__(self) -> None:
        self.status = 202
        self.data: dict[str, Any] = {**ACCEPTED, "duplicate": False}
        self.sent: list[Request] = []

    def ask(self, _: Settings, request: Request) -> Answer:
        self.sent.append(request)
        return Answer(self.status, json.dumps(self.data).encode(), self.data)

    @property
    def body(self) -> Any:
        (request,) = self.sent
        return json.loads(request.body or b"")


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()
    monkeypatch.setattr("app.cli.perform.ask", desk.ask)
    return desk


def test_flags_become_a_canonical_alert(run: Run, desk: Desk) -> None:
    flags = ["--id", "a", "--strategy", "trend", "--symbol", "BTC/USDT:USDT", "--action", "buy", "--quantity", "5%"]
    flags += ["--quantity-type", "percent_of_equity", "--order-type", "limit", "--price", "65000", "--reduce-only"]
    flags += ["--market-position", "long", "--position-size", "-2", "--prev-market-position", "flat"]
    flags += ["--time", "2026-01-01T00:00:00Z", "--comment", "hello", "--time-in-force", "GTC"]
    assert run("send", *flags).exit_code == 0
    assert desk.body == {
        "id": "a",
        "strategy": "trend",
        "symbol": "BTC/USDT:USDT",
        "action": "buy",
        "quantity": "5%",
        "quantity_type": "percent_of_equity",
        "order_type": "limit",
        "price": "65000",
        "reduce_only": True,
        "market_position": "long",
        "position_size": "-2",
        "prev_market_position": "flat",
        "time": "2026-01-01T00:00:00Z",
        "comment": "hello",
        "time_in_force": "GTC",
    }


def test_nothing_is_sent_that_was_not_said(run: Run, desk: Desk) -> None:
    run("send", "--symbol", "BTC/USDT:USDT", "--action", "close")
    assert desk.body == {"symbol": "BTC/USDT:USDT", "action": "close"}


def test_a_file_goes_out_as_it_is(run: Run, desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "alert.json"
    file.write_bytes(b'{ "action" :"buy"}')
    run("send", str(file))
    assert desk.sent[0].body == b'{ "action" :"buy"}'


BUY = ["--symbol", "BTC/USDT:USDT", "--action", "buy"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["2%:50%", "4%:50%"], [{"price": "2%", "share": "50%"}, {"price": "4%", "share": "50%"}]),
        (["2%:50%, 66000:0.01"], [{"price": "2%", "share": "50%"}, {"price": "66000", "quantity": "0.01"}]),
        (["66000", "67000"], [{"price": "66000"}, {"price": "67000"}]),
    ],
)
def test_take_profits_are_told_one_by_one_or_together(
    run: Run, desk: Desk, given: list[str], told: list[dict[str, str]]
) -> None:
    flags = [part for text in given for part in ("--take-profits", text)]
    assert run("send", *BUY, *flags).exit_code == 0
    assert desk.body["take_profits"] == told
    assert take_profits(told), "the desk understands them"


def test_standard_input_goes_out_as_it_is(run: Run, desk: Desk) -> None:
    run("send", "-", stdin=b'{"action": "s\xc3\xa9ll"}')
    assert desk.sent[0].body == b'{"action": "s\xc3\xa9ll"}'


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--symbol and --action needed"),
        (["--symbol", "X"], "--action needed"),
        (["-", "--symbol", "X"], "not both"),
        ([*BUY, "--take-profits", "2%:50%:1"], "--take-profits: '2%:50%:1' must be PRICE:SHARE"),
        ([*BUY, "--take-profits", "2%:"], "--take-profits: '2%:' must be PRICE:SHARE"),
        ([*BUY, "--take-profits", "2%,"], "--take-profits: '' must be PRICE:SHARE"),
        (["none.json"], "cannot read none.json: No such file or directory"),
    ],
)
def test_wrong_flags_end_with_2(run: Run, desk: Desk, arguments: list[str], said: str) -> None:
    result = run("send", *arguments)
    assert (result.exit_code, desk.sent) == (2, [])
    assert said in result.stderr


def test_the_secret_is_sent_and_never_shown(run: Run, desk: Desk, config: Path) -> None:
    result = run("send", "-", stdin=b"{}")
    request = desk.sent[0]
    assert request.is_alert
    assert SECRET not in result.output


def test_a_denied_alert_ends_with_1_and_its_reasons(run: Run, desk: Desk) -> None:
    desk.status, desk.data = 200, {**desk.data, "status": "denied", "reasons": [REASON]}
    result = run("send", "-", stdin=b"{}")
    assert (result.exit_code, result.stderr) == (1, "quartermaster: denied: MAX_POSITION\n")
    assert "MAX_POSITION  portfolio   6000   5000  too much" in result.stdout


def test_an_ignored_alert_ends_with_0(run: Run, desk: Desk) -> None:
    desk.status, desk.data = 200, {**desk.data, "status": "ignored"}
    assert run("send", "-", stdin=b"{}").exit_code == 0


def test_a_repeat_says_so(run: Run, desk: Desk) -> None:
    desk.status, desk.data = 200, {**desk.data, "duplicate": True}
    assert "(a repeat: " in run("send", "-", stdin=b"{}").stdout


def test_json_is_the_body_as_it_came(run: Run, desk: Desk) -> None:
    assert run("send", "-", "--json", stdin=b"{}").stdout == json.dumps(desk.data) + "\n"


def test_each_field_that_is_wrong_is_a_line(run: Run, desk: Desk) -> None:
    fields = [
        {"field": "action", "value": "bux", "message": "must be one of buy"},
        {"field": "symbol", "value": None, "message": "is missing"},
    ]
    desk.status, desk.data = 422, {"detail": "action: must; symbol: is", "code": "INVALID_FIELD", "errors": fields}
    result = run("send", "-", stdin=b"{}")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        "quartermaster: action: must; symbol: is",
        'quartermaster: - action: must be one of buy (got "bux")',
        "quartermaster: - symbol: is missing",
    ]
