"""Bybit's documents in the words of the model: units, signs and fees are right to the last digit."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from exchange.dialects.bybit_words import (
    Market,
    creation,
    has_triggered,
    market_from,
    market_of,
    order_from,
    reason_of,
    reports_from,
)
from exchange.instruments import COMMON_INSTRUMENTS
from portfolio.model.attachment import Attached
from portfolio.model.fill import Cause, Funding, OrderReport, OutsideTrade, Trade
from portfolio.model.instrument import Family, family_of, parse_symbol
from portfolio.model.order import OrderStatus, OrderType, PriceSource, TimeInForce
from portfolio.model.side import Side
from tests.fakes import order

D = Decimal
DATA: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "bybit.json").read_text(encoding="utf-8"))
SYMBOLS = {"linear": "BTC/USDT:USDT", "inverse": "BTC/USD:BTC", "spot": "BTC/USDT"}


def market(name: str) -> Market:
    found = market_of(DATA["markets"][name])
    assert found is not None
    return found


def report_of(name: str = "linear", **fields: Any) -> Any:
    (report,) = reports_from([(DATA["execution"] | fields, market(name))])
    return report


def trade_of(name: str = "linear", **fields: Any) -> Trade:
    report = report_of(name, **fields)
    assert isinstance(report, OrderReport)
    (trade,) = report.trades
    return trade


# --- instruments -----------------------------------------------------------------------------------------------------


def test_instruments_have_the_venues_steps_and_bounds():
    linear, inverse, spot = (market(name).instrument for name in ("linear", "inverse", "spot"))
    assert (linear.family, linear.lot, linear.tick, linear.min_cost) == (Family.LINEAR, D("0.001"), D("0.1"), 5)
    assert (linear.max_quantity, linear.max_leverage, linear.settle) == (500, 100, "USDT")
    assert (inverse.family, inverse.lot, inverse.min_cost, inverse.settle) == (Family.INVERSE, 1, 0, "BTC")
    assert (spot.family, spot.lot, spot.tick, spot.settle) == (Family.SPOT, D("0.000001"), D("0.01"), "USDT")
    assert (spot.min_quantity, spot.min_cost, spot.max_leverage) == (D("0.000048"), 5, 1)


def test_a_coin_is_a_coin_on_linear_and_a_dollar_on_inverse_contracts():
    assert market("linear").instrument.value(D("0.5"), D(64000)) == 32000
    assert market("inverse").instrument.value(D(64000), D(64000)) == -1


@pytest.mark.parametrize("name", ["dated", "unpriced"])
def test_what_the_model_cannot_say_is_left_out(name: str):
    assert market_of(DATA["markets"][name]) is None


# --- what is asked for -----------------------------------------------------------------------------------------------

FORCES = {TimeInForce.GTC: "GTC", TimeInForce.IOC: "IOC", TimeInForce.FOK: "FOK", TimeInForce.GTD: "GTC"}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"createType": "CreateByStopLoss"}, True),
        ({"createType": "CreateByTakeProfit"}, True),
        ({"createType": "CreateByPartialStopLoss"}, True),
        ({"createType": "CreateByTrailingStop"}, True),
        ({"stopOrderType": "StopLoss"}, True),
        ({"stopOrderType": "Stop", "createType": "CreateByUser"}, False),
        ({"createType": "CreateByUser"}, False),
        ({"createType": "CreateByClosing"}, False),
        ({}, False),
        ({"createType": "CreateByStopLoss", "orderLinkId": "desk-1"}, False),
    ],
)
def test_what_the_venue_makes_of_a_positions_stop_is_told_apart(fields: dict[str, str], expected: bool):
    fields = {"orderLinkId": "", **fields}
    assert order_from(DATA["order"] | fields, "BTC/USDT:USDT").protects is expected
    assert not order_from(DATA["order"] | fields, "BTC/USDT").protects
    report = report_of(**fields)
    assert report.order.protects is expected


@pytest.mark.parametrize("name", sorted(SYMBOLS))
@pytest.mark.parametrize("force", list(TimeInForce))
@pytest.mark.parametrize("kind", list(OrderType))
@pytest.mark.parametrize("side", ["buy", "sell"])
def test_every_order_is_asked_for_in_bybits_words(name: str, force: TimeInForce, kind: OrderType, side: str):
    asked = creation(
        order(
            "desk-1",
            side,
            "0.300",
            symbol=SYMBOLS[name],
            order_type=kind,
            time_in_force=force,
            price=D("64000.10") if kind.has_limit else None,
            stop_price=D("63000.0") if kind.has_stop else None,
        ),
        market(name),
    )
    expected: dict[str, Any] = {
        "category": name,
        "symbol": market(name).id,
        "side": side.capitalize(),
        "orderType": "Limit" if kind.has_limit else "Market",
        "qty": "0.300",
        "orderLinkId": "desk-1",
    }
    if kind.has_limit:
        expected |= {"price": "64000.10", "timeInForce": FORCES[force]}
    elif name == "spot":
        expected["marketUnit"] = "baseCoin"
    if kind.has_stop:
        expected["triggerPrice"] = "63000.0"
        expected |= {"orderFilter": "StopOrder"} if name == "spot" else _trigger(kind, side)
    if name != "spot":
        expected |= {"positionIdx": 0, "reduceOnly": False}
    assert asked == expected
    assert all(not isinstance(value, float | Decimal) for value in asked.values())


def _trigger(kind: OrderType, side: str) -> dict[str, Any]:
    """A stop follows the market away from its price, a take-profit waits for it to come back."""
    rises = (side == "buy") is (kind is not OrderType.TAKE_PROFIT)
    return {"triggerDirection": 1 if rises else 2, "triggerBy": "LastPrice"}


def test_a_resting_order_may_refuse_to_take_and_a_reduction_never_opens():
    resting = order(order_type=OrderType.LIMIT, price=D(1), post_only=True, reduce_only=True)
    asked = creation(resting, market("linear"))
    assert (asked["timeInForce"], asked["reduceOnly"]) == ("PostOnly", True)
    assert "reduceOnly" not in creation(resting, market("spot"))


def test_what_an_entry_takes_along_closes_the_whole_position_at_the_market():
    both = Attached(stop_loss=D("63000.10"), take_profit=D(67000))
    asked = creation(order(attached=both), market("linear"))
    assert asked["tpslMode"] == "Full"
    assert (asked["stopLoss"], asked["slTriggerBy"], asked["slOrderType"]) == ("63000.10", "LastPrice", "Market")
    assert (asked["takeProfit"], asked["tpTriggerBy"], asked["tpOrderType"]) == ("67000", "LastPrice", "Market")
    alone = creation(order(attached=Attached(stop_loss=D(1))), market("inverse"))
    assert not [key for key in alone if key.startswith(("tp", "take")) and key != "tpslMode"]
    assert "stopLoss" not in creation(order(attached=both), market("spot"))


@pytest.mark.parametrize("quantity", ["0.00000001", "1E+3", "1E-7", "123456789.123456789"])
def test_numbers_are_written_out(quantity: str):
    text = creation(order(quantity=quantity), market("linear"))["qty"]
    assert D(text) == D(quantity)
    assert "E" not in text


# --- orders as they are told -----------------------------------------------------------------------------------------


def test_an_order_is_read_whole():
    found = order_from(DATA["order"], "BTC/USDT:USDT")
    assert (found.client_order_id, found.venue_order_id) == ("desk-1", DATA["order"]["orderId"])
    assert (found.side, found.order_type, found.quantity, found.price) == (
        Side.BUY,
        OrderType.LIMIT,
        D("0.3"),
        D("64000.1"),
    )
    assert (found.status, found.filled, found.stop_price) == (OrderStatus.OPEN, D("0.1"), None)


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ("Created", "OPEN"),
        ("New", "OPEN"),
        ("PartiallyFilled", "OPEN"),
        ("Untriggered", "OPEN"),
        ("Triggered", "OPEN"),
        ("Filled", "FILLED"),
        ("Rejected", "REJECTED"),
        ("Cancelled", "CANCELED"),
        ("PartiallyFilledCanceled", "CANCELED"),
        ("Deactivated", "CANCELED"),
        ("SomethingNew", "OPEN"),
    ],
)
def test_states_are_the_models(told: str, status: str):
    assert order_from(DATA["order"] | {"orderStatus": told}, "BTC/USDT:USDT").status == status


@pytest.mark.parametrize(
    ("side", "direction", "kind", "expected"),
    [
        ("Buy", 1, "Market", OrderType.STOP),
        ("Buy", 2, "Market", OrderType.TAKE_PROFIT),
        ("Sell", 1, "Market", OrderType.TAKE_PROFIT),
        ("Sell", 2, "Market", OrderType.STOP),
        ("Sell", 2, "Limit", OrderType.STOP_LIMIT),
        ("Sell", 0, "Market", OrderType.STOP),
    ],
)
def test_which_way_a_conditional_order_waits_says_what_it_is(side: str, direction: int, kind: str, expected: OrderType):
    raw = DATA["order"] | {
        "side": side,
        "triggerDirection": direction,
        "orderType": kind,
        "triggerPrice": "63000",
        "orderStatus": "Untriggered",
    }
    found = order_from(raw, "BTC/USDT:USDT")
    assert (found.order_type, found.stop_price) == (expected, 63000)
    assert not has_triggered(raw)
    assert has_triggered(raw | {"orderStatus": "Triggered"})
    assert not has_triggered(raw | {"orderStatus": "Deactivated"})


def test_why_an_order_ended_is_the_venues_word_or_nothing():
    assert reason_of(DATA["order"]) == ""
    assert reason_of(DATA["order"] | {"cancelType": "CancelByUser"}) == "CancelByUser"
    assert reason_of(DATA["order"] | {"rejectReason": "EC_PostOnlyWillTakeLiquidity"}) == "EC_PostOnlyWillTakeLiquidity"


@pytest.mark.parametrize("field", ["qty", "price", "cumExecQty", "triggerPrice"])
@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999999", "1e-999999", "many", "1,5", [], {}])
def test_what_is_no_number_is_no_order(field: str, text: Any):
    with pytest.raises((ValueError, ArithmeticError, TypeError)):
        order_from(DATA["order"] | {field: text}, "BTC/USDT:USDT")


# --- executions ------------------------------------------------------------------------------------------------------


def test_an_execution_is_read_whole():
    trade = trade_of()
    assert (trade.trade_id, trade.quantity, trade.price) == (DATA["execution"]["execId"], D("0.1"), D("64000.1"))
    assert (trade.fee, trade.fee_currency, trade.source) == (D("3.5200055"), "USDT", PriceSource.VENUE)
    assert trade.time == datetime(2022, 12, 30, 1, 36, 14, 443000, UTC)


@pytest.mark.parametrize(
    ("name", "side", "fields", "currency"),
    [
        ("linear", "Buy", {}, "USDT"),
        ("linear", "Sell", {"execFee": "-1", "isMaker": True}, "USDT"),
        ("inverse", "Buy", {}, "BTC"),
        ("inverse", "Sell", {}, "BTC"),
        ("spot", "Buy", {}, "BTC"),
        ("spot", "Sell", {}, "USDT"),
        ("spot", "Buy", {"execFee": "-1", "isMaker": True}, "USDT"),
        ("spot", "Sell", {"execFee": "-1", "isMaker": True}, "BTC"),
        ("spot", "Buy", {"feeCurrency": "MNT"}, "MNT"),
    ],
)
def test_fees_are_paid_in_the_right_coin(name: str, side: str, fields: dict[str, Any], currency: str):
    assert trade_of(name, side=side, **fields).fee_currency == currency


def test_a_rebate_is_a_negative_fee():
    assert trade_of(execFee="-0.00000001").fee == D("-0.00000001")


def test_a_digit_is_never_lost():
    trade = trade_of(execQty="0.123456789012345678", execPrice="64000.123456789", execFee="0.000000000000000001")
    assert str(trade.quantity) == "0.123456789012345678"
    assert str(trade.price) == "64000.123456789"
    assert trade.fee == D("1E-18")


@pytest.mark.parametrize(("fee", "amount"), [("0.9", D("-0.9")), ("-0.9", D("0.9"))])
@pytest.mark.parametrize(("name", "currency"), [("linear", "USDT"), ("inverse", "BTC")])
def test_funding_that_was_paid_is_negative(name: str, currency: str, fee: str, amount: Decimal):
    funding = report_of(name, execType="Funding", execFee=fee, feeRate="0.0001", orderLinkId="")
    assert isinstance(funding, Funding)
    assert (funding.amount, funding.currency, funding.rate, funding.price) == (
        amount,
        currency,
        D("0.0001"),
        D("64000.1"),
    )


@pytest.mark.parametrize(
    ("kind", "cause", "source"),
    [
        ("BustTrade", Cause.LIQUIDATION, PriceSource.LIQUIDATION),
        ("AdlTrade", Cause.LIQUIDATION, PriceSource.LIQUIDATION),
        ("Settle", Cause.LIQUIDATION, PriceSource.LIQUIDATION),
        ("BlockTrade", Cause.FOREIGN, PriceSource.VENUE),
        ("SomethingNew", Cause.FOREIGN, PriceSource.VENUE),
    ],
)
def test_what_the_venue_traded_by_itself_is_told_apart(kind: str, cause: Cause, source: PriceSource):
    outside = report_of(execType=kind, orderLinkId="", side="Sell")
    assert isinstance(outside, OutsideTrade)
    assert (outside.cause, outside.side, outside.trade.source) == (cause, Side.SELL, source)


def test_executions_of_one_order_come_together_and_oldest_first_and_each_once():
    rows = [
        DATA["execution"] | {"execId": "3", "execTime": "3000"},
        DATA["execution"] | {"execId": "2", "execTime": "2000", "orderId": "other", "orderLinkId": ""},
        DATA["execution"] | {"execId": "1", "execTime": "1000"},
        DATA["execution"] | {"execId": "3", "execTime": "3000"},
    ]
    first, second = reports_from((row, market("linear")) for row in rows)
    assert isinstance(first, OrderReport)
    assert isinstance(second, OrderReport)
    assert (first.client_order_id, [trade.trade_id for trade in first.trades]) == ("desk-1", ["1", "3"])
    assert (second.client_order_id, [trade.trade_id for trade in second.trades]) == ("other", ["2"])


@pytest.mark.parametrize(
    "fields",
    [{"execQty": "0"}, {"execQty": "-1"}, {"execPrice": "0"}, {"execPrice": "NaN"}, {"side": ""}, {"execTime": "x"}],
)
def test_an_execution_that_makes_no_sense_is_none(fields: dict[str, str]):
    with pytest.raises((ValueError, ArithmeticError, KeyError)):
        report_of(**fields)


@pytest.mark.parametrize(
    ("symbol", "category", "name"),
    [
        ("BTC/USDT:USDT", "linear", "BTCUSDT"),
        ("BTC/USDC:USDC", "linear", "BTCPERP"),
        ("BTC/USD:BTC", "inverse", "BTCUSD"),
        ("BTC/USDT", "spot", "BTCUSDT"),
    ],
)
def test_a_market_that_was_told_before_has_its_name_still(symbol: str, category: str, name: str):
    parts = parse_symbol(symbol)
    assert parts is not None
    base, quote, settle = parts
    known = COMMON_INSTRUMENTS["BTC/USDT:USDT"]
    market = market_from(replace(known, symbol=symbol, base=base, quote=quote, settle=settle, family=family_of(symbol)))
    assert (market.symbol, market.category, market.id) == (symbol, category, name)
