"""The servers under load: processes of their own, ready when `start` returns and gone when their block ends."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.benchmarks.load import HOST
from tests.simulators.bybit import API_KEY, API_SECRET, RemoteBybit

READY_WITHIN_S = 20.0
STOPPED_WITHIN_S = 15.0
SECRET = "benchmark-secret-of-no-value-0123456789"
_ROOT = Path(__file__).parents[2]
_CONFIGURATION = """\
[server]
port = {port}
api_token = "benchmark-token-of-no-value-0123456789"

[webhook]
secret = "{secret}"

[portfolio.limits]
max_order_notional = "100000"
max_position = "1000000"
max_exposure = "2000000"
max_net_exposure = "2000000"
max_leverage = "2"
max_open_orders = 5000
price_collar = "1%"
max_quote_age_s = 60
max_daily_loss = "50%"
max_drawdown = "50%"

{account}
[[strategies]]
id = "follow"
kind = "follow"
symbols = ["BTC/USDT:USDT", "ETH/USDT:USDT"]
"""
_PAPER = """\
[[accounts]]
id = "main"
venue = "paper"
balances = { USDT = "10000000" }
"""
_BYBIT = """\
[[accounts]]
id = "main"
venue = "bybit"
api_key = "{key}"
api_secret = "{secret}"
rest_url = "{rest_url}"
ws_url = "{ws_url}"
leverage = 5
"""


class Server:
    """A process that serves HTTP on a free port of this machine; what it says goes to a file."""

    environment: Mapping[str, str] = {}

    def __init__(self, log_path: Path) -> None:
        self.port = _free_port()
        self.log_path = log_path
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> Sequence[str]:
        raise NotImplementedError

    def start(self) -> float:
        """Seconds from the process's start to the first 200 of /readyz."""
        started = time.perf_counter()
        environment = {**os.environ, **self.environment}
        with self.log_path.open("wb") as log:
            self._process = subprocess.Popen(self.command(), stdout=log, stderr=log, cwd=_ROOT, env=environment)
        try:
            self._wait(started)
        except BaseException:
            self.stop()
            raise
        return time.perf_counter() - started

    def stop(self) -> None:
        """The process has ended, as gracefully as it can; stopping twice is no error."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOPPED_WITHIN_S)
        finally:
            process.kill()
            process.wait()

    def _wait(self, started: float) -> None:
        while not _is_ready(self.port):
            elapsed_s = time.perf_counter() - started
            if self._process is None or self._process.poll() is not None or elapsed_s > READY_WITHIN_S:
                raise RuntimeError(f"not ready after {elapsed_s:.1f} s: {self.log_path.read_text()[-2000:]}")
            time.sleep(0.005)

    @property
    def cpu_s(self) -> float:
        """What the process has taken of the processors so far."""
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(status[11]) + int(status[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def resident_mb(self) -> float:
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) / 1024

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.stop()


class NoOp(Server):
    """The route that does nothing, served as the desk is, with answers of `answer_bytes`."""

    def __init__(self, folder: Path, answer_bytes: int) -> None:
        super().__init__(folder / "noop.log")
        self._answer_bytes = answer_bytes

    def command(self) -> Sequence[str]:
        return (sys.executable, "-m", "tests.benchmarks.noop", str(self.port), str(self._answer_bytes))


class Desk(Server):
    """`quartermaster serve` on a paper account whose limits are all set and never reached."""

    account = _PAPER

    def __init__(self, folder: Path, tells_imports: bool = False) -> None:
        folder.mkdir(exist_ok=True)
        super().__init__(folder / "desk.log")
        if tells_imports:
            self.environment = {"PYTHONPROFILEIMPORTTIME": "1"}
        self.store = folder / "quartermaster.db"
        self.configuration = folder / "quartermaster.toml"
        text = _CONFIGURATION.format(port=self.port, secret=SECRET, account=self.account)
        self.configuration.write_text(text, encoding="utf-8")
        self.configuration.chmod(0o600)

    def command(self) -> Sequence[str]:
        script = Path(sys.executable).with_name("quartermaster")
        return (str(script), "serve", "--config", str(self.configuration))

    def imported(self) -> list[str]:
        """Every module that the process has imported so far, where it was made to tell."""
        lines = self.log_path.read_text(encoding="utf-8", errors="replace").splitlines()
        names = [line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")]
        assert "quart" in names, "the process does not tell its imports"
        return names


class VenueDesk(Desk):
    """The same desk with an account at the simulated Bybit, within its limits or, `unlimited`, without any of its own.

    The unlimited one tells afterwards how long each of its commits took.
    """

    def __init__(self, folder: Path, venue: RemoteBybit, *, unlimited: bool = False) -> None:
        self.account = _BYBIT.format(key=API_KEY, secret=API_SECRET, rest_url=venue.rest_url, ws_url=venue.ws_url)
        super().__init__(folder)
        self._commits = folder / "commits.json"
        self._unlimited = unlimited

    def command(self) -> Sequence[str]:
        if not self._unlimited:
            return super().command()
        return (sys.executable, "-m", "tests.benchmarks.unlimited", str(self.configuration), str(self._commits))

    def commits_s(self) -> list[float]:
        """From decision to disk, for each batch of the process that was stopped last."""
        times: list[float] = json.loads(self._commits.read_bytes())
        return times


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=1)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
