"""The server that runs are made with: it may end itself at a point, and sends faster than a venue would allow."""

import os
from itertools import repeat
from pathlib import Path

from app.logs import configure_logs
from app.points import Point, no_probe
from app.serving import run_server
from app.settings import load_settings
from exchange import address
from exchange.bucket import Rate
from exchange.dialects.bybit import BybitDialect
from exchange.limiter import Group
from tests.crash.server import killing_at

RATE = Rate(per_second=60, burst=80, reserve=4)
MOST_ERRORS = 700


def lift_limits() -> None:
    """The venue's rates would make a run of thousands of orders last for hours; nothing else is different. As much
    faster as orders may leave, as many more errors may come of them in a minute."""
    BybitDialect.rates = dict(zip(Group, repeat(RATE), strict=False))
    BybitDialect.address_rate = None
    address.MOST_ERRORS = MOST_ERRORS


def main(configuration: str, lifted: str = "", point: str = "", nth: str = "0") -> None:
    if lifted:
        lift_limits()
    settings = load_settings(Path(configuration), os.environ)
    configure_logs(level=settings.log.level)
    run_server(settings, probe=killing_at(Point[point], int(nth)) if point else no_probe)
