"""The server with no request limits of its own, which notes how long its commits take.

`python -m tests.benchmarks.unlimited CONFIG COMMITS`: the file COMMITS is there once it has stopped.
"""

import json
import os
import sys
import time
from pathlib import Path

from app.logs import configure_logs
from app.points import Point
from app.serving import run_server
from app.settings import load_settings
from exchange.bucket import Rate
from exchange.dialects.bybit import BybitDialect
from exchange.limiter import Group

NO_LIMIT = Rate(per_second=1_000_000, burst=1_000_000)


class Commits:
    """A probe that keeps the time from each decided batch to its commit, as the writer waits for it."""

    def __init__(self) -> None:
        self.taken_s: list[float] = []
        self._decided_s = 0.0

    def __call__(self, point: Point) -> None:
        if point is Point.BATCH_DECIDED:
            self._decided_s = time.perf_counter()
        elif point is Point.BATCH_COMMITTED:
            self.taken_s.append(time.perf_counter() - self._decided_s)


def main(configuration: str, commits_file: str) -> None:
    BybitDialect.rates = dict.fromkeys(Group, NO_LIMIT)
    BybitDialect.address_rate = None
    commits = Commits()
    configure_logs()
    run_server(load_settings(Path(configuration), os.environ), probe=commits)
    Path(commits_file).write_text(json.dumps(commits.taken_s), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
