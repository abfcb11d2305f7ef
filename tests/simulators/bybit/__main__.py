"""`python -m tests.simulators.bybit`: the simulator in a process of its own, as long as its parent holds its input."""

import argparse
import asyncio
import json
import sys

import uvloop

from tests.simulators.bybit.server import API_KEY, API_SECRET, BALANCES, BybitSimulator


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.simulators.bybit")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--key", default=API_KEY)
    parser.add_argument("--secret", default=API_SECRET)
    parser.add_argument("--balances", type=json.loads, default=BALANCES, help='{"USDT": "1000000"}')
    parser.add_argument("--lifetime-s", type=float, default=3600)
    uvloop.run(_run(parser.parse_args()))


async def _run(arguments: argparse.Namespace) -> None:
    """Serves until standard input ends or the lifetime is over."""
    simulator = BybitSimulator(arguments.port, balances=arguments.balances, key=arguments.key, secret=arguments.secret)
    async with simulator:
        print(json.dumps({"rest_url": simulator.rest_url, "ws_url": simulator.ws_url}), flush=True)
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        try:
            async with asyncio.timeout(arguments.lifetime_s):
                while await reader.read(1024):
                    pass
        except TimeoutError:
            ended.set()


if __name__ == "__main__":
    main()
