"""A strategy that repeats itself is stopped until a person resumes it; what it holds can still be reduced."""

from decimal import Decimal
from typing import Any

import pytest

from portfolio.counting import count
from portfolio.limits.limit import Occurrence, Use
from portfolio.model.account import TradingStatus
from portfolio.model.event import EventKind
from portfolio.model.order import OrderType, TimeInForce
from portfolio.model.scope import PORTFOLIO, Scope
from tests.fakes import (
    BTC,
    ETH,
    FOLLOW,
    HELD,
    MAIN,
    Desk,
    Scripted,
    codes,
    intent,
    moves,
    strategy,
    wishing,
)

SCOPES = [PORTFOLIO, MAIN, FOLLOW, Scope(symbol=BTC), Scope("main", symbol=BTC), Scope("main", "follow", BTC)]


LIMIT: dict[str, Any] = {"order_type": OrderType.LIMIT, "price": Decimal(90), "expires_at": "soon"}


def throttled(text: str = "3/60s", scope: Scope = FOLLOW) -> Desk:
    return Desk(strategy(), strategy("other"), limits={scope: {"repeat_throttle": text}})


def tripped() -> Desk:
    """Three bought within a minute, a fourth refused."""
    desk = throttled()
    for _ in range(3):
        desk.hold("1")
    assert codes(desk.alert("buy", "1")) == ["REPEAT_THROTTLE"]
    return desk


@pytest.mark.parametrize("scope", SCOPES, ids=str)
@pytest.mark.parametrize(("sent", "denied"), [(1, False), (2, False), (3, True)])
def test_so_many_orders_in_so_many_seconds(scope: Scope, sent: int, denied: bool) -> None:
    desk = throttled(scope=scope)
    for _ in range(sent):
        desk.place("buy", "1")
    decision = desk.alert("buy", "1")
    assert [(r.code, r.limit, r.value, r.scope) for r in decision.reasons] == (
        [("REPEAT_THROTTLE", 3, 4, str(scope))] if denied else []
    )
    assert (desk.book.status_of(FOLLOW) is TradingStatus.REDUCING) is denied


@pytest.mark.parametrize(("seconds", "denied"), [(59.999, True), (60, False)])
def test_slower_orders_pass(seconds: float, denied: bool) -> None:
    desk = throttled()
    for _ in range(3):
        desk.place("buy", "1")
    desk.wait(seconds=seconds)
    assert bool(codes(desk.alert("buy", "1"))) is denied


def test_the_strategy_stays_stopped_however_long_it_waits() -> None:
    desk = tripped()
    desk.wait(days=3)
    assert codes(desk.alert("buy", "1")) == ["REDUCING"]
    desk.restart()
    desk.finish()
    assert codes(desk.alert("buy", "1")) == ["REDUCING"]


def test_the_event_and_the_state_tell_why() -> None:
    desk = tripped()
    (told,) = desk.events(EventKind.STRATEGY_THROTTLED)
    assert (told.strategy, told.symbol) == ("follow", BTC)
    assert told.detail == {"code": "REPEAT_THROTTLE", "limit": "3", "value": "4"}
    assert desk.book.states[FOLLOW].cause == "REPEAT_THROTTLE"


def test_reductions_and_cancels_still_pass() -> None:
    desk = tripped()
    resting = desk.alert("close", "1", order_type=OrderType.LIMIT, price="120").orders[0].client_order_id
    desk.report(resting, "OPEN")
    assert desk.alert("cancel").canceled == (resting,)
    desk.report(resting, "CANCELED")
    assert moves(desk.alert("sell", "1")) == [("sell", "1", "PENDING")]
    assert moves(desk.alert("close")) == [("sell", "2", "PENDING")]


def test_its_entries_are_cancelled_its_exits_stay() -> None:
    desk = throttled("4/60s")
    desk.hold("1")
    entry = desk.rest("buy", "1", price="90")
    exit_order = desk.rest("close", "1", price="120")
    desk.place("buy", "1", symbol=ETH)
    assert codes(desk.alert("buy", "1")) == ["REPEAT_THROTTLE"]
    assert entry in desk.cancels
    assert exit_order not in desk.cancels


def test_closes_count_but_trip_nothing() -> None:
    desk = throttled()
    desk.hold("5")
    for _ in range(4):
        desk.fill(desk.place("close", "1"))
    assert desk.book.status_of(FOLLOW) is TradingStatus.ACTIVE
    assert codes(desk.alert("buy", "1")) == ["REPEAT_THROTTLE"]


def test_each_strategy_counts_by_itself() -> None:
    desk = throttled(scope=PORTFOLIO)
    for _ in range(3):
        desk.place("buy", "1")
        desk.place("buy", "1", strategy="other")
    assert codes(desk.alert("buy", "1")) == ["REPEAT_THROTTLE"]
    assert desk.book.status_of(Scope("main", "other")) is TradingStatus.ACTIVE


def test_two_throttles_watch_the_same_strategy() -> None:
    desk = Desk(limits={PORTFOLIO: {"repeat_throttle": "2/10s"}, FOLLOW: {"repeat_throttle": "3/3600s"}})
    for _ in range(3):
        desk.place("buy", "1")
        desk.wait(seconds=10)
    assert [r.scope for r in desk.alert("buy", "1").reasons] == ["strategy follow"]


@pytest.mark.parametrize("scope", [PORTFOLIO, MAIN, FOLLOW], ids=str)
def test_a_resume_starts_afresh(scope: Scope) -> None:
    desk = tripped()
    desk.resume(scope)
    for _ in range(3):
        assert codes(desk.alert("buy", "1")) == []
    assert codes(desk.alert("buy", "1")) == ["REPEAT_THROTTLE"]


def test_a_persons_halt_stays_a_persons_halt() -> None:
    desk = throttled()
    for _ in range(3):
        desk.place("buy", "1")
    desk.halt(FOLLOW)
    assert codes(desk.alert("buy", "1")) == ["HALTED", "REPEAT_THROTTLE"]
    assert desk.book.states[FOLLOW].cause == "operator"
    assert desk.events(EventKind.STRATEGY_THROTTLED) == []


def test_a_leg_that_is_released_into_it_ends_and_trips_it() -> None:
    desk = throttled()
    desk.hold("1")
    closing, opening = desk.alert("reverse").orders
    desk.place("buy", "1", symbol=ETH)
    desk.fill(closing.client_order_id)
    assert desk.status(opening.client_order_id) == "EXPIRED_UNSENT"
    assert desk.book.states[FOLLOW].cause == "REPEAT_THROTTLE"


def test_a_restart_forgets_nothing() -> None:
    desk = throttled()
    for _ in range(3):
        desk.hold("1")
    desk.restart()
    desk.finish()
    assert codes(desk.alert("buy", "1")) == ["REPEAT_THROTTLE"]


def test_what_is_used_is_told_of_the_strategy_that_uses_most() -> None:
    desk = throttled(scope=PORTFOLIO)
    desk.place("buy", "1", strategy="other")
    desk.place("buy", "1", strategy="other")
    desk.place("buy", "1")
    (item,) = desk.limits.all()
    assert item.use(desk.book, desk.now) == Use(Decimal(2), Decimal(3))


def test_a_halt_in_between_does_not_keep_what_was_counted() -> None:
    desk = tripped()
    desk.halt(FOLLOW)
    desk.resume(FOLLOW)
    assert codes(desk.alert("buy", "1")) == []


def test_a_strategy_that_failed_after_all_is_not_throttled_for_wishes_that_were_taken_back() -> None:
    kind = Scripted(wishing(intent("buy", "1"), intent("buy", "1", time_in_force=TimeInForce.GTD, **LIMIT)))
    desk = Desk(strategy(kind=kind), limits={FOLLOW: {"repeat_throttle": "1/60s"}})
    count(desk.book, desk.limits, Occurrence.ORDER_SENT, HELD, desk.now)
    assert codes(desk.alert("buy", "1")) == ["STRATEGY_ERROR"]
    assert desk.events(EventKind.STRATEGY_THROTTLED) == []
