"""The desk's one way to venues, to BitMEX: sent once, found again, and told of without a stream."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from exchange.checkup import VenueCheckup
from exchange.closed import ClosedVenue
from exchange.gateway import Gateway
from exchange.opening import open_account
from exchange.quotes import QuoteBoard
from portfolio.model.fill import OrderReport, Trade
from portfolio.model.order import Order, OrderStatus, OrderType
from portfolio.model.venue import Condition, Survey, VenueCondition
from portfolio.ports import Unknown, Unsent
from tests.bitmex.desks import access_to
from tests.fakes import order
from tests.simulators.bitmex import BitmexSimulator
from tests.simulators.bitmex.faults import AFTER

D = Decimal
INVERSE, LINEAR = "BTC/USD:BTC", "BTC/USDT:USDT"


class Desk:
    """A gateway that runs, and everything it has told."""

    def __init__(self, gateway: Gateway, quotes: QuoteBoard) -> None:
        self.gateway = gateway
        self.quotes = quotes
        self.statuses: dict[str, OrderStatus] = {}
        self.trades: dict[str, dict[str, Trade]] = {}
        self.conditions: list[Condition] = []

    def take(self, *told: object) -> None:
        for report in told:
            match report:
                case OrderReport():
                    trades = {trade.trade_id: trade for trade in report.trades}
                    self.trades.setdefault(report.client_order_id, {}).update(trades)
                    if report.status is not None:
                        self.statuses[report.client_order_id] = report.status
                case VenueCondition():
                    self.conditions.append(report.condition)

    def traded(self, order_id: str) -> Decimal:
        return sum((trade.quantity for trade in self.trades.get(order_id, {}).values()), D(0))

    async def until(self, is_so: Callable[[], bool], within_s: float = 10) -> None:
        async with asyncio.timeout(within_s):
            while not is_so():
                await asyncio.sleep(0.02)
                self.take(*self.gateway.collect())

    async def found(self, sent: Order) -> OrderReport | None:
        """What asking again and again comes to."""
        async with asyncio.timeout(15):
            while isinstance(answer := await self.gateway.look_up(sent), Unknown):
                await asyncio.sleep(0.25)
        return answer


@asynccontextmanager
async def desk_at(venue: BitmexSimulator, **changes: Any) -> AsyncIterator[Desk]:
    quotes = QuoteBoard()
    gateway = Gateway(access_to(venue, **changes), quotes)
    try:
        await gateway.connect()
        await gateway.prepare()
        desk = Desk(gateway, quotes)
        running = asyncio.create_task(gateway.run(lambda: None))
        yield desk
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
    finally:
        await gateway.close()


@pytest.fixture
async def venue() -> AsyncIterator[BitmexSimulator]:
    async with BitmexSimulator() as simulator:
        for wire in ("XBTUSD", "XBTUSDT", "XBT_USDT"):
            simulator.set_price(wire, "65000", "65000.5")
        yield simulator


@pytest.fixture
async def desk(venue: BitmexSimulator) -> AsyncIterator[Desk]:
    async with desk_at(venue) as desk:
        yield desk


def market(order_id: str, quantity: str = "1000", side: str = "buy", **fields: Any) -> Order:
    return order(order_id, side, quantity, **{"symbol": LINEAR, **fields})


def resting(order_id: str, **fields: Any) -> Order:
    return market(order_id, order_type=OrderType.LIMIT, price=D(60000), **fields)


async def test_a_market_order_is_told_of_with_every_execution(desk: Desk, venue: BitmexSimulator):
    venue.venue.change_terms(fill_ratio=D("0.3"))
    sent = await desk.gateway.send(market("desk-1", "1300", symbol=INVERSE))
    assert isinstance(sent, OrderReport)
    assert sent.status is OrderStatus.SUBMITTED
    await desk.until(lambda: desk.statuses.get("desk-1") is OrderStatus.FILLED)
    assert desk.traded("desk-1") == 1300
    assert len(desk.trades["desk-1"]) == 5
    assert {trade.fee_currency for trade in desk.trades["desk-1"].values()} == {"BTC"}


async def test_a_resting_order_is_surveyed_and_canceled(desk: Desk):
    await desk.gateway.send(resting("desk-1"))
    survey = await desk.gateway.survey()
    assert isinstance(survey, Survey)
    assert [(item.client_order_id, item.quantity) for item in survey.orders] == [("desk-1", 1000)]
    await desk.gateway.cancel(resting("desk-1", cancel_requested=True))
    await desk.until(lambda: desk.statuses.get("desk-1") is OrderStatus.CANCELED)


async def test_the_venues_refusal_is_a_rejection_in_its_words(desk: Desk, venue: BitmexSimulator):
    sent = await desk.gateway.send(market("desk-1", "1000000000"))
    assert isinstance(sent, OrderReport)
    assert sent.status is OrderStatus.REJECTED
    assert "insufficient Available Balance" in sent.reason
    assert venue.venue.accepted == {}


async def test_a_repeated_id_means_that_the_order_exists(desk: Desk, venue: BitmexSimulator):
    await desk.gateway.send(resting("desk-1"))
    again = await desk.gateway.send(resting("desk-1"))
    assert isinstance(again, OrderReport)
    assert (again.status, again.mismatch) == (OrderStatus.OPEN, "")
    another = await desk.gateway.send(resting("desk-1", quantity="2000"))
    assert isinstance(another, OrderReport)
    assert "quantity: sent 2000, found 1000" in another.mismatch
    assert venue.venue.accepted == {"desk-1": 1}


@pytest.mark.parametrize("fault", [*AFTER, "late"])
async def test_a_lost_answer_is_unknown_and_the_order_is_found(venue: BitmexSimulator, fault: str):
    async with desk_at(venue, send_timeout_s=0.5) as desk:
        venue.faults.next(fault)
        venue.faults.late_s = 0.2
        assert isinstance(await desk.gateway.send(market("desk-1")), Unknown)
        found = await desk.found(market("desk-1"))
        assert found is not None
        desk.take(found)
        await desk.until(lambda: desk.traded("desk-1") == 1000)
    assert venue.venue.accepted == {"desk-1": 1}


async def test_what_never_arrived_is_proven_absent(desk: Desk, venue: BitmexSimulator):
    venue.faults.next("reset_before")
    began = asyncio.get_running_loop().time()
    assert isinstance(await desk.gateway.send(market("desk-1")), Unknown)
    assert await desk.found(market("desk-1")) is None
    assert asyncio.get_running_loop().time() - began > 5
    assert venue.venue.accepted == {}


@pytest.mark.parametrize("fault", ["overloaded", "too_many", "too_many_untold"])
async def test_what_the_venue_did_not_take_was_not_sent(desk: Desk, venue: BitmexSimulator, fault: str):
    venue.faults.next(fault)
    assert isinstance(await desk.gateway.send(market("desk-1")), Unsent)
    assert venue.venue.accepted == {}


async def test_history_tells_the_same_executions_again(desk: Desk):
    since = datetime.now(UTC) - timedelta(seconds=1)
    await desk.gateway.send(market("desk-1"))
    await desk.until(lambda: desk.statuses.get("desk-1") is OrderStatus.FILLED)
    history = await desk.gateway.history(since)
    assert isinstance(history, list)
    desk.take(*history)
    assert desk.traded("desk-1") == 1000


async def test_prices_are_kept_fresh_and_leverage_is_set(desk: Desk, venue: BitmexSimulator):
    await desk.until(lambda: len(desk.quotes.all()) == 3)
    assert venue.desk.leverage == {"XBTUSD": 1, "XBTUSDT": 1}


async def test_a_check_up_tells_rights_balances_and_what_there_is_not(venue: BitmexSimulator):
    gateway = Gateway(access_to(venue), QuoteBoard())
    told = await gateway.check_up(frozenset({LINEAR, "BTC/USDX:USDX"}))
    await gateway.close()
    assert isinstance(told, VenueCheckup)
    assert (told.key.can_trade, told.key.can_withdraw, abs(told.skew_s) < 1) == (True, False, True)
    assert list(told.missing) == ["BTC/USDX:USDX"]


async def test_a_closed_venue_can_be_spoken_to_at_an_address_of_ones_own(venue: BitmexSimulator):
    opened = open_account(access_to(venue), QuoteBoard())
    assert isinstance(opened, Gateway)
    await opened.close()
    assert isinstance(open_account(access_to(venue, rest_url=None), QuoteBoard()), ClosedVenue)


async def test_a_clock_that_is_an_hour_off_is_told_and_put_right(venue: BitmexSimulator):
    venue.clock_ahead_s = 3600
    async with desk_at(venue) as desk:
        await desk.until(lambda: Condition.CLOCK_SKEWED in desk.conditions)
        assert isinstance(await desk.gateway.survey(), Survey)


async def test_a_desk_that_is_left_alone_stays_inside_the_venues_limits(desk: Desk, venue: BitmexSimulator):
    async def reconcile() -> None:
        while True:
            await desk.gateway.gap()
            await desk.gateway.survey()
            await desk.gateway.history(datetime.now(UTC) - timedelta(hours=1))

    reconciling = asyncio.create_task(reconcile())
    await asyncio.sleep(1)
    before = venue.pace.counted
    with suppress(TimeoutError):
        await desk.until(lambda: False, within_s=8)
    reconciling.cancel()
    assert 4 < venue.pace.counted - before <= 8 * 120 / 60, "two requests a second are all there is"
    assert desk.conditions == []
