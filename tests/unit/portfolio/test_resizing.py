"""Legs follow what their entry has filled, and make room for each other: at most every 200 ms, and to the end."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from portfolio.marking import is_mark_due
from portfolio.model.command import ReportOrder
from portfolio.model.effect import AmendOrder
from portfolio.model.event import EventKind
from portfolio.model.order import OrderStatus, OrderType
from portfolio.model.protection import Distance, DistanceKind, TakeProfit
from portfolio.model.signal import Size, SizeType
from tests.fakes import BTC, Desk, account, ids, instrument, moves, told

D = Decimal
HALF = D("0.5")


def resting(desk: Desk, quantity: str = "4", action: str = "buy", **fields: Any) -> tuple[str, ...]:
    """A limit entry that rests, and its legs."""
    known = {"price": "100", "order_type": OrderType.LIMIT, **fields}
    entry, *legs = ids(desk.alert(action, quantity, **known))
    desk.report(entry, "OPEN")
    return entry, *legs


def protected(desk: Desk, quantity: str = "4", **fields: Any) -> tuple[str, str, str]:
    """The same with a stop and a take-profit, both at work for the 1 that is filled of it."""
    entry, stop, goal = resting(desk, quantity, **{"stop_loss": D(90), "take_profit": D(120), **fields})
    desk.fill(entry, "1", "100")
    for leg in (stop, goal):
        desk.report(leg, "OPEN")
    desk.effects.clear()
    return entry, stop, goal


def asked(desk: Desk) -> list[tuple[str, str]]:
    """What venues were asked to amend since the last time, by the number of the leg."""
    found = [effect.order for effect in desk.effects if isinstance(effect, AmendOrder)]
    desk.effects[:] = [effect for effect in desk.effects if not isinstance(effect, AmendOrder)]
    return [(order.client_order_id.rpartition("-")[2], f"{order.quantity.normalize():f}") for order in found]


def amended(desk: Desk, *legs: str) -> None:
    """The venue has done what it was asked for."""
    for leg in legs:
        desk.handle(ReportOrder("main", replace(told(leg, None), amended=True)))


def later(desk: Desk, milliseconds: int = 200) -> None:
    desk.wait(milliseconds=milliseconds)
    desk.mark()


def sizes(desk: Desk, legs: Iterable[str]) -> list[str]:
    return [f"{desk.order(leg).quantity.normalize():f}" for leg in legs]


# --- the first fill ----------------------------------------------------------------------------------------------


def test_the_first_fill_is_protected_while_the_entry_still_rests() -> None:
    desk = Desk()
    entry, stop, goal = resting(desk, stop_loss=D(90), take_profit=D(120))
    desk.fill(entry, "1", "100")
    assert desk.sent == [entry, stop, goal]
    assert sizes(desk, (stop, goal)) == ["1", "1"]
    assert desk.status(entry) == "PARTIALLY_FILLED"


def test_a_second_fill_grows_them_once_200_ms_have_passed() -> None:
    desk = Desk()
    entry, stop, goal = protected(desk)
    desk.wait(milliseconds=199)
    desk.fill(entry, "1", "100")
    assert asked(desk) == []
    later(desk, 1)
    assert asked(desk) == [("2", "2"), ("3", "2")]
    amended(desk, stop, goal)
    assert sizes(desk, (stop, goal)) == ["2", "2"]


def test_many_fills_are_one_amendment() -> None:
    desk = Desk()
    entry, *_ = protected(desk)
    for _ in range(3):
        desk.fill(entry, "1", "100")
    later(desk)
    assert asked(desk) == [("2", "4"), ("3", "4")]


def test_the_last_size_comes_without_another_fill() -> None:
    desk = Desk()
    entry, stop, goal = protected(desk)
    desk.wait(seconds=1)
    desk.fill(entry, "1", "100")
    assert asked(desk) == [("2", "2"), ("3", "2")]
    desk.fill(entry, "2", "100")
    amended(desk, stop, goal)
    assert asked(desk) == []
    later(desk)
    assert asked(desk) == [("2", "4"), ("3", "4")]
    amended(desk, stop, goal)
    later(desk, 5000)
    assert (asked(desk), sizes(desk, (stop, goal))) == ([], ["4", "4"])


def test_nobody_asks_again_while_the_venue_has_not_answered() -> None:
    desk = Desk()
    entry, *_ = protected(desk)
    desk.fill(entry, "1", "100")
    later(desk)
    assert asked(desk) == [("2", "2"), ("3", "2")]
    desk.fill(entry, "1", "100")
    later(desk, 5000)
    assert asked(desk) == []


def test_a_leg_that_its_venue_has_not_confirmed_is_amended_as_soon_as_it_has() -> None:
    desk = Desk()
    entry, stop, goal = resting(desk, stop_loss=D(90), take_profit=D(120))
    desk.fill(entry, "1", "100")
    desk.fill(entry, "1", "100")
    later(desk)
    assert asked(desk) == []
    desk.report(stop, "OPEN")
    assert asked(desk) == [("2", "2")]
    desk.report(goal, "OPEN")
    assert asked(desk) == [("3", "2")]


def test_the_clock_is_told_when_something_is_due() -> None:
    desk = Desk()
    entry, *_ = protected(desk)
    desk.mark("100")
    desk.fill(entry, "1", "100")
    assert not is_mark_due(desk.book, desk.now)
    desk.wait(milliseconds=200)
    assert is_mark_due(desk.book, desk.now)
    later(desk, 0)
    assert not is_mark_due(desk.book, desk.now)


def test_it_is_told_of_what_was_amended() -> None:
    desk = Desk()
    entry, stop, _ = protected(desk)
    desk.fill(entry, "1", "100")
    later(desk)
    amended(desk, stop)
    (event,) = desk.events(EventKind.ORDER_AMENDED)
    assert (event.client_order_id, event.detail) == (stop, {"quantity": "2", "stop_price": "90", "before": "1"})


def test_what_is_reserved_counts_the_larger_of_both_sizes() -> None:
    shared = {"instruments": {BTC: instrument(BTC), "BTC/USDT": instrument("BTC/USDT", max_leverage="1")}}
    desk = Desk(account(**shared))
    entry, stop = resting(desk, symbol="BTC/USDT", stop_loss=D(90))
    key = desk.book.holdings()[0]
    desk.fill(entry, "1", "100")
    desk.report(stop, "OPEN")
    desk.fill(entry, "1", "100")
    assert (sizes(desk, [stop]), desk.book.reducible(key)) == (["1"], 0)


def test_below_the_least_that_a_venue_takes_a_leg_waits_for_more() -> None:
    desk = Desk(account(instruments={BTC: instrument(BTC, min_quantity="1")}))
    desk.hold("3")
    entry, stop = resting(desk, stop_loss=D(90))
    desk.fill(entry, "0.5", "100")
    assert stop not in desk.sent
    desk.fill(entry, "0.5", "100")
    assert stop in desk.sent
    assert sizes(desk, [stop]) == ["1"]


# --- what the venue does -----------------------------------------------------------------------------------------


def test_a_venue_that_cannot_amend_gets_another_order_once_the_first_is_gone() -> None:
    desk = Desk()
    entry, stop, _ = protected(desk, take_profit=D(130))
    desk.fill(entry, "1", "100")
    later(desk)
    desk.handle(ReportOrder("main", replace(told(stop, None, reason="not supported"), amended=False)))
    assert stop in desk.cancels
    desk.report(stop, "CANCELED")
    other = desk.sent[-1]
    assert (desk.order(other).order_type, sizes(desk, [other])) == (OrderType.STOP, ["2"])


def test_the_order_that_replaces_another_follows_the_entry_too() -> None:
    desk = Desk()
    entry, stop, goal = protected(desk)
    desk.fill(entry, "1", "100")
    later(desk)
    desk.handle(ReportOrder("main", replace(told(stop, None), amended=False)))
    amended(desk, goal)
    desk.fill(entry, "1", "100")
    desk.report(stop, "CANCELED")
    other = desk.sent[-1]
    assert sizes(desk, [other]) == ["3"]
    desk.report(other, "OPEN")
    desk.fill(entry, "1", "100")
    later(desk)
    assert asked(desk)[-1][1] == "4"


def test_a_leg_that_grew_before_the_answer_came_fills_as_a_whole() -> None:
    desk = Desk()
    entry, stop, _ = protected(desk)
    desk.fill(entry, "1", "100")
    later(desk)
    desk.report(stop, None, desk.trade(stop, "1", "90"))
    assert desk.status(stop) == "PARTIALLY_FILLED"
    desk.report(stop, None, desk.trade(stop, "1", "90"))
    assert (desk.status(stop), desk.order(stop).quantity) == ("FILLED", 2)


def test_a_leg_that_filled_before_it_was_amended_is_filled() -> None:
    desk = Desk()
    entry, stop, _ = protected(desk)
    desk.fill(entry, "1", "100")
    later(desk)
    desk.report(stop, "FILLED", desk.trade(stop, "1", "90"))
    assert (desk.status(stop), desk.order(stop).quantity) == ("FILLED", 1)
    amended(desk, stop)
    assert desk.order(stop).quantity == 1


def test_a_refused_amendment_of_a_leg_that_has_filled_ends_it() -> None:
    desk = Desk()
    entry, stop, _ = protected(desk)
    desk.fill(entry, "1", "100")
    later(desk)
    desk.report(stop, None, desk.trade(stop, "1", "90"))
    desk.handle(ReportOrder("main", replace(told(stop, None), amended=False)))
    assert desk.status(stop) == "FILLED"


def test_a_leg_that_was_made_smaller_and_filled_is_filled() -> None:
    desk = Desk()
    entry, stop, goal = protected(desk, take_profit=None, take_profits=(TakeProfit(D(120), HALF),))
    desk.fill(entry, "3", "100")
    later(desk)
    assert asked(desk) == [("2", "4"), ("3", "2")]
    amended(desk, stop, goal)
    desk.wait(seconds=1)
    desk.fill(goal, price="120")
    assert asked(desk) == [("2", "2")]
    desk.report(stop, "FILLED", desk.trade(stop, "2", "90"))
    assert (desk.status(stop), desk.quantity) == ("FILLED", 0)


# --- a restart in the middle -------------------------------------------------------------------------------------


def test_after_a_restart_the_size_that_was_due_still_comes() -> None:
    desk = Desk()
    entry, stop, goal = protected(desk)
    desk.fill(entry, "1", "100")
    desk.restart()
    later(desk)
    assert asked(desk) == []
    desk.finish(told(entry, "PARTIALLY_FILLED"), told(stop, "OPEN"), told(goal, "OPEN"))
    assert asked(desk) == [("2", "2"), ("3", "2")]


def test_an_amendment_that_nobody_answered_is_asked_for_again() -> None:
    desk = Desk()
    entry, stop, goal = protected(desk)
    desk.fill(entry, "1", "100")
    later(desk)
    assert asked(desk)
    desk.restart()
    desk.finish(told(entry, "PARTIALLY_FILLED"), told(stop, "OPEN"), told(goal, "OPEN"))
    later(desk)
    assert asked(desk) == [("2", "2"), ("3", "2")]


# --- legs that never came to rest --------------------------------------------------------------------------------


def test_a_leg_that_was_too_late_to_be_sent_is_placed_again() -> None:
    desk = Desk()
    entry, stop = resting(desk, stop_loss=D(90))
    desk.fill(entry, "4", "100")
    desk.restart()
    desk.wait(seconds=60)
    desk.finish(absent=(stop,))
    (again,) = desk.sent
    assert (desk.status(stop), desk.order(again).order_type, sizes(desk, [again])) == ("EXPIRED_UNSENT", "stop", ["4"])


def test_a_leg_that_the_venue_never_had_is_placed_again() -> None:
    desk = Desk()
    entry, stop = resting(desk, stop_loss=D(90))
    desk.fill(entry, "2", "100")
    desk.report(stop, "UNKNOWN")
    desk.fill(entry, "2", "100")
    desk.report(stop, "NOT_ACCEPTED")
    again = desk.sent[-1]
    assert again != stop
    assert (desk.order(again).stop_price, sizes(desk, [again])) == (90, ["4"])


def test_it_is_not_once_there_is_nothing_to_protect() -> None:
    desk = Desk()
    entry, stop = resting(desk, stop_loss=D(90))
    desk.fill(entry, "4", "100")
    desk.report(stop, "UNKNOWN")
    desk.fill(desk.place("close"))
    desk.report(stop, "NOT_ACCEPTED")
    assert (desk.quantity, desk.live()) == (0, [])


@pytest.mark.parametrize(("action", "stop_loss", "market"), [("buy", 90, "89"), ("sell", 110, "111")])
def test_a_stop_that_is_refused_because_the_market_has_passed_it_closes_at_once(
    action: str, stop_loss: int, market: str
) -> None:
    desk = Desk()
    entry, stop = resting(desk, action=action, stop_loss=D(stop_loss))
    desk.mark(market)
    desk.fill(entry, "4", "100")
    desk.report(stop, "REJECTED")
    close = desk.order(desk.sent[-1])
    assert (close.order_type, close.quantity, close.reduce_only) == (OrderType.MARKET, 4, True)


def refused(desk: Desk, **fields: Any) -> tuple[str, str]:
    """A limit entry that was filled for 2 of 4, and its stop, which its venue has refused."""
    entry, stop, *_ = resting(desk, stop_loss=D(90), **fields)
    desk.fill(entry, "2", "100")
    desk.report(stop, "REJECTED")
    return entry, stop


def unprotected(desk: Desk) -> list[tuple[str | None, Any, bool]]:
    """What was told: of which order, how much, and whether it is tried again."""
    told = desk.events(EventKind.POSITION_UNPROTECTED)
    return [(e.client_order_id, e.detail["quantity"], e.detail["again_at"] is not None) for e in told]


def test_a_stop_that_is_refused_for_another_reason_is_told_and_tried_once_more_after_two_seconds() -> None:
    desk = Desk()
    entry, stop = refused(desk)
    assert unprotected(desk) == [(stop, "2", True)]
    assert desk.sent == [entry, stop]
    later(desk, 1999)
    assert desk.sent == [entry, stop]
    later(desk, 1)
    again = desk.sent[-1]
    assert (desk.order(again).stop_price, desk.order(again).order_type, sizes(desk, [again])) == (90, "stop", ["2"])
    desk.report(again, "OPEN")
    later(desk, 60_000)
    assert (desk.sent, len(unprotected(desk))) == ([entry, stop, again], 1)


def test_a_stop_that_is_refused_twice_is_not_tried_again_and_that_is_told() -> None:
    desk = Desk()
    entry, stop = refused(desk)
    later(desk, 2000)
    again = desk.sent[-1]
    desk.report(again, "REJECTED")
    later(desk, 60_000)
    assert unprotected(desk) == [(stop, "2", True), (again, "2", False)]
    assert desk.sent == [entry, stop, again]


def test_what_is_filled_meanwhile_is_protected_by_the_second_try() -> None:
    desk = Desk()
    entry, _ = refused(desk)
    desk.fill(entry, "1", "100")
    later(desk, 2000)
    assert sizes(desk, [desk.sent[-1]]) == ["3"]


def test_the_second_try_of_a_stop_that_the_market_has_passed_meanwhile_closes_at_once() -> None:
    desk = Desk()
    refused(desk)
    later(desk, 2000)
    desk.mark("89")
    desk.report(desk.sent[-1], "REJECTED")
    close = desk.order(desk.sent[-1])
    assert (close.order_type, close.quantity, close.reduce_only) == (OrderType.MARKET, 2, True)


def test_a_stop_is_not_tried_again_once_there_is_nothing_to_protect() -> None:
    desk = Desk()
    entry, stop = refused(desk)
    desk.report(entry, "CANCELED")
    close = desk.place("close")
    desk.fill(close)
    later(desk, 2000)
    assert (desk.quantity, desk.live(), desk.sent) == (0, [], [entry, stop, close])
    assert len(unprotected(desk)) == 1


def test_a_stop_that_is_refused_without_a_position_leaves_nothing_bare() -> None:
    desk = Desk()
    entry, stop = resting(desk, stop_loss=D(90))
    desk.fill(entry, "4", "100")
    desk.fill(desk.place("close"))
    desk.report(stop, "REJECTED")
    assert unprotected(desk) == []


def test_a_take_profit_that_is_refused_leaves_the_position_protected() -> None:
    desk = Desk()
    entry, stop, goal = resting(desk, stop_loss=D(90), take_profit=D(120))
    desk.fill(entry, "4", "100")
    desk.report(stop, "OPEN")
    desk.report(goal, "REJECTED")
    later(desk, 2000)
    assert (unprotected(desk), desk.sent) == ([], [entry, stop, goal])


# --- several take-profits ----------------------------------------------------------------------------------------

THIRDS = {
    "take_profits": (TakeProfit(D(110), D("0.333")), TakeProfit(D(120), D("0.333")), TakeProfit(D(130), D("0.334")))
}


def test_each_has_its_share_and_the_last_takes_the_rest() -> None:
    desk = Desk(account(instruments={BTC: instrument(BTC, lot="1", min_quantity="1")}))
    entry, stop, *goals = resting(desk, "10", stop_loss=D(90), **THIRDS)
    desk.fill(entry, "10", "100")
    assert sizes(desk, (stop, *goals)) == ["10", "3", "3", "4"]


def test_of_a_part_each_has_its_share_in_whole_lots() -> None:
    desk = Desk(account(instruments={BTC: instrument(BTC, lot="1", min_quantity="1")}))
    entry, stop, *goals = resting(desk, "10", stop_loss=D(90), **THIRDS)
    desk.fill(entry, "2", "100")
    at_work = [leg for leg in (stop, *goals) if leg in desk.sent]
    assert sizes(desk, at_work) == ["2", "1", "1"]
    for leg in at_work:
        desk.report(leg, "OPEN")
    desk.fill(entry, "8", "100")
    for leg in goals:
        if leg not in at_work:
            desk.report(leg, "OPEN")
    later(desk)
    amended(desk, *at_work)
    assert sizes(desk, (stop, *goals)) == ["10", "3", "3", "4"]


def test_quantities_may_be_told_instead_of_shares_and_leave_a_rest_to_the_stop() -> None:
    desk = Desk()
    goals = (TakeProfit(D(110), quantity=D(1)), TakeProfit(D(120), quantity=D(2)))
    entry, stop, *legs = resting(desk, stop_loss=D(90), take_profits=goals)
    desk.fill(entry, "4", "100")
    assert sizes(desk, (stop, *legs)) == ["4", "1", "2"]


def test_when_one_fills_the_stop_is_for_what_is_left() -> None:
    desk = Desk()
    goals = (TakeProfit(D(110), HALF), TakeProfit(D(120), HALF))
    entry, stop, near, far = resting(desk, stop_loss=D(90), take_profits=goals)
    desk.fill(entry, "4", "100")
    for leg in (stop, near, far):
        desk.report(leg, "OPEN")
    desk.wait(seconds=1)
    desk.fill(near, price="110")
    assert asked(desk) == [("2", "2")]
    amended(desk, stop)
    desk.fill(stop, price="90")
    assert (desk.quantity, desk.cancels) == (0, [far])


def test_when_the_last_fills_the_stop_is_cancelled() -> None:
    desk = Desk()
    goals = (TakeProfit(D(110), HALF), TakeProfit(D(120), HALF))
    entry, stop, near, far = resting(desk, stop_loss=D(90), take_profits=goals)
    desk.fill(entry, "4", "100")
    for leg in (stop, near, far):
        desk.report(leg, "OPEN")
    desk.fill(near, price="110")
    desk.fill(far, price="120")
    assert (desk.quantity, desk.cancels) == (0, [stop])


def test_a_stop_does_not_outlive_what_it_protects_beside_another_entry() -> None:
    desk = Desk()
    first, stop, goal = resting(desk, "2", stop_loss=D(90), take_profit=D(120))
    desk.fill(first, "2", "100")
    second, other = resting(desk, "1", stop_loss=D(80))
    desk.fill(second, "1", "100")
    for leg in (stop, goal, other):
        desk.report(leg, "OPEN")
    desk.fill(goal, price="120")
    assert (desk.quantity, desk.cancels) == (1, [stop])


def test_a_stop_that_fills_in_part_leaves_no_more_to_the_take_profits() -> None:
    desk = Desk()
    goals = (TakeProfit(D(110), HALF), TakeProfit(D(120), HALF))
    entry, stop, near, far = resting(desk, stop_loss=D(90), take_profits=goals)
    desk.fill(entry, "4", "100")
    for leg in (stop, near, far):
        desk.report(leg, "OPEN")
    desk.wait(seconds=1)
    desk.fill(stop, "3", "90")
    assert far in desk.cancels
    assert asked(desk) == [("3", "1")]


def test_a_take_profit_that_has_traded_leaves_its_share_of_later_fills_to_the_last() -> None:
    desk = Desk()
    goals = (TakeProfit(D(110), HALF), TakeProfit(D(120), HALF))
    entry, stop, near, far = resting(desk, stop_loss=D(90), take_profits=goals)
    desk.fill(entry, "2", "100")
    for leg in (stop, near, far):
        desk.report(leg, "OPEN")
    desk.fill(near, price="110")
    desk.wait(seconds=1)
    desk.fill(entry, "2", "100")
    assert asked(desk) == [("2", "3"), ("4", "3")]


# --- when a bracket is over --------------------------------------------------------------------------------------


def test_once_the_stop_has_traded_the_rest_of_the_entry_is_cancelled() -> None:
    desk = Desk()
    entry, stop, goal = protected(desk)
    desk.fill(stop, price="90")
    assert set(desk.cancels) == {entry, goal}


def test_what_an_entry_fills_after_its_bracket_is_over_is_closed_at_once() -> None:
    desk = Desk()
    entry, stop, goal = protected(desk)
    desk.fill(stop, price="90")
    desk.report(goal, "CANCELED")
    desk.fill(entry, "1", "100")
    close = desk.order(desk.sent[-1])
    assert (close.side, close.order_type, close.quantity, close.reduce_only) == ("sell", OrderType.MARKET, 1, True)
    desk.fill(close.client_order_id, price="90")
    desk.report(entry, "CANCELED")
    assert (desk.quantity, desk.live()) == (0, [])


def test_a_late_fill_of_such_an_entry_is_closed_too() -> None:
    desk = Desk()
    entry, stop, goal = protected(desk)
    desk.fill(stop, price="90")
    for each in (goal, entry):
        desk.report(each, "CANCELED")
    desk.report(entry, "CANCELED", desk.trade(entry, "1", "100"))
    assert desk.quantity == 1
    desk.fill(desk.sent[-1], price="90")
    assert desk.quantity == 0


def test_a_close_of_what_is_filled_ends_the_entry_with_its_legs() -> None:
    desk = Desk()
    entry, stop, goal = protected(desk)
    desk.fill(desk.place("close"), price="100")
    assert set(desk.cancels) == {entry, stop, goal}


def test_a_close_of_a_part_keeps_the_entry() -> None:
    desk = Desk()
    entry, *_ = protected(desk)
    desk.fill(entry, "1", "100")
    desk.fill(desk.place("close", "1"), price="100")
    assert desk.cancels == []
    assert desk.status(entry) == "PARTIALLY_FILLED"


def test_flat_cancels_everything_and_closes_what_fills_in_between() -> None:
    desk = Desk()
    entry, stop, goal = protected(desk)
    desk.alert("flat")
    assert set(desk.cancels) == {entry, stop, goal}
    desk.fill(entry, "1", "100")
    for order_id in desk.sent[-2:]:
        if desk.order(order_id).status is OrderStatus.PENDING:
            desk.fill(order_id, price="100")
    for each in (entry, stop, goal):
        desk.report(each, "CANCELED")
    assert (desk.quantity, desk.live()) == (0, [])


# --- prices that count from the entry ----------------------------------------------------------------------------


def test_a_distance_counts_from_the_average_price_of_the_entry() -> None:
    desk = Desk()
    entry, stop, goal = ids(desk.alert("buy", "4", stop_loss=Distance(D(2)), take_profit=Distance(D(4))))
    desk.fill(entry, "4", "102")
    assert [desk.order(leg).stop_price for leg in (stop, goal)] == [D("100.0"), D(106)]


def test_it_is_money_for_a_unit_as_well() -> None:
    desk = Desk()
    entry, stop = ids(desk.alert("sell", "4", stop_loss=Distance(D(3), DistanceKind.MONEY)))
    desk.fill(entry, "4", "102")
    assert desk.order(stop).stop_price == 105


def test_the_legs_move_with_the_average() -> None:
    desk = Desk()
    entry, stop = resting(desk, stop_loss=Distance(D(10)))
    desk.fill(entry, "2", "100")
    desk.report(stop, "OPEN")
    desk.fill(entry, "2", "90")
    later(desk)
    (amendment,) = [effect.order for effect in desk.effects if isinstance(effect, AmendOrder)]
    assert (amendment.quantity, amendment.stop_price) == (4, D("85.5"))
    amended(desk, stop)
    assert desk.order(stop).stop_price == D("85.5")


@pytest.mark.parametrize(("level", "quantity"), [(Distance(D(5)), "20"), (Distance(D(4), DistanceKind.MONEY), "25")])
def test_a_size_by_risk_counts_a_distance_from_the_price_of_the_moment(level: Distance, quantity: str) -> None:
    decision = Desk().alert("buy", Size(D(100), SizeType.RISK), stop_loss=level)
    assert moves(decision)[0] == ("buy", quantity, "PENDING")


def test_a_distance_beyond_zero_is_denied() -> None:
    decision = Desk().alert("buy", "1", stop_loss=Distance(D(100)))
    assert [reason.code for reason in decision.reasons] == ["WRONG_SIDE_STOP"]
