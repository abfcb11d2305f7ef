"""`python -m tests.simulators.bitmex --port 0` tells where it serves, as a line of JSON, and serves until stopped."""

import argparse
import asyncio
import contextlib
import json
import signal

from tests.simulators.bitmex import BitmexSimulator


async def serve(arguments: argparse.Namespace) -> None:
    simulator = BitmexSimulator(port=arguments.port, per_minute=arguments.per_minute, per_second=arguments.per_second)
    async with simulator as venue:
        venue.set_price("XBTUSD", "65000", "65000.5")
        venue.set_price("XBTUSDT", "65000", "65000.5")
        venue.set_price("XBT_USDT", "65000", "65000.5")
        print(json.dumps({"rest_url": venue.rest_url}), flush=True)
        stopped = asyncio.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, stopped.set)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(stopped.wait(), arguments.seconds)


def main() -> None:
    parser = argparse.ArgumentParser(prog="tests.simulators.bitmex")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--per-minute", type=int, default=120, help="requests that the venue takes in a minute")
    parser.add_argument("--per-second", type=int, default=10, help="changes of orders that it takes in a second")
    parser.add_argument("--seconds", type=float, default=3600.0, help="it stops by itself after that long")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
