"""The command line against a real server, and without one: processes as a user starts them."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

ROOT = Path(__file__).parents[2]
START_WITHIN_S = 30.0
STOP_WITHIN_S = 20.0
COMMAND_WITHIN_S = 60.0
ALERT = ("--symbol", "BTC/USDT:USDT", "--price", "65000")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class User:
    """Somebody with a configuration and a shell."""

    folder: Path
    port: int

    @property
    def config(self) -> Path:
        return self.folder / "quartermaster.toml"

    def environment(self, **more: str) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("QUARTERMASTER_")}
        return {**clean, "PYTHONPATH": str(ROOT), "QUARTERMASTER_SERVER__PORT": str(self.port), **more}

    def run(self, *arguments: str, stdin: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "app.cli", *arguments],
            cwd=self.folder,
            env=self.environment(**environment),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=COMMAND_WITHIN_S,
            check=False,
        )

    def json(self, *arguments: str) -> Any:
        result = self.run(*arguments, "--json")
        assert (result.returncode, result.stderr) == (0, "")
        return json.loads(result.stdout)

    def start(self) -> "subprocess.Popen[bytes]":
        """A server that is ready."""
        log = (self.folder / "server.log").open("ab")
        with log:
            process = subprocess.Popen(
                [sys.executable, "-m", "app.cli", "serve"],
                cwd=self.folder,
                env=self.environment(),
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START_WITHIN_S
        while not self.is_ready():
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                process.wait()
                raise AssertionError((self.folder / "server.log").read_text(encoding="utf-8"))
            time.sleep(0.05)
        return process

    def is_ready(self) -> bool:
        try:
            return bool(urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=1).status == 200)
        except OSError:
            return False

    def ask(self, path: str) -> str:
        """What the API itself answers."""
        line = next(row for row in self.config.read_text(encoding="utf-8").splitlines() if row.startswith("api_token"))
        token = line.split('"')[1]
        request = Request(f"http://127.0.0.1:{self.port}/api/v1/{path}", headers={"Authorization": f"Bearer {token}"})
        return str(urlopen(request, timeout=5).read().decode())


def stop(process: "subprocess.Popen[bytes]") -> int:
    """Ends the server as a person would, and for certain."""
    process.send_signal(signal.SIGTERM)
    try:
        return process.wait(STOP_WITHIN_S)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


@pytest.fixture
def user(tmp_path: Path) -> User:
    user = User(tmp_path, free_port())
    assert user.run("init").returncode == 0
    return user


@pytest.fixture
def serving(user: User) -> Iterator[User]:
    process = user.start()
    try:
        yield user
    finally:
        stop(process)


def test_a_day_with_the_command_line(serving: User) -> None:
    """One server for the whole story: what is sent is traded, shown, halted, refused, and closed."""
    user = serving
    bought = user.run("send", "--id", "first", "--action", "buy", "--quantity", "0.01", *ALERT)
    assert (bought.returncode, bought.stderr) == (0, "")
    assert bought.stdout.startswith("accepted  ")
    repeat = user.run("send", "--id", "first", "--action", "buy", "--quantity", "0.01", *ALERT)
    assert "(a repeat: " in repeat.stdout
    too_much = user.run("send", "--action", "buy", "--quantity", "1", *ALERT)
    assert too_much.returncode == 1
    assert "MAX_ORDER_NOTIONAL" in too_much.stdout
    assert too_much.stderr.startswith("quartermaster: denied: ")
    wrong = user.run("send", "-", stdin='{"symbol": "BTC/USDT:USDT", "action": "bux"}')
    assert (wrong.returncode, wrong.stdout, wrong.stderr.count("\n")) == (1, "", 1)
    assert wrong.stderr.startswith("quartermaster: action: must be one of")

    for path in ("signals", "orders", "fills", "limits", "strategies", "signals/first"):
        command = path.replace("/", " show ").split()
        assert user.run(*command, "--json").stdout == user.ask(path) + "\n"
        shown = user.run(*command, COLUMNS="80")
        assert (shown.returncode, shown.stderr) == (0, "")
        assert "\x1b" not in shown.stdout
        assert max(map(len, shown.stdout.splitlines())) <= 80

    trail = user.run("signals", "show", "first").stdout
    for part in ("Body", "✓  MAX_ORDER_NOTIONAL", "Transitions", "Fills", "Timeline", "+ ms", " traded"):
        assert part in trail

    halted = user.run("halt")
    assert (halted.returncode, halted.stdout, halted.stderr) == (0, "portfolio: HALTED\n", "")
    assert user.json("status")["state"] == "HALTED"
    assert user.run("status").stdout.startswith("HALTED  ready  positions 1")
    refused = user.run("send", "--action", "buy", "--quantity", "0.01", *ALERT)
    assert (refused.returncode, refused.stderr) == (1, "quartermaster: denied: HALTED\n")
    assert user.json("resume") == {"state": "ACTIVE", "still": []}
    assert user.json("flatten", "--account", "main")["state"] == "HALTED"
    deadline = time.monotonic() + 5
    while user.json("positions")["items"] and time.monotonic() < deadline:
        time.sleep(0.1)
    assert user.run("positions").stdout == "no positions\n"


def test_what_was_done_with_a_server_is_there_without_one(user: User) -> None:
    process = user.start()
    user.run("send", "--id", "first", "--action", "buy", "--quantity", "0.01", *ALERT)
    user.run("halt")
    assert stop(process) == 0
    status = user.run("status")
    assert status.stdout.startswith("HALTED")
    assert "no server is running" in status.stdout
    assert user.json("signals")["items"][0]["id"] == "first"
    assert user.run("resume").stdout.startswith("portfolio: ACTIVE\n")
    assert len(user.json("positions")["items"]) == 2
    closed = user.run("send", "--id", "second", "--action", "close", *ALERT)
    assert closed.returncode == 0
    process = user.start()
    try:
        assert user.json("positions")["items"] == []
        assert user.json("status")["state"] == "ACTIVE"
        assert [item["side"] for item in user.json("fills")["items"]] == ["sell", "buy"]
    finally:
        stop(process)


def test_a_second_server_on_the_same_database_ends_with_2(serving: User) -> None:
    second = serving.run("serve", QUARTERMASTER_SERVER__PORT=str(free_port()))
    assert (second.returncode, second.stdout, second.stderr.count("\n")) == (2, "", 1)
    assert "another Quartermaster is using this database" in second.stderr


def test_a_server_that_moved_to_another_port_is_told(serving: User) -> None:
    result = serving.run("status", QUARTERMASTER_SERVER__PORT=str(free_port()))
    assert (result.returncode, result.stderr.count("\n")) == (1, 1)
    assert "a server holds the database but does not answer at http://127.0.0.1:" in result.stderr


def test_a_token_that_is_not_the_servers_is_told(serving: User) -> None:
    result = serving.run("status", QUARTERMASTER_SERVER__API_TOKEN="another-token-of-mine")
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (1, "", 1)
    assert "does not accept this configuration's api_token" in result.stderr


def test_a_port_that_is_taken_ends_with_2(user: User) -> None:
    with socket.create_server(("127.0.0.1", user.port)):
        result = user.run("serve")
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert f"cannot listen on 127.0.0.1:{user.port}" in result.stderr


@pytest.mark.parametrize(("command", "code"), [("serve", 1), ("status", 1), ("halt", 1), ("check", 2)])
def test_a_damaged_database_ends_every_command_with_one_line(user: User, command: str, code: int) -> None:
    (user.folder / "quartermaster.db").write_bytes(b"\x00 no database \xff" * 500)
    result = user.run(command)
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (code, "", 1)
    assert "Traceback" not in result.stderr


def test_a_configuration_with_several_faults_names_each(user: User) -> None:
    text = user.config.read_text(encoding="utf-8")
    text = text.replace("leverage = 2", "leverage = -1").replace('kind = "follow"', 'kind = "folow"')
    user.config.write_text(text, encoding="utf-8")
    for command in ("check", "serve", "status"):
        result = user.run(command)
        assert (result.returncode, result.stdout, len(result.stderr.splitlines())) == (2, "", 2)
        assert "accounts.main.leverage" in result.stderr
        assert "strategies.follow.kind" in result.stderr


def test_a_reader_that_goes_away_hurts_nobody(user: User) -> None:
    user.run("halt")
    command = [sys.executable, "-m", "app.cli", "events"]
    environment = user.environment()
    with subprocess.Popen(
        command, cwd=user.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""


def test_the_console_script_is_the_same_program(user: User) -> None:
    script = Path(sys.executable).with_name("quartermaster")
    result = subprocess.run(
        [script, "check", "--config", user.config], env=user.environment(), capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert f"http://127.0.0.1:{user.port}/webhook" in result.stdout
