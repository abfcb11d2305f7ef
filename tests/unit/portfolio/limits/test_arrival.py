"""Controls on the alert as a whole: its age, its symbol, its strategy."""

from decimal import Decimal

import pytest

from portfolio.model.decision import Decision, Outcome
from portfolio.model.event import EventKind
from portfolio.model.scope import PORTFOLIO, Scope
from tests.fakes import (
    BTC,
    ETH,
    FOLLOW,
    MAIN,
    Answer,
    Desk,
    Scripted,
    codes,
    failing,
    intent,
    moves,
    older,
    signal,
    strategy,
    wishing,
)


def send_old(desk: Desk, action: str, size: str | None = None, **age: float) -> Decision:
    reply = desk.receive(older(signal(action, size), **age))
    assert isinstance(reply, Decision)
    return reply


@pytest.mark.parametrize("seconds", [300, -300, 0])
def test_an_alert_within_the_age_is_fresh(seconds: int) -> None:
    assert codes(send_old(Desk(), "buy", "1", seconds=seconds)) == []


@pytest.mark.parametrize("milliseconds", [300_001, -300_001])
def test_an_alert_from_too_far_in_the_past_or_future_is_stale(milliseconds: int) -> None:
    (reason,) = send_old(Desk(), "buy", "1", milliseconds=milliseconds).reasons
    assert (reason.code, reason.limit, reason.value) == ("STALE_SIGNAL", 300, Decimal("300.001"))


def test_a_stale_close_is_denied_as_well() -> None:
    desk = Desk()
    desk.hold("1")
    assert codes(send_old(desk, "close", hours=1)) == ["STALE_SIGNAL"]
    assert codes(send_old(desk, "flat", hours=1)) == ["STALE_SIGNAL"]


def test_a_cancel_is_never_too_old() -> None:
    desk = Desk()
    resting = desk.rest("buy", "1")
    assert send_old(desk, "cancel", hours=1).canceled == (resting,)


def test_an_alert_that_does_not_say_when_it_fired_is_not_bound_to_a_time() -> None:
    assert codes(Desk().alert("buy", "1", time=None)) == []


def test_a_stale_alert_shows_what_it_would_have_done_and_moves_nothing() -> None:
    desk = Desk()
    decision = send_old(desk, "buy", "1", hours=1)
    assert moves(decision) == [("buy", "1", "DENIED")]
    assert desk.book.marks.items() == []
    assert desk.sent == []


def test_a_symbol_outside_the_strategys_list_is_denied() -> None:
    (reason,) = Desk(strategy(symbols=frozenset({BTC}))).alert("buy", "1", symbol=ETH).reasons
    assert (reason.code, reason.limit, reason.value) == ("SYMBOL_NOT_ALLOWED", BTC, ETH)


def test_every_reason_is_listed_those_of_the_alert_first() -> None:
    desk = Desk(strategy(symbols=frozenset({ETH})), limits={PORTFOLIO: {"max_exposure": "50"}})
    assert codes(send_old(desk, "buy", "1", hours=1)) == ["STALE_SIGNAL", "SYMBOL_NOT_ALLOWED", "MAX_EXPOSURE"]


# --- strategies that fail ----------------------------------------------------------------------------------------


def broken(**answers: Answer) -> Desk:
    return Desk(strategy(kind=Scripted(**answers)), strategy("other"))


def test_an_exception_denies_the_alert_and_pauses_the_strategy() -> None:
    desk = broken(signal=failing)
    assert codes(desk.alert("buy", "1")) == ["STRATEGY_ERROR"]
    assert codes(desk.alert("buy", "1")) == ["STRATEGY_PAUSED"]
    (failed,) = desk.events(EventKind.STRATEGY_FAILED)
    assert failed.detail == {"error": "RuntimeError: no idea"}


def test_an_answer_that_is_no_wish_is_a_failure() -> None:
    assert codes(broken(signal=lambda *_: None).alert("buy", "1")) == ["STRATEGY_ERROR"]


@pytest.mark.parametrize(
    "answer",
    [
        wishing("an order, believe me"),  # type: ignore[arg-type]
        wishing(intent("buy", "NaN")),
        wishing(intent("buy", "-1")),
        wishing(intent("buy", "1", price=Decimal("Infinity"))),
        wishing(state={"last": Decimal(1)}),
        wishing(state={"last": float("nan")}),
    ],
)
def test_wishes_that_nobody_could_carry_out_are_the_strategys_error(answer: Answer) -> None:
    assert codes(broken(signal=answer).alert("buy", "1")) == ["STRATEGY_ERROR"]


def test_a_strategy_that_fails_keeps_its_state() -> None:
    desk = broken(signal=failing)
    desk.book.strategy_states.load("follow", {"a": 1})
    desk.alert("buy", "1")
    assert desk.book.strategy_states["follow"] == {"a": 1}


def test_the_other_strategies_go_on() -> None:
    desk = broken(signal=failing)
    desk.alert("buy", "1")
    assert desk.alert("buy", "1", strategy="other").status is Outcome.ACCEPTED


@pytest.mark.parametrize("scope", [PORTFOLIO, MAIN, FOLLOW], ids=str)
def test_a_resume_clears_the_pause(scope: Scope) -> None:
    desk = broken(signal=failing)
    desk.alert("buy", "1")
    desk.resume(scope)
    assert codes(desk.alert("buy", "1")) == ["STRATEGY_ERROR"]


def test_a_failure_while_hearing_of_a_fill_pauses_the_strategy_and_keeps_the_fill() -> None:
    desk = broken(signal=wishing(intent("buy", "1")), order=failing)
    desk.fill(desk.place("buy"))
    assert desk.quantity == 1
    assert codes(desk.alert("buy")) == ["STRATEGY_PAUSED"]


def test_a_paused_strategy_hears_nothing_of_its_orders() -> None:
    desk = broken(signal=wishing(intent("buy", "1")), order=failing)
    first, second = desk.place("buy"), desk.place("buy")
    desk.fill(first)
    desk.fill(second)
    assert len(desk.events(EventKind.STRATEGY_FAILED)) == 1
    assert desk.quantity == 2


def test_a_pause_leaves_a_persons_halt_in_place() -> None:
    desk = broken(signal=failing)
    desk.halt(FOLLOW)
    desk.alert("buy", "1")
    desk.resume(PORTFOLIO)
    assert desk.book.status_of(FOLLOW) == "HALTED"


def test_a_halt_leaves_the_pause_in_place() -> None:
    desk = broken(signal=failing)
    desk.alert("buy", "1")
    desk.halt(FOLLOW)
    assert codes(desk.alert("buy", "1")) == ["STRATEGY_PAUSED"]


def test_a_loss_breach_leaves_the_pause_in_place() -> None:
    kind = Scripted(wishing(intent("buy", "10")), failing)
    desk = Desk(strategy(kind=kind), limits={FOLLOW: {"max_drawdown": "50"}})
    desk.fill(desk.place("buy"))
    desk.mark("90")
    assert desk.book.status_of(FOLLOW) == "REDUCING"
    assert "STRATEGY_PAUSED" in codes(desk.alert("buy"))
