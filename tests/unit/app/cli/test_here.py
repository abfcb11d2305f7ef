"""Commands while no server runs: the desk works in this process, under the database's lock."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.storage.database import DatabaseLock
from tests.unit.app.cli.conftest import Run

BUY = ("send", "--id", "first", "--symbol", "BTC/USDT:USDT", "--action", "buy", "--quantity", "0.01")


@pytest.mark.parametrize("command", ["status", "signals", "orders", "fills", "positions", "limits", "events"])
def test_there_is_nothing_to_read_before_the_first_start(run: Run, tmp_path: Path, command: str) -> None:
    before = [*tmp_path.iterdir()]
    result = run(command)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "quartermaster: no database yet: start with `quartermaster serve`\n"
    assert [*tmp_path.iterdir()] == before


def test_a_halt_holds_until_resumed(run: Run) -> None:
    assert run("halt").stdout.startswith("portfolio: HALTED\n")
    denied = run(*BUY, "--price", "65000")
    assert (denied.exit_code, denied.stderr) == (1, "quartermaster: denied: HALTED\n")
    assert json.loads(run("resume", "--json").stdout) == {"state": "ACTIVE", "still": []}


def test_an_alert_is_traded_before_the_command_ends(run: Run) -> None:
    assert run(*BUY, "--price", "65000").exit_code == 0
    (fill,) = json.loads(run("fills", "--json").stdout)["items"]
    assert (fill["symbol"], fill["quantity"], fill["price"]) == ("BTC/USDT:USDT", "0.01", "65000")
    trail = run("signals", "show", "first").stdout
    assert "✓  MAX_ORDER_NOTIONAL" in trail
    assert "FILLED" in trail
    assert "(a repeat: " in run(*BUY, "--price", "65000").stdout


def test_flatten_closes_what_is_held(run: Run) -> None:
    run(*BUY, "--price", "65000")
    assert len(json.loads(run("positions", "--json").stdout)["items"]) == 2
    assert run("flatten", "--strategy", "trend").stdout.startswith("strategy trend: HALTED")
    assert json.loads(run("positions", "--json").stdout)["items"] == []


def test_an_order_that_rests_can_be_cancelled_once(run: Run) -> None:
    run(*BUY, "--price", "60000", "--order-type", "limit")
    (order,) = json.loads(run("orders", "--status", "open", "--json").stdout)["items"]
    name = order["client_order_id"]
    assert run("cancel", name).exit_code == 0
    again = run("cancel", name)
    assert (again.exit_code, again.stderr) == (1, "quartermaster: the order has ended already\n")
    assert run("cancel", "none").exit_code == 1


def test_what_a_page_leaves_out_follows_with_before(run: Run) -> None:
    for name in ("a", "b", "c"):
        run("send", "--id", name, "--symbol", "BTC/USDT:USDT", "--action", "close")
    first = json.loads(run("signals", "--limit", "2", "--json").stdout)
    rest = json.loads(run("signals", "--before", first["next"], "--json").stdout)
    assert [item["id"] for item in first["items"] + rest["items"]] == ["c", "b", "a"]
    assert f"more: --before {first['next']}" in run("signals", "--limit", "2").stdout
    assert run("signals", "--status", "accepted", "--json").stdout == '{"items":[],"next":null}\n'


def test_a_signal_that_is_not_there_is_one_line(run: Run) -> None:
    run("halt")
    result = run("signals", "show", "a/b?c")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "no signal has this id" in result.stderr


def test_the_problem_comes_as_json_where_that_was_asked_for(run: Run) -> None:
    result = run("halt", "--strategy", "none", "--json")
    assert (result.exit_code, json.loads(result.stdout)["code"]) == (1, "UNKNOWN_STRATEGY")
    assert result.stderr == 'quartermaster: strategy: is not known; known: trend (got "none")\n'


@pytest.fixture
def held(tmp_path: Path) -> Iterator[None]:
    lock = DatabaseLock(tmp_path / "quartermaster.db")
    lock.acquire()
    yield
    lock.release()


def test_a_database_that_another_process_holds_is_left_alone(
    run: Run, held: None, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.cli.client.STARTING_AT_MOST_S", 0.0)
    result = run("halt")
    where = f"http://127.0.0.1:{port}"
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"quartermaster: a server holds the database but does not answer at {where}\n"


def test_a_damaged_database_is_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "quartermaster.db").write_bytes(b"no database" * 500)
    for command in ("status", "halt", "serve"):
        result = run(command)
        assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
        assert "is damaged" in result.stderr
