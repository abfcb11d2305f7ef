"""One run: prints the table and exits 1 where a bound is missed. Everything stays on loopback and in one folder."""

import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.measures import against_noop, by_size, starts
from tests.benchmarks.report import Figure, table
from tests.benchmarks.venue import reconnecting, to_the_wire

AT_MOST_S = 300
MEASURES = (against_noop, by_size, starts, to_the_wire, reconnecting)


def main() -> int:
    signal.alarm(AT_MOST_S)
    for number in (signal.SIGALRM, signal.SIGTERM):
        signal.signal(number, _end)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="quartermaster-bench-") as folder:
        figures = list(_measured(Path(folder)))
    print(table(figures))
    missed = sum(not figure.is_met for figure in figures)
    print(f"\n{missed or 'no'} bound missed, {time.monotonic() - started:.0f} s")
    return 1 if missed else 0


def _measured(folder: Path) -> Iterator[Figure]:
    for measure in MEASURES:
        for figure in measure(folder):
            print(f"  {figure.measure}: {figure.cells()[1]}", file=sys.stderr, flush=True)
            yield figure


def _end(number: int, _: object) -> None:
    """Leaves every block on the way out, so that servers are stopped and the folder is gone."""
    sys.exit(f"stopped by {signal.Signals(number).name}")


if __name__ == "__main__":
    sys.exit(main())
