"""How many orders leave within a minute and a day, and what counts as one."""

import pytest

from portfolio.model.order import OrderType
from portfolio.model.scope import PORTFOLIO, Scope
from tests.fakes import BTC, ETH, FOLLOW, MAIN, Desk, account, codes, moves, strategy

SCOPES = [PORTFOLIO, MAIN, FOLLOW, Scope(symbol=BTC), Scope("main", symbol=BTC), Scope("main", "follow", BTC)]
in_every_scope = pytest.mark.parametrize("scope", SCOPES, ids=str)
BOTH = ["max_orders_per_minute", "max_orders_per_day"]
whatever_the_span = pytest.mark.parametrize("key", BOTH)


def limited(key: str, most: int, scope: Scope = MAIN) -> Desk:
    return Desk(limits={scope: {key: str(most)}})


@in_every_scope
@whatever_the_span
@pytest.mark.parametrize(("sent", "denied"), [(1, False), (2, False), (3, True)])
def test_so_many_orders_and_no_more(scope: Scope, key: str, sent: int, denied: bool) -> None:
    desk = limited(key, 3, scope)
    for _ in range(sent):
        desk.place("buy", "1")
    decision = desk.alert("buy", "1")
    assert [(r.code, r.limit, r.value, r.scope) for r in decision.reasons] == (
        [(key.upper(), 3, 4, str(scope))] if denied else []
    )


def test_the_minute_slides() -> None:
    desk = limited("max_orders_per_minute", 2)
    desk.place("buy", "1")
    desk.wait(seconds=30)
    desk.place("buy", "1")
    desk.wait(seconds=29.999)
    assert codes(desk.alert("buy", "1")) == ["MAX_ORDERS_PER_MINUTE"]
    desk.wait(seconds=0.001)
    assert codes(desk.alert("buy", "1")) == []
    assert codes(desk.alert("buy", "1")) == ["MAX_ORDERS_PER_MINUTE"]


def test_the_day_begins_at_midnight_utc() -> None:
    desk = limited("max_orders_per_day", 1)
    desk.place("buy", "1")
    desk.wait(hours=11, minutes=59, seconds=59.999)
    assert codes(desk.alert("buy", "1")) == ["MAX_ORDERS_PER_DAY"]
    desk.wait(milliseconds=1)
    assert codes(desk.alert("buy", "1")) == []


@whatever_the_span
def test_what_was_denied_does_not_count(key: str) -> None:
    desk = Desk(limits={MAIN: {key: "1", "max_order_notional": "150"}})
    for _ in range(3):
        assert codes(desk.alert("buy", "2")) == ["MAX_ORDER_NOTIONAL"]
    assert codes(desk.alert("buy", "1")) == []


@whatever_the_span
def test_a_close_is_never_denied_but_counts(key: str) -> None:
    desk = limited(key, 2)
    desk.hold("5")
    for _ in range(3):
        desk.fill(desk.place("close", "1"))
    assert codes(desk.alert("buy", "1")) == [key.upper()]


@whatever_the_span
def test_a_flattening_counts(key: str) -> None:
    desk = limited(key, 2)
    desk.hold("5")
    desk.alert("flat")
    assert codes(desk.alert("buy", "1")) == [key.upper()]


@whatever_the_span
def test_other_symbols_and_strategies_are_counted_apart(key: str) -> None:
    desk = Desk(strategy(), strategy("other"), limits={FOLLOW: {key: "2"}, Scope("main", symbol=BTC): {key: "2"}})
    desk.place("buy", "1")
    desk.place("buy", "1", strategy="other")
    assert [r.scope for r in desk.alert("buy", "1").reasons] == ["account main, BTC/USDT:USDT"]
    assert codes(desk.alert("buy", "1", symbol=ETH)) == []
    assert [r.scope for r in desk.alert("buy", "1", symbol=ETH).reasons] == ["strategy follow"]
    assert codes(desk.alert("buy", "1", symbol=ETH, strategy="other")) == []


@whatever_the_span
def test_accounts_together_count_for_the_portfolio(key: str) -> None:
    desk = Desk(account(), account("two"), strategy(), strategy("other", account="two"), limits={PORTFOLIO: {key: "2"}})
    desk.place("buy", "1")
    desk.place("buy", "1", strategy="other")
    assert codes(desk.alert("buy", "1")) == [key.upper()]


@whatever_the_span
def test_a_leg_that_waits_counts_when_it_is_released(key: str) -> None:
    desk = limited(key, 3)
    desk.hold("1")
    closing, opening = desk.alert("reverse").orders
    assert codes(desk.alert("buy", "1", symbol=ETH)) == []
    assert desk.status(opening.client_order_id) == "PENDING"
    desk.fill(closing.client_order_id)
    assert desk.status(opening.client_order_id) == "EXPIRED_UNSENT"
    assert [reason.code for reason in desk.order(opening.client_order_id).reasons] == [key.upper()]


@whatever_the_span
def test_a_released_leg_takes_its_place(key: str) -> None:
    desk = limited(key, 3)
    desk.hold("1")
    closing, opening = desk.alert("reverse").orders
    desk.fill(closing.client_order_id)
    assert opening.client_order_id in desk.sent
    assert codes(desk.alert("sell", "1", symbol=ETH)) == [key.upper()]


@whatever_the_span
def test_an_order_that_is_sent_again_counts_once(key: str) -> None:
    desk = limited(key, 2)
    sent = desk.place("buy", "1")
    desk.restart()
    desk.finish(absent=(sent,))
    assert desk.sent == [sent]
    assert codes(desk.alert("buy", "1")) == []
    assert codes(desk.alert("buy", "1")) == [key.upper()]


@whatever_the_span
def test_a_restart_forgets_nothing(key: str) -> None:
    desk = limited(key, 2)
    desk.fill(desk.place("buy", "1"))
    desk.fill(desk.place("buy", "1"))
    desk.restart()
    desk.finish()
    assert codes(desk.alert("buy", "1")) == [key.upper()]


@whatever_the_span
def test_an_unsent_an_unknown_and_a_cancelled_order_count(key: str) -> None:
    desk = limited(key, 3)
    desk.report(desk.place("buy", "1", symbol=ETH), "UNKNOWN")
    desk.place("buy", "1")
    desk.cancel(desk.rest("buy", "1", price="99"))
    assert codes(desk.alert("buy", "1")) == [key.upper()]


@whatever_the_span
def test_a_clock_that_is_set_back_opens_nothing(key: str) -> None:
    desk = limited(key, 2)
    desk.place("buy", "1")
    desk.wait(days=-1)
    desk.place("buy", "1")
    assert codes(desk.alert("buy", "1")) == [key.upper()]
    desk.wait(days=1, seconds=59)
    assert codes(desk.alert("buy", "1")) == [key.upper()]


@whatever_the_span
def test_a_resume_puts_right_what_a_fast_clock_counted(key: str) -> None:
    desk = limited(key, 1)
    desk.wait(days=400)
    desk.place("buy", "1")
    desk.wait(days=-400)
    assert codes(desk.alert("buy", "1")) == [key.upper()]
    desk.resume(MAIN)
    assert codes(desk.alert("buy", "1")) == [key.upper()]
    desk.wait(days=1)
    assert codes(desk.alert("buy", "1")) == []


def test_an_alert_that_fails_counts_nothing() -> None:
    desk = limited("max_orders_per_minute", 1)
    before = desk.book.tallies.as_dict()
    desk.alert("buy", "1", order_type=OrderType.LIMIT, price="0.01")
    assert desk.book.tallies.as_dict() == before
    assert moves(desk.alert("buy", "1")) == [("buy", "1", "PENDING")]


def test_without_such_a_limit_nothing_is_counted() -> None:
    desk = Desk(limits={MAIN: {"max_exposure": "5000"}})
    desk.hold("1")
    assert len(desk.book.tallies) == 0


def test_what_is_used_is_told() -> None:
    desk = Desk(limits={MAIN: {"max_orders_per_minute": "5", "max_orders_per_day": "9"}})
    desk.place("buy", "1")
    desk.wait(seconds=60)
    desk.place("buy", "1")
    assert [item.use(desk.book, desk.now) for item in desk.limits.all()] == [(1, 5, None), (2, 9, None)]
