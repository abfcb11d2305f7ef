"""A holding is brought to zero, whatever fills in between, until three orders came to nothing."""

import pytest

from portfolio import carrying
from portfolio.model.event import EventKind
from portfolio.model.scope import Scope
from tests.fakes import BTC, ETH, HELD, MAIN, Desk, account, codes, ids, instrument, moves, strategy


def flattening(quantity: str = "3") -> tuple[Desk, str]:
    """A desk that has been told to flatten, and its closing order."""
    desk = Desk()
    desk.hold(quantity)
    desk.flatten()
    return desk, desk.sent[-1]


def quantity_of(desk: Desk, order_id: str) -> object:
    return desk.order(order_id).quantity


def test_flatten_halts_cancels_and_closes() -> None:
    desk = Desk()
    desk.hold("3")
    resting = desk.rest("buy", "1", price="90")
    assert desk.flatten().status == "HALTED"
    close = desk.order(desk.sent[-1])
    assert (close.side, close.quantity, close.reduce_only, close.is_exit) == ("sell", 3, True, True)
    assert desk.cancels == [resting]
    assert codes(desk.alert("buy", "1")) == ["HALTED"]


def test_flatten_ends_with_the_position() -> None:
    desk, close = flattening()
    desk.fill(close)
    assert (desk.quantity, desk.book.flattenings.items()) == (0, [])


def test_a_buy_that_fills_after_all_is_closed_as_well() -> None:
    desk = Desk()
    late = desk.place("buy", "2")
    desk.flatten()
    assert desk.cancels == [late]
    desk.fill(late)
    desk.fill(desk.sent[-1])
    assert (desk.quantity, desk.book.flattenings.items()) == (0, [])


def test_what_fills_while_the_close_is_under_way_is_closed_next() -> None:
    desk = Desk()
    desk.hold("3")
    resting = desk.rest("buy", "2", price="90")
    desk.flatten()
    first = desk.sent[-1]
    desk.fill(resting, "1")
    second = desk.sent[-1]
    assert (quantity_of(desk, first), quantity_of(desk, second)) == (3, 1)
    for order_id in (first, second):
        desk.fill(order_id)
    assert HELD in desk.book.flattenings
    desk.report(resting, "CANCELED")
    assert (desk.quantity, desk.book.flattenings.items()) == (0, [])


def test_a_fill_behind_a_confirmed_cancel_is_closed_while_the_flattening_lasts() -> None:
    desk = Desk()
    desk.hold("3")
    resting = desk.rest("buy", "2", price="90")
    desk.flatten()
    desk.report(resting, "CANCELED")
    desk.fill(resting, "1")
    assert [quantity_of(desk, order_id) for order_id in desk.live()] == [3, 1]


def test_a_fill_behind_the_end_of_it_is_booked_and_its_symbol_only_reduces() -> None:
    desk = Desk()
    resting = desk.rest("buy", "2")
    desk.flatten(MAIN)
    desk.report(resting, "CANCELED")
    desk.fill(resting, "1")
    assert desk.quantity == 1
    assert desk.book.states[Scope("main", symbol=BTC)].cause == "LATE_FILL"


def test_a_close_that_is_refused_is_tried_three_times_and_then_told() -> None:
    desk, _ = flattening()
    for _ in range(3):
        desk.report(desk.sent[-1], "REJECTED")
    assert len(desk.sent) == 1 + 3
    assert [event.detail for event in desk.events(EventKind.FLATTEN_GAVE_UP)] == [{"tries": 3}]
    assert desk.book.flattenings.items() == []


def held_in_parts(parts: int) -> Desk:
    """A position of so many times the largest order."""
    desk = Desk(account(instruments={BTC: instrument(max_quantity="1")}))
    for _ in range(parts):
        desk.hold("1")
    return desk


def fill_all(desk: Desk) -> int:
    """Closing orders are filled, one after the other; answers how many were at the venue together at most."""
    most = 0
    while at_venue := [order_id for order_id in desk.live() if not desk.order(order_id).is_waiting]:
        most = max(most, len(at_venue))
        desk.fill(at_venue[0])
    return most


@pytest.mark.parametrize("how", ["flat", "close"])
def test_a_close_of_more_parts_than_the_venue_gets_together_closes_all_in_rounds(how: str) -> None:
    desk = held_in_parts(73)
    desk.alert(how)
    assert fill_all(desk) == 20
    assert (desk.quantity, desk.live(), desk.book.flattenings.items()) == (0, [], [])
    assert desk.events(EventKind.FLATTEN_GAVE_UP) == []


def test_a_close_in_rounds_goes_on_where_some_parts_are_refused() -> None:
    desk = held_in_parts(45)
    desk.alert("flat")
    for order_id in desk.live()[:2]:
        desk.report(order_id, "REJECTED")
    fill_all(desk)
    assert (desk.quantity, desk.live(), desk.events(EventKind.FLATTEN_GAVE_UP)) == (0, [], [])


def test_a_close_in_rounds_that_is_refused_throughout_ends() -> None:
    desk = held_in_parts(45)
    desk.alert("flat")
    while live := desk.live():
        desk.report(live[0], "REJECTED")
    assert len(desk.sent) == 45 + 20 + 2
    assert [event.detail for event in desk.events(EventKind.FLATTEN_GAVE_UP)] == [{"tries": 3}]


def test_a_close_of_far_too_many_parts_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying, "MOST_PARTS_IN_ALL", 30)
    desk = held_in_parts(33)
    decision = desk.alert("close")
    assert (len(decision.orders), [(r.code, r.value) for r in decision.reasons]) == (31, [("ABOVE_MAXIMUM", 3)])


def test_a_close_whose_outcome_is_unknown_is_waited_for() -> None:
    desk, close = flattening()
    desk.report(close, "UNKNOWN")
    assert len(desk.sent) == 2
    desk.report(close, "NOT_ACCEPTED")
    assert quantity_of(desk, desk.sent[-1]) == 3


def test_a_close_that_fills_in_part_is_completed() -> None:
    desk, close = flattening("-3")
    desk.fill(close, "1")
    assert len(desk.sent) == 2
    desk.report(close, "CANCELED")
    assert (quantity_of(desk, desk.sent[-1]), desk.order(desk.sent[-1]).side) == (2, "buy")


def test_a_market_exit_under_way_is_left_alone_and_a_resting_one_replaced() -> None:
    desk = Desk()
    desk.hold("3")
    leaving, resting = desk.place("sell", "1"), desk.rest("close", "1", price="120")
    desk.flatten()
    assert desk.cancels == [resting]
    assert quantity_of(desk, desk.sent[-1]) == 2
    desk.report(resting, "CANCELED")
    desk.fill(leaving)
    assert [quantity_of(desk, order_id) for order_id in desk.live()] == [2]


def test_where_exits_claim_what_they_close_a_resting_one_is_closed_once_it_has_ended() -> None:
    desk = Desk(account(instruments={BTC: instrument()}), strategy(shared=True))
    desk.hold("3")
    leaving, resting = desk.place("sell", "1"), desk.rest("close", "1", price="120")
    desk.flatten()
    assert desk.cancels == [resting]
    assert quantity_of(desk, desk.sent[-1]) == 1
    desk.report(resting, "CANCELED")
    desk.fill(leaving)
    assert [quantity_of(desk, order_id) for order_id in desk.live()] == [1, 1]


def test_exits_that_wait_for_another_order_are_cancelled() -> None:
    desk = Desk()
    buy = desk.place("buy", "1")
    close = desk.place("close")
    desk.flatten()
    assert desk.status(close) == "CANCELED"
    desk.fill(buy)
    assert quantity_of(desk, desk.sent[-1]) == 1


def test_a_position_larger_than_one_order_may_be_is_closed_in_parts() -> None:
    desk = Desk(account(instruments={BTC: instrument(max_quantity="3")}))
    for _ in range(3):
        desk.hold("3")
    desk.hold("1")
    desk.flatten()
    closing = desk.sent[4:]
    assert [quantity_of(desk, order_id) for order_id in closing] == [3, 3, 3, 1]
    for order_id in closing:
        desk.fill(order_id)
    assert (desk.quantity, desk.book.flattenings.items()) == (0, [])


def test_flat_is_pursued_without_halting() -> None:
    desk = Desk()
    late = desk.place("buy", "2")
    desk.alert("flat")
    desk.fill(late)
    desk.fill(desk.sent[-1])
    assert (desk.quantity, desk.book.states.items()) == (0, [])


def test_a_new_entry_ends_the_wish_to_be_flat() -> None:
    desk = Desk()
    desk.hold("2")
    desk.alert("flat")
    desk.place("buy", "1")
    assert desk.book.flattenings.items() == []


def test_a_denied_entry_does_not() -> None:
    desk = Desk()
    desk.hold("2")
    desk.alert("flat")
    desk.alert("buy", "0.0001")
    assert HELD in desk.book.flattenings


def test_flatten_leaves_what_is_outside_its_scope() -> None:
    desk = Desk(strategy(), strategy("other"))
    desk.hold("1")
    desk.hold("1", strategy="other", symbol=ETH)
    desk.flatten(Scope("main", "other"))
    assert [desk.order(order_id).symbol for order_id in desk.sent[2:]] == [ETH]
    assert codes(desk.alert("buy", "1")) == []


def test_a_holding_without_a_position_is_done_at_once() -> None:
    desk = Desk()
    desk.flatten()
    assert (desk.sent, desk.book.flattenings.items()) == ([], [])


def test_the_orders_of_a_flattening_stem_from_what_asked_for_it() -> None:
    desk, close = flattening()
    assert (desk.order(close).origin, desk.order(close).signal_id) == ("F", None)
    flat = Desk()
    flat.hold("1")
    decision = flat.alert("flat")
    assert flat.order(ids(decision)[0]).origin == decision.signal_id
    assert moves(decision) == [("sell", "1", "PENDING")]
