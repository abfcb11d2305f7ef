"""A configuration of one paper account, and the command line as a user types it."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner, Result

from app.cli.main import app

TOKEN, SECRET = "0123456789abcdef-token", "0123456789abcdef-secret"
FILE = """
[server]
port = {port}
api_token = "{token}"
[webhook]
secret = "{secret}"
[portfolio.limits]
max_order_notional = "2000"
[[accounts]]
id = "main"
venue = "paper"
balances = {{ USDT = "10000" }}
[[strategies]]
id = "trend"
kind = "follow"
symbols = ["BTC/USDT:USDT"]
sizing = {{ quantity = "5%" }}
"""
Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No variable of whoever runs the tests counts, and the logs are as they were."""
    for name in [name for name in os.environ if name.startswith("QUARTERMASTER_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("COLUMNS", raising=False)
    yield
    structlog.reset_defaults()


@pytest.fixture
def port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def config(tmp_path: Path, port: int) -> Path:
    path = tmp_path / "quartermaster.toml"
    path.write_text(FILE.format(port=port, token=TOKEN, secret=SECRET), encoding="utf-8")
    path.chmod(0o600)
    return path


@pytest.fixture
def run(config: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command with the configuration."""
    monkeypatch.setenv("QUARTERMASTER_CONFIG", str(config))

    def run_command(*arguments: str, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(app, list(arguments), input=stdin, prog_name="quartermaster", catch_exceptions=False)

    return run_command
