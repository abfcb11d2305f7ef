"""The server, ended by SIGKILL the N-th time it reaches a point: `python -m tests.crash.server CONFIG [POINT N]`."""

import os
import signal
import sys
from itertools import count
from pathlib import Path

from app.logs import configure_logs
from app.points import Point, Probe, no_probe
from app.serving import run_server
from app.settings import load_settings


def killing_at(point: Point, nth: int) -> Probe:
    """A probe that ends its own process, with nothing flushed and nothing cleaned up."""
    times = count(1)

    def probe(reached: Point) -> None:
        if reached is point and next(times) == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    return probe


def main(configuration: str, point: str = "", nth: str = "0") -> None:
    settings = load_settings(Path(configuration), os.environ)
    configure_logs()
    run_server(settings, probe=killing_at(Point[point], int(nth)) if point else no_probe)


if __name__ == "__main__":
    main(*sys.argv[1:])
