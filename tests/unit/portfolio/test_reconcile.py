"""A venue's truth against the book, after a restart and whenever an outcome was in doubt."""

import pytest

from portfolio.model.account import OPERATOR, Readiness, TradingState, TradingStatus
from portfolio.model.command import FinishReconciliation
from portfolio.model.event import EventKind
from portfolio.model.scope import Scope
from strategies.target import Target
from tests.fakes import BTC, HELD, MAIN, Desk, codes, ids, strategy, told
from tests.work import steps


def restarted(desk: Desk, **later: float) -> Desk:
    desk.wait(**later)
    desk.restart()
    return desk


def with_pending(**terms: object) -> tuple[Desk, str]:
    desk = Desk(**terms)  # type: ignore[arg-type]
    return desk, desk.place("buy", "1")


def test_what_the_store_gives_back_is_the_book_as_it_was() -> None:
    desk = Desk(limits={MAIN: {"max_daily_loss": "100"}})
    desk.hold("3")
    desk.fill(desk.rest("buy", "2"), "1")
    desk.rest("close", "1", price="120")
    desk.alert("reverse")
    desk.alert("flat")
    desk.halt()
    before = desk.book.contents()
    assert restarted(desk).book.contents() == before


def test_the_account_is_ready_once_it_was_compared() -> None:
    desk = Desk(reconciled=False)
    desk.finish()
    assert desk.book.readiness["main"] is Readiness.RECONCILED
    assert codes(desk.alert("buy", "1")) == []


def test_a_first_success_is_told_and_later_ones_are_not() -> None:
    desk = Desk(reconciled=False)
    desk.finish()
    desk.finish()
    desk.fail()
    desk.finish()
    assert len(desk.events(EventKind.ACCOUNT_RECONCILED)) == 2
    assert [event.detail for event in desk.events(EventKind.RECONCILIATION_FAILED)] == [{"error": "the venue is away"}]


# --- absent ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("milliseconds", "status"), [(29_999, "PENDING"), (30_000, "PENDING"), (30_001, "EXPIRED_UNSENT")]
)
def test_an_absent_order_leaves_again_with_the_same_id_while_it_is_young(milliseconds: int, status: str) -> None:
    desk, order_id = with_pending()
    restarted(desk, milliseconds=milliseconds).finish(absent=(order_id,))
    assert desk.status(order_id) == status
    assert desk.sent == ([order_id] if status == "PENDING" else [])
    assert len(desk.events(EventKind.ORDER_RESENT)) == (status == "PENDING")


def test_an_absent_order_leaves_again_only_within_limits_as_they_are_now() -> None:
    desk, order_id = with_pending(limits={MAIN: {"max_order_notional": "110"}})
    desk.quote("120")
    restarted(desk).finish(absent=(order_id,))
    ended = desk.order(order_id)
    assert (ended.status, ended.reasons[0].code, desk.sent) == ("EXPIRED_UNSENT", "MAX_ORDER_NOTIONAL", [])
    assert len(desk.events(EventKind.ORDER_EXPIRED_UNSENT)) == 1


def test_an_absent_order_does_not_leave_again_once_halted() -> None:
    desk, order_id = with_pending()
    desk.book.states.load(MAIN, TradingState(TradingStatus.HALTED, OPERATOR, desk.now))
    restarted(desk).finish(absent=(order_id,))
    assert (desk.status(order_id), desk.order(order_id).reasons[0].code) == ("EXPIRED_UNSENT", "HALTED")


def test_an_absent_exit_leaves_again_whatever_the_state() -> None:
    desk = Desk()
    desk.hold("2")
    close = desk.place("close")
    desk.halt()
    restarted(desk).finish(absent=(close,))
    assert desk.sent == [close]


def test_an_absent_order_that_was_to_be_cancelled_has_ended() -> None:
    desk, order_id = with_pending()
    desk.cancel(order_id)
    restarted(desk).finish(absent=(order_id,))
    assert (desk.status(order_id), desk.sent) == ("CANCELED", [])


def test_an_absent_unknown_order_was_not_accepted_and_is_never_sent_again() -> None:
    desk, order_id = with_pending()
    desk.report(order_id, "UNKNOWN")
    restarted(desk).finish(absent=(order_id,))
    assert (desk.status(order_id), desk.sent) == ("NOT_ACCEPTED", [])
    assert len(desk.events(EventKind.ORDER_NOT_ACCEPTED)) == 1


@pytest.mark.parametrize("reverse", [False, True])
def test_an_order_is_not_held_back_by_another_that_is_absent_as_well(reverse: bool) -> None:
    desk, first = with_pending()
    second = desk.place("buy", "1")
    desk.report(second, "UNKNOWN")
    absent = (second, first) if reverse else (first, second)
    restarted(desk).finish(absent=absent)
    assert (desk.sent, desk.status(second)) == ([first], "NOT_ACCEPTED")


def test_what_is_absent_but_not_in_doubt_is_left_alone() -> None:
    desk = Desk()
    resting = desk.rest("buy", "1")
    desk.finish(absent=(resting, "NOBODY"))
    assert desk.status(resting) == "OPEN"


def test_legs_behind_an_absent_order_end_with_it() -> None:
    desk = Desk()
    desk.hold("2")
    close, opening = ids(desk.alert("reverse"))
    restarted(desk, seconds=31).finish(absent=(close,))
    assert [desk.status(order_id) for order_id in (close, opening)] == ["EXPIRED_UNSENT", "EXPIRED_UNSENT"]


def test_a_leg_that_waits_is_not_in_doubt() -> None:
    desk = Desk()
    desk.hold("2")
    close, opening = ids(desk.alert("reverse"))
    restarted(desk).finish(absent=(close,))
    assert (desk.sent, desk.status(opening)) == ([close], "PENDING")
    desk.fill(close)
    assert desk.sent == [close, opening]


# --- found -------------------------------------------------------------------------------------------------------


def test_an_order_that_is_found_is_adopted() -> None:
    desk, order_id = with_pending()
    restarted(desk).finish(told(order_id, "OPEN", venue_order_id="V-1"))
    assert (desk.status(order_id), desk.order(order_id).venue_order_id, desk.sent) == ("OPEN", "V-1", [])


def test_executions_that_were_missed_are_booked_and_known_ones_are_not() -> None:
    desk, order_id = with_pending()
    first = desk.trade(order_id, "0.4")
    desk.report(order_id, "OPEN", first)
    second = desk.trade(order_id, "0.6")
    restarted(desk).finish(told(order_id, "FILLED", first, second))
    assert (desk.status(order_id), desk.quantity, len(desk.stored.fills)) == ("FILLED", 1, 2)


def test_an_unknown_order_that_is_found_lets_its_strategy_go_on() -> None:
    desk = Desk(strategy(kind=Target()))
    order_id = desk.place("long", "1")
    desk.report(order_id, "UNKNOWN")
    desk.alert("long", "3")
    desk.finish(told(order_id, "FILLED", desk.trade(order_id, "1")))
    assert desk.order(desk.sent[-1]).quantity == 2


def test_orders_of_somebody_else_are_told() -> None:
    desk = Desk(reconciled=False)
    desk.finish(told("SOMEBODY", "OPEN"))
    assert len(desk.events(EventKind.FOREIGN_ORDER_REPORTED)) == 1


# --- what was cut off --------------------------------------------------------------------------------------------


def test_a_cancel_that_was_cut_off_is_asked_for_again() -> None:
    desk = Desk()
    resting, other = desk.rest("buy", "1"), desk.rest("buy", "1")
    desk.cancel(resting)
    restarted(desk).finish()
    assert (desk.cancels, desk.status(other)) == ([resting], "OPEN")


def test_a_flattening_that_was_cut_off_goes_on() -> None:
    desk = Desk()
    desk.hold("2")
    desk.flatten()
    close = desk.sent[-1]
    restarted(desk).finish(told(close, "CANCELED"))
    assert [desk.order(order_id).quantity for order_id in desk.sent] == [2]


def test_a_flattening_that_lost_its_order_goes_on() -> None:
    desk = Desk()
    desk.hold("2")
    desk.flatten()
    restarted(desk, seconds=31).finish(absent=(desk.live()[0],))
    assert [desk.order(order_id).quantity for order_id in desk.sent] == [2]
    desk.fill(desk.sent[0])
    assert (desk.quantity, HELD in desk.book.flattenings) == (0, False)


def test_another_accounts_reconciliation_touches_nothing_here() -> None:
    desk = Desk()
    desk.hold("2")
    desk.flatten(Scope("main", symbol=BTC))
    sent = list(desk.sent)
    desk.handle(FinishReconciliation("second"))
    assert desk.sent == sent


# --- how much work it is -----------------------------------------------------------------------------------------


def work_with(count: int, *, is_first: bool) -> int:
    """The steps that it takes to compare so many orders, which all rest as the book has them."""
    desk = Desk()
    first = desk.order(desk.rest("buy", "1", price="90"))
    orders = [first.but(client_order_id=f"resting-{number}") for number in range(count)]
    restarted(desk)
    for order in orders:
        desk.book.load_order(order, ())
    reports = [told(order.client_order_id, "OPEN") for order in orders]
    if not is_first:
        desk.finish(*reports)
    work = steps(lambda: desk.finish(*reports, positions=(), asked_at=desk.now))
    assert desk.book.readiness["main"] is Readiness.RECONCILED
    return work


@pytest.mark.parametrize("is_first", [True, False], ids=["at the start", "on the timer"])
def test_a_thousand_open_orders_are_four_times_the_work_of_a_quarter_of_them(is_first: bool) -> None:
    few, many = [work_with(count, is_first=is_first) for count in (250, 1000)]
    assert few > 250 * 10, "nothing was compared"
    assert many < few * 4.4
