"""`reverse` is always in the market, on the side of the last alert."""

from decimal import Decimal

import pytest

from portfolio.model.signal import Size
from strategies.reverse import Reverse
from tests.fakes import Desk, codes, ids, moves, strategy


def reversing(quantity: str | None = None, sizing: str | None = None) -> Desk:
    desk = Desk(strategy(kind=Reverse(), sizing=Size(Decimal(sizing)) if sizing else None))
    if quantity:
        desk.hold(quantity)
    return desk


@pytest.mark.parametrize(("action", "side"), [("buy", "buy"), ("long", "buy"), ("sell", "sell"), ("short", "sell")])
def test_the_first_alert_opens_its_side(action: str, side: str) -> None:
    assert moves(reversing().alert(action, "2")) == [(side, "2", "PENDING")]


@pytest.mark.parametrize(("held", "action"), [("2", "buy"), ("-2", "short")])
def test_a_side_once_taken_is_kept(held: str, action: str) -> None:
    assert codes(reversing(held).alert(action, "5")) == ["ALREADY_THERE"]


def test_a_side_on_its_way_is_kept_as_well() -> None:
    desk = reversing()
    desk.place("buy", "2")
    assert codes(desk.alert("long", "2")) == ["ALREADY_THERE"]


@pytest.mark.parametrize(("held", "action", "side", "ends"), [("2", "sell", "sell", -3), ("-2", "buy", "buy", 3)])
def test_the_other_side_closes_and_then_opens_the_alerts_size(held: str, action: str, side: str, ends: int) -> None:
    desk = reversing(held)
    decision = desk.alert(action, "3")
    assert moves(decision) == [(side, "2", "PENDING"), (side, "3", "PENDING")]
    for order_id in ids(decision):
        desk.fill(order_id)
    assert desk.quantity == ends


def test_without_a_size_the_same_is_held_the_other_way_round() -> None:
    assert moves(reversing("2").alert("sell")) == [("sell", "2", "PENDING"), ("sell", "2", "PENDING")]


def test_the_configured_size_counts_before_what_is_held() -> None:
    assert moves(reversing("2", sizing="1").alert("sell")) == [("sell", "2", "PENDING"), ("sell", "1", "PENDING")]


def test_without_a_size_or_a_position_the_alert_is_denied() -> None:
    assert codes(reversing().alert("buy")) == ["NO_SIZE"]


def test_reverse_turns_round_whatever_is_held() -> None:
    assert moves(reversing("-2").alert("reverse")) == [("buy", "2", "PENDING"), ("buy", "2", "PENDING")]
    assert codes(reversing().alert("reverse")) == ["NOTHING_TO_CLOSE"]


def test_close_flat_and_cancel_do_what_they_say() -> None:
    assert moves(reversing("2").alert("close")) == [("sell", "2", "PENDING")]
    assert moves(reversing("2").alert("flat")) == [("sell", "2", "PENDING")]
    assert codes(reversing("2").alert("cancel")) == ["NOTHING_TO_CANCEL"]
