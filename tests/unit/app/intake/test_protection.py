"""Stops and take-profits as prices and as distances, one or several, in the words of the services that send them."""

from decimal import Decimal
from typing import Any

import pytest

from portfolio.model.protection import Distance, DistanceKind, TakeProfit
from tests.unit.app.intake.test_translate import at_fault, read, refused

D = Decimal
HALF = D("0.5")


@pytest.mark.parametrize("field", ["stop_loss", "take_profit"])
@pytest.mark.parametrize(
    ("value", "level"),
    [(95, D(95)), ("95.5", D("95.5")), ("2%", Distance(D(2))), ("0.25%", Distance(D("0.25")))],
)
def test_a_level_is_a_price_or_per_cent_of_the_entrys(desk, field, value, level):
    assert getattr(read(desk, **{field: value}), field) == level


def test_a_stop_of_all_there_is_no_stop(desk):
    assert at_fault(refused(desk, stop_loss="100%")) == ["stop_loss"]


# --- several -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "goals"),
    [
        ([{"price": 110, "share": "50%"}, {"price": "4%", "share": "50%"}], [(D(110), HALF), (Distance(D(4)), HALF)]),
        ([{"price": "4%"}, {"price": "8%"}], [(Distance(D(4)), HALF), (Distance(D(8)), HALF)]),
        ([{"price": 110}], [(D(110), D(1))]),
        ([{"price": 110, "share": "30%"}], [(D(110), D("0.3"))]),
    ],
)
def test_there_may_be_several_take_profits(desk, value, goals):
    assert read(desk, take_profits=value).take_profits == tuple(TakeProfit(*goal) for goal in goals)


def test_each_may_have_a_quantity_instead(desk):
    signal = read(desk, take_profits=[{"price": 110, "quantity": "0.5"}, {"price": 120, "share": "10%"}])
    assert signal.take_profits == (TakeProfit(D(110), quantity=HALF), TakeProfit(D(120), D("0.1")))


def test_shares_that_are_left_out_make_a_whole(desk):
    goals = read(desk, take_profits=[{"price": 110}, {"price": 120}, {"price": 130}]).take_profits
    assert sum(goal.share for goal in goals) == 1


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (110, "take_profits"),
        ([], "take_profits"),
        ([{"price": 110}] * 11, "take_profits"),
        ([110], "take_profits.0"),
        ([{"share": "50%"}], "take_profits.0.price"),
        ([{"price": 110, "share": 0.5}], "take_profits.0.share"),
        ([{"price": 110, "share": "101%"}], "take_profits.0.share"),
        ([{"price": 110, "share": "0%"}], "take_profits.0.share"),
        ([{"price": 110, "share": "50%", "quantity": 1}], "take_profits.0.quantity"),
        ([{"price": 110, "share": "50%"}, {"price": 120}], "take_profits"),
        ([{"price": 110, "share": "60%"}, {"price": 120, "share": "60%"}], "take_profits"),
        ([{"price": 110}, {"price": "near"}], "take_profits.1.price"),
        ([{"price": 110, "trail": 1}], "take_profits.0.trail"),
    ],
)
def test_what_cannot_be_shared_out_is_refused_where_it_is_wrong(desk, value, path):
    error = refused(desk, take_profits=value)
    assert (error.status, at_fault(error)) == (422, [path])


def test_one_and_several_contradict_each_other(desk):
    assert at_fault(refused(desk, take_profit=110, take_profits=[{"price": 120}])) == ["take_profits"]


@pytest.mark.parametrize("fields", [{"action": "close"}, {"reduce_only": True}])
def test_what_opens_nothing_has_none(desk, fields):
    assert at_fault(refused(desk, take_profits=[{"price": 120}], **fields)) == ["take_profits"]


# --- as other services send them ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "field", "level"),
    [
        ({"takeProfit": {"percent": 10}}, "take_profit", Distance(D(10))),
        ({"takeProfit": {"amount": 5}}, "take_profit", Distance(D(5), DistanceKind.MONEY)),
        ({"takeProfit": {"limitPrice": 110}}, "take_profit", D(110)),
        ({"stopLoss": {"type": "stop", "percent": "2.5"}}, "stop_loss", Distance(D("2.5"))),
        ({"stopLoss": {"type": "stop", "amount": 5}}, "stop_loss", Distance(D(5), DistanceKind.MONEY)),
        ({"stopLoss": {"stopPrice": "95"}}, "stop_loss", D(95)),
        ({"stopLoss": {"priceDeviation": 0.02}}, "stop_loss", Distance(D(2))),
        ({"stop_loss_price": 95}, "stop_loss", D(95)),
        ({"take_profit_price": 110}, "take_profit", D(110)),
        ({"TAKE_PROFIT_PRICE": "110"}, "take_profit", D(110)),
    ],
)
def test_the_fields_of_other_services_are_read(desk, body: dict[str, Any], field, level):
    signal = read(desk, **body)
    assert (signal.family, getattr(signal, field)) == ("plain", level)


def test_several_of_another_service_are_fractions(desk):
    told = [{"priceDeviation": 0.02, "portfolio": 0.5}, {"priceDeviation": "0.04", "portfolio": 0.5}]
    goals = read(desk, takeProfits=told).take_profits
    assert goals == (TakeProfit(Distance(D(2)), HALF), TakeProfit(Distance(D(4)), HALF))


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"stopLoss": 5}, "stopLoss"),
        ({"takeProfit": "5%"}, "takeProfit"),
        ({"stopLoss": {"type": "trailing_stop", "trailPercent": 2}}, "stopLoss.type"),
        ({"stopLoss": {"type": "trailing_stop", "percent": 2}}, "stopLoss.type"),
        ({"stopLoss": {"type": "stop_limit", "stopPrice": 95, "limitPrice": 94}}, "stopLoss.type"),
        ({"stopLoss": {"trailAmount": 2}}, "stopLoss.trailAmount"),
        ({"stopLoss": {"trailPercent": 2}}, "stopLoss.trailPercent"),
        ({"stopLoss": {"price": 95}}, "stopLoss.price"),
        ({"takeProfit": {"percent": 10, "amount": 5}}, "takeProfit"),
        ({"takeProfit": {}}, "takeProfit"),
        ({"takeProfits": [{"priceDeviation": 0.02, "trailing": True}]}, "takeProfits.0.trailing"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(desk, body: dict[str, Any], path):
    error = refused(desk, **body)
    assert (error.status, error.code, at_fault(error)) == (422, "NOT_SUPPORTED", [path])


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"takeProfit": {"percent": -1}}, "takeProfit.percent"),
        ({"stopLoss": {"percent": "{{plot_0}}"}}, "stopLoss.percent"),
        ({"stopLoss": {"percent": 100}}, "stopLoss"),
        ({"takeProfits": [{"portfolio": 0.5}]}, "takeProfits.0.priceDeviation"),
        ({"takeProfits": [{"priceDeviation": 0.02, "portfolio": 50}]}, "takeProfits.0.portfolio"),
    ],
)
def test_what_cannot_be_read_is_refused_where_it_is_wrong(desk, body: dict[str, Any], path):
    error = refused(desk, **body)
    assert (error.status, error.code, at_fault(error)) == (422, "INVALID_FIELD", [path])


def test_two_names_for_the_stop_have_to_agree(desk):
    assert at_fault(refused(desk, stop_loss=95, stopLossPrice=96)) == ["stop_loss", "stopLossPrice"]
