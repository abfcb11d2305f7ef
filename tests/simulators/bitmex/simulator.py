"""BitMEX on this machine: signed requests in, real documents and real trouble out."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from typing import Any, Self

from aiohttp import web

from tests.simulators.bitmex import control
from tests.simulators.bitmex.contracts import CONTRACTS
from tests.simulators.bitmex.faults import Faults
from tests.simulators.bitmex.pace import Pace
from tests.simulators.bitmex.refusal import Refused
from tests.simulators.bitmex.routes import PRIVATE, PUBLIC, Asked, Desk
from tests.simulators.bitmex.signing import Gate, Key
from tests.simulators.bitmex.switch import Switch
from tests.simulators.bitmex.venue import Venue

_API = "/api/v1"
BALANCES = {"BTC": Decimal(1), "USDT": Decimal(100_000)}


class BitmexSimulator:
    """`async with BitmexSimulator() as venue:` serves at `venue.rest_url` until left.

    `clock_ahead_s` is how far the venue's clock is ahead of this machine's.
    """

    def __init__(
        self,
        *,
        key: Key | None = None,
        balances: dict[str, Decimal] | None = None,
        fill_ratio: Decimal = Decimal(1),
        per_minute: int = 120,
        per_second: int = 10,
        port: int = 0,
    ) -> None:
        self.key = key or Key("simulated-key", "simulated-secret")
        self.clock_ahead_s = 0.0
        self.faults = Faults()
        self.pace = Pace(per_minute, per_second)
        self.venue = Venue(balances or BALANCES, self.now, fill_ratio)
        self.desk = Desk(self.venue, self.key, Switch(), self.now)
        self.gate = Gate(self.key, lambda: time.time() + self.clock_ahead_s)
        self._port = port
        self._runner: web.AppRunner | None = None
        self.rest_url = ""

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.clock_ahead_s)

    async def __aenter__(self) -> Self:
        app = web.Application()
        control.add_to(app, self)
        app.router.add_route("*", _API + "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self.rest_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.desk.switch.set(0, lambda: None)
        if self._runner is not None:
            await self._runner.cleanup()

    # --- for tests -----------------------------------------------------------------------------------------------

    def set_price(self, wire: str, bid: Decimal | str, ask: Decimal | str | None = None) -> None:
        """The market of XBTUSD, XBTUSDT or XBT_USDT; what it reaches is filled."""
        self.venue.pass_time()
        self.venue.show(CONTRACTS[wire], Decimal(bid), Decimal(ask if ask is not None else bid))

    def close_contract(self, wire: str) -> None:
        """The contract is not listed any more, and refuses orders."""
        self.desk.closed.add(wire)

    # --- the wire ------------------------------------------------------------------------------------------------

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        endpoint = f"{request.method} {request.path.removeprefix(_API)}"
        body = await request.text()
        if endpoint == "POST /order":
            self._count_arrival(body)
        fault = self.faults.pick(endpoint)
        if fault is None:
            return await self._answer(request)
        try:
            return await self.faults.strike(fault, request, self._answer)
        except Refused as refusal:
            return _json(refusal.document, refusal.status, refusal.headers)

    async def _answer(self, request: web.Request) -> web.Response:
        headers = {"Date": format_datetime(self.now(), usegmt=True)}
        try:
            headers |= self.pace.count(request.method, request.path)
            endpoint = self._endpoint(request, await request.text())
            asked = Asked(request.query, _read(await request.text()))
            self.venue.pass_time()
            return _json(endpoint(self.desk, asked), 200, headers)
        except Refused as refusal:
            return _json(refusal.document, refusal.status, {**headers, **refusal.headers})

    def _endpoint(self, request: web.Request, body: str) -> Callable[[Desk, Asked], Any]:
        name = f"{request.method} {request.path.removeprefix(_API)}"
        if name in PRIVATE or "api-key" in request.headers:
            self.gate.authenticate(request, body)
            self.gate.permit(request.method)
        endpoint = PUBLIC.get(name) or PRIVATE.get(name)
        if endpoint is None:
            raise Refused(404, "Not Found")
        return endpoint

    def _count_arrival(self, body: str) -> None:
        """How often each client order id was on the wire, whatever became of it."""
        try:
            client_id = str(_read(body).get("clOrdID") or "")
        except Refused:
            return
        self.venue.arrived[client_id] = self.venue.arrived.get(client_id, 0) + 1


def _read(body: str) -> dict[str, Any]:
    try:
        document = json.loads(body or "{}", parse_float=Decimal)
    except ValueError:
        raise Refused(400, "Invalid JSON") from None
    if not isinstance(document, dict):
        raise Refused(400, "Invalid JSON")
    return document


def _json(document: Any, status: int, headers: dict[str, str]) -> web.Response:
    return web.json_response(document, status=status, headers=headers)
