"""The simulator as a server on a loopback port: `async with PublicSimulator() as world: ...`."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import orjson
from aiohttp import web

from tests.simulators.public.control import Control
from tests.simulators.public.counters import Counters
from tests.simulators.public.edge import Edge
from tests.simulators.public.faults import Faults
from tests.simulators.public.listing import VENUES
from tests.simulators.public.market import Market
from tests.simulators.public.streams import Streams
from tests.simulators.public.wires.binance import Binance
from tests.simulators.public.wires.coinbase import Coinbase
from tests.simulators.public.wires.hyperliquid import Hyperliquid
from tests.simulators.public.wires.kraken import Kraken
from tests.simulators.public.wires.okx import Okx
from tests.simulators.public.wires.wire import Wire
from tests.simulators.public.world import World

_WIRES: tuple[type[Wire], ...] = (Binance, Coinbase, Kraken, Okx, Hyperliquid)
_STREAM_PREFIX = {"binance": "/stream"}  # ccxt takes a socket for one of spot prices by this word in its address
_LOOK_EVERY_S = 0.02


@dataclass(slots=True)
class Pace:
    """How often prices move by themselves, and how often streams tell them again; 0 is never."""

    walk_s: float = 0.0
    repeat_s: float = 1.0


class PublicSimulator:
    """All venues on one port, each under its own path. State lives as long as the object."""

    def __init__(
        self, port: int = 0, *, seed: int = 1, coins: int = 12, venues: Sequence[str] = VENUES, walk_s: float = 0.0
    ) -> None:
        self._port = port
        self.world = World(seed=seed, coin_count=coins, venues=venues)
        self.wires = {
            kind.venue: kind(self.world.markets[kind.venue].values(), self.now_ms)
            for kind in _WIRES
            if kind.venue in self.world.markets
        }
        self.faults = Faults()
        self.counters = Counters()
        self.edge = Edge(self.wires, self.faults, self.counters)
        self.streams = Streams(self.wires, self.faults)
        self.pace = Pace(walk_s)
        self.control = Control(self)
        self.down: set[str] = set()
        self.world.changed = self._changed
        self._runner: web.ServerRunner | None = None
        self._moving: asyncio.Task[None] | None = None

    # --- life ----------------------------------------------------------------------------------------------------

    async def __aenter__(self) -> "PublicSimulator":
        server = web.Server(self._serve, access_log=None, handler_cancellation=True)
        self._runner = web.ServerRunner(server, handle_signals=False, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port, backlog=1024).start()
        self._port = self._runner.addresses[0][1]
        self.edge.warm()
        self._moving = asyncio.create_task(self._move())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._runner is not None
        assert self._moving is not None
        self._moving.cancel()
        self.streams.cut()
        await self._runner.cleanup()
        with contextlib.suppress(asyncio.CancelledError):
            await self._moving

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def venues(self) -> tuple[str, ...]:
        return tuple(self.wires)

    def rest_url(self, venue: str) -> str:
        return f"{self.url}/{self.wires[venue].venue}"

    def ws_url(self, venue: str) -> str:
        return f"ws://127.0.0.1:{self._port}/{self.wires[venue].venue}{_STREAM_PREFIX.get(venue, '')}"

    def now_ms(self) -> int:
        return int(time.time() * 1000)

    # --- what happens by itself ----------------------------------------------------------------------------------

    def _changed(self, market: Market) -> None:
        self.edge.forget(market.venue)
        self.streams.publish(market)

    async def _move(self) -> None:
        """Prices walk and streams repeat themselves, as paced."""
        walked = repeated = time.monotonic()
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            now = time.monotonic()
            if self.pace.walk_s and now - walked >= self.pace.walk_s:
                walked = now
                self.world.walk()
            if self.pace.repeat_s and now - repeated >= self.pace.repeat_s:
                repeated = now
                for market in self._heard():
                    self.streams.publish(market, is_repeat=True)

    def _heard(self) -> list[Market]:
        wanted = {(link.wire.venue, symbol) for link in self.streams.links for symbol in link.topics}
        return [self.world.markets[venue][symbol] for venue, symbol in sorted(wanted)]

    # --- requests ------------------------------------------------------------------------------------------------

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        path, _, query = request.raw_path.partition("?")
        _, venue, *rest = path.split("/", 2)
        if venue == "_control":
            return await self._steer(request, rest[0] if rest else "")
        if venue not in self.wires:
            return _told({"error": f"no such venue: {venue}; there are {', '.join(self.wires)}"}, 404)
        if venue in self.down:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self.streams.serve(request, self.wires[venue])
        return await self.edge.serve(request, venue, "/" + (rest[0] if rest else ""), query)

    async def _steer(self, request: web.BaseRequest, name: str) -> web.Response:
        """A control route; what is wrong with it is told."""
        body = await request.read()
        try:
            told = self.control.call(name, orjson.loads(body) if body else {})
        except (LookupError, TypeError, ValueError, ArithmeticError) as error:
            return _told({"error": f"{type(error).__name__}: {error}"}, 400)
        return _told(told, 200)


def _told(what: dict[str, Any], status: int) -> web.Response:
    return web.Response(body=orjson.dumps(what), status=status, content_type="application/json")
