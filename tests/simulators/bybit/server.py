"""The simulator as a server on a loopback port: `async with BybitSimulator() as venue: ...`."""

import asyncio
import contextlib
import time
from collections.abc import Mapping
from decimal import Decimal
from types import TracebackType
from typing import Any

import orjson
from aiohttp import web

from tests.simulators.bybit.actions import Actions
from tests.simulators.bybit.answers import Refused
from tests.simulators.bybit.booking import Booking
from tests.simulators.bybit.clock import VenueClock
from tests.simulators.bybit.control import Control
from tests.simulators.bybit.dcp import DisconnectionSwitch
from tests.simulators.bybit.edge import Edge
from tests.simulators.bybit.faults import Faults
from tests.simulators.bybit.filling import Filling
from tests.simulators.bybit.limits import RequestLimits
from tests.simulators.bybit.queries import Queries
from tests.simulators.bybit.quotes import Quotes
from tests.simulators.bybit.rest import Rest
from tests.simulators.bybit.signing import ApiKey
from tests.simulators.bybit.stream import Streams
from tests.simulators.bybit.trading import Trading
from tests.simulators.bybit.venue import Venue
from tests.simulators.bybit.world import World

API_KEY = "qmSimulatedKey7F3d2A91"
API_SECRET = "qmSimulatedSecret5b1E84c0D96a73f2e8B1"
BALANCES = {"USDT": "1000000", "BTC": "10", "ETH": "100"}
REPEAT_QUOTES_EVERY_S = 1.0


class BybitSimulator:
    """One account with one key. State lives as long as the object, whatever happens to connections."""

    def __init__(
        self,
        port: int = 0,
        *,
        balances: Mapping[str, str] | None = None,
        key: str = API_KEY,
        secret: str = API_SECRET,
    ) -> None:
        self._port = port
        self.keys = {key: ApiKey(key, secret)}
        self.clock = VenueClock()
        coins = {coin: Decimal(amount) for coin, amount in (balances or BALANCES).items()}
        self.venue = Venue(self.clock, coins)
        self.booking = Booking(self.venue)
        self.filling = Filling(self.venue, self.booking)
        self.trading = Trading(self.venue, self.booking, self.filling)
        self.world = World(self.venue, self.trading, self.booking)
        self.faults = Faults()
        self.limits = RequestLimits()
        self.switch = DisconnectionSwitch(self._cancel_disconnected)
        actions = Actions(self.venue, self.trading, self.switch)
        rest = Rest(self.venue, actions, Queries(self.venue), self.keys)
        self.edge = Edge(self.clock, rest, actions, self.limits, self.faults)
        self.quotes = Quotes(self.venue)
        self.streams = Streams(
            self.clock, self.keys, self.faults, self.quotes.snapshot, self.switch.joined, self.switch.left
        )
        self.quotes.streams = self.streams
        self.venue.publish, self.venue.hears = self.streams.publish, self.streams.hears
        self.venue.on_price = self.quotes.changed
        self.control = Control(self)
        self._down_until = 0.0
        self._controllers: set[object] = set()
        self._server: web.Server | None = None
        self._runner: web.ServerRunner | None = None
        self._repeating: asyncio.Task[None] | None = None

    # --- life ----------------------------------------------------------------------------------------------------

    async def __aenter__(self) -> "BybitSimulator":
        self._server = web.Server(self._serve, access_log=None)
        self._runner = web.ServerRunner(self._server, handle_signals=False, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, backlog=1024)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self._repeating = asyncio.create_task(self._repeat_quotes())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._runner is not None
        assert self._repeating is not None
        self._repeating.cancel()
        self.drop_connections()
        await self._runner.cleanup()
        with contextlib.suppress(asyncio.CancelledError):
            await self._repeating

    @property
    def rest_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self._port}"

    def drop_connections(self, down_s: float = 0) -> None:
        """Every connection but those that control is cut, and for that long each new one."""
        self._down_until = time.monotonic() + down_s
        self.streams.cut_all()
        handlers = self._server.connections if self._server is not None else []
        self._controllers.intersection_update(handlers)
        for handler in handlers:
            if handler.transport is not None and handler not in self._controllers:
                handler.transport.abort()

    async def _repeat_quotes(self) -> None:
        while True:
            await asyncio.sleep(REPEAT_QUOTES_EVERY_S)
            self.quotes.repeat()

    def _cancel_disconnected(self, categories: tuple[str, ...]) -> None:
        for record in [item for item in self.venue.open.values() if item.listing.category in categories]:
            self.trading.cancel(record, "CancelByDCP")

    # --- requests ------------------------------------------------------------------------------------------------

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        path, _, query = request.raw_path.partition("?")
        if path.startswith("/_control/"):
            return await self._steer(request, path.removeprefix("/_control/"))
        if time.monotonic() < self._down_until:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        if path == "/v5/private" or path.startswith("/v5/public/"):
            if self.edge.maintenance == "http":
                return web.Response(status=503)
            return await self.streams.serve(request, path)
        return await self.edge.serve(request, path, query)

    async def _steer(self, request: web.BaseRequest, name: str) -> web.Response:
        """A control route; what is wrong with it is told."""
        self._controllers.add(request.protocol)
        body = await request.read()
        try:
            told = self.control.call(name, orjson.loads(body) if body else {})
        except (LookupError, TypeError, ValueError, ArithmeticError, Refused) as error:
            return _told({"error": f"{type(error).__name__}: {error}"}, 400)
        return _told(told, 200)


def _told(what: dict[str, Any], status: int) -> web.Response:
    return web.Response(body=orjson.dumps(what), status=status, content_type="application/json")
