"""Units, signs, fees and money are right in each family of contracts."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from portfolio.model.fill import OrderReport
from portfolio.model.order import OrderStatus
from portfolio.model.venue import Survey
from tests.contract.subject import ASK, BID, INVERSE, LINEAR, TAKER, Subject

SMALLEST = {"USDT": Decimal("0.000001"), "BTC": Decimal("0.00000001")}


def test_instruments_are_told_with_their_terms(subject: Subject):
    linear, inverse = subject.instruments[LINEAR], subject.instruments[INVERSE]
    assert (linear.base, linear.quote, linear.settle, linear.is_inverse) == ("BTC", "USDT", "USDT", False)
    assert (inverse.base, inverse.quote, inverse.settle, inverse.is_inverse) == ("BTC", "USD", "BTC", True)
    for instrument in (linear, inverse):
        assert instrument.lot > 0
        assert instrument.tick == Decimal("0.1")
        assert instrument.min_quantity % instrument.lot == 0


@pytest.mark.parametrize("symbol", [LINEAR, INVERSE])
async def test_a_fee_is_a_share_of_the_value_in_the_settle_currency(subject: Subject, symbol: str):
    order = subject.order("A-1", lots=50, symbol=symbol)
    await subject.send(order)
    await subject.becomes(order, OrderStatus.FILLED)
    instrument = subject.instruments[symbol]
    (trade,) = subject.trades(order)
    assert trade.fee_currency == instrument.settle
    wanted = abs(instrument.value(order.quantity, ASK)) * TAKER[subject.venue.name]
    assert abs(trade.fee - wanted) <= SMALLEST[instrument.settle]


@pytest.mark.parametrize("symbol", [LINEAR, INVERSE])
@pytest.mark.parametrize(("side", "sign"), [("buy", 1), ("sell", -1)])
async def test_a_position_has_the_sign_of_its_side(distant: Subject, symbol: str, side: str, sign: int):
    order = distant.order("A-1", side, symbol=symbol)
    await distant.send(order)
    await distant.becomes(order, OrderStatus.FILLED)
    survey = await distant.exchange.survey()
    assert isinstance(survey, Survey)
    assert survey.positions is not None
    (position,) = survey.positions
    assert (position.symbol, position.quantity) == (symbol, sign * order.quantity)
    assert position.entry_price is not None
    assert abs(position.entry_price - (ASK if sign > 0 else BID)) < distant.instruments[symbol].tick


@pytest.mark.parametrize("symbol", [LINEAR, INVERSE])
async def test_a_round_trip_costs_what_its_executions_say(distant: Subject, symbol: str):
    before = await _balances(distant)
    entry, close = distant.order("A-1", lots=50, symbol=symbol), distant.order("A-2", "sell", lots=50, symbol=symbol)
    for order in (entry, close):
        await distant.send(order)
        await distant.becomes(order, OrderStatus.FILLED)
    instrument = distant.instruments[symbol]
    fees = sum((trade.fee for order in (entry, close) for trade in distant.trades(order)), Decimal(0))
    gain = instrument.value(entry.quantity, BID) - instrument.value(entry.quantity, ASK)
    after = await _balances(distant)
    assert abs(after[instrument.settle] - before[instrument.settle] - (gain - fees)) <= SMALLEST[instrument.settle]
    survey = await distant.exchange.survey()
    assert isinstance(survey, Survey)
    assert survey.positions == ()


async def test_history_tells_the_same_executions_again(distant: Subject):
    since = datetime.now(UTC) - timedelta(seconds=5)
    distant.venue.split(4)
    order = distant.order("A-1", lots=40)
    await distant.send(order)
    await distant.becomes(order, OrderStatus.FILLED)
    history = await distant.exchange.history(since)
    assert isinstance(history, list)
    again = [trade for report in history if isinstance(report, OrderReport) for trade in report.trades]
    assert sorted(trade.trade_id for trade in again) == sorted(trade.trade_id for trade in distant.trades(order))
    assert sorted(again, key=str) == sorted(distant.trades(order), key=str)


async def _balances(subject: Subject) -> dict[str, Decimal]:
    survey = await subject.exchange.survey()
    assert isinstance(survey, Survey)
    assert survey.balances is not None
    return {balance.currency: balance.amount for balance in survey.balances}
