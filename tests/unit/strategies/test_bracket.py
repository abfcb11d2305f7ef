"""`bracket` does what the alert says, and puts a stop and take-profits of its own behind each entry."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from portfolio.model.event import EventKind
from portfolio.model.order import OrderType, TimeInForce
from portfolio.model.protection import Distance, TakeProfit
from portfolio.model.signal import Size, SizeType
from portfolio.parameters import ParameterError
from strategies.bracket import Bracket
from strategies.registry import create_strategy
from tests.fakes import Desk, ids, moves, strategy

D = Decimal
HALVES = [{"at": "2%", "share": "50%"}, {"at": "4%", "share": "50%"}]
KNOWN: dict[str, Any] = {"stop_loss": "2%", "take_profits": HALVES}


def bracketing(sizing: Size | None = None, **parameters: Any) -> Desk:
    return Desk(strategy(kind=create_strategy("bracket", {**KNOWN, **parameters}), sizing=sizing))


def levels(desk: Desk, order_ids: list[str]) -> list[tuple[str, str, str]]:
    """Each order's type, quantity and stop price."""
    orders = [desk.order(order_id) for order_id in order_ids]
    return [(order.order_type.value, f"{order.quantity.normalize():f}", f"{order.stop_price}") for order in orders]


# --- entries -----------------------------------------------------------------------------------------------------


def test_an_entry_is_protected_from_its_own_average_price() -> None:
    desk = bracketing()
    entry, *legs = ids(desk.alert("buy", "4"))
    desk.fill(entry, "4", "200")
    assert levels(desk, legs) == [("stop", "4", "196.0"), ("take_profit", "2", "204.0"), ("take_profit", "2", "208.0")]
    assert desk.sent == [entry, *legs]


def test_a_short_is_protected_the_other_way_round() -> None:
    desk = bracketing()
    entry, *legs = ids(desk.alert("short", "4"))
    desk.fill(entry, "4", "200")
    assert levels(desk, legs) == [("stop", "4", "204.0"), ("take_profit", "2", "196.0"), ("take_profit", "2", "192.0")]


def test_what_the_alert_says_wins() -> None:
    desk = bracketing()
    entry, *legs = ids(desk.alert("buy", "4", stop_loss=D(91)))
    desk.fill(entry, "4", "100")
    assert [level[2] for level in levels(desk, legs)] == ["91", "102.0", "104.0"]
    other = bracketing()
    entry, *legs = ids(other.alert("buy", "4", take_profit=D(130)))
    other.fill(entry, "4", "100")
    assert [level[2] for level in levels(other, legs)] == ["98.0", "130"]


def test_a_size_by_risk_counts_the_strategys_stop() -> None:
    desk = bracketing(Size(D(100), SizeType.RISK))
    assert moves(desk.alert("buy"))[0] == ("buy", "50", "PENDING")


def test_what_closes_is_as_with_follow() -> None:
    desk = bracketing()
    entry, *legs = ids(desk.alert("buy", "4"))
    desk.fill(entry)
    for leg in legs:
        desk.report(leg, "OPEN")
    close = desk.alert("close")
    assert moves(close) == [("sell", "4", "PENDING")]
    desk.fill(ids(close)[0])
    assert set(desk.cancels) == set(legs)


@pytest.mark.parametrize("action", ["flat", "short"])
def test_the_legs_end_when_the_position_does(action: str) -> None:
    desk = bracketing()
    entry, *legs = ids(desk.alert("buy", "4"))
    desk.fill(entry)
    for leg in legs:
        desk.report(leg, "OPEN")
    closing = ids(desk.alert(action, None if action == "flat" else "1"))[0]
    desk.fill(closing)
    assert set(legs) <= set(desk.cancels)


def test_an_opposite_order_that_crosses_protects_what_it_opens() -> None:
    desk = bracketing()
    first, *old = ids(desk.alert("buy", "2"))
    desk.fill(first)
    for leg in old:
        desk.report(leg, "OPEN")
    entry, *legs = ids(desk.alert("sell", "6"))
    desk.fill(entry, "1")
    assert not set(legs) & set(desk.sent)
    desk.fill(entry, "5")
    assert desk.quantity == -4
    assert [level[:2] for level in levels(desk, legs)] == [("stop", "4"), ("take_profit", "2"), ("take_profit", "2")]
    assert set(old) <= set(desk.cancels)


# --- entries that rest -------------------------------------------------------------------------------------------


def resting(desk: Desk, **fields: Any) -> str:
    order_id = ids(desk.alert("buy", "4", **{"order_type": OrderType.LIMIT, "price": "100", **fields}))[0]
    desk.report(order_id, "OPEN")
    return order_id


def test_an_entry_that_rests_too_long_is_cancelled() -> None:
    desk = bracketing(entry_expires_s=60)
    entry = resting(desk)
    desk.wait(seconds=59)
    desk.mark()
    assert desk.cancels == []
    desk.wait(seconds=1)
    desk.mark()
    assert desk.cancels == [entry]
    assert [event.client_order_id or event.detail["order"] for event in desk.events(EventKind.ORDER_LAPSED)] == [entry]
    desk.report(entry, "CANCELED")
    assert desk.live() == []


def test_what_was_filled_of_it_stays_protected() -> None:
    desk = bracketing(entry_expires_s=60)
    entry = resting(desk)
    desk.fill(entry, "2", "100")
    legs = desk.sent[1:]
    desk.wait(seconds=60)
    desk.mark()
    desk.report(entry, "CANCELED")
    assert (desk.live(), desk.quantity) == (legs, 2)


def test_it_lapses_after_a_restart_too() -> None:
    desk = bracketing(entry_expires_s=60)
    entry = resting(desk)
    desk.restart()
    desk.wait(seconds=70)
    desk.mark()
    assert desk.cancels == []
    desk.finish()
    assert desk.cancels == [entry]


@pytest.mark.parametrize("fields", [{"time_in_force": TimeInForce.IOC}, {"order_type": OrderType.MARKET}])
def test_an_order_with_a_time_in_force_of_its_own_keeps_it(fields: dict[str, Any]) -> None:
    desk = bracketing(entry_expires_s=60)
    order_id = ids(desk.alert("buy", "4", **{"order_type": OrderType.LIMIT, "price": "100", **fields}))[0]
    assert desk.order(order_id).lapses_at is None


@pytest.mark.parametrize(("fields", "end"), [({"time_in_force": TimeInForce.IOC}, "CANCELED"), ({}, "EXPIRED")])
def test_what_was_filled_of_an_order_that_was_good_for_a_time_is_protected(fields: dict[str, Any], end: str) -> None:
    desk = bracketing()
    until = {"time_in_force": TimeInForce.GTD, "expires_at": desk.now + timedelta(seconds=60)}
    known = {"order_type": OrderType.LIMIT, "price": "100", **(fields or until)}
    entry, *legs = ids(desk.alert("buy", "4", **known))
    desk.report(entry, end, desk.trade(entry, "2", "100"))
    assert [level[:2] for level in levels(desk, legs)] == [("stop", "2"), ("take_profit", "1"), ("take_profit", "1")]
    assert desk.sent == [entry, *legs]


def test_a_cancel_by_alert_leaves_what_protects_the_part_that_was_filled() -> None:
    desk = bracketing()
    entry = resting(desk)
    desk.fill(entry, "2", "100")
    legs = desk.sent[1:]
    for leg in legs:
        desk.report(leg, "OPEN")
    assert desk.alert("cancel").canceled == (entry,)
    desk.report(entry, "CANCELED")
    assert desk.live() == legs
    assert set(desk.alert("cancel").canceled) == set(legs)


# --- parameters --------------------------------------------------------------------------------------------------


def test_parameters_are_read_as_the_file_and_the_environment_have_them() -> None:
    goals = (TakeProfit(Distance(D(2)), D("0.5")), TakeProfit(Distance(D(4)), D("0.5")))
    expected = Bracket(Distance(D(2)), goals, 3600)
    assert create_strategy("bracket", {**KNOWN, "entry_expires_s": 3600}) == expected
    texts = {"stop_loss": "2%", "take_profits": "2% 50%, 4% 50%", "entry_expires_s": "3600"}
    assert create_strategy("bracket", texts) == expected


def test_take_profits_without_shares_are_equal() -> None:
    kind = create_strategy("bracket", {"take_profits": [{"at": "1%"}, {"at": "2%"}, {"at": "3%"}]})
    assert isinstance(kind, Bracket)
    assert len({goal.share for goal in kind.take_profits[:2]}) == 1
    assert sum(goal.share or 0 for goal in kind.take_profits) == 1


@pytest.mark.parametrize(
    ("parameters", "field", "message"),
    [
        ({}, "", "needs a stop_loss, take_profits, or both"),
        ({"stop_loss": "2"}, "stop_loss", "per cent"),
        ({"stop_loss": "100%"}, "", "below 100 %"),
        ({"stop_loss": "0%"}, "", "above 0 %"),
        ({"take_profits": "2%:50%"}, "take_profits", "per cent"),
        ({"take_profits": [{"at": "2%", "shares": "50%"}]}, "take_profits", "`at` and `share`"),
        ({"take_profits": [{"share": "50%"}]}, "take_profits", "`at` and `share`"),
        ({"take_profits": 5}, "take_profits", "expected a list"),
        ({"take_profits": [{"at": "2%", "share": "0%"}]}, "take_profits", "above 0 %"),
        ({"take_profits": [{"at": "2%", "share": "60%"}] * 2}, "", "more than 100 %"),
        ({"take_profits": [{"at": "2%", "share": "1%"}] * 11}, "", "at most 10"),
        ({"stop_loss": "2%", "entry_expires_s": 0}, "", "entry_expires_s"),
    ],
)
def test_what_no_bracket_can_be_is_refused_by_name(parameters: dict[str, Any], field: str, message: str) -> None:
    with pytest.raises(ParameterError) as raised:
        create_strategy("bracket", parameters)
    assert list(raised.value.faults) == [field]
    assert message in raised.value.faults[field]
