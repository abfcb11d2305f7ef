"""`python -m tests.simulators.public`: the venues in a process of their own."""

import argparse
import asyncio
import contextlib
import json
import sys

import uvloop

from tests.simulators.public.listing import VENUES
from tests.simulators.public.server import PublicSimulator

_TABLE = """\
# At the end of a quartermaster.toml, whose own line [prices] has to go.
[prices]
venues = [{venues}]
symbols = ["BTC/USD", "ETH/USD", "SOL/USD"]
"""
_ROW = """
[[prices.exchanges]]
id = "{venue}"
rest_url = "{rest_url}"
ws_url = "{ws_url}"
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulators.public",
        description="Prints a [prices] table that points a desk at the simulated venues, and serves them.",
    )
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--coins", type=int, default=12)
    parser.add_argument("--venues", nargs="+", choices=VENUES, default=list(VENUES), metavar="VENUE")
    parser.add_argument("--walk-s", type=float, default=1.0, help="how often prices move; 0: they stand still")
    parser.add_argument("--latency-s", type=float, default=0.0, help="of every answer")
    parser.add_argument("--lifetime-s", type=float, default=3600)
    parser.add_argument("--json", action="store_true", help="print the addresses as one line of JSON")
    try:
        uvloop.run(_run(parser.parse_args()))
    except OSError as error:
        parser.exit(1, f"{parser.prog}: {error.strerror or error}\n")


async def _run(arguments: argparse.Namespace) -> None:
    """Serves until the lifetime is over; for a program that reads the addresses, until standard input ends as well."""
    simulator = PublicSimulator(
        arguments.port,
        seed=arguments.seed,
        coins=arguments.coins,
        venues=arguments.venues,
        walk_s=arguments.walk_s,
    )
    async with simulator:
        simulator.control.latency(arguments.latency_s)
        print(_addresses(simulator) if arguments.json else table(simulator), flush=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(arguments.lifetime_s):
                await (_end_of_input() if arguments.json else asyncio.Event().wait())


async def _end_of_input() -> None:
    loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.read(1024):
        pass


def _addresses(simulator: PublicSimulator) -> str:
    venues = {
        venue: {"rest_url": simulator.rest_url(venue), "ws_url": simulator.ws_url(venue)} for venue in simulator.venues
    }
    return json.dumps({"url": simulator.url, "venues": venues})


def table(simulator: PublicSimulator) -> str:
    """To be pasted into a quartermaster.toml."""
    names = ", ".join(f'"{venue}"' for venue in simulator.venues)
    rows = (
        _ROW.format(venue=venue, rest_url=simulator.rest_url(venue), ws_url=simulator.ws_url(venue))
        for venue in simulator.venues
    )
    return _TABLE.format(venues=names) + "".join(rows)


if __name__ == "__main__":
    main()
