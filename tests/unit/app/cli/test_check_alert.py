"""`quartermaster check --alert`: what would become of an alert, without a server, and nothing of it kept."""

import json
from pathlib import Path

import pytest

from tests.unit.app.cli.conftest import SECRET, TOKEN, Run

BUY = {"id": "a", "ticker": "BYBIT:BTCUSDT.P", "side": "buy", "qty": "0.0123", "price": "65000", "mood": "good"}


def alert(**fields: object) -> bytes:
    said = {**BUY, **fields}
    return json.dumps({name: value for name, value in said.items() if value is not None}).encode()


def test_an_alert_that_would_be_taken_ends_with_0_and_its_story(run: Run, tmp_path: Path) -> None:
    result = run("check", "--alert", "-", stdin=alert())
    shown = " ".join(result.stdout.split())
    assert (result.exit_code, result.stderr) == (0, "")
    assert shown.startswith("would be accepted HTTP 202")
    for part in (
        "Read as a plain alert",
        "ticker BYBIT:BTCUSDT.P symbol BTC/USDT:USDT",
        "qty 0.0123 quantity 0.0123 units",
        "ignored: mood",
        "trend of kind follow on account main: the only one that trades BTC/USDT:USDT",
        "no; it is known by its id a, for 86400 s",
        "65000 from the alert itself",
        "buy 0.0123 units market",
        "buy 0.012 (asked 0.0123) market, counted at 65650, an entry",
        "✓ MAX_ORDER_NOTIONAL portfolio 787.8 2000",
        "0 BTC/USDT:USDT now, 0.012 once filled",
        "portfolio 0 787.8 0 787.8 0 1",
        "there is no database yet: this is what a new desk would do",
    ):
        assert part in shown
    assert [path.name for path in tmp_path.iterdir()] == ["quartermaster.toml"]


def test_an_alert_that_would_be_denied_ends_with_1_and_each_reason(run: Run) -> None:
    result = run("check", "--alert", "-", stdin=alert(qty="1"))
    codes = "INSUFFICIENT_MARGIN, MAX_ORDER_NOTIONAL"
    assert (result.exit_code, result.stderr) == (1, f"quartermaster: would be denied: {codes}\n")
    said = "MAX_ORDER_NOTIONAL portfolio 65650 2000 the order's notional exceeds the limit"
    assert said in " ".join(result.stdout.split())


def test_an_alert_that_would_be_ignored_ends_with_0(run: Run) -> None:
    result = run("check", "--alert", "-", stdin=alert(side="close", qty=None))
    assert result.exit_code == 0
    assert "NOTHING_TO_CLOSE" in result.stdout


def test_an_alert_that_would_be_refused_ends_with_1_and_each_field(run: Run) -> None:
    result = run("check", "--alert", "-", stdin=alert(side="bux", ticker="BTCX"))
    assert result.exit_code == 1
    assert result.stdout.startswith("would be refused  HTTP 422")
    lines = result.stderr.splitlines()
    assert lines[0].startswith("quartermaster: would be refused: 422 UNKNOWN_SYMBOL: ticker: ")
    assert [line.split()[2] for line in lines[1:]] == ["ticker:", "side:"]


@pytest.mark.parametrize("body", [b"", b"buy BTC now", b"[]", b'{"a": 1, "a": 2}', b"\xff"])
def test_what_is_no_alert_is_refused_in_one_line(run: Run, body: bytes) -> None:
    result = run("check", "--alert", "-", stdin=body)
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert result.stdout.startswith("would be refused  HTTP 4")


def test_a_file_that_is_not_there_is_wrong_use(run: Run, tmp_path: Path) -> None:
    result = run("check", "--alert", str(tmp_path / "none.json"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "No such file" in result.stderr


def test_a_configuration_that_is_wrong_is_wrong_use(run: Run, config: Path) -> None:
    config.write_text(config.read_text(encoding="utf-8").replace("follow", "folow"), encoding="utf-8")
    assert run("check", "--alert", "-", stdin=alert()).exit_code == 2


def test_its_json_is_what_the_api_says(run: Run) -> None:
    found = json.loads(run("check", "--alert", "-", "--json", stdin=alert()).stdout)
    assert found["would_answer"]["status"] == 202
    assert found["reading"]["strategy"]["id"] == "trend"
    assert found["orders"][0]["asked"] == "0.0123"


def test_a_database_that_is_there_counts_and_stays_as_it_is(run: Run, tmp_path: Path) -> None:
    assert run("send", "-", stdin=alert()).exit_code == 0
    before = {name: json.loads(run(name, "--json").stdout) for name in ("signals", "orders", "events", "positions")}
    repeat = run("check", "--alert", "-", stdin=alert())
    assert repeat.exit_code == 0
    assert "a repeat: answered as before" in repeat.stdout
    assert "yes, as signal" in repeat.stdout
    conflict = run("check", "--alert", "-", stdin=alert(qty="0.02"))
    assert conflict.exit_code == 1
    assert "would be refused: 409 ID_CONFLICT" in conflict.stderr
    close = run("check", "--alert", "-", stdin=alert(id="b", side="close", qty=None))
    assert "0.012 BTC/USDT:USDT now, 0 once filled" in close.stdout
    assert str(tmp_path / "quartermaster.db") in close.stdout
    after = {name: json.loads(run(name, "--json").stdout) for name in before}
    assert after == before


def test_an_older_database_is_not_brought_up_to_date_for_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("halt")
    before = (tmp_path / "quartermaster.db").read_bytes()
    monkeypatch.setattr("app.storage.database.SCHEMA_HEAD", "9999")
    result = run("check", "--alert", "-", stdin=alert())
    assert (result.exit_code, result.stdout) == (1, "")
    assert "was written by an older Quartermaster" in result.stderr
    assert (tmp_path / "quartermaster.db").read_bytes() == before


@pytest.mark.parametrize("secret", ["wrong-secret-of-mine", SECRET, TOKEN])
def test_no_secret_is_shown(run: Run, secret: str) -> None:
    result = run("check", "--alert", "-", stdin=alert(secret=secret, comment=f"x {secret} y"))
    assert result.exit_code == 0
    assert secret not in result.output
    refused = run("check", "--alert", "-", "--json", stdin=alert(secret=secret, side=secret))
    assert refused.exit_code == 1
    assert secret not in refused.output
    said = "the webhook's" if secret == SECRET else "not the webhook's: POST /webhook would answer 401"
    assert f"secret: {said}" in result.stdout
