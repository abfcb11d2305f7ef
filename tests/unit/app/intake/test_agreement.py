"""What an alert says of its order: each type and time, what protects it, and what may not stand together."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from portfolio.model.order import OrderType, TimeInForce
from portfolio.model.signal import Action, Size, SizeType
from tests.unit.app.intake.test_translate import at_fault, read, refused

UNTIL = "2030-01-31T12:00:00Z"


@pytest.mark.parametrize(
    ("fields", "order_type"),
    [
        ({}, OrderType.MARKET),
        ({"order_type": "Market"}, OrderType.MARKET),
        ({"order_type": "limit", "price": 5}, OrderType.LIMIT),
        ({"order_type": "STOP", "stop_price": 5}, OrderType.STOP),
        ({"order_type": "stop_market", "stop_price": 5}, OrderType.STOP),
        ({"order_type": "Stop_Limit", "stop_price": 5, "price": 6}, OrderType.STOP_LIMIT),
        ({"order_type": "take_profit", "stop_price": 5}, OrderType.TAKE_PROFIT),
        ({"type": "TAKE_PROFIT_MARKET", "stopPrice": 5}, OrderType.TAKE_PROFIT),
    ],
)
def test_an_order_is_of_one_of_five_types(desk, fields, order_type):
    assert read(desk, **fields).order_type is order_type


def test_everything_that_can_be_said_of_an_order_is_understood(desk):
    signal = read(
        desk,
        order_type="stop_limit",
        price="100.5",
        stop_price="100",
        stop_loss="90",
        take_profit="120",
        post_only=True,
        time_in_force="gtd",
        expires_at=UNTIL,
    )
    assert (signal.price, signal.stop_price) == (Decimal("100.5"), Decimal(100))
    assert (signal.stop_loss, signal.take_profit) == (Decimal(90), Decimal(120))
    assert signal.post_only is True
    assert (signal.time_in_force, signal.expires_at) == (TimeInForce.GTD, datetime(2030, 1, 31, 12, tzinfo=UTC))
    assert signal.family == "canonical"


@pytest.mark.parametrize("word", ["GTC", "gtc", "Ioc", "fok"])
def test_times_in_force_are_taken_in_any_case(desk, word):
    assert read(desk, time_in_force=word).time_in_force is TimeInForce(word.upper())


@pytest.mark.parametrize("moment", [UNTIL, "2030-01-31T13:00:00+01:00", 1896091200, "1896091200000"])
@pytest.mark.parametrize("key", ["expires_at", "good_till", "GoodTill"])
def test_an_order_may_be_good_till_a_time(desk, moment, key):
    signal = read(desk, order_type="limit", price=5, time_in_force="GTD", **{key: moment})
    assert signal.expires_at == datetime(2030, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("key", "field"),
    [
        *(("stop_loss", "stop_loss"), ("STOP_LOSS", "stop_loss"), ("stopLossPrice", "stop_loss")),
        *(("stop_loss_price", "stop_loss"), ("take_profit", "take_profit"), ("takeProfitPrice", "take_profit")),
        *(("take_profit_price", "take_profit"), ("TAKE_PROFIT_PRICE", "take_profit")),
    ],
)
def test_a_stop_and_a_take_profit_are_prices_under_several_names(desk, key, field):
    assert getattr(read(desk, **{key: "95.5"}), field) == Decimal("95.5")


@pytest.mark.parametrize("field", ["stop_loss", "take_profit", "stop_price"])
@pytest.mark.parametrize("value", [{"percent": 5}, "%", "-5%", "1001%", 0, -1, "near", True, [5]])
def test_a_stop_that_is_no_price_is_refused(desk, field, value):
    with_type = {"order_type": "stop"} if field == "stop_price" else {}
    error = refused(desk, **with_type, **{field: value})
    assert (error.status, error.code, at_fault(error)) == (422, "INVALID_FIELD", [field])


LIMIT: dict[str, Any] = {"order_type": "limit", "price": 5}
STOP: dict[str, Any] = {"order_type": "stop", "stop_price": 5}
STOP_LIMIT: dict[str, Any] = {"order_type": "stop_limit", "stop_price": 5, "price": 6}


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"order_type": "stop_limit", "stop_price": 5}, "price", "MISSING_FIELD"),
        ({"order_type": "stop", "price": 5}, "stop_price", "MISSING_FIELD"),
        ({"order_type": "take_profit"}, "stop_price", "MISSING_FIELD"),
        ({"stop_price": 5}, "stop_price", "INVALID_FIELD"),
        ({**LIMIT, "stop_price": 5}, "stop_price", "INVALID_FIELD"),
        ({"STOP_PRICE": 5}, "STOP_PRICE", "INVALID_FIELD"),
        ({"post_only": True}, "post_only", "INVALID_FIELD"),
        ({**STOP, "postOnly": "true"}, "postOnly", "INVALID_FIELD"),
        ({**LIMIT, "post_only": True, "time_in_force": "IOC"}, "post_only", "INVALID_FIELD"),
        ({**STOP, "time_in_force": "IOC"}, "time_in_force", "INVALID_FIELD"),
        ({**STOP_LIMIT, "tif": "FOK"}, "tif", "INVALID_FIELD"),
        ({**LIMIT, "time_in_force": "GTD"}, "expires_at", "MISSING_FIELD"),
        ({**LIMIT, "expires_at": UNTIL}, "expires_at", "INVALID_FIELD"),
        ({**LIMIT, "time_in_force": "IOC", "expires_at": UNTIL}, "expires_at", "INVALID_FIELD"),
        ({"time_in_force": "GTD", "expires_at": UNTIL}, "time_in_force", "INVALID_FIELD"),
        ({**LIMIT, "time_in_force": "day"}, "time_in_force", "INVALID_FIELD"),
        ({**LIMIT, "time_in_force": "GTD", "expires_at": "soon"}, "expires_at", "INVALID_FIELD"),
        ({"quantity_type": "risk"}, "stop_loss", "MISSING_FIELD"),
        ({"quantity": "1%", "quantity_type": "risk_percent"}, "stop_loss", "MISSING_FIELD"),
        ({"quantity": "1%", "quantity_type": "risk", "stop_loss": 5}, "quantity", "INVALID_FIELD"),
        ({"quantity_type": "risk", "action": "close"}, "quantity_type", "INVALID_FIELD"),
        ({"quantity_type": "risk", "stop_loss": 5, "reduce_only": True}, "stop_loss", "INVALID_FIELD"),
        *(({"action": action, "stop_loss": 5}, "stop_loss", "INVALID_FIELD") for action in ("close", "flat", "cancel")),
        ({"action": "exit", "takeProfitPrice": 5}, "takeProfitPrice", "INVALID_FIELD"),
        ({"reduce_only": True, "take_profit": 5}, "take_profit", "INVALID_FIELD"),
    ],
)
def test_what_contradicts_itself_is_refused_naming_the_field(desk, fields, field, code):
    error = refused(desk, **fields)
    assert (error.status, error.code) == (422, code)
    assert at_fault(error)[0] == field


def test_an_unreadable_term_is_named_once_and_nothing_is_concluded_from_it(desk):
    error = refused(desk, order_type="stp", stop_price=5, post_only=True)
    assert at_fault(error) == ["order_type"]


@pytest.mark.parametrize(
    ("quantity", "kind"), [("50", "risk"), ("1", "risk_percent"), ("1%", "risk_percent"), (1, "RISK_PERCENT")]
)
def test_a_quantity_may_be_told_by_what_may_be_lost(desk, quantity, kind):
    signal = read(desk, quantity=quantity, quantity_type=kind, stop_loss=90)
    assert signal.size == Size(Decimal(str(quantity).rstrip("%")), SizeType(kind.lower()))


@pytest.mark.parametrize("action", [Action.BUY, Action.SELL, Action.LONG, Action.SHORT, Action.REVERSE])
def test_what_opens_a_position_may_be_protected(desk, action):
    assert read(desk, action=action, stop_loss=90).stop_loss == 90


@pytest.mark.parametrize(
    ("fields", "size"),
    [
        ({"prev_position_size": "-2"}, -2),
        ({"prev_position_size": 2, "prev_market_position": "short"}, -2),
        ({"prev_market_position_size": 2, "prev_market_position": "short"}, -2),
        ({"prev_market_position_size": 2, "prev_market_position": "long"}, 2),
        ({"prev_market_position_size": 0, "prev_market_position": "flat"}, 0),
        ({"prev_market_position_size": 2}, None),
        ({"prev_market_position": "long"}, None),
    ],
)
def test_the_size_before_is_signed_by_the_side_before(desk, fields, size):
    assert read(desk, **fields).prev_position_size == size


def test_a_size_before_that_disagrees_with_its_side_is_refused(desk):
    error = refused(desk, prev_market_position="flat", prev_position_size=1)
    assert (error.status, at_fault(error)) == (422, ["prev_position_size"])
