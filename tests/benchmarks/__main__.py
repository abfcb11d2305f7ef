"""One run: prints the table and exits 1 where a bound is missed. Everything stays on loopback and in one folder."""

import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.benchmarks.measures import against_noop, by_size, starts
from tests.benchmarks.prices import at_once, many_symbols, with_one_dead
from tests.benchmarks.report import Figure, table
from tests.benchmarks.venue import reconnecting, to_the_wire

AT_MOST_S = 600
DESK = (against_noop, by_size, starts, to_the_wire, reconnecting)
PRICES = (at_once, with_one_dead, many_symbols)
PARTS = {"desk": DESK, "prices": PRICES}


def main() -> int:
    signal.alarm(AT_MOST_S)
    for number in (signal.SIGALRM, signal.SIGTERM):
        signal.signal(number, _end)
    parts = sys.argv[1:] or list(PARTS)
    if unknown := [part for part in parts if part not in PARTS]:
        sys.exit(f"no part {', '.join(unknown)}: there are {', '.join(PARTS)}")
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="quartermaster-bench-") as folder:
        figures = list(_measured(parts, Path(folder)))
    print(table(figures))
    missed = sum(not figure.is_met for figure in figures)
    print(f"\n{missed or 'no'} bound missed, {time.monotonic() - started:.0f} s")
    return 1 if missed else 0


def _measured(parts: Sequence[str], folder: Path) -> Iterator[Figure]:
    for measure in (measure for part in parts for measure in PARTS[part]):
        for figure in measure(folder):
            print(f"  {figure.measure}: {figure.cells()[1]}", file=sys.stderr, flush=True)
            yield figure


def _end(number: int, _: object) -> None:
    """Leaves every block on the way out, so that servers are stopped and the folder is gone."""
    sys.exit(f"stopped by {signal.Signals(number).name}")


if __name__ == "__main__":
    sys.exit(main())
