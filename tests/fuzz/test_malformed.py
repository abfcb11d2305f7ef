"""A flood of malformed alerts: each is refused for its reason, nothing is stored, and the desk goes on as before."""

import asyncio
import json
import os
from collections import Counter
from pathlib import Path
from random import Random

from tests.fuzz.bodies import KINDS, malformed
from tests.fuzz.good import alert
from tests.fuzz.senders import Answered, send_all
from tests.servers import Server, bearer, eventually, running

BODIES = int(os.environ.get("QUARTERMASTER_TEST_BODIES", "3000"))
SEED = int(os.environ.get("QUARTERMASTER_TEST_SEED", "1"))
WARM_AFTER = 1000
MOST_GROWTH_MB = 12
WRITTEN_FOR_ALERTS = ("signals", "orders", "fills", "order_transitions")


def test_every_malformed_body_is_refused_and_nothing_comes_of_it(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        assert server.alert(id="before").status == 202
        eventually(lambda: server.count("fills") == 1)
        watch = Watch(server)
        rows = stored(server)
        print(f"seed {SEED}, {BODIES} bodies")
        asyncio.run(send_all(server.port, malformed(Random(SEED), BODIES), watch.take))
        assert watch.wrong == []
        assert watch.seen.keys() == KINDS.keys()
        assert watch.seen.total() == BODIES
        assert watch.growth_mb <= MOST_GROWTH_MB, watch.sizes
        assert stored(server) == rows
        assert server.is_running
        assert server.alert(id="after", quantity="0.02").status == 202
        shown = server.request("GET", "/metrics", headers=bearer()).raw.decode()
        assert f'outcome="refused"}} {float(BODIES)}\n' in shown
        quarters = [round(watch.sizes[place * (len(watch.sizes) - 1) // 4], 1) for place in range(5)]
        print(f"memory {quarters} MB, {dict(watch.statuses)}")


def stored(server: Server) -> dict[str, int]:
    return {table: server.count(table) for table in WRITTEN_FOR_ALERTS}


class Watch:
    """Holds each answer against the reason of its request, and looks at the server's memory now and then."""

    def __init__(self, server: Server) -> None:
        assert server.process is not None
        self._memory = Path(f"/proc/{server.process.pid}/statm")
        self.seen: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.sizes: list[float] = []
        self.wrong: list[str] = []

    def take(self, answered: Answered) -> None:
        self.seen[answered.sent.reason] += 1
        self.statuses[answered.status] += 1
        if len(self.wrong) < 20 and (fault := fault_of(answered)):
            self.wrong.append(fault)
        taken = self.seen.total()
        if taken >= min(WARM_AFTER, BODIES) and taken % 500 == 0:
            pages = int(self._memory.read_text().split()[1])
            self.sizes.append(pages * os.sysconf("SC_PAGE_SIZE") / 1e6)

    @property
    def growth_mb(self) -> float:
        return self.sizes[-1] - self.sizes[0]


def fault_of(answered: Answered) -> str | None:
    """What is wrong with the answer, None where it is as it must be."""
    request = answered.sent
    told = f"{request.reason}: {request.body[:300]!r} was answered {answered.status} {answered.body[:200]!r}"
    if answered.status not in request.statuses or answered.content_type != "application/problem+json":
        return told
    problem = json.loads(answered.body)
    is_whole = problem["status"] == answered.status and problem["code"] and len(answered.body) < 20_000
    return None if is_whole else told


def test_the_same_alerts_unharmed_would_be_taken(tmp_path: Path) -> None:
    """What is garbled is good at first: so each refusal is for what was garbled, and nothing else."""
    random = Random(SEED)
    with running(tmp_path) as server:
        for _ in range(100):
            fields = alert(random)
            answer = server.alert(**fields)
            assert answer.status in (200, 202), (fields, answer)
