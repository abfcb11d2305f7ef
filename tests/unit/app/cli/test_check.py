"""`quartermaster check`: what a configuration amounts to, or all that is wrong with it, and nothing changed."""

import json
from pathlib import Path

import pytest

from tests.unit.app.cli.conftest import SECRET, TOKEN, Run


def test_it_tells_accounts_strategies_limits_and_where_alerts_go(run: Run, config: Path, port: int) -> None:
    result = run("check")
    shown = " ".join(result.stdout.split())
    assert result.exit_code == 0
    assert f"http://127.0.0.1:{port}/webhook" in shown
    assert "main paper 1 10000 USDT" in shown
    assert "trend follow main 5% BTC/USDT:USDT" in shown
    assert "portfolio max_order_notional 2000" in shown


def test_it_writes_nothing(run: Run, config: Path, tmp_path: Path) -> None:
    run("check")
    assert [*tmp_path.iterdir()] == [config]


def test_it_shows_no_secret(run: Run) -> None:
    output = run("check").output + run("check", "--json").output
    assert SECRET not in output
    assert TOKEN not in output


def test_its_json_says_the_same(run: Run) -> None:
    found = json.loads(run("check", "--json").stdout)
    assert (found["ok"], found["warnings"], found["database"]["exists"]) == (True, [], False)
    assert found["limits"] == [{"scope": "portfolio", "limit": "max_order_notional", "value": "2000"}]
    assert found["strategies"][0]["symbols"] == ["BTC/USDT:USDT"]


def test_it_warns_of_a_file_that_others_can_read(run: Run, config: Path) -> None:
    config.chmod(0o644)
    result = run("check")
    assert result.exit_code == 0
    assert "can be read by others" in result.stderr


@pytest.mark.parametrize("file", [".", "nowhere/desk.log"])
def test_a_log_that_cannot_be_written_is_a_fault(run: Run, monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    monkeypatch.setenv("QUARTERMASTER_LOG__FILE", file)
    result = run("check")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "log.file: cannot write" in result.stderr


def test_a_database_that_is_none_is_a_fault(run: Run, tmp_path: Path) -> None:
    (tmp_path / "quartermaster.db").write_bytes(b"no database" * 500)
    result = run("check")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "is damaged" in result.stderr


def test_a_database_that_opens_is_left_as_it_is(run: Run, tmp_path: Path) -> None:
    assert run("halt").exit_code == 0
    before = (tmp_path / "quartermaster.db").read_bytes()
    result = run("check")
    assert (result.exit_code, (tmp_path / "quartermaster.db").read_bytes()) == (0, before)
    assert "(opens)" in result.stdout


@pytest.mark.parametrize("command", ["check", "serve", "halt"])
def test_a_place_that_cannot_hold_a_database_is_wrong_configuration(
    run: Run, config: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("QUARTERMASTER_DATABASE__URL", f"sqlite+aiosqlite:///{config.name}/x.db")
    result = run(command)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert "it is no folder" in result.stderr


def test_faults_come_as_json_too(run: Run, config: Path) -> None:
    config.write_text(config.read_text(encoding="utf-8") + "\nfun = 1\n", encoding="utf-8")
    result = run("check", "--json")
    found = json.loads(result.stdout)
    assert (result.exit_code, found["ok"], len(found["faults"])) == (2, False, 1)
