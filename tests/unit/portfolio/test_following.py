"""What an order's change sets off: cancels that waited, legs behind it, the strategy that hears of it."""

import pytest

from portfolio.model.effect import CancelAtVenue
from portfolio.model.event import EventKind
from portfolio.model.order import Order
from portfolio.model.scope import PORTFOLIO, Scope
from tests.fakes import MAIN, Desk, Scripted, ids, intent, order, strategy, wishing

# --- cancelling --------------------------------------------------------------------------------------------------


def test_a_resting_order_is_asked_to_end_and_ends_when_the_venue_says_so() -> None:
    desk = Desk()
    resting = desk.rest("buy", "1")
    reply = desk.cancel(resting)
    assert isinstance(reply, Order)
    assert (reply.status, desk.cancels) == ("PENDING_CANCEL", [resting])
    desk.report(resting, "CANCELED")
    assert desk.history(resting) == ["PENDING", "OPEN", "PENDING_CANCEL", "CANCELED"]


def test_a_cancel_is_asked_for_once() -> None:
    desk = Desk()
    resting = desk.rest("buy", "1")
    desk.cancel(resting)
    desk.cancel(resting)
    assert desk.cancels == [resting]


def test_there_is_nothing_to_cancel_in_what_has_ended_or_never_was() -> None:
    desk = Desk()
    ended = desk.place("buy", "1")
    desk.fill(ended)
    assert desk.cancel(ended) is None
    assert desk.cancel("NOBODY") is None


@pytest.mark.parametrize("status", ["SUBMITTED", "OPEN"])
def test_a_cancel_while_pending_goes_out_again_once_the_venue_has_the_order(status: str) -> None:
    desk = Desk()
    sent = desk.place("buy", "1")
    desk.cancel(sent)
    assert (desk.status(sent), desk.cancels) == ("PENDING", [sent])
    desk.report(sent, status)
    assert (desk.status(sent), desk.cancels) == ("PENDING_CANCEL", [sent, sent])


def test_a_cancel_while_unknown_goes_out_once_the_order_is_found() -> None:
    desk = Desk()
    lost = desk.place("buy", "1")
    desk.report(lost, "UNKNOWN")
    desk.cancel(lost)
    assert (desk.status(lost), desk.cancels) == ("UNKNOWN", [])
    desk.report(lost, "OPEN")
    assert (desk.status(lost), desk.cancels) == ("PENDING_CANCEL", [lost])


def test_a_cancel_while_unknown_has_nothing_to_do_where_the_order_is_absent() -> None:
    desk = Desk()
    lost = desk.place("buy", "1")
    desk.report(lost, "UNKNOWN")
    desk.cancel(lost)
    desk.report(lost, "NOT_ACCEPTED")
    assert (desk.status(lost), desk.cancels) == ("NOT_ACCEPTED", [])


def test_fills_while_a_cancel_is_under_way_are_booked_and_the_cancel_goes_on() -> None:
    desk = Desk()
    resting = desk.rest("buy", "3")
    desk.cancel(resting)
    desk.fill(resting, "1")
    assert (desk.status(resting), desk.quantity) == ("PENDING_CANCEL", 1)
    desk.fill(resting)
    assert (desk.status(resting), desk.quantity) == ("FILLED", 3)


def test_a_venue_that_says_the_order_is_open_after_all_is_asked_again() -> None:
    desk = Desk()
    resting = desk.rest("buy", "3")
    desk.cancel(resting)
    desk.report(resting, "OPEN")
    assert (desk.status(resting), desk.cancels) == ("PENDING_CANCEL", [resting, resting])


def test_a_leg_that_never_left_is_cancelled_at_once() -> None:
    desk = Desk()
    desk.hold("1")
    close, opening = ids(desk.alert("reverse"))
    desk.cancel(opening)
    assert (desk.status(opening), desk.cancels) == ("CANCELED", [])
    desk.fill(close)
    assert opening not in desk.sent


# --- legs that wait ----------------------------------------------------------------------------------------------


def test_a_released_leg_may_be_sent_from_its_release_on() -> None:
    desk = Desk()
    desk.hold("1")
    close, opening = ids(desk.alert("reverse"))
    assert desk.order(opening).send_by is None
    desk.wait(seconds=100)
    desk.fill(close)
    assert (desk.order(opening).send_by - desk.now).total_seconds() == 30  # type: ignore[operator]
    assert [event.client_order_id for event in desk.events(EventKind.ORDER_RELEASED)] == [opening]


def test_a_leg_is_tested_again_when_it_is_released() -> None:
    desk = Desk(limits={MAIN: {"max_position": "1000"}})
    desk.hold("9")
    close, opening = ids(desk.alert("reverse"))
    desk.mark("120")
    desk.fill(close)
    ended = desk.order(opening)
    assert (ended.status, [reason.code for reason in ended.reasons]) == ("EXPIRED_UNSENT", ["MAX_POSITION"])
    assert desk.events(EventKind.ORDER_EXPIRED_UNSENT)[0].detail == {"reason": "MAX_POSITION"}


def test_a_leg_is_not_released_while_halted() -> None:
    desk = Desk()
    desk.hold("1")
    close, opening = ids(desk.alert("reverse"))
    desk.halt()
    desk.fill(close)
    assert (desk.status(opening), opening in desk.sent) == ("CANCELED", False)


def test_a_leg_behind_a_leg_that_ended_ends_as_well() -> None:
    desk = Desk()
    buy = desk.place("buy", "1")
    turn, back = desk.alert("short", "1"), desk.alert("long", "1")
    desk.report(buy, "REJECTED")
    assert {desk.status(order_id) for order_id in (*ids(turn), *ids(back))} == {"EXPIRED_UNSENT"}
    assert desk.live() == []


@pytest.mark.parametrize("scope", [PORTFOLIO, MAIN], ids=str)
def test_a_halt_of_a_row_of_legs_ends_each_once(scope: Scope) -> None:
    desk = Desk()
    desk.place("buy", "1")
    turn, back = desk.alert("short", "1"), desk.alert("long", "1")
    desk.halt(scope)
    for order_id in (*ids(turn), *ids(back)):
        assert len(desk.history(order_id)) <= 2


def test_two_legs_behind_one_order_leave_together() -> None:
    first = order("X-1", status="OPEN")
    legs = (intent("buy", "1", after="X-1"), intent("buy", "2", after="X-1"))
    desk = Desk(strategy(kind=Scripted(wishing(*legs))))
    desk.book.load_order(first, ())
    desk.stored.orders["X-1"] = first
    waiting = ids(desk.alert("buy"))
    desk.fill("X-1")
    assert desk.sent == waiting


def test_a_leg_that_the_strategy_cancels_meanwhile_does_not_leave() -> None:
    legs = (intent("buy", "1", after="X-1"), intent("buy", "2", after="X-1"))
    kind = Scripted(wishing(*legs), wishing(cancel=True))
    first = order("X-1", status="OPEN")
    desk = Desk(strategy(kind=kind))
    desk.book.load_order(first, ())
    desk.stored.orders["X-1"] = first
    one, other = ids(desk.alert("buy"))
    desk.fill("X-1")
    assert (desk.sent, desk.status(other)) == ([one], "CANCELED")


# --- the strategy ------------------------------------------------------------------------------------------------


def test_a_strategy_hears_of_its_order_and_may_want_more() -> None:
    seen = []

    def once(heard: Order, view: object, state: object) -> object:
        seen.append(heard.status.value)
        return wishing(*([intent("sell", "1")] if len(seen) == 1 else []), state={"n": len(seen)})(heard, view, {})

    desk = Desk(strategy(kind=Scripted(wishing(intent("buy", "1")), once)))  # type: ignore[arg-type]
    first = desk.place("buy")
    desk.report(first, "OPEN")
    assert (seen, len(desk.sent)) == (["OPEN"], 2)
    assert desk.book.strategy_states["follow"] == {"n": 1}


def test_a_report_without_news_is_not_told() -> None:
    seen: list[object] = []
    kind = Scripted(wishing(intent("buy", "1")), lambda heard, *_: seen.append(heard) or wishing()(heard, *_))  # type: ignore[func-returns-value]
    desk = Desk(strategy(kind=kind))
    first = desk.place("buy")
    desk.report(first, "OPEN")
    desk.report(first, "OPEN")
    assert len(seen) == 1


def test_what_a_strategy_wants_after_a_fill_is_held_against_limits() -> None:
    kind = Scripted(wishing(intent("buy", "1")), wishing(intent("buy", "100")))
    desk = Desk(strategy(kind=kind), limits={MAIN: {"max_exposure": "1000"}})
    desk.fill(desk.place("buy"))
    assert len(desk.sent) == 1
    (denied,) = desk.events(EventKind.ORDER_DENIED)
    assert denied.detail["codes"] == ["MAX_EXPOSURE"]


def test_an_order_of_a_strategy_that_is_gone_is_still_booked() -> None:
    desk = Desk(strategy("other"))
    desk.book.load_order(order("X-1"), ())
    desk.stored.orders["X-1"] = desk.book.orders["X-1"]
    desk.fill("X-1")
    assert desk.quantity == 1


def test_before_the_account_is_ready_a_strategys_new_wish_is_denied_and_the_fill_kept() -> None:
    desk = Desk(strategy(kind=Scripted(wishing(intent("buy", "1")), wishing(intent("buy", "1")))))
    first = desk.place("buy")
    desk.restart()
    desk.fill(first)
    assert desk.quantity == 1
    assert [event.detail["codes"] for event in desk.events(EventKind.ORDER_DENIED)] == [["NOT_RECONCILED"]]


def test_effects_carry_the_order_as_it_is_when_they_leave() -> None:
    desk = Desk()
    resting = desk.rest("buy", "1")
    desk.cancel(resting)
    assert [effect.order.status for effect in desk.effects if isinstance(effect, CancelAtVenue)] == ["PENDING_CANCEL"]
