"""`quartermaster db` beside a real server, and what its operator does with it."""

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

import pytest

from app.storage import migrating
from tests.ageing import age
from tests.crash.alerts import CONFIGURATION, alerts
from tests.servers import ROOT, Answer, Server, environment_of, eventually, running

PRESSED_S = 1.0
"""How long an alert may take at most while something works beside the desk, on a busy machine."""


def command(server: Server, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "app.cli", "db", *arguments, "--config", str(server.configuration)]


def db(server: Server, *arguments: str, code: int = 0) -> str:
    """What the command wrote; it ended with that code."""
    done = subprocess.run(
        command(server, *arguments), cwd=ROOT, env=environment_of({}), capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done
    return done.stdout if code == 0 else done.stderr


@contextmanager
def trading(server: Server, seed: int) -> Iterator[list[tuple[Answer, float]]]:
    """Alerts arrive without a pause; the answers so far, each with the time it took."""
    answers: list[tuple[Answer, float]] = []
    stop = Event()

    def send() -> None:
        for body in alerts(Random(seed), seed):
            if stop.is_set():
                return
            began = time.monotonic()
            answers.append((server.request("POST", "/webhook", body), time.monotonic() - began))

    with ThreadPoolExecutor(1) as sender:
        sending = sender.submit(send)
        try:
            yield answers
        finally:
            stop.set()
            sending.result(30)


def require_undisturbed(answers: list[tuple[Answer, float]]) -> None:
    assert len(answers) > 5
    assert [answer for answer, _ in answers if answer.status >= 500] == []
    assert max(took for _, took in answers) < PRESSED_S


def books(server: Server) -> dict[str, Any]:
    """What an operator would compare by eye."""
    listed = {name: server.get(f"{name}?limit=1000")["items"] for name in ("orders", "fills", "positions")}
    return {
        "orders": {order["client_order_id"]: (order["status"], order["filled"]) for order in listed["orders"]},
        "fills": listed["fills"],
        "positions": [(p["strategy"], p["symbol"], p["quantity"], p["fees"]) for p in listed["positions"]],
    }


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path, template=CONFIGURATION)
    try:
        yield server.start()
    finally:
        server.kill()


def send_some(server: Server, count: int, seed: int = 1) -> None:
    source = alerts(Random(seed), seed)
    for _ in range(count):
        assert server.request("POST", "/webhook", next(source)).status < 500
    settle(server)


def settle(server: Server) -> None:
    """What is live rests in the venue's book."""
    moving = "SELECT 1 FROM orders WHERE live AND NOT (status = 'OPEN' AND price IS NOT NULL)"
    eventually(lambda: not server.rows(moving))


def test_a_backup_made_while_the_desk_trades_restores_to_the_same_books(server: Server, tmp_path: Path) -> None:
    send_some(server, 60)
    with trading(server, 2) as answers:
        eventually(lambda: len(answers) > 20)
        db(server, "backup", str(tmp_path / "live.db"))
        eventually(lambda: len(answers) > 60)
    require_undisturbed(answers)
    settle(server)
    db(server, "backup", str(tmp_path / "copy.db"))
    kept = books(server)
    send_some(server, 40, seed=3)
    assert books(server) != kept
    assert server.stop() == 0

    for name in ("copy.db", "live.db"):
        for left in tmp_path.glob("quartermaster.db*"):
            left.unlink()
        shutil.copy(tmp_path / name, server.database)
        assert "whole" in db(server, "check")
        orders = server.rows("SELECT client_order_id FROM orders")
        server.start()
        if name == "copy.db":
            assert books(server) == kept
        settle(server)
        assert server.rows("SELECT client_order_id FROM orders") == orders
        sums = "SELECT count(*) FROM orders o WHERE status = 'FILLED' AND quantity != filled"
        assert server.rows(sums) == [(0,)]
        assert server.rows("SELECT count(*) - count(DISTINCT trade_id) FROM fills") == [(0,)]
        send_some(server, 10, seed=4)
        assert "whole" in db(server, "check")
        assert server.stop() == 0


def test_pruning_beside_a_desk_that_trades_disturbs_neither_it_nor_its_books(server: Server, tmp_path: Path) -> None:
    send_some(server, 150)
    assert server.stop() == 0
    age(server.database, timedelta(days=100))
    server.start()
    held = books(server)["positions"]
    counted = json.loads(db(server, "prune", "--keep", "90d", "--dry-run", "--json"))
    assert counted["rows"]["orders"] > 20
    with trading(server, 5) as answers:
        done = json.loads(db(server, "prune", "--keep", "90d", "--json"))
        eventually(lambda: len(answers) > 20)
    require_undisturbed(answers)
    assert 0 <= done["rows"]["orders"] - counted["rows"]["orders"] <= 5, "the newest stay, and they were the newest"
    assert (Path(done["export"]) / "manifest.json").exists()
    assert "whole" in db(server, "check")
    settle(server)
    now = books(server)
    assert now["positions"] != held
    assert server.stop() == 0
    size = server.database.stat().st_size
    db(server, "prune", "--keep", "90d", "--vacuum")
    assert server.database.stat().st_size < size
    server.start()
    assert books(server) == now
    assert "whole" in db(server, "check")


def test_pruning_killed_in_the_middle_leaves_books_that_add_up(server: Server) -> None:
    send_some(server, 250)
    assert server.stop() == 0
    age(server.database, timedelta(days=100))
    count = server.count("orders")
    pruning = subprocess.Popen(command(server, "prune", "--keep", "90d"), cwd=ROOT, env=environment_of({}))
    eventually(lambda: server.count("orders") < count or pruning.poll() is not None, 60, every_s=0.001)
    pruning.send_signal(signal.SIGKILL)
    assert pruning.wait() == -signal.SIGKILL
    assert server.count("prunings") == 1
    assert server.count("fills") > 20
    assert "whole" in db(server, "check")
    db(server, "prune", "--keep", "90d")
    assert server.count("orders") < count / 2
    assert "whole" in db(server, "check")


def test_a_server_upgrades_an_old_database_and_tells_where_it_kept_it(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.database.touch(0o600)
    migrating.upgrade(server.database, "0001")
    try:
        server.start()
        (kept,) = tmp_path.glob("quartermaster-schema-0001-*.db")
        assert str(kept) in server.output.read_text(encoding="utf-8")
        assert server.alert(id="first").status == 202
        assert "whole" in db(server, "check")
        assert "stop it first" in db(server, "upgrade", code=2)
        assert server.stop() == 0
        assert "nothing to do" in db(server, "upgrade")
    finally:
        server.kill()


def test_what_does_not_add_up_is_a_line_and_an_exit_code(server: Server) -> None:
    assert server.alert(id="a").status == 202
    settle(server)
    assert server.stop() == 0
    with sqlite3.connect(server.database) as connection:
        connection.execute("UPDATE positions SET quantity = '5'")
    said = db(server, "check", code=1).splitlines()
    assert said[0].startswith("positions: main follow BTC/USDT:USDT: quantity is 5; its fills")
    assert said[-1].endswith("1 finding")
    findings = subprocess.run(
        command(server, "check", "--json"),
        cwd=ROOT,
        env=environment_of({}),
        capture_output=True,
        text=True,
        check=False,
    )
    answer = json.loads(findings.stdout)
    assert (answer["ok"], answer["findings"][0]["check"]) == (False, "positions")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["prune"], "either --before DATE or --keep 90d"),
        (["prune", "--keep", "90d", "--before", "2026-01-01"], "either --before DATE or --keep 90d"),
        (["prune", "--keep", "90"], "--keep: expected hours, days or weeks such as 90d, got 90"),
        (["prune", "--before", "yesterday"], "--before: expected a date such as 2026-08-01, got yesterday"),
        (["prune", "--keep", "90d", "--vacuum"], "another Quartermaster is using this database"),
        (["mend"], "No such command 'mend'"),
    ],
)
def test_wrong_use_is_told(server: Server, arguments: list[str], said: str) -> None:
    assert said in db(server, *arguments, code=2)


def test_without_a_database_there_is_nothing_to_look_after(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.write_configuration()
    for name in (["check"], ["backup"], ["upgrade"], ["prune", "--keep", "90d"]):
        assert "no database yet" in db(server, *name, code=1)
    assert not server.database.exists()


def test_a_log_that_is_rotated_away_goes_on_in_a_new_file_without_losing_a_line(tmp_path: Path) -> None:
    log = tmp_path / "desk.log"
    with running(tmp_path, LOG__FILE="desk.log") as server:
        ids = []
        for number in range(30):
            if number % 10 == 5:
                log.rename(tmp_path / f"desk.log.{number}")
            answer = server.alert(id=f"id-{number}", quantity="0.001")
            assert answer.status == 202
            ids.append(answer.json["signal_id"])
        assert server.stop() == 0
        assert "SignalAccepted" not in server.output.read_text(encoding="utf-8")
    files = sorted(tmp_path.glob("desk.log*"))
    assert len(files) == 4
    lines = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    accepted = [line["id"] for line in lines if line["event"] == "SignalAccepted"]
    assert sorted(accepted) == sorted(ids)
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_a_log_that_cannot_be_written_is_told_at_the_start(tmp_path: Path) -> None:
    server = Server(tmp_path, {"LOG__FILE": "nowhere/desk.log"})
    server.start(until_ready=False)
    assert server.process is not None
    assert server.process.wait(30) == 2
    assert "log.file: cannot write" in server.output.read_text(encoding="utf-8")
