"""BitMEX's dialect through the real driver: what it asks is taken, and what it reads is what the venue holds."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from exchange.connection import MarginMode
from exchange.dialects.bitmex import BitmexDialect
from exchange.errors import NotSent, Refusal, Refused, Throttled, Unclear, VenueError
from portfolio.model.fill import Cause, Funding, OrderReport, OutsideTrade
from portfolio.model.order import Order, OrderStatus, OrderType
from tests.bitmex.desks import dialect_of
from tests.fakes import order
from tests.simulators.bitmex import BitmexSimulator
from tests.simulators.bitmex.contracts import XBTUSDT
from tests.simulators.bitmex.faults import AFTER
from tests.simulators.bitmex.signing import Key

D = Decimal
INVERSE, LINEAR, SPOT = "BTC/USD:BTC", "BTC/USDT:USDT", "BTC/USDT"


@pytest.fixture
async def venue() -> AsyncIterator[BitmexSimulator]:
    async with BitmexSimulator(per_minute=6000, per_second=1000) as simulator:
        for wire in ("XBTUSD", "XBTUSDT", "XBT_USDT"):
            simulator.set_price(wire, "65000", "65000.5")
        yield simulator


@pytest.fixture
async def dialect(venue: BitmexSimulator) -> AsyncIterator[BitmexDialect]:
    async with dialect_of(venue) as dialect:
        yield dialect


def linear(order_id: str, side: str = "buy", quantity: str = "1000", **fields: Any) -> Order:
    return order(order_id, side, quantity, symbol=LINEAR, **fields)


def resting(order_id: str, price: str = "60000", **fields: Any) -> Order:
    return linear(order_id, order_type=OrderType.LIMIT, price=D(price), **fields)


async def test_it_lists_what_the_model_can_say(dialect: BitmexDialect):
    assert sorted(dialect.instruments()) == [INVERSE, SPOT, LINEAR]
    assert dialect.delisted() == frozenset()


@pytest.mark.parametrize(
    ("symbol", "quantity", "fee", "currency"),
    [
        (INVERSE, "1300", "0.00001000", "BTC"),
        (LINEAR, "1300", "0.042250", "USDT"),
        (SPOT, "0.0123", "0.399753", "USDT"),
    ],
)
async def test_what_was_traded_is_told_in_the_instruments_units(
    dialect: BitmexDialect, symbol: str, quantity: str, fee: str, currency: str
):
    await dialect.create(order("desk-1", quantity=quantity, symbol=symbol))
    (report,) = await dialect.executions_of(symbol, "desk-1")
    assert isinstance(report, OrderReport)
    (trade,) = report.trades
    assert (trade.quantity, trade.price) == (D(quantity), D("65000.5"))
    assert (trade.fee, trade.fee_currency) == (D(fee), currency)


async def test_an_order_is_found_resting_and_when_it_has_ended(dialect: BitmexDialect):
    venue_id = await dialect.create(resting("desk-1"))
    found = await dialect.find(resting("desk-1"))
    assert found is not None
    assert (found.order.venue_order_id, found.order.status) == (venue_id, OrderStatus.OPEN)
    assert [news.order.client_order_id for news in await dialect.open_orders()] == ["desk-1"]
    await dialect.cancel(resting("desk-1"))
    found = await dialect.find(resting("desk-1"))
    assert found is not None
    assert found.order.status is OrderStatus.CANCELED
    assert await dialect.open_orders() == []
    assert await dialect.find(resting("never")) is None


async def test_an_amended_order_has_its_new_terms_and_an_unchanged_one_is_no_error(dialect: BitmexDialect):
    await dialect.create(resting("desk-1"))
    for _ in range(2):
        await dialect.amend(resting("desk-1", "60100.5", quantity="1200"))
    found = await dialect.find(resting("desk-1"))
    assert found is not None
    assert (found.order.quantity, found.order.price) == (1200, D("60100.5"))


async def test_canceling_what_has_ended_or_never_was_is_refused_as_not_there(dialect: BitmexDialect):
    await dialect.create(linear("desk-1"))
    for order_id in ("desk-1", "never"):
        with pytest.raises(Refused) as refused:
            await dialect.cancel(linear(order_id))
        assert refused.value.refusal is Refusal.NOT_FOUND


async def test_an_order_without_a_client_id_is_found_and_canceled_by_the_venues(dialect: BitmexDialect):
    body = {"symbol": "XBTUSDT", "side": "Buy", "orderQty": 1000, "price": 60000}
    await dialect._api.privatePostOrder(body)
    venue_id = await _only_open(dialect)
    adopted = resting(venue_id, venue_order_id=venue_id)
    found = await dialect.find(adopted)
    assert found is not None
    assert (found.order.client_order_id, found.order.venue_order_id) == (None, venue_id)
    await dialect.amend(resting(venue_id, "60100", venue_order_id=venue_id))
    await dialect.cancel(adopted)
    assert await dialect.open_orders() == []


async def _only_open(dialect: BitmexDialect) -> str:
    (news,) = await dialect.open_orders()
    return news.order.venue_order_id


async def test_a_client_order_id_is_taken_once(dialect: BitmexDialect, venue: BitmexSimulator):
    await dialect.create(linear("desk-1"))
    with pytest.raises(Refused) as refused:
        await dialect.create(linear("desk-1"))
    assert refused.value.refusal is Refusal.DUPLICATE
    assert (venue.venue.arrived, venue.venue.accepted) == ({"desk-1": 2}, {"desk-1": 1})


async def test_a_stop_with_a_limit_reduce_only_waits_and_tells_that_it_was_reached(
    dialect: BitmexDialect, venue: BitmexSimulator
):
    await dialect.create(linear("entry"))
    stop = linear("stop", "sell", order_type=OrderType.STOP, stop_price=D(64000), reduce_only=True)
    await dialect.create(stop)
    found = await dialect.find(stop)
    assert found is not None
    assert (found.order.order_type, found.order.reduce_only, found.triggered) == (OrderType.STOP, True, False)
    venue.set_price("XBTUSDT", "63999")
    found = await dialect.find(stop)
    assert found is not None
    assert (found.order.status, found.triggered) == (OrderStatus.FILLED, True)
    assert await dialect.positions() == []


async def test_a_post_only_order_that_would_trade_ends_with_the_venues_reason(dialect: BitmexDialect):
    await dialect.create(resting("desk-1", "65001", post_only=True))
    found = await dialect.find(resting("desk-1"))
    assert found is not None
    assert found.order.status is OrderStatus.CANCELED
    assert found.reason == "Order had execInst of ParticipateDoNotInitiate"


async def test_positions_have_a_sign_and_balances_are_in_coins(dialect: BitmexDialect):
    await dialect.create(linear("desk-1", "sell"))
    await dialect.create(order("desk-2", quantity="1300", symbol=INVERSE))
    held = {position.symbol: position for position in await dialect.positions()}
    assert (held[LINEAR].quantity, held[LINEAR].entry_price) == (-1000, 65000)
    assert (held[INVERSE].quantity, held[INVERSE].entry_price) == (1300, D("65000.5"))
    amounts = {balance.currency: balance.amount for balance in await dialect.balances()}
    assert amounts == {"BTC": D("0.99999"), "USDT": D("99999.9675")}


async def test_the_history_has_trades_funding_liquidations_and_others_trades(
    dialect: BitmexDialect, venue: BitmexSimulator
):
    before = datetime.now(UTC) - timedelta(seconds=1)
    await dialect.create(linear("desk-1", quantity="140000000"))
    venue.venue.change_instrument(XBTUSDT, funding_rate=D("0.0001"))
    venue.clock_ahead_s = 8 * 3600
    venue.venue.pass_time()
    venue.clock_ahead_s = 0
    venue.set_price("XBTUSDT", "64000")
    reports = await dialect.executions(before)
    assert [type(report) for report in reports] == [OrderReport, OutsideTrade, Funding]
    _, liquidation, funding = reports
    assert isinstance(liquidation, OutsideTrade)
    assert (liquidation.cause, liquidation.trade.quantity) == (Cause.LIQUIDATION, 140_000_000)
    assert isinstance(funding, Funding)
    assert (funding.amount, funding.currency) == (D("-910.0035"), "USDT")


async def test_more_executions_than_a_page_holds_are_all_read(dialect: BitmexDialect, venue: BitmexSimulator):
    venue.venue.change_terms(fill_ratio=D("0.001"))
    await dialect.create(linear("desk-1", quantity="120000"))
    (report,) = await dialect.executions_of(LINEAR, "desk-1")
    assert isinstance(report, OrderReport)
    assert len(report.trades) == 1000 + 200
    assert sum(trade.quantity for trade in report.trades) == 120_000


async def test_prices_of_several_symbols_take_one_request(dialect: BitmexDialect):
    prices = await dialect.best_prices([LINEAR, INVERSE])
    assert {(price.symbol, price.bid, price.ask) for price in prices} == {
        (LINEAR, D(65000), D("65000.5")),
        (INVERSE, D(65000), D("65000.5")),
    }


@pytest.mark.parametrize("mode", list(MarginMode))
async def test_leverage_is_set_for_contracts(dialect: BitmexDialect, venue: BitmexSimulator, mode: MarginMode):
    await dialect.prepare([LINEAR, SPOT], D(5), mode)
    assert venue.desk.leverage == {"XBTUSDT": 5}


async def test_the_dead_mans_switch_is_set_in_milliseconds(dialect: BitmexDialect, venue: BitmexSimulator):
    await dialect.create(resting("desk-1"))
    await dialect.cancel_all_after(60)
    await asyncio.sleep(0.1)
    assert len(await dialect.open_orders()) == 1
    await dialect.cancel_all_after(0.05)
    await asyncio.sleep(0.2)
    assert (venue.desk.switch.fired, await dialect.open_orders()) == (1, [])


@pytest.mark.parametrize(
    ("permissions", "rights"),
    [
        (("order",), (True, False, False)),
        (("order", "withdraw"), (True, True, False)),
        ((), (False, False, True)),
    ],
)
async def test_what_the_key_may_do_is_told(permissions: tuple[str, ...], rights: tuple[bool, ...]):
    async with BitmexSimulator(key=Key("key", "secret", permissions)) as venue, dialect_of(venue) as dialect:
        key = (await dialect.account_facts()).key
    assert (key.can_trade, key.can_withdraw, key.read_only) == rights


async def test_a_clock_that_is_off_is_told_and_corrected(dialect: BitmexDialect, venue: BitmexSimulator):
    venue.clock_ahead_s = 3600
    with pytest.raises(Refused) as refused:
        await dialect.probe(5)
    assert refused.value.refusal is Refusal.CLOCK
    dialect._clock.offset_s = 3600
    await dialect.probe(5)


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        *((fault, Unclear) for fault in AFTER),
        ("reset_before", Unclear),
        ("silence_before", Unclear),
        ("late", Unclear),
        ("unavailable", Unclear),
        ("overloaded", NotSent),
        ("too_many", Throttled),
        ("too_many_untold", Throttled),
    ],
)
async def test_no_fault_is_taken_for_a_refusal_or_a_yes(venue: BitmexSimulator, fault: str, outcome: type[VenueError]):
    async with dialect_of(venue, timeout_s=0.4) as dialect:
        venue.faults.next(fault)
        venue.faults.late_s = 0.1
        with pytest.raises(VenueError) as raised:
            await dialect.create(resting("desk-1"))
        assert type(raised.value) is outcome
        found = await dialect.find(resting("desk-1"))
        assert (found is not None) is bool(venue.venue.accepted)
