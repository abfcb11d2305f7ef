"""The desk is killed again and again while its venue misbehaves: every order is there once, and the books agree."""

import asyncio
import json
import os
import secrets
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from app.points import Point
from tests.crash.books import Books
from tests.crash.senders import Ledger, stream_of_alerts
from tests.crash.venue.alerts import MARKETS, MAX_EXPOSURE, MAX_POSITION, alerts
from tests.crash.venue.books import VenueBooks, adjusted_balances, faults_between, papered_over, sent
from tests.crash.venue.desk import READY_WITHIN_S, VenueDesk, venue_desk
from tests.crash.venue.doubt import percentile, seconds_in_doubt
from tests.crash.venue.nursery import Nursery
from tests.crash.venue.rig import Rig, Whenever
from tests.crash.venue.world import BAND, CREATE, World

KILLS = int(os.environ.get("QUARTERMASTER_TEST_KILLS", "12"))
ORDERS = KILLS * 25 if KILLS > 12 else 200
SEED = int(os.environ.get("QUARTERMASTER_TEST_SEED") or secrets.randbits(32))
DESKS = 4
SENDERS = 6
PAUSE_S = 0.25
DOUBT_AT_MOST_S = 8.0
LATE_AT_MOST = 0.01


@dataclass(slots=True)
class Run:
    """One desk at one venue, with its share of the kills."""

    desk: VenueDesk
    rig: Rig
    world: World
    seed: int

    async def carry_out(self, kills: int, orders: int) -> Ledger:
        server = self.rig.server
        async with stream_of_alerts(server.port, self.seed, SENDERS, alerts, PAUSE_S) as ledger:
            await self.rig.start_once()
            self.world.begin()
            disturbing = asyncio.create_task(self.world.go_round())
            try:
                for point in moments(self.rig.random, kills):
                    await self.rig.die_at(point)
                    await asyncio.to_thread(self.rig.check_what_is_left, ledger)
                    assert not ledger.broken, ledger.broken[:5]
                await self.rig.start_for_good()
                while await asyncio.to_thread(sent, server.database) < orders:
                    await asyncio.sleep(0.2)
            finally:
                disturbing.cancel()
                self.world.end()
        return ledger

    def check(self, ledger: Ledger) -> tuple[list[float], Counter[str], Counter[str]]:
        """Everything is as it must be; answers how long orders were unknown, why alerts were denied, and what became
        of what entries took along."""
        self.desk.server.wait_until_ready(READY_WITHIN_S)
        books, venue = self.desk.settle()
        self.rig.finish()
        doubts = seconds_in_doubt(books, self.rig.uptime)
        print(summary(self, ledger, books, venue), f"\n  {doubt(doubts)}")
        assert not ledger.broken, ledger.broken[:5]
        assert not (faults := faults_between(books, venue, ledger.answers)), faults[:10]
        assert not (breaches := exposure_faults(venue)), breaches
        self.desk.flatten()
        flat, _ = self.desk.settle()
        assert not (faults := list(papered_over(flat))), faults[:10]
        assert not (sums := adjusted_balances(flat)), sums
        return doubts, denials(books), Counter(e["kind"] for e in flat.events if e["kind"].startswith("Protection"))


def moments(random: Random, kills: int) -> list[Point | Whenever]:
    """Every named point, and random moments; in random order."""
    circle = [*Point, *Whenever, Whenever.WORKING]
    random.shuffle(circle)
    chosen = [circle[number % len(circle)] for number in range(kills)]
    random.shuffle(chosen)
    return chosen


@pytest.mark.timeout(120 + 6 * KILLS)
async def test_whatever_dies_or_fails_every_order_is_at_the_venue_once_and_the_books_agree(tmp_path: Path):
    print(f"QUARTERMASTER_TEST_SEED={SEED}")
    async with asyncio.TaskGroup() as tasks:
        runs = [tasks.create_task(_one_desk(tmp_path / str(number), SEED + number)) for number in range(DESKS)]
    doubts = sorted(seconds for run in runs for seconds in run.result()[0])
    print(f"all of them: {doubt(doubts)}")
    denied = sum((run.result()[1] for run in runs), Counter[str]())
    assert {"MAX_POSITION", "MAX_EXPOSURE"} <= denied.keys(), "no limit was ever reached"
    attached = sum((run.result()[2] for run in runs), Counter[str]())
    print(f"all of them: {dict(attached)}")
    assert attached["ProtectionAttached"], "no entry ever took its stop along"
    late = [seconds for seconds in doubts if seconds >= DOUBT_AT_MOST_S]
    assert len(late) <= max(1, len(doubts) * LATE_AT_MOST), late


async def _one_desk(folder: Path, seed: int) -> tuple[list[float], Counter[str], Counter[str]]:
    with Nursery() as nursery, venue_desk(folder, nursery) as desk:
        run = Run(desk, Rig(desk.server, Random(seed)), World(desk.venue, seed), seed)
        ledger = await run.carry_out(KILLS // DESKS, ORDERS // DESKS)
        return await asyncio.to_thread(run.check, ledger)


def exposure_faults(venue: VenueBooks) -> list[str]:
    """Where the worst case that the venue saw was beyond a limit.

    Limits are held at the prices of the decision, and what is held may be worth a little more later: quantities are
    bounded by the lowest price there was.
    """
    seen, drift = venue.told["exposure"], (1 + Decimal(BAND)) / (1 - Decimal(BAND))
    faults = []
    for symbol, figures in seen["symbols"].items():
        worst, lowest = Decimal(figures["worst_quantity"]), MARKETS[symbol].centre * (1 - Decimal(BAND))
        most = MAX_POSITION * drift if symbol == "BTC/USD:BTC" else MAX_POSITION / lowest
        if worst > most:
            faults.append(f"{symbol}: {worst} of {most}")
    if Decimal(seen["worst_total_value"]) > MAX_EXPOSURE * drift:
        faults.append(f"{seen['worst_total_value']} of {MAX_EXPOSURE} altogether")
    return faults


def denials(books: Books) -> Counter[str]:
    reasons = (reason["code"] for signal in books.signals for reason in json.loads(signal["decision"])["reasons"])
    return Counter(reasons)


def doubt(seconds: list[float]) -> str:
    p50, p99 = percentile(seconds, 0.5), percentile(seconds, 0.99)
    return f"{len(seconds)} unknown: p50 {p50:.1f} s, p99 {p99:.1f} s, max {max(seconds, default=0):.1f} s"


def summary(run: Run, ledger: Ledger, books: Books, venue: VenueBooks) -> str:
    seen, rig = venue.told["exposure"], run.rig
    worst = {symbol: figures["worst_value"] for symbol, figures in seen["symbols"].items()}
    requests = sum(venue.told["request_counts"].values())
    statuses = Counter(order["status"] for order in books.orders)
    struck = {True: Counter[str](), False: Counter[str]()}
    for fault in run.world.faults:
        struck[fault["endpoint"] == CREATE][fault["kind"]] += fault["struck"]
    creations = venue.told["request_counts"][CREATE]
    return "\n".join(
        (
            f"desk {run.seed}: {rig.kills} kills, {rig.at_points} of them at their point",
            f"  {len(ledger.answers)} alerts, {ledger.repeats} repeats, {ledger.refused} answered 5xx",
            f"  {len(venue.orders)} orders at the venue of {dict(statuses)}, {len(books.fills)} fills",
            f"  {creations} creations of orders, of which {struck[True].total()} went wrong: {dict(struck[True])}",
            f"  {requests - creations} other requests; frames and these went wrong: {dict(struck[False])}",
            f"  worst case {seen['worst_total_value']} of {MAX_EXPOSURE}, by symbol {worst} of {MAX_POSITION}",
            f"  denied {dict(denials(books).most_common(8))}",
        )
    )
