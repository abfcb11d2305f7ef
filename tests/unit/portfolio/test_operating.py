"""What a person may do at any time: halt, resume, flatten."""

import pytest

from portfolio.model.account import TradingStatus
from portfolio.model.event import EventKind
from portfolio.model.scope import PORTFOLIO, Scope
from tests.fakes import BTC, ETH, FOLLOW, MAIN, Desk, codes, ids, strategy

OTHER = Scope("main", "other")


def losing(**row: str) -> Desk:
    """Ten bought at 100, now at 89: a loss of 110."""
    desk = Desk(limits={MAIN: row or {"max_daily_loss": "100"}})
    desk.hold("10")
    desk.mark("89")
    return desk


# --- halt --------------------------------------------------------------------------------------------------------


def test_a_halt_cancels_entries_and_keeps_exits() -> None:
    desk = Desk()
    desk.hold("3")
    entry, exit_id = desk.rest("buy", "1", price="90"), desk.rest("close", "1", price="120")
    sent = desk.place("buy", "1")
    desk.halt()
    assert desk.cancels == [entry, sent]
    assert desk.status(exit_id) == "OPEN"


def test_a_halt_cancels_an_opening_that_waits_and_lets_its_close_go_on() -> None:
    desk = Desk()
    desk.hold("3")
    close, opening = ids(desk.alert("reverse"))
    desk.halt()
    assert (desk.status(close), desk.status(opening), desk.cancels) == ("PENDING", "CANCELED", [])


def test_a_halt_reaches_only_its_scope() -> None:
    desk = Desk(strategy(), strategy("other"))
    mine, others = desk.rest("buy", "1"), desk.rest("buy", "1", strategy="other", symbol=ETH)
    assert desk.halt(OTHER).status == "HALTED"
    assert desk.cancels == [others]
    assert desk.status(mine) == "OPEN"


def test_a_halt_says_who_asked_for_it() -> None:
    desk = Desk()
    desk.halt(MAIN, cause="POISON")
    assert desk.book.states[MAIN].cause == "POISON"
    (event,) = desk.events(EventKind.TRADING_HALTED)
    assert event.detail == {"scope": "account main", "cause": "POISON"}


# --- resume ------------------------------------------------------------------------------------------------------


def test_resume_makes_active_again() -> None:
    desk = Desk()
    desk.halt()
    assert desk.resume().status == "ACTIVE"
    assert codes(desk.alert("buy", "1")) == []
    assert len(desk.events(EventKind.TRADING_RESUMED)) == 1


def test_resume_leaves_a_persons_inner_halts_and_names_them() -> None:
    desk = Desk()
    desk.halt(FOLLOW)
    reply = desk.resume()
    assert (reply.status, reply.still) == ("ACTIVE", (("strategy follow", TradingStatus.HALTED),))
    assert codes(desk.alert("buy", "1")) == ["HALTED"]


def test_resume_clears_what_tripped_by_itself_inside() -> None:
    desk = losing()
    assert desk.resume().still == ()


def test_resume_of_an_inner_scope_leaves_the_outer_halt() -> None:
    desk = Desk()
    desk.halt(MAIN)
    desk.halt(FOLLOW)
    assert desk.resume(FOLLOW).status == "HALTED"
    assert codes(desk.alert("buy", "1")) == ["HALTED"]


@pytest.mark.parametrize("key", ["max_daily_loss", "max_drawdown"])
def test_resume_after_a_loss_begins_anew(key: str) -> None:
    desk = losing(**{key: "100"})
    desk.resume(MAIN)
    baseline = desk.book.baselines[MAIN]
    assert (baseline.day_start, baseline.peak) == (9890, 9890)
    assert codes(desk.alert("buy", "0.1", price=None)) == []
    desk.mark("78")
    assert codes(desk.alert("buy", "0.1", price=None)) == ["REDUCING", key.upper()]


def test_resume_without_a_loss_keeps_the_baselines() -> None:
    desk = Desk(limits={MAIN: {"max_daily_loss": "100"}})
    desk.hold("10")
    desk.mark("95")
    before = desk.book.baselines.as_dict()
    desk.halt()
    desk.resume()
    assert desk.book.baselines.as_dict() == before


def test_resume_after_a_halt_forgets_a_loss_that_would_trip_at_once() -> None:
    desk = Desk(limits={MAIN: {"max_daily_loss": "100"}})
    desk.hold("10")
    desk.halt(MAIN)
    desk.mark("80")
    desk.resume(MAIN)
    assert desk.book.status_of(MAIN) == "ACTIVE"
    desk.mark("79.9")
    assert desk.book.status_of(MAIN) == "ACTIVE"


def test_resume_of_a_strategy_does_not_touch_the_accounts_loss() -> None:
    desk = losing()
    assert desk.resume(FOLLOW).status == "REDUCING"
    assert desk.book.baselines[MAIN].day_start == 10_000


# --- flatten -----------------------------------------------------------------------------------------------------


def test_flatten_closes_every_holding_of_the_portfolio() -> None:
    desk = Desk()
    desk.hold("1")
    desk.hold("-2", symbol=ETH)
    assert desk.flatten(PORTFOLIO).status == "HALTED"
    closing = [desk.order(order_id) for order_id in desk.sent[2:]]
    assert [(order.symbol, order.side, order.quantity) for order in closing] == [(BTC, "sell", 1), (ETH, "buy", 2)]
    assert len(desk.events(EventKind.FLATTEN_STARTED)) == 1
