"""`target` keeps the position the alert says there should be, whatever happened before."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from portfolio.model.decision import Decision, Outcome
from portfolio.model.order import OrderType
from portfolio.model.position import Position
from portfolio.model.signal import MarketPosition, Size, SizeType
from strategies.target import Target
from tests.fakes import BTC, ETH, HELD, NOW, Desk, codes, ids, moves, order, strategy


def desk_at(quantity: str = "0", **terms: Any) -> Desk:
    desk = Desk(strategy(kind=Target(), **terms))
    desk.book.positions.load(HELD, Position(Decimal(quantity), Decimal(quantity) * 100))
    return desk


def aim(desk: Desk, position: str | None, action: str = "buy", **fields: Any) -> Decision:
    """What a TradingView strategy sends: the position it has now."""
    return desk.alert(action, position_size=Decimal(position) if position else None, **fields)


def ended(desk: Desk, order_id: str, status: str = "CANCELED") -> None:
    desk.report(order_id, status)


# --- the target --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("held", "target", "expected"),
    [
        ("0", "2", [("buy", "2")]),
        ("0", "-2", [("sell", "2")]),
        ("1", "3", [("buy", "2")]),
        ("3", "1", [("sell", "2")]),
        ("-3", "-1", [("buy", "2")]),
        ("3", "0", [("sell", "3")]),
        ("2", "-1", [("sell", "2"), ("sell", "1")]),
        ("-2", "1", [("buy", "2"), ("buy", "1")]),
    ],
)
def test_the_difference_is_traded(held: str, target: str, expected: list[tuple[str, str]]) -> None:
    decision = aim(desk_at(held), target)
    assert [move[:2] for move in moves(decision)] == expected
    assert decision.status is Outcome.ACCEPTED


def test_what_is_on_its_way_counts() -> None:
    desk = desk_at()
    aim(desk, "3")
    assert moves(aim(desk, "5")) == [("buy", "2", "PENDING")]


def test_a_target_that_is_reached_is_ignored() -> None:
    assert codes(aim(desk_at("2"), "2")) == ["ALREADY_THERE"]


def test_a_target_is_rounded_down_to_lots() -> None:
    assert moves(aim(desk_at(), "-1.2349")) == [("sell", "1.234", "PENDING")]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"action": "long", "size": "3"}, [("buy", "3")]),
        ({"action": "short", "size": "3"}, [("sell", "3")]),
        ({"action": "buy", "market_position": MarketPosition.LONG, "size": "3"}, [("buy", "3")]),
        ({"action": "sell", "market_position": MarketPosition.SHORT, "size": "3"}, [("sell", "3")]),
    ],
)
def test_a_side_and_a_size_are_a_target(fields: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert [move[:2] for move in moves(desk_at().alert(**fields))] == expected


@pytest.mark.parametrize("fields", [{"action": "flat"}, {"action": "close"}, {"market_position": MarketPosition.FLAT}])
def test_flat_in_any_words_is_a_target_of_zero(fields: dict[str, Any]) -> None:
    assert moves(desk_at("2").alert(**{"action": "sell", **fields})) == [("sell", "2", "PENDING")]


def test_the_configured_size_fills_in() -> None:
    desk = desk_at(sizing=Size(Decimal(5), SizeType.PERCENT_OF_EQUITY))
    assert moves(desk.alert("long")) == [("buy", "5", "PENDING")]


@pytest.mark.parametrize("fields", [{"action": "buy", "size": "3"}, {"action": "long"}])
def test_an_alert_that_names_no_position_is_denied(fields: dict[str, Any]) -> None:
    assert codes(desk_at().alert(**fields)) == ["NO_TARGET"]


def test_a_size_that_needs_a_price_is_no_target_without_one() -> None:
    worth = Size(Decimal(100), SizeType.NOTIONAL)
    assert codes(desk_at().alert("long", worth, price=None)) == ["NO_TARGET"]


def test_reverse_turns_the_target_or_else_what_is_held() -> None:
    desk = desk_at()
    aim(desk, "2")
    desk.fill(desk.sent[0])
    assert moves(desk.alert("reverse"))[1] == ("sell", "2", "PENDING")
    assert moves(desk_at("3").alert("reverse"))[1] == ("sell", "3", "PENDING")


def test_cancel_cancels_and_keeps_the_target() -> None:
    desk = desk_at()
    assert codes(desk.alert("cancel")) == ["NOTHING_TO_CANCEL"]
    assert desk.book.strategy_states.get("follow") is None


def test_each_symbol_has_its_own_target() -> None:
    desk = desk_at()
    aim(desk, "2")
    aim(desk, "3", symbol=ETH)
    assert {symbol: kept["target"] for symbol, kept in desk.book.strategy_states["follow"].items()} == {
        BTC: "2",
        ETH: "3",
    }


# --- which alert is the newest -----------------------------------------------------------------------------------


def after(**first: Any) -> Desk:
    desk = desk_at()
    aim(desk, "2", **first)
    return desk


@pytest.mark.parametrize(("seconds", "expected"), [(-1, ["SUPERSEDED"]), (0, []), (1, [])])
def test_an_older_alert_is_superseded(seconds: int, expected: list[str]) -> None:
    desk = after(time=NOW)
    assert codes(aim(desk, "3", time=NOW + timedelta(seconds=seconds))) == expected


@pytest.mark.parametrize("times", [(None, NOW), (NOW, None), (None, None)])
def test_where_an_alert_does_not_say_when_it_fired_the_last_to_arrive_counts(times: tuple[Any, Any]) -> None:
    desk = after(time=times[0])
    assert codes(aim(desk, "3", time=times[1])) == []


LONG, SHORT, FLAT = MarketPosition.LONG, MarketPosition.SHORT, MarketPosition.FLAT


def at_once(prev: MarketPosition | None, now: MarketPosition | None) -> dict[str, Any]:
    return {"time": NOW, "prev_market_position": prev, "market_position": now}


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((FLAT, SHORT), (LONG, FLAT), ["SUPERSEDED"]),
        ((LONG, FLAT), (FLAT, SHORT), []),
        ((FLAT, LONG), (LONG, FLAT), []),
        ((FLAT, LONG), (None, FLAT), []),
        ((None, LONG), (LONG, FLAT), []),
        ((FLAT, LONG), (FLAT, None), []),
        ((FLAT, LONG), (SHORT, SHORT), []),
    ],
)
def test_alerts_of_the_same_second_are_ordered_by_where_they_came_from(
    first: tuple[Any, Any], second: tuple[Any, Any], expected: list[str]
) -> None:
    desk = after(**at_once(*first))
    assert codes(aim(desk, "3", **at_once(*second))) == expected


# --- trying again ------------------------------------------------------------------------------------------------


def test_an_order_that_ends_short_of_the_target_is_tried_again() -> None:
    desk = desk_at()
    aim(desk, "3")
    desk.fill(desk.sent[0], "1")
    ended(desk, desk.sent[0])
    assert desk.order(desk.sent[1]).quantity == 2


def test_there_are_at_most_three_tries() -> None:
    desk = desk_at()
    aim(desk, "3")
    for tried in range(3):
        assert len(desk.sent) == tried + 1
        ended(desk, desk.sent[-1], "REJECTED")
    assert len(desk.sent) == 3


def test_there_is_no_try_beyond_the_age_of_an_alert() -> None:
    for milliseconds, tries in ((0, 2), (1, 1)):
        desk = desk_at()
        aim(desk, "3")
        desk.wait(seconds=300, milliseconds=milliseconds)
        ended(desk, desk.sent[0])
        assert len(desk.sent) == tries


def test_a_newer_alert_begins_with_three_tries() -> None:
    desk = after()
    ended(desk, desk.sent[-1])
    aim(desk, "4")
    assert desk.book.strategy_states["follow"][BTC]["tries"] == 1


def test_a_target_that_is_reached_is_left_alone() -> None:
    desk = after()
    desk.fill(desk.sent[0])
    assert len(desk.sent) == 1


def test_nothing_is_tried_while_another_order_is_live() -> None:
    desk = after()
    aim(desk, "3")
    ended(desk, desk.sent[0])
    assert len(desk.sent) == 2
    ended(desk, desk.sent[1])
    assert desk.order(desk.sent[2]).quantity == 3


def test_an_order_without_a_target_asks_for_nothing() -> None:
    desk = desk_at()
    desk.book.load_order(order("X-1"), ())
    desk.stored.orders["X-1"] = desk.book.orders["X-1"]
    ended(desk, "X-1")
    assert desk.sent == []


# --- waiting -----------------------------------------------------------------------------------------------------


def test_nothing_is_sent_while_an_outcome_is_unknown() -> None:
    desk = after()
    desk.report(desk.sent[0], "UNKNOWN")
    decision = aim(desk, "5")
    assert (decision.status, codes(decision)) == (Outcome.IGNORED, ["UNKNOWN_ORDER"])
    assert len(desk.sent) == 1


@pytest.mark.parametrize(("ends", "more"), [("NOT_ACCEPTED", 5), ("FILLED", 3)])
def test_once_the_outcome_is_known_the_target_is_pursued(ends: str, more: int) -> None:
    desk = after()
    first = desk.sent[0]
    desk.report(first, "UNKNOWN")
    aim(desk, "5")
    if ends == "FILLED":
        desk.fill(first)
    else:
        ended(desk, first, ends)
    assert desk.order(desk.sent[1]).quantity == more


def test_resting_orders_are_cancelled_before_anything_is_traded() -> None:
    desk = desk_at()
    resting = order("X-1", status="OPEN", order_type="limit", price=Decimal(90))
    desk.book.load_order(resting, ())
    desk.stored.orders["X-1"] = resting
    decision = aim(desk, "2")
    assert (decision.status, decision.canceled, desk.sent) == (Outcome.ACCEPTED, ("X-1",), [])
    desk.fill("X-1", "0.5")
    ended(desk, "X-1")
    assert desk.order(desk.sent[0]).quantity == Decimal("1.5")


def test_the_opening_of_a_turn_waits_for_its_close() -> None:
    desk = desk_at("2")
    close, opening = ids(aim(desk, "-1"))
    assert desk.sent == [close]
    desk.fill(close)
    desk.fill(opening)
    assert desk.quantity == -1
    assert desk.sent == [close, opening]


def test_a_turn_whose_close_was_cut_short_is_tried_again() -> None:
    desk = desk_at("2")
    close, opening = ids(aim(desk, "-1"))
    desk.fill(close, "1")
    ended(desk, close)
    assert desk.status(opening) == "EXPIRED_UNSENT"
    assert [desk.order(order_id).quantity for order_id in desk.live()] == [1, 1]


def test_an_alert_without_a_time_does_not_let_older_ones_in_again() -> None:
    desk = desk_at()
    aim(desk, "-2", time=NOW - timedelta(seconds=1))
    aim(desk, "0")
    assert codes(aim(desk, "1", time=NOW - timedelta(seconds=5))) == ["SUPERSEDED"]


def test_target_trades_at_the_market_only() -> None:
    assert codes(aim(desk_at(), "1", price="90", order_type=OrderType.LIMIT)) == ["NOT_SUPPORTED"]
