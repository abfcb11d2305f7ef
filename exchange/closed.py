"""A venue that trades no more, behind the port of those that do: history is kept, nothing is sent, and it says so."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from exchange.checkup import Trouble, VenueCheckup
from exchange.connection import Closure, VenueAccess
from portfolio.model.effect import ShowPrice
from portfolio.model.fill import OrderReport, VenueReport
from portfolio.model.identifiers import ClientOrderId, Symbol
from portfolio.model.instrument import Instrument
from portfolio.model.order import Order, OrderStatus
from portfolio.model.venue import Condition, Survey, VenueCondition
from portfolio.ports import Unknown


class ClosedVenue:
    """Implements `portfolio.ports.Exchange` without a connection. `detail` says why, and what to use instead."""

    at_once = 1

    def __init__(self, access: VenueAccess, closure: Closure, also: str = "") -> None:
        self.detail = f"{access.venue} {closure}{also}"
        self._reports: list[VenueReport] = [VenueCondition(condition=Condition.CLOSED, detail=self.detail)]

    async def reach(self) -> dict[Symbol, Instrument] | Trouble:
        return Trouble(Condition.CLOSED, self.detail)

    async def check_up(self, symbols: frozenset[Symbol]) -> VenueCheckup | Trouble:
        return Trouble(Condition.CLOSED, self.detail)

    async def close(self) -> None:
        """There is nothing to close."""

    async def run(self, news: Callable[[], None]) -> None:
        """The condition is told once."""
        news()

    async def gap(self) -> None:
        """Never returns: nothing happens there any more."""
        await asyncio.Event().wait()

    def collect(self) -> list[VenueReport]:
        reports, self._reports = self._reports, []
        return reports

    async def send(self, order: Order) -> OrderReport:
        return OrderReport(
            client_order_id=order.client_order_id, status=OrderStatus.REJECTED, reason=f"not sent: {self.detail}"
        )

    async def amend(self, order: Order) -> Unknown:
        return Unknown(self.detail)

    async def cancel(self, order: Order) -> Unknown:
        return Unknown(self.detail)

    async def detach(self, symbol: Symbol, entry: ClientOrderId, *, rests: bool) -> None:
        """Nothing is attached there any more."""

    async def look_up(self, order: Order) -> Unknown:
        """What became of an order that was left there nobody tells any more."""
        return Unknown(self.detail)

    async def survey(self) -> Survey:
        """Nothing rests; what is held is what the books say."""
        return Survey(orders=())

    async def history(self, since: datetime) -> list[VenueReport]:
        return []

    def show_price(self, price: ShowPrice) -> None:
        """There are no prices."""

    def pass_time(self, now: datetime) -> None:
        """Nothing is due."""
