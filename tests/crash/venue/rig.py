"""A server that dies on purpose, again and again."""

import asyncio
import signal
import time
from dataclasses import dataclass, field
from enum import Enum, auto
from random import Random

from app.points import Point
from tests.crash.books import as_left, signal_faults, transition_faults
from tests.crash.senders import Ledger
from tests.crash.venue.doubt import Uptime
from tests.crash.venue.server_process import ForkedServer

POINT_WITHIN_S = 3.0
RECOVERED_WITHIN_S = 20.0
NTH_AT_MOST = 6
WHOLE_LOOK_EVERY = 10
READY_WITHIN_S = 60.0


class Whenever(Enum):
    """Some moment of its start, when it may not be ready for long; some moment of its work."""

    STARTING = auto()
    WORKING = auto()


@dataclass(slots=True)
class Rig:
    server: ForkedServer
    random: Random
    uptime: Uptime = field(default_factory=Uptime)
    kills: int = 0
    at_points: int = 0
    _up_since: float | None = None

    async def die_at(self, moment: Point | Whenever) -> None:
        """The server was started, and has been killed at the point or, if it never came there, at some moment."""
        is_point = isinstance(moment, Point)
        self.server.begin(*((moment.name, str(self.random.randint(1, NTH_AT_MOST))) if is_point else ()))
        watching = asyncio.create_task(self._watch())
        try:
            if moment is not Whenever.STARTING:
                await self._until_ready()
            within_s = POINT_WITHIN_S if is_point else self.random.uniform(0.05, 2.0)
            came = await asyncio.to_thread(self.server.nursery.wait, within_s)
            await asyncio.to_thread(self.server.kill)
        finally:
            watching.cancel()
        self._down()
        assert self.server.nursery.returncode == -signal.SIGKILL, self.server.output.read_text()[-6000:]
        self.kills += 1
        self.at_points += came

    async def _until_ready(self) -> None:
        """It would take an alert, or has come to its end before, or takes too long: kills go on."""
        deadline = time.monotonic() + RECOVERED_WITHIN_S
        while self.server.is_running and time.monotonic() < deadline:
            if await asyncio.to_thread(lambda: self.server.is_ready):
                return
            await asyncio.sleep(0.05)

    async def start_once(self) -> None:
        """The desk has been told what can be traded, without which it would not start at a venue that fails."""
        await self.start_for_good()
        await asyncio.to_thread(self.server.wait_until_ready, READY_WITHIN_S)
        await asyncio.to_thread(self.server.kill)
        self._down()

    async def start_for_good(self) -> None:
        self.server.begin()
        await self._watch()

    async def _watch(self) -> None:
        while not await asyncio.to_thread(lambda: self.server.is_up):
            assert self.server.is_running, self.server.output.read_text()[-6000:]
            await asyncio.sleep(0.02)
        self._up_since = time.time()

    def _down(self) -> None:
        if self._up_since is not None:
            self.uptime.spans.append((self._up_since, time.time()))
        self._up_since = None

    def finish(self) -> None:
        """Nothing is measured any more."""
        self._down()

    def check_what_is_left(self, ledger: Ledger) -> None:
        """The file that the dead process left is sound, and keeps every promise made until then."""
        if self.kills % WHOLE_LOOK_EVERY or not self.server.database.exists():
            return
        books = as_left(self.server.database, self.server.folder / "left")
        assert books.integrity == "ok"
        faults = [*signal_faults(books, ledger.answers), *transition_faults(books)]
        assert not faults, faults[:5]
