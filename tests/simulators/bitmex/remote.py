"""The simulator in a process of its own, for tests: started, steered by its control routes, gone afterwards."""

import json
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[3]


class RemoteBitmex:
    """`with RemoteBitmex() as venue: venue.control("price", symbol="XBTUSD", bid="65000")`."""

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments
        self._process: subprocess.Popen[str] | None = None
        self.rest_url = ""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.simulators.bitmex", *self._arguments]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the simulator ended with {self._process.wait()}"
        self.rest_url = json.loads(line)["rest_url"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
        self._process.stdout.close()

    def state(self) -> dict[str, Any]:
        return self._request("GET", "state")

    def control(self, name: str, **arguments: Any) -> None:
        """The route is taken; see control.py for names and arguments."""
        self._request("POST", name, arguments)

    def _request(self, method: str, name: str, arguments: dict[str, Any] | None = None) -> dict[str, Any]:
        connection = HTTPConnection(urlsplit(self.rest_url).netloc, timeout=30)
        try:
            connection.request(method, f"/control/{name}", json.dumps(arguments) if arguments else None)
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        assert response.status == 200, body.decode()
        told: dict[str, Any] = json.loads(body)
        return told
