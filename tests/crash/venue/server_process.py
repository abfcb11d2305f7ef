"""A server at a venue as a process of its own, started without importing anything."""

import signal
from dataclasses import dataclass, field

from tests.crash.venue.nursery import Nursery
from tests.servers import STOP_WITHIN_S, Server


@dataclass(slots=True)
class ForkedServer(Server):
    """A server that a nursery starts, so that a start costs no import."""

    nursery: Nursery = field(default_factory=Nursery)
    lifted: bool = True

    def begin(self, *arguments: str) -> "ForkedServer":
        """The process runs; nobody knows whether it is ready."""
        self.nursery.fork(self.output, str(self.configuration), "lifted" if self.lifted else "", *arguments)
        return self

    @property
    def is_running(self) -> bool:
        return self.nursery.pid is not None and self.nursery.returncode is None

    @property
    def is_up(self) -> bool:
        """True once it answers at all."""
        try:
            return self.request("GET", "/healthz", timeout_s=2).status == 200
        except OSError:
            return False

    def kill(self) -> None:
        self.nursery.send_signal(signal.SIGKILL)
        self.nursery.wait(STOP_WITHIN_S)

    def stop(self) -> int:
        self.nursery.send_signal(signal.SIGTERM)
        assert self.nursery.wait(STOP_WITHIN_S), "the server did not stop"
        assert self.nursery.returncode is not None
        return self.nursery.returncode
