"""A gateway at work on the simulated Bybit: the real ccxt driver, real sockets, short times."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

from exchange import listening, lookups
from exchange.address import Addresses
from exchange.connection import Credential, Environment, VenueAccess
from exchange.gateway import Gateway
from exchange.quotes import QuoteBoard
from portfolio.model.fill import OrderReport, Trade, VenueReport
from portfolio.model.order import TRANSITIONS, Order, OrderStatus, OrderType
from portfolio.model.venue import Condition, VenueCondition
from portfolio.ports import Unknown
from tests.fakes import order as written
from tests.simulators.bybit import API_KEY, API_SECRET, BybitSimulator
from tests.simulators.bybit.orders import OrderRecord

LINEAR, INVERSE, SPOT = "BTC/USDT:USDT", "BTC/USD:BTC", "BTC/USDT"
CREATE, CANCEL, AMEND = "/v5/order/create", "/v5/order/cancel", "/v5/order/amend"
REALTIME, HISTORY, EXECUTIONS = "/v5/order/realtime", "/v5/order/history", "/v5/execution/list"
PAST = timedelta(days=1)
WALLET, POSITIONS = "/v5/account/wallet-balance", "/v5/position/list"


def access_to(venue: BybitSimulator, **changes: Any) -> VenueAccess:
    """Without `ws_url` the venue is polled."""
    terms: dict[str, Any] = {
        "account": "main",
        "venue": "bybit",
        "environment": Environment.TESTNET,
        "api_key": Credential(API_KEY),
        "api_secret": Credential(API_SECRET),
        "rest_url": venue.rest_url,
        "symbols": frozenset({LINEAR}),
        "recv_window_s": 0.8,
        "send_timeout_s": 3.0,
        **changes,
    }
    return VenueAccess(**terms)


def order(order_id: str, quantity: str = "0.01", symbol: str = LINEAR, **fields: Any) -> Order:
    return written(order_id, quantity=quantity, symbol=symbol, **fields)


def resting(order_id: str, price: str = "60000", quantity: str = "0.01", **fields: Any) -> Order:
    return order(order_id, quantity, order_type=OrderType.LIMIT, price=Decimal(price), **fields)


def selling(order_id: str, quantity: str = "0.01", **fields: Any) -> Order:
    return order(order_id, quantity, side="sell", reduce_only=True, is_exit=True, **fields)


def shorten(monkeypatch: Any) -> None:
    """Absence is proven soon, and what is asked for again is asked for soon."""
    monkeypatch.setattr(lookups, "MARGIN_S", 0.2)
    monkeypatch.setattr(lookups, "BETWEEN_READS_S", 0.05)
    monkeypatch.setattr(listening, "BACK_OFF_S", (0.05, 0.1))


class Desk:
    """What a gateway told, in the order it did."""

    def __init__(self, venue: BybitSimulator, gateway: Gateway, quotes: QuoteBoard) -> None:
        self.venue = venue
        self.gateway = gateway
        self.quotes = quotes
        self.told: list[VenueReport] = []
        self.told_at_s: list[float] = []

    def hear(self) -> None:
        for report in self.gateway.collect():
            self.told.append(report)
            self.told_at_s.append(time.monotonic())

    def reports(self, order_id: str) -> list[OrderReport]:
        return [item for item in self.told if isinstance(item, OrderReport) and item.client_order_id == order_id]

    def statuses(self, order_id: str) -> list[OrderStatus | None]:
        return [item.status for item in self.reports(order_id)]

    def trades(self, order_id: str) -> dict[str, Trade]:
        return {trade.trade_id: trade for report in self.reports(order_id) for trade in report.trades}

    def filled(self, order_id: str) -> Decimal:
        return sum((trade.quantity for trade in self.trades(order_id).values()), Decimal(0))

    @property
    def conditions(self) -> list[Condition]:
        return [item.condition for item in self.told if isinstance(item, VenueCondition) and item.symbol is None]

    @property
    def condition(self) -> Condition:
        return self.conditions[-1] if self.conditions else Condition.WORKING

    def record(self, order_id: str) -> OrderRecord | None:
        return self.venue.venue.links.get(order_id)

    def received(self, path: str) -> int:
        return len(self.venue.edge.requests[path])

    async def until(self, condition: Callable[[], object], within_s: float = 5.0) -> None:
        deadline = time.monotonic() + within_s
        while not condition():
            assert time.monotonic() < deadline, f"not within {within_s} s; told {self.told[-5:]}"
            await asyncio.sleep(0.005)

    async def resolved(self, order: Order, within_s: float = 5.0) -> OrderReport | None:
        """What looking up comes to."""
        deadline = time.monotonic() + within_s
        while True:
            found = await self.gateway.look_up(order)
            if found is None or (isinstance(found, OrderReport) and found.status is not None):
                return found
            assert time.monotonic() < deadline, found
            await asyncio.sleep(0.05)

    async def canceled(self, order: Order, within_s: float = 5.0) -> OrderReport:
        """The answer once the venue has understood."""
        deadline = time.monotonic() + within_s
        while isinstance(answer := await self.gateway.cancel(order), Unknown):
            assert time.monotonic() < deadline, answer
            await asyncio.sleep(0.05)
        return answer

    def assert_as_booked(self, order_id: str) -> None:
        """Trades add up to the venue's own, each was told before the end, and nothing came after it."""
        record = self.record(order_id)
        assert record is not None
        assert self.filled(order_id) == record.filled
        seen: set[str] = set()
        for report in self.reports(order_id):
            new = {trade.trade_id for trade in report.trades} - seen
            seen |= new
            told = sum((self.trades(order_id)[trade_id].quantity for trade_id in seen), Decimal(0))
            if report.status is not None and report.status not in TRANSITIONS:
                assert told == record.filled, "an end before its executions"


@asynccontextmanager
async def desk_at(
    venue: BybitSimulator,
    *,
    is_connected: bool = True,
    is_listening: bool = True,
    addresses: Addresses | None = None,
    **changes: Any,
) -> AsyncIterator[Desk]:
    """A gateway at work; nothing that it does in the background fails unnoticed."""
    loop, troubles = asyncio.get_running_loop(), []
    loop.set_exception_handler(lambda _, context: troubles.append(context))
    quotes = QuoteBoard()
    gateway = Gateway(access_to(venue, **changes), quotes, addresses)
    gateway._driver.timeout_on_exit = 0
    desk = Desk(venue, gateway, quotes)
    before = asyncio.all_tasks()
    running = None
    try:
        if is_connected:
            await gateway.connect()
            await gateway.prepare()
        if is_listening:
            running = asyncio.create_task(gateway.run(desk.hear))
        yield desk
        assert running is None or not running.done(), running
    finally:
        if running is not None:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        await gateway.close()
        await asyncio.sleep(0.05)
        gc.collect(1)
    assert not troubles, troubles
    left = [
        task for task in asyncio.all_tasks() - before if "simulators" not in repr(task) and "aiohttp" not in repr(task)
    ]
    assert not left, left


def _is_the_venues(task: "asyncio.Task[Any]") -> bool:
    return any(part in repr(task) for part in ("simulators", "web_protocol"))
