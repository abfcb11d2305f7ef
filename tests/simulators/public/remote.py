"""The simulator in a process of its own, for tests: started, steered by its control routes, gone afterwards."""

import json
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[3]


class RemotePublic:
    """`with RemotePublic() as world: world.control("price", venue="kraken", symbol="BTC/USD", bid="64000")`."""

    def __init__(
        self,
        *,
        port: int = 0,
        seed: int = 1,
        coins: int = 12,
        venues: tuple[str, ...] = (),
        walk_s: float = 0.0,
        lifetime_s: float = 3600,
    ) -> None:
        told = {"port": port, "seed": seed, "coins": coins, "walk-s": walk_s, "lifetime-s": lifetime_s}
        self._arguments = [text for name, value in told.items() for text in (f"--{name}", str(value))]
        self._arguments += ["--venues", *venues] if venues else []
        self._process: subprocess.Popen[str] | None = None
        self._control: HTTPConnection | None = None
        self._venues: dict[str, dict[str, str]] = {}
        self.url = ""

    def __enter__(self) -> "RemotePublic":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def venues(self) -> tuple[str, ...]:
        return tuple(self._venues)

    @property
    def process_id(self) -> int:
        assert self._process is not None
        return self._process.pid

    def rest_url(self, venue: str) -> str:
        return self._venues[venue]["rest_url"]

    def ws_url(self, venue: str) -> str:
        return self._venues[venue]["ws_url"]

    def start(self) -> "RemotePublic":
        """The simulator takes requests."""
        command = [sys.executable, "-m", "tests.simulators.public", "--json", *self._arguments]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the simulator ended with {self._process.wait()}"
        told = json.loads(line)
        self.url, self._venues = told["url"], told["venues"]
        return self

    def stop(self) -> None:
        """The process is gone: it ends when its input does."""
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.close()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(5)
            self._process.stdout.close()

    def control(self, name: str, **arguments: Any) -> dict[str, Any]:
        """The answer of a control route; see control.py for their names and arguments."""
        if self._control is None:
            self._control = HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        try:
            self._control.request("POST", f"/_control/{name}", json.dumps(arguments))
            response = self._control.getresponse()
            status, body = response.status, response.read()
        except OSError:
            self._control.close()
            self._control = None
            raise
        assert status == 200, body.decode()
        told: dict[str, Any] = json.loads(body)
        return told
