"""One venue that the contract is held against, whatever it is: the port, and what the venue itself holds to be true."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from decimal import Decimal
from typing import Any, Protocol

from exchange.gateway import Gateway
from portfolio.model.fill import OrderReport, Trade, VenueReport
from portfolio.model.identifiers import ClientOrderId, Symbol
from portfolio.model.instrument import Instrument
from portfolio.model.order import TRANSITIONS, Order, OrderStatus
from portfolio.ports import Exchange, Unknown, Unsent
from tests.fakes import order as written

LINEAR, INVERSE = "BTC/USDT:USDT", "BTC/USD:BTC"
BID, ASK = Decimal(64000), Decimal("64000.5")
TAKER = {"paper": Decimal("0.0005"), "bybit": Decimal("0.00055"), "bitmex": Decimal("0.0005")}


class Venue(Protocol):
    """What stands behind a port, seen from its own side."""

    name: str

    def show(self, symbol: Symbol, bid: Decimal, ask: Decimal) -> None:
        """The market is there; what it reaches is filled."""

    def split(self, pieces: int) -> None:
        """What fills from now on comes in that many executions."""

    def held(self, symbol: Symbol) -> Decimal: ...

    def accepted(self, order_id: ClientOrderId) -> int:
        """How many orders the venue has under that id."""

    def lose_answer(self) -> None:
        """The next order is taken, and the connection reset before the answer."""

    def lose_request(self) -> None:
        """The next order is not taken, and the connection reset."""


class Subject:
    """The port at work. Every report it gives, as an answer or by itself, is remembered by order."""

    def __init__(self, venue: Venue, exchange: Exchange, instruments: Mapping[Symbol, Instrument]) -> None:
        self.venue = venue
        self.exchange = exchange
        self.instruments = instruments
        self._statuses: dict[ClientOrderId, OrderStatus] = {}
        self._reasons: dict[ClientOrderId, str] = {}
        self._trades: dict[ClientOrderId, dict[str, Trade]] = {}
        self._sent: dict[ClientOrderId, Order] = {}

    async def reconcile(self) -> None:
        """As the desk does whenever something may have been missed: what has not ended is asked for."""
        while True:
            await self.exchange.gap()
            for order_id, order in list(self._sent.items()):
                if self._statuses.get(order_id) in TRANSITIONS:
                    found = await self.exchange.look_up(order)
                    self.take(None if isinstance(found, Unknown) else found)

    # --- orders ----------------------------------------------------------------------------------------------------

    def order(self, order_id: str, side: str = "buy", lots: int = 10, symbol: Symbol = LINEAR, **fields: Any) -> Order:
        """A quantity in lots: what one is, the venue's own instrument says."""
        quantity = self.instruments[symbol].lot * lots
        market = ASK if side == "buy" else BID
        known = {"reference_price": market, "reservation_price": market, **fields}
        return written(order_id, side, str(quantity), symbol=symbol, **known)

    def limit(self, order_id: str, price: str, **fields: Any) -> Order:
        return self.order(order_id, order_type="limit", price=Decimal(price), **fields)

    def lots(self, count: int, symbol: Symbol = LINEAR) -> Decimal:
        return self.instruments[symbol].lot * count

    async def send(self, order: Order) -> OrderReport | Unknown | Unsent:
        answer = await self.exchange.send(order)
        self._sent.setdefault(order.client_order_id, order)
        self.take(answer)
        return answer

    async def cancel(self, order: Order) -> OrderReport | Unknown:
        answer = await self.exchange.cancel(order.but(cancel_requested=True))
        self.take(answer)
        return answer

    async def resolve(self, order: Order, within_s: float = 12) -> OrderReport | None:
        """What looking up again and again comes to."""
        async with asyncio.timeout(within_s):
            while isinstance(answer := await self.exchange.look_up(order), Unknown) or (
                answer is not None and answer.status is None
            ):
                await asyncio.sleep(0.1)
        self.take(answer)
        return answer

    # --- what was told ---------------------------------------------------------------------------------------------

    def take(self, *told: VenueReport | Unknown | Unsent | None) -> None:
        """An end that was told stays, and nothing is traded after it."""
        for report in told:
            if isinstance(report, OrderReport):
                order_id, trades = report.client_order_id, {trade.trade_id: trade for trade in report.trades}
                before = self._statuses.get(order_id)
                has_ended = before is not None and before not in TRANSITIONS
                known = self._trades.setdefault(order_id, {})
                assert not (has_ended and trades.keys() - known.keys()), f"{order_id} was traded after its end"
                known.update(trades)
                self._reasons[order_id] = report.reason or self._reasons.get(order_id, "")
                if report.status is not None and not has_ended:
                    self._statuses[order_id] = report.status

    def hear(self) -> None:
        self.take(*self.exchange.collect())

    async def until(self, is_so: Callable[[], bool], within_s: float = 12) -> None:
        async with asyncio.timeout(within_s):
            while True:
                self.hear()
                if is_so():
                    return
                await asyncio.sleep(0.01)

    async def becomes(self, order: Order, *statuses: OrderStatus) -> OrderStatus:
        """The order's status, once it is one of these."""
        await self.until(lambda: self._statuses.get(order.client_order_id) in statuses)
        return self._statuses[order.client_order_id]

    def reason(self, order: Order) -> str:
        return self._reasons[order.client_order_id]

    def trades(self, order: Order) -> list[Trade]:
        return list(self._trades.get(order.client_order_id, {}).values())

    def traded(self, order: Order) -> Decimal:
        return sum((trade.quantity for trade in self.trades(order)), Decimal(0))


@asynccontextmanager
async def at_work(venue: Venue, gateway: Gateway) -> AsyncIterator[Subject]:
    """A gateway that is connected and listens."""
    gateway._driver.timeout_on_exit = 0
    try:
        instruments = await gateway.connect()
        await gateway.prepare()
        subject = Subject(venue, gateway, instruments)
        running = [asyncio.create_task(gateway.run(lambda: None)), asyncio.create_task(subject.reconcile())]
        try:
            yield subject
        finally:
            for task in running:
                assert not task.done() or task.exception() is None, task
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
    finally:
        await gateway.close()
