"""`scale_in` adds to a position in its direction, so many times and no more."""

from decimal import Decimal

import pytest

from portfolio.model.decision import Outcome
from portfolio.model.order import OrderType
from portfolio.model.signal import Size, SizeType
from strategies.registry import create_strategy
from strategies.scale_in import ScaleIn
from tests.fakes import ETH, Desk, codes, moves, strategy


def scaling(sizing: str | None = None, **parameters: object) -> Desk:
    return Desk(
        strategy(
            kind=ScaleIn(**parameters),  # type: ignore[arg-type]
            sizing=Size(Decimal(sizing)) if sizing else None,
        )
    )


def built(entries: int, **parameters: object) -> Desk:
    desk = scaling(**parameters)
    for _ in range(entries):
        desk.hold("1")
    return desk


@pytest.mark.parametrize(("action", "side"), [("buy", "buy"), ("long", "buy"), ("sell", "sell"), ("short", "sell")])
def test_each_alert_of_a_direction_is_one_more_entry(action: str, side: str) -> None:
    desk = scaling()
    for _ in range(3):
        assert moves(desk.alert(action, "1")) == [(side, "1", "PENDING")]
        desk.fill(desk.sent[-1])
    decision = desk.alert(action, "1")
    assert (decision.status, codes(decision)) == (Outcome.IGNORED, ["ALREADY_THERE"])


def test_entries_on_their_way_and_in_doubt_count() -> None:
    desk = scaling()
    desk.place("buy", "1")
    desk.rest("buy", "1", price="90")
    desk.place("buy", "1")
    assert codes(desk.alert("buy", "1")) == ["ALREADY_THERE"]


def test_how_many_is_configured() -> None:
    desk = built(1, max_entries=1)
    assert codes(desk.alert("long", "1")) == ["ALREADY_THERE"]


@pytest.mark.parametrize(("scale", "quantities"), [("2", ["1", "2", "4"]), ("0.5", ["1", "0.5", "0.25"])])
def test_each_entry_is_larger_or_smaller_than_the_last(scale: str, quantities: list[str]) -> None:
    desk = scaling("1", scale=Decimal(scale))
    for quantity in quantities:
        assert moves(desk.alert("buy")) == [("buy", quantity, "PENDING")]
        desk.fill(desk.sent[-1])


def test_a_size_in_money_or_per_cent_is_scaled_alike() -> None:
    desk = built(1, scale=Decimal(2))
    assert moves(desk.alert("buy", Size(Decimal(100), SizeType.NOTIONAL))) == [("buy", "2", "PENDING")]


def test_without_a_size_the_alert_is_denied() -> None:
    assert codes(scaling().alert("buy")) == ["NO_SIZE"]


# --- distance ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("price", "near"), [("100.9", True), ("101", False), ("99", False), ("99.1", True)])
def test_an_entry_keeps_its_distance_from_the_last(price: str, near: bool) -> None:
    desk = built(1, min_step=Decimal("0.01"))
    decision = desk.alert("buy", "1", price=price)
    assert codes(decision) == (["STEP_TOO_SMALL"] if near else [])


def test_the_distance_is_from_the_newest_entry_not_from_the_first() -> None:
    desk = built(1, min_step=Decimal("0.01"))
    desk.fill(desk.place("buy", "1", price="102"))
    assert codes(desk.alert("buy", "1", price="101.5")) == ["STEP_TOO_SMALL"]


def test_an_entry_on_its_way_counts_at_the_price_it_was_decided_at() -> None:
    desk = scaling(min_step=Decimal("0.01"))
    desk.place("buy", "1")
    assert codes(desk.alert("buy", "1", price="100.5")) == ["STEP_TOO_SMALL"]


def test_a_limit_entry_counts_at_its_own_price() -> None:
    desk = built(1, min_step=Decimal("0.01"))
    assert codes(desk.alert("buy", "1", price="99.5", order_type=OrderType.LIMIT)) == ["STEP_TOO_SMALL"]
    desk.rest("buy", "1", price="98")
    assert codes(desk.alert("buy", "1", price="97.5", order_type=OrderType.LIMIT)) == ["STEP_TOO_SMALL"]


def test_the_first_entry_of_a_direction_has_no_distance_to_keep() -> None:
    desk = built(1, min_step=Decimal("0.01"))
    desk.fill(desk.place("close"))
    assert codes(desk.alert("buy", "1")) == []
    assert codes(desk.alert("sell", "1", symbol=ETH)) == []


def test_a_last_price_that_nobody_kept_opens_nothing() -> None:
    desk = built(1, min_step=Decimal("0.01"))
    desk.book.strategy_states.load("follow", {})
    assert codes(desk.alert("buy", "1", price="150")) == ["NO_REFERENCE_PRICE"]


def test_the_last_price_outlives_a_restart() -> None:
    desk = built(1, min_step=Decimal("0.01"))
    desk.restart()
    desk.finish()
    assert codes(desk.alert("buy", "1", price="100.5")) == ["STEP_TOO_SMALL"]


# --- the other way -----------------------------------------------------------------------------------------------


def test_long_and_short_the_other_way_close_and_open_the_first_step() -> None:
    desk = built(3, scale=Decimal(2))
    decision = desk.alert("short", "2")
    assert moves(decision) == [("sell", "7", "PENDING"), ("sell", "2", "PENDING")]
    for placed in decision.orders:
        desk.fill(placed.client_order_id)
    assert moves(desk.alert("short", "2")) == [("sell", "4", "PENDING")]


def test_buy_and_sell_the_other_way_trade_the_quantity() -> None:
    assert moves(built(3).alert("sell", "2")) == [("sell", "2", "PENDING")]


@pytest.mark.parametrize("action", ["close", "flat"])
def test_close_and_flat_close_everything(action: str) -> None:
    desk = built(3)
    desk.fill(desk.place(action))
    assert desk.quantity == 0
    assert moves(desk.alert("buy", "1")) == [("buy", "1", "PENDING")]


def test_an_entry_while_the_position_is_being_closed_is_the_first_again() -> None:
    desk = built(3, scale=Decimal(2))
    desk.place("close")
    assert moves(desk.alert("buy", "1")) == [("buy", "1", "PENDING")]


def test_reduce_only_reduces() -> None:
    assert moves(built(3).alert("sell", "1", reduce_only=True)) == [("sell", "1", "PENDING")]
    assert codes(built(1).alert("buy", "1", reduce_only=True)) == ["REDUCE_ONLY"]


def test_cancel_cancels() -> None:
    desk = built(1)
    resting = desk.rest("buy", "1", price="90")
    assert desk.alert("cancel").canceled == (resting,)


# --- parameters --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "why"),
    [
        ({"max_entries": 0}, "max_entries must be from 1 to 100"),
        ({"max_entries": 101}, "max_entries must be from 1 to 100"),
        ({"scale": "0"}, "scale must be above 0 and at most 10"),
        ({"scale": "10.1"}, "scale must be above 0 and at most 10"),
        ({"scale": "10", "max_entries": 8}, "the last entry would be more than 1000000 times the first"),
        ({"min_step": "0"}, "min_step must be above 0 and below 1"),
        ({"min_step": "1"}, "min_step must be above 0 and below 1"),
    ],
)
def test_parameters_have_bounds(parameters: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        create_strategy("scale_in", parameters)


def test_parameters_are_read_from_text() -> None:
    wanted = ScaleIn(5, Decimal("1.5"), Decimal("0.01"))
    assert create_strategy("scale_in", {"max_entries": 5, "scale": "1.5", "min_step": "0.01"}) == wanted
