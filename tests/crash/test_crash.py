"""The process is killed again and again under a stream of alerts: nothing is lost, nothing happens twice."""

import asyncio
import os
import secrets
import sys
import time
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from app.points import Point
from tests.crash.alerts import CONFIGURATION
from tests.crash.books import Books, as_left, faults_of, in_doubt, secrets_in
from tests.crash.senders import Ledger, stream_of_alerts
from tests.servers import Server, eventually

KILLS = int(os.environ.get("QUARTERMASTER_TEST_KILLS", "20"))
SEED = int(os.environ.get("QUARTERMASTER_TEST_SEED") or secrets.randbits(32))
SENDERS = 8
RANDOM_MOMENT = None
POINT_WITHIN_S = 60
RECOVERED_WITHIN_S = 60


@dataclass(slots=True)
class Rig:
    """A server that dies on purpose, and what is known of it."""

    server: Server
    random: Random
    in_doubt: set[str] = field(default_factory=set)
    recovered: int = 0
    resolved: int = 0

    async def die_at(self, point: Point | None) -> None:
        """The server was started, and has been killed at the point or at some moment of its start or its work."""
        nth = self.random.randint(1, 80)
        self._start(*(() if point is None else (point.name, str(nth))))
        watching = asyncio.create_task(self._watch_recovery())
        try:
            if point is None:
                await asyncio.sleep(self.random.uniform(0.1, 1.8))
                self.server.kill()
            assert self.server.process is not None
            await asyncio.to_thread(self.server.process.wait, POINT_WITHIN_S)
            assert self.server.process.returncode == -9, self.server.output.read_text()[-4000:]
        finally:
            watching.cancel()

    async def start_for_good(self) -> None:
        self._start()
        try:
            await asyncio.wait_for(self._watch_recovery(), RECOVERED_WITHIN_S)
        except TimeoutError:
            pytest.fail(f"still in doubt after {RECOVERED_WITHIN_S} s: {self.in_doubt or 'whether the server starts'}")

    def _start(self, *arguments: str) -> None:
        command = (sys.executable, "-m", "tests.crash.server", str(self.server.configuration), *arguments)
        self.server.start(command, until_ready=False)

    async def _watch_recovery(self) -> None:
        """Once the server is ready, everything that was in doubt at its start has been settled."""
        while not await asyncio.to_thread(lambda: self.server.is_ready):
            await asyncio.sleep(0.02)
        while self.in_doubt:
            pending = await asyncio.to_thread(in_doubt, self.server.database)
            self.resolved += len(self.in_doubt - pending)
            self.in_doubt &= pending
        self.recovered += 1

    def check_what_is_left(self, ledger: Ledger) -> None:
        """The file that the dead process left is sound, and keeps every promise made until then."""
        if not self.server.database.exists():
            return
        books = as_left(self.server.database, self.server.folder / "left")
        assert not (faults := faults_of(books, ledger.answers)), faults[:5]
        self.in_doubt |= books.in_doubt


@pytest.mark.timeout(60 + 10 * KILLS)
async def test_under_kills_every_acknowledged_alert_is_carried_out_exactly_once(tmp_path: Path):
    print(f"QUARTERMASTER_TEST_SEED={SEED}")
    rig = Rig(Server(tmp_path, template=CONFIGURATION), Random(SEED))
    try:
        rig.server.write_configuration()
        async with stream_of_alerts(rig.server.port, SEED, SENDERS) as ledger:
            for point in moments(rig.random, KILLS):
                await rig.die_at(point)
                await asyncio.to_thread(rig.check_what_is_left, ledger)
                assert not ledger.broken, ledger.broken[:5]
            await rig.start_for_good()
        await asyncio.to_thread(check_the_end, rig, ledger)
    finally:
        rig.server.kill()
    print(
        f"{KILLS} kills, {len(ledger.answers)} alerts, {ledger.repeats} repeats, {ledger.refused} answered 5xx, "
        f"{rig.recovered} recoveries watched, {rig.resolved} orders in doubt settled"
    )


def moments(random: Random, kills: int) -> list[Point | None]:
    """Every named point in turn, and as many random moments as any two of them; in random order."""
    circle = [*Point, RANDOM_MOMENT, RANDOM_MOMENT]
    chosen = [circle[number % len(circle)] for number in range(kills)]
    random.shuffle(chosen)
    return chosen


def check_the_end(rig: Rig, ledger: Ledger) -> None:
    """All is quiet and whole; the desk tells of itself what the file says, after a stop and a start too."""
    server = rig.server
    eventually(lambda: not Books.read(server.database).moving)
    books = Books.read(server.database)
    assert not ledger.broken, ledger.broken[:5]
    assert not (faults := faults_of(books, ledger.answers)), faults[:5]
    assert len(books.signals) == len(ledger.answers)
    assert as_told(server) == as_stored(books)
    assert server.stop() == 0
    server.start()
    assert as_told(server) == as_stored(Books.read(server.database)) == as_stored(books)
    assert server.stop() == 0
    assert not secrets_in(server.folder)


def as_stored(books: Books) -> tuple[Decimal, dict[str, Decimal], set[str]]:
    """The balance, what is held of each symbol, and what rests at the venue."""
    held = {p["symbol"]: Decimal(p["quantity"]) for p in books.positions if Decimal(p["quantity"])}
    resting = {order["client_order_id"] for order in books.orders if order["status"] == "OPEN"}
    return Decimal(books.wallets[0]["amount"]), held, resting


def as_told(server: Server) -> tuple[Decimal, dict[str, Decimal], set[str]]:
    held = {p["symbol"]: Decimal(p["quantity"]) for p in server.get("positions")["items"] if p["strategy"] is None}
    resting = {order["client_order_id"] for order in server.get("orders?status=OPEN&limit=1000")["items"]}
    return Decimal(server.get("account")["items"][0]["balance"]), held, resting


@pytest.mark.parametrize("delay_s", [0.0, 0.004, 0.015, 0.03])
def test_a_kill_while_the_database_is_made_does_no_harm(tmp_path: Path, delay_s: float):
    server = Server(tmp_path).start(until_ready=False)
    try:
        eventually(server.database.exists, 30, every_s=0.001)
        time.sleep(delay_s)
        server.kill()
        server.start()
        assert server.alert(id="first").status == 202
    finally:
        server.kill()
