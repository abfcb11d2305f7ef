"""A real server process on a free port, with a configuration of its own, and a small client to talk to it."""

import contextlib
import json
import os
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

ROOT = Path(__file__).parent.parent
PREFIX = "QUARTERMASTER_"
SECRET = "alerts-4c1ba0f6e2d74b0f"
TOKEN = "bearer-93d5c7a81fe04e6b"
BTC = "BTC/USDT:USDT"
ETH = "ETH/USDT:USDT"
START_WITHIN_S = 30
STOP_WITHIN_S = 15

CONFIGURATION = """\
[server]
port = {port}
api_token = "{token}"

[webhook]
secret = "{secret}"

[[accounts]]
id = "main"
venue = "paper"
leverage = 5
balances = {{ USDT = "10000" }}

[[strategies]]
id = "follow"
kind = "follow"
account = "main"
symbols = ["BTC/USDT:USDT", "ETH/USDT:USDT"]

[[strategies]]
id = "other"
kind = "follow"
account = "main"
symbols = ["SOL/USDT:USDT"]
"""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)

    @property
    def code(self) -> str | None:
        """The stable code of a problem; None for any other answer."""
        return self.json["code"] if self.headers.get("content-type") == "application/problem+json" else None


@dataclass(slots=True)
class Server:
    """`folder` holds the configuration, the database and what the process wrote.

    `environment` sets keys of the configuration by their variables, without the prefix.
    """

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    template: str = CONFIGURATION
    port: int = field(default_factory=lambda: free_port())  # noqa: PLW0108 - defined below
    process: subprocess.Popen[bytes] | None = None
    tls: ssl.SSLContext | None = None
    """What a client of it knows of certificates, where it speaks TLS."""

    @property
    def configuration(self) -> Path:
        return self.folder / "quartermaster.toml"

    @property
    def database(self) -> Path:
        return self.folder / "quartermaster.db"

    @property
    def output(self) -> Path:
        """Everything the process wrote to standard output and standard error, over all its starts."""
        return self.folder / "output.txt"

    def start(self, command: Sequence[str] | None = None, *, until_ready: bool = True, **popen: Any) -> "Server":
        """The process runs, and would take an alert; `command` starts another one than `quartermaster serve`."""
        self.write_configuration()
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                command or serve_command(self.configuration),
                **{"stdout": output, "stderr": output, **popen},
                cwd=ROOT,
                env=environment_of(self.environment),
                start_new_session=True,
            )
        if until_ready:
            self.wait_until_ready()
        return self

    def write_configuration(self) -> None:
        """The configuration is in the folder, unless there was one already."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self.configuration.exists():
            self.configuration.write_text(self.template.format(port=self.port, token=TOKEN, secret=SECRET))
            self.configuration.chmod(0o600)

    def wait_until_ready(self, within_s: float = START_WITHIN_S) -> None:
        def ready() -> bool:
            assert self.is_running, f"the server ended:\n{self.output.read_text()[-4000:]}"
            return self.is_ready

        eventually(ready, within_s, every_s=0.02)

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def is_ready(self) -> bool:
        try:
            return self.request("GET", "/readyz", timeout_s=2).status == 200
        except OSError:
            return False

    def kill(self) -> None:
        """The process is gone at once, as by a power cut; it may have been gone already."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGKILL)
            self.process.wait(STOP_WITHIN_S)

    def stop(self) -> int:
        """The exit code after SIGTERM."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_WITHIN_S)

    # --- asking ------------------------------------------------------------------------------------------------

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 10,
    ) -> Answer:
        """One request on a connection of its own. Raises OSError where nobody answers."""
        connection = self.connection(timeout_s)
        with contextlib.closing(connection):
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())

    def connection(self, timeout_s: float = 10) -> HTTPConnection:
        if self.tls is not None:
            return HTTPSConnection("127.0.0.1", self.port, timeout=timeout_s, context=self.tls)
        return HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)

    def alert(self, secret: str | None = SECRET, **fields: Any) -> Answer:
        """The answer to an alert: buy 0.01 BTC at 65000 unless `fields` say otherwise; None leaves a field out."""
        return self.request("POST", "/webhook", alert_body(secret, **fields))

    def get(self, path: str) -> Any:
        """What the API answers to a question it must know the answer of."""
        answer = self.request("GET", f"/api/v1/{path}", headers=bearer())
        assert answer.status == 200, answer
        return answer.json

    def post(self, path: str, **body: Any) -> Answer:
        """The API's answer to something it is told to do."""
        return self.request("POST", f"/api/v1/{path}", json.dumps(body).encode(), bearer())

    # --- looking at the database ---------------------------------------------------------------------------------

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What a reader beside the server finds in the database."""
        with contextlib.closing(read_only(self.database)) as connection:
            return connection.execute(query, values).fetchall()

    def count(self, table: str) -> int:
        return int(self.rows(f"SELECT count(*) FROM {table}")[0][0])


@contextlib.contextmanager
def running(folder: Path, **environment: str) -> Iterator[Server]:
    """A server that is ready, and gone afterwards whatever happened."""
    server = Server(folder, environment)
    try:
        yield server.start()
    finally:
        server.kill()


def alert_body(secret: str | None = SECRET, **fields: Any) -> bytes:
    alert = {"secret": secret, "symbol": BTC, "action": "buy", "quantity": "0.01", "price": "65000", **fields}
    return json.dumps({name: value for name, value in alert.items() if value is not None}).encode()


def bearer(token: str = TOKEN) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def serve_command(configuration: Path) -> list[str]:
    program = "from app.cli import main; main()"
    return [sys.executable, "-c", program, "serve", "--config", str(configuration)]


def environment_of(keys: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with these keys of the configuration and no others."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return inherited | {PREFIX + name: value for name, value in keys.items()}


def read_only(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5, isolation_level=None)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(condition: Callable[[], T], within_s: float = 10, every_s: float = 0.01) -> T:
    """What the condition says once it is true; fails where that takes too long."""
    deadline = time.monotonic() + within_s
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {within_s} s: {condition}"
        time.sleep(every_s)
