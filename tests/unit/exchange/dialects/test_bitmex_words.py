"""BitMEX's documents in the words of the model: units, signs and fees are right to the last digit."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from exchange.dialects.bitmex_words import (
    Market,
    creation,
    currencies_from,
    has_triggered,
    market_of,
    order_from,
    position_of,
    reason_of,
    reports_from,
)
from exchange.errors import Refusal, Refused
from portfolio.model.fill import Cause, Funding, OrderReport, OutsideTrade
from portfolio.model.instrument import Family
from portfolio.model.order import OrderStatus, OrderType, PriceSource, TimeInForce
from portfolio.model.side import Side
from tests.fakes import order

D = Decimal
DATA: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "bitmex.json").read_text(encoding="utf-8"))
CURRENCIES = currencies_from(DATA["assets"])


def market(name: str) -> Market:
    found = market_of(DATA["markets"][name], CURRENCIES)
    assert found is not None
    return found


# --- instruments -------------------------------------------------------------------------------------------------


def test_a_contract_of_an_inverse_perpetual_is_a_dollar() -> None:
    instrument = market("inverse").instrument
    assert (instrument.family, instrument.contract_size) == (Family.INVERSE, 1)
    assert (instrument.lot, instrument.tick, instrument.min_quantity) == (100, D("0.1"), 100)
    assert instrument.notional(D(65_000), D(65_000)) == 1


def test_a_contract_of_a_linear_perpetual_is_a_millionth_or_whatever_its_multiplier_says() -> None:
    assert market("linear").instrument.contract_size == D("0.000001")
    assert market("large").instrument.contract_size == D("0.0001")
    assert market("linear").instrument.value(D(1000), D("65000.5")) == D("65.0005")
    assert market("linear").instrument.funding_rate == D("-0.000025")


def test_spot_counts_in_coins_here_and_in_satoshi_there() -> None:
    spot = market("spot")
    assert (spot.instrument.lot, spot.instrument.settle, spot.instrument.max_leverage) == (D("0.0001"), "USDT", 1)
    assert creation(order(symbol="BTC/USDT", quantity="0.0123"), spot)["orderQty"] == 1_230_000


@pytest.mark.parametrize("name", ["quanto", "future"])
def test_what_the_model_cannot_say_is_no_instrument(name: str) -> None:
    assert market_of(DATA["markets"][name], CURRENCIES) is None


# --- orders, out -------------------------------------------------------------------------------------------------


def test_an_order_leaves_in_the_venues_words() -> None:
    sent = order(
        "desk-1",
        "sell",
        "1300",
        order_type=OrderType.LIMIT,
        price=D("65000.5"),
        reduce_only=True,
        post_only=True,
        time_in_force=TimeInForce.GTC,
    )
    assert creation(sent, market("inverse")) == {
        "symbol": "XBTUSD",
        "side": "Sell",
        "orderQty": 1300,
        "ordType": "Limit",
        "clOrdID": "desk-1",
        "price": 65000.5,
        "timeInForce": "GoodTillCancel",
        "execInst": "ReduceOnly,ParticipateDoNotInitiate",
    }


@pytest.mark.parametrize(
    ("order_type", "wire"),
    [(OrderType.STOP, "Stop"), (OrderType.STOP_LIMIT, "StopLimit"), (OrderType.TAKE_PROFIT, "MarketIfTouched")],
)
def test_stops_say_which_price_triggers_them(order_type: OrderType, wire: str) -> None:
    price = D(59_000) if order_type.has_limit else None
    sent = order(quantity="100", order_type=order_type, price=price, stop_price=D("60000.1"))
    body = creation(sent, market("linear"))
    assert (body["ordType"], body["stopPx"], body["execInst"]) == (wire, 60000.1, "LastPrice")


@pytest.mark.parametrize(
    ("here", "there"),
    [("IOC", "ImmediateOrCancel"), ("FOK", "FillOrKill"), ("GTD", "GoodTillCancel")],
)
def test_a_time_in_force_the_venue_does_not_know_is_kept_by_the_desk(here: str, there: str) -> None:
    sent = order(quantity="100", order_type=OrderType.LIMIT, price=D(1), time_in_force=TimeInForce(here))
    assert creation(sent, market("linear"))["timeInForce"] == there


def test_a_market_order_says_neither_price_nor_time_in_force() -> None:
    assert set(creation(order(quantity="100"), market("linear"))) == {
        "symbol",
        "side",
        "orderQty",
        "ordType",
        "clOrdID",
    }


def test_a_quantity_that_is_no_whole_number_of_units_is_not_sent() -> None:
    with pytest.raises(Refused, match="not a multiple of 100") as refused:
        creation(order(quantity="0.5"), market("linear"))
    assert refused.value.refusal is Refusal.ORDER


# --- orders, in --------------------------------------------------------------------------------------------------


def told(**changes: Any) -> dict[str, Any]:
    return {**DATA["order"], **changes}


def test_an_inverse_order_is_told_in_contracts() -> None:
    read = order_from(told(), market("inverse"))
    assert (read.client_order_id, read.side, read.order_type) == ("01M7XQMY2Q3EKH9WS10H-1", Side.BUY, OrderType.LIMIT)
    assert (read.quantity, read.filled, read.price) == (1300, 500, D("65000.5"))
    assert read.status is OrderStatus.OPEN


@pytest.mark.parametrize(
    ("wire", "status"),
    [
        ("New", OrderStatus.OPEN),
        ("Filled", OrderStatus.FILLED),
        ("Canceled", OrderStatus.CANCELED),
        ("Rejected", OrderStatus.REJECTED),
        ("Expired", OrderStatus.EXPIRED),
        ("a word of tomorrow", OrderStatus.OPEN),
    ],
)
def test_each_status_of_the_venue_is_one_of_ours(wire: str, status: OrderStatus) -> None:
    assert order_from(told(ordStatus=wire), market("inverse")).status is status


def test_an_order_without_a_client_id_is_somebody_elses() -> None:
    assert order_from(told(clOrdID=""), market("inverse")).client_order_id is None


@pytest.mark.parametrize("instructions", ["ReduceOnly", "Close", "LastPrice,ReduceOnly"])
def test_an_order_that_only_reduces_is_known_by_its_instructions(instructions: str) -> None:
    assert order_from(told(execInst=instructions), market("inverse")).reduce_only


def test_a_stop_tells_whether_the_market_has_reached_it() -> None:
    stop = told(ordType="Stop", stopPx=60000.1, price=None, timeInForce="ImmediateOrCancel")
    read = order_from(stop, market("inverse"))
    assert (read.order_type, read.stop_price, read.price) == (OrderType.STOP, D("60000.1"), None)
    assert read.time_in_force is TimeInForce.GTC
    assert not has_triggered(stop)
    assert has_triggered({**stop, "triggered": "StopOrderTriggered"})


def test_why_an_order_ended_is_told_without_who_sent_it() -> None:
    text = "Canceled: Order had execInst of ParticipateDoNotInitiate\nSubmitted via API."
    assert reason_of(told(text=text)) == "Order had execInst of ParticipateDoNotInitiate"
    assert reason_of(told()) == ""


# --- positions and executions ------------------------------------------------------------------------------------


def test_a_positions_side_is_the_sign_of_its_contracts() -> None:
    assert position_of({"symbol": "XBTUSD", "currentQty": -1300, "homeNotional": 0.02}) == -1300
    assert position_of({"symbol": "XBTUSD", "currentQty": 0, "homeNotional": 0}) == 0


def reports() -> list[Any]:
    by_id = {market(name).id: market(name) for name in ("inverse", "linear", "spot")}
    return reports_from([(row, by_id[row["symbol"]]) for row in DATA["executions"]], CURRENCIES)


def test_executions_of_an_order_come_together_oldest_first_at_their_own_prices() -> None:
    report = reports()[0]
    assert isinstance(report, OrderReport)
    assert (report.client_order_id, report.status) == ("desk-1", None)
    assert [(trade.trade_id, trade.quantity, trade.price) for trade in report.trades] == [
        ("exec-1", 200, 65000),
        ("exec-2", 300, D("65001.5")),
    ]
    assert {trade.source for trade in report.trades} == {PriceSource.VENUE}


def test_fees_are_in_coins_and_a_rebate_is_negative() -> None:
    fees = [(trade.fee, trade.fee_currency) for trade in reports()[0].trades]
    assert fees == [(D("-0.00000031"), "BTC"), (D("0.00000231"), "BTC")]


def test_a_liquidation_and_a_foreign_trade_are_no_orders_of_ours() -> None:
    liquidation, foreign = reports()[1:3]
    assert isinstance(liquidation, OutsideTrade)
    assert (liquidation.cause, liquidation.side) == (Cause.LIQUIDATION, Side.SELL)
    assert (liquidation.trade.quantity, liquidation.trade.fee) == (1000, D("0.0305"))
    assert liquidation.trade.source is PriceSource.LIQUIDATION
    assert isinstance(foreign, OutsideTrade)
    assert (foreign.cause, foreign.trade.fee_currency) == (Cause.FOREIGN, "USDT")


def test_funding_is_negative_when_it_was_paid() -> None:
    funding = reports()[3]
    assert isinstance(funding, Funding)
    assert (funding.amount, funding.currency, funding.rate) == (D("-0.0061"), "USDT", D("0.0001"))
    assert funding.price == D("61000.5")


def test_a_spot_fee_may_be_in_the_coins_that_were_bought() -> None:
    (trade,) = reports()[4].trades
    assert (trade.quantity, trade.fee, trade.fee_currency) == (D("0.0123"), D("0.0000123"), "BTC")


def test_other_kinds_of_executions_are_left_out() -> None:
    row = {**DATA["executions"][0], "execType": "Settlement"}
    assert reports_from([(row, market("inverse"))], CURRENCIES) == []
