"""What an order means is the same at every venue."""

from decimal import Decimal

import pytest

from portfolio.model.fill import OrderReport
from portfolio.model.order import OrderStatus, OrderType
from portfolio.model.venue import Survey
from portfolio.ports import Unknown
from tests.contract.subject import ASK, BID, INVERSE, LINEAR, Subject

FILLED, OPEN, CANCELED, REJECTED = OrderStatus.FILLED, OrderStatus.OPEN, OrderStatus.CANCELED, OrderStatus.REJECTED


@pytest.mark.parametrize("symbol", [LINEAR, INVERSE])
@pytest.mark.parametrize(("side", "price"), [("buy", ASK), ("sell", BID)])
async def test_a_market_order_is_filled_at_the_market(subject: Subject, symbol: str, side: str, price: Decimal):
    order = subject.order("A-1", side, symbol=symbol)
    await subject.send(order)
    await subject.becomes(order, FILLED)
    assert {trade.price for trade in subject.trades(order)} == {price}
    assert subject.traded(order) == order.quantity
    assert subject.venue.held(symbol) == order.side.signed(order.quantity)
    assert subject.venue.accepted("A-1") == 1


async def test_executions_of_one_order_add_up(subject: Subject):
    subject.venue.split(5)
    order = subject.order("A-1", lots=100)
    await subject.send(order)
    await subject.becomes(order, FILLED)
    assert len(subject.trades(order)) == 5
    assert subject.traded(order) == order.quantity == subject.venue.held(LINEAR)


async def test_a_limit_order_rests_as_it_was_sent_until_it_is_canceled(subject: Subject):
    order = subject.limit("A-1", "60000.1")
    await subject.send(order)
    await subject.becomes(order, OPEN)
    survey = await subject.exchange.survey()
    assert isinstance(survey, Survey)
    (resting,) = survey.orders
    assert (resting.client_order_id, resting.symbol, resting.side) == ("A-1", LINEAR, order.side)
    assert (resting.quantity, resting.price, resting.filled) == (order.quantity, order.price, 0)
    assert not isinstance(await subject.cancel(order), Unknown)
    await subject.becomes(order, CANCELED)
    assert subject.traded(order) == 0
    survey = await subject.exchange.survey()
    assert isinstance(survey, Survey)
    assert survey.orders == ()


async def test_a_resting_order_is_filled_at_its_own_price_when_the_market_comes_to_it(subject: Subject):
    order = subject.limit("A-1", "63000")
    await subject.send(order)
    await subject.becomes(order, OPEN)
    subject.venue.show(LINEAR, Decimal(62_990), Decimal(62_995))
    await subject.becomes(order, FILLED)
    assert {trade.price for trade in subject.trades(order)} == {Decimal(63_000)}


async def test_what_cannot_trade_at_once_and_may_not_rest_ends(subject: Subject):
    order = subject.limit("A-1", "60000", time_in_force="IOC")
    await subject.send(order)
    await subject.becomes(order, CANCELED)
    assert subject.traded(order) == 0


async def test_a_post_only_order_never_takes(subject: Subject):
    order = subject.limit("A-1", "64001", post_only=True)
    await subject.send(order)
    await subject.becomes(order, CANCELED, REJECTED)
    assert subject.traded(order) == subject.venue.held(LINEAR) == 0


async def test_a_cancel_that_comes_too_late_finds_the_orders_end(subject: Subject):
    order = subject.order("A-1")
    await subject.send(order)
    answer = await subject.cancel(order)
    assert isinstance(answer, OrderReport)
    assert answer.status in (None, FILLED)
    await subject.becomes(order, FILLED)


# --- stops -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order_type", "stop_price", "market"),
    [(OrderType.STOP, "62000", "61990"), (OrderType.TAKE_PROFIT, "66000", "66010")],
)
async def test_a_stop_waits_for_the_market_and_closes(
    subject: Subject, order_type: OrderType, stop_price: str, market: str
):
    entry = subject.order("A-1")
    await subject.send(entry)
    await subject.becomes(entry, FILLED)
    stop = subject.order("A-2", "sell", order_type=order_type, stop_price=Decimal(stop_price), reduce_only=True)
    await subject.send(stop)
    await subject.becomes(stop, OPEN)
    assert subject.venue.held(LINEAR) == entry.quantity
    subject.venue.show(LINEAR, Decimal(market), Decimal(market))
    await subject.becomes(stop, FILLED)
    assert subject.venue.held(LINEAR) == 0


# --- reduce-only -------------------------------------------------------------------------------------------------


async def test_a_reduce_only_order_never_turns_the_position(subject: Subject):
    entry = subject.order("A-1")
    await subject.send(entry)
    await subject.becomes(entry, FILLED)
    close = subject.order("A-2", "sell", lots=30, reduce_only=True, is_exit=True)
    await subject.send(close)
    await subject.becomes(close, FILLED, CANCELED)
    assert subject.traded(close) == entry.quantity
    assert subject.venue.held(LINEAR) == 0


async def test_a_reduce_only_order_without_a_position_trades_nothing(subject: Subject):
    order = subject.order("A-1", "sell", reduce_only=True, is_exit=True)
    await subject.send(order)
    await subject.becomes(order, CANCELED, REJECTED)
    assert subject.traded(order) == subject.venue.held(LINEAR) == 0


# --- refusals ----------------------------------------------------------------------------------------------------


async def test_what_the_account_cannot_carry_is_rejected_with_a_reason(subject: Subject):
    order = subject.order("A-1", lots=int(Decimal(100_000_000) / (ASK * subject.lots(1) * _size(subject))) // 5)
    await subject.send(order)
    assert await subject.becomes(order, REJECTED) is REJECTED
    assert subject.reason(order)
    assert (subject.venue.held(LINEAR), subject.venue.accepted("A-1")) == (0, 0)


async def test_a_price_that_is_no_tick_is_rejected(subject: Subject):
    order = subject.limit("A-1", "60000.05")
    await subject.send(order)
    await subject.becomes(order, REJECTED)
    assert subject.venue.accepted("A-1") == 0


async def test_a_quantity_that_is_no_lot_is_rejected(subject: Subject):
    order = subject.limit("A-1", "60000").but(quantity=subject.lots(1) * Decimal("1.5"))
    await subject.send(order)
    await subject.becomes(order, REJECTED)
    assert subject.venue.accepted("A-1") == 0


async def test_an_id_is_taken_once(subject: Subject):
    order = subject.order("A-1")
    await subject.send(order)
    await subject.becomes(order, FILLED)
    await subject.exchange.send(order)
    assert subject.venue.accepted("A-1") == 1
    assert subject.venue.held(LINEAR) == order.quantity


def _size(subject: Subject) -> Decimal:
    return subject.instruments[LINEAR].contract_size
