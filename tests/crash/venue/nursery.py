"""Starts servers from a process that has imported everything already; see `forking`."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType

from tests.servers import ROOT, environment_of


class Nursery:
    """One server at a time; `returncode` is as that of a subprocess."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._ended = threading.Event()
        self.pid: int | None = None
        self.returncode: int | None = None

    def __enter__(self) -> "Nursery":
        command = [sys.executable, "-m", "tests.crash.venue.forking"]
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment_of({}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._tell() == {"ready": True}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Whatever it started is gone."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def fork(self, output: Path, *arguments: str) -> None:
        """A server runs. The one before must have ended."""
        assert self.pid is None or self.returncode is not None
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"arguments": arguments, "output": str(output)}) + "\n")
        self._process.stdin.flush()
        self.pid, self.returncode = int(self._tell()["pid"]), None
        self._ended.clear()
        threading.Thread(target=self._watch, daemon=True).start()

    def send_signal(self, number: int) -> None:
        """The server gets it, if there is one."""
        if self.pid is not None and self.returncode is None:
            os.kill(self.pid, number)

    def wait(self, within_s: float) -> bool:
        """True once the server has ended."""
        return self._ended.wait(within_s)

    def _watch(self) -> None:
        self.returncode = int(self._tell()["ended"])
        self._ended.set()

    def _tell(self) -> dict[str, int]:
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "no server can be started any more"
        told: dict[str, int] = json.loads(line)
        return told
