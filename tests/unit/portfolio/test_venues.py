"""How a venue can be traded, and orders of which it does not tell."""

import pytest

from portfolio.model.command import ReportCondition, ReportUnresolved
from portfolio.model.event import EventKind
from portfolio.model.scope import Scope
from portfolio.model.venue import Condition, VenueCondition
from tests.fakes import BTC, ETH, Desk, codes

C = Condition
HARMLESS = (C.WORKING, C.STREAM_DOWN, C.PRICES_STALE)
"""The age of a price says by itself what may be done at it."""


@pytest.fixture
def desk() -> Desk:
    return Desk()


def is_now(desk: Desk, condition: Condition, detail: str = "", symbol: str | None = None) -> None:
    desk.handle(ReportCondition("main", VenueCondition(condition=condition, detail=detail, symbol=symbol)))


@pytest.mark.parametrize("condition", [c for c in Condition if c not in HARMLESS])
def test_a_venue_that_cannot_be_traded_gets_no_new_risk_and_takes_reductions(desk: Desk, condition: Condition) -> None:
    desk.hold("2")
    resting = desk.rest("buy", "1")
    is_now(desk, condition, "since noon")
    decision = desk.alert("buy", "1")
    (reason,) = decision.reasons
    assert (reason.code, reason.limit, reason.value) == ("VENUE_UNAVAILABLE", "WORKING", condition.value)
    assert "since noon" in reason.message
    desk.cancel(resting)
    desk.fill(desk.place("close"))
    assert (desk.cancels, desk.quantity) == ([resting], 0)
    is_now(desk, C.WORKING)
    assert codes(desk.alert("buy", "1")) == []


@pytest.mark.parametrize("condition", HARMLESS)
def test_a_venue_without_a_stream_or_without_news_of_prices_can_be_traded(desk: Desk, condition: Condition) -> None:
    is_now(desk, condition)
    assert codes(desk.alert("buy", "1")) == []


def test_a_condition_is_told_when_it_changes_and_not_when_it_is_repeated(desk: Desk) -> None:
    is_now(desk, C.WORKING)
    for detail in ("502", "502", "503"):
        is_now(desk, C.UNREACHABLE, detail)
    is_now(desk, C.MAINTENANCE)
    is_now(desk, C.WORKING)
    told = desk.events(EventKind.VENUE_STATE_CHANGED)
    assert [(event.detail["before"], event.detail["condition"]) for event in told] == [
        ("WORKING", "UNREACHABLE"),
        ("UNREACHABLE", "MAINTENANCE"),
        ("MAINTENANCE", "WORKING"),
    ]
    assert told[0].detail["detail"] == "502"


def test_what_is_known_of_a_venue_is_its_newest_detail_and_since_when(desk: Desk) -> None:
    is_now(desk, C.UNREACHABLE, "502")
    since = desk.now
    desk.wait(seconds=5)
    is_now(desk, C.UNREACHABLE, "503")
    standing = desk.book.condition_of("main")
    assert (standing.condition, standing.detail, standing.since) == (C.UNREACHABLE, "503", since)


def test_a_symbol_that_is_delisted_leaves_the_others_alone(desk: Desk) -> None:
    desk.quote("10", symbol=ETH)
    is_now(desk, C.DELISTED, symbol=BTC)
    assert codes(desk.alert("buy", "1")) == ["VENUE_UNAVAILABLE"]
    assert codes(desk.alert("buy", "1", symbol=ETH)) == []
    is_now(desk, C.WORKING, symbol=BTC)
    assert codes(desk.alert("buy", "1")) == []
    assert len(desk.book.conditions) == 0


def test_a_working_symbol_of_a_venue_that_does_not_work_gets_no_new_risk(desk: Desk) -> None:
    is_now(desk, C.STREAM_DOWN, symbol=BTC)
    is_now(desk, C.CLOSED)
    assert codes(desk.alert("buy", "1")) == ["VENUE_UNAVAILABLE"]


def test_a_restart_knows_nothing_of_conditions_until_it_is_told(desk: Desk) -> None:
    is_now(desk, C.MAINTENANCE)
    desk.restart()
    assert desk.book.condition_of("main").condition is C.WORKING


# --- unresolved ----------------------------------------------------------------------------------------------------


def unresolved(desk: Desk) -> str:
    order_id = desk.place("buy", "1")
    desk.report(order_id, "UNKNOWN")
    desk.handle(ReportUnresolved("main", order_id, 60))
    return order_id


def test_a_symbol_with_an_order_that_stays_unknown_only_reduces_until_it_is_known(desk: Desk) -> None:
    order_id = unresolved(desk)
    (where,) = desk.book.states.items()
    assert (where[0], where[1].status, where[1].cause) == (Scope("main", symbol=BTC), "REDUCING", "UNRESOLVED_ORDER")
    (told,) = desk.events(EventKind.ORDER_UNRESOLVED)
    assert (told.client_order_id, told.detail) == (order_id, {"seconds": 60})
    assert set(codes(desk.alert("buy", "1"))) == {"REDUCING", "UNKNOWN_ORDER"}
    desk.restart()
    desk.finish()
    assert len(desk.book.states) == 1
    desk.report(order_id, "CANCELED")
    assert (desk.book.states.as_dict(), codes(desk.alert("buy", "1"))) == ({}, [])
    assert [event.detail["cause"] for event in desk.events(EventKind.TRADING_RESUMED)] == ["UNRESOLVED_ORDER"]


def test_another_order_that_is_unknown_keeps_the_symbol_reducing(desk: Desk) -> None:
    other = desk.place("buy", "1")
    order_id = unresolved(desk)
    desk.report(other, "UNKNOWN")
    desk.report(order_id, "CANCELED")
    assert len(desk.book.states) == 1
    desk.report(other, "NOT_ACCEPTED")
    assert len(desk.book.states) == 0


def test_what_else_stopped_the_symbol_is_not_lifted(desk: Desk) -> None:
    ended = desk.place("buy", "1")
    desk.report(ended, "CANCELED")
    order_id = unresolved(desk)
    desk.fill(ended)
    desk.report(order_id, "CANCELED")
    (state,) = desk.book.states.values()
    assert (state.cause, state.status) == ("LATE_FILL", "REDUCING")


def test_a_halt_of_the_symbol_stays_a_halt(desk: Desk) -> None:
    order_id = desk.place("buy", "1")
    desk.report(order_id, "UNKNOWN")
    desk.halt(Scope("main", symbol=BTC))
    desk.handle(ReportUnresolved("main", order_id, 60))
    desk.report(order_id, "CANCELED")
    assert [state.status for state in desk.book.states.values()] == ["HALTED"]
    assert len(desk.events(EventKind.ORDER_UNRESOLVED)) == 1


def test_an_order_that_is_known_by_now_stops_nothing(desk: Desk) -> None:
    order_id = desk.rest("buy", "1")
    desk.handle(ReportUnresolved("main", order_id, 60))
    desk.handle(ReportUnresolved("main", "NOBODY", 60))
    assert (desk.book.states.as_dict(), desk.events(EventKind.ORDER_UNRESOLVED)) == ({}, [])
