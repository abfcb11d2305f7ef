"""The servers under load: processes of their own, ready when `start` returns and gone when their block ends."""

import http.client
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

[[accounts]]
id = "main"
venue = "paper"
balances = {{ USDT = "10000000" }}

[[strategies]]
id = "follow"
kind = "follow"
symbols = ["BTC/USDT:USDT", "ETH/USDT:USDT"]
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

    def __init__(self, folder: Path, tells_imports: bool = False) -> None:
        folder.mkdir(exist_ok=True)
        super().__init__(folder / "desk.log")
        if tells_imports:
            self.environment = {"PYTHONPROFILEIMPORTTIME": "1"}
        self.store = folder / "quartermaster.db"
        self._configuration = folder / "quartermaster.toml"
        self._configuration.write_text(_CONFIGURATION.format(port=self.port, secret=SECRET), encoding="utf-8")
        self._configuration.chmod(0o600)

    def command(self) -> Sequence[str]:
        script = Path(sys.executable).with_name("quartermaster")
        return (str(script), "serve", "--config", str(self._configuration))

    def imported(self) -> list[str]:
        """Every module that the process has imported so far, where it was made to tell."""
        lines = self.log_path.read_text(encoding="utf-8", errors="replace").splitlines()
        names = [line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")]
        assert "quart" in names, "the process does not tell its imports"
        return names


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
