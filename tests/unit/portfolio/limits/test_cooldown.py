"""After an entry was filled, or a position reduced at a loss, the scope opens nothing for a while."""

from decimal import Decimal

import pytest

from portfolio.model.scope import PORTFOLIO, Scope
from tests.fakes import BTC, ETH, FOLLOW, MAIN, Desk, codes, moves, strategy, told

SCOPES = [PORTFOLIO, MAIN, FOLLOW, Scope(symbol=BTC), Scope("main", symbol=BTC), Scope("main", "follow", BTC)]
in_every_scope = pytest.mark.parametrize("scope", SCOPES, ids=str)
AROUND = pytest.mark.parametrize(("seconds", "denied"), [(59.999, True), (60, False), (61, False)])


def cooling(scope: Scope = MAIN, key: str = "cooldown_s") -> Desk:
    return Desk(strategy(), strategy("other"), limits={scope: {key: "60"}})


def losing(scope: Scope = MAIN) -> Desk:
    """A long of 1 was bought at 100 and sold at 99."""
    desk = cooling(scope, "cooldown_after_loss_s")
    desk.hold("1")
    desk.fill(desk.place("close", price="99"))
    return desk


@in_every_scope
@AROUND
def test_an_entry_is_followed_by_none_for_so_long(scope: Scope, seconds: float, denied: bool) -> None:
    desk = cooling(scope)
    desk.hold("1")
    desk.wait(seconds=seconds)
    decision = desk.alert("buy", "1")
    assert [(r.code, r.limit, float(str(r.value)), r.scope) for r in decision.reasons] == (
        [("COOLDOWN_S", 60, seconds, str(scope))] if denied else []
    )


def test_the_first_entry_has_nothing_to_wait_for() -> None:
    assert codes(cooling().alert("buy", "1")) == []


def test_the_last_of_several_fills_counts() -> None:
    desk = cooling()
    resting = desk.rest("buy", "2", price="99")
    desk.fill(resting, "1")
    desk.wait(seconds=50)
    desk.fill(resting, "1")
    desk.wait(seconds=50)
    assert codes(desk.alert("buy", "1")) == ["COOLDOWN_S"]


def test_an_entry_in_flight_counts_as_filled_now() -> None:
    desk = cooling()
    desk.place("buy", "1")
    desk.wait(hours=1)
    assert [r.value for r in desk.alert("buy", "1").reasons] == [0]


def test_an_entry_that_may_not_exist_counts_as_filled_now() -> None:
    desk = cooling()
    desk.report(desk.place("buy", "1", symbol=ETH), "UNKNOWN")
    desk.wait(hours=1)
    assert codes(desk.alert("buy", "1")) == ["COOLDOWN_S"]


def test_a_resting_entry_cools_nothing_until_it_is_filled() -> None:
    desk = cooling()
    resting = desk.rest("buy", "1", price="90")
    other = desk.rest("buy", "1", price="91")
    desk.fill(resting)
    assert codes(desk.alert("buy", "1")) == ["COOLDOWN_S"]
    assert desk.status(other) == "OPEN"


def test_a_close_passes_and_is_no_entry() -> None:
    desk = cooling()
    desk.hold("1")
    desk.wait(seconds=30)
    desk.fill(desk.place("close"))
    desk.wait(seconds=30)
    assert codes(desk.alert("buy", "1")) == []


def test_other_scopes_stay_warm() -> None:
    desk = cooling(Scope("main", "follow", BTC))
    desk.hold("1")
    assert codes(desk.alert("buy", "1", symbol=ETH)) == []
    assert codes(desk.alert("buy", "1", strategy="other")) == []
    assert codes(desk.alert("buy", "1")) == ["COOLDOWN_S"]


def test_a_waiting_leg_is_tried_again_when_it_is_released() -> None:
    desk = cooling()
    desk.hold("1")
    desk.wait(seconds=60)
    closing, opening = desk.alert("reverse").orders
    desk.fill(desk.place("buy", "1", symbol=ETH))
    desk.fill(closing.client_order_id)
    assert desk.status(opening.client_order_id) == "EXPIRED_UNSENT"


def test_a_restart_forgets_nothing() -> None:
    desk = cooling()
    desk.hold("1")
    desk.restart()
    desk.finish()
    desk.wait(seconds=59)
    assert codes(desk.alert("buy", "1")) == ["COOLDOWN_S"]


def test_a_fill_that_is_found_at_the_restart_begins_its_cooldown_then() -> None:
    desk = cooling()
    sent = desk.place("buy", "1")
    desk.restart()
    desk.wait(hours=1)
    desk.finish(told(sent, "FILLED", desk.trade(sent, "1")))
    assert codes(desk.alert("buy", "1")) == ["COOLDOWN_S"]


def test_a_clock_that_is_set_back_ends_no_cooldown() -> None:
    desk = cooling()
    desk.hold("1")
    desk.wait(hours=-1)
    assert [r.value for r in desk.alert("buy", "1").reasons] == [0]


# --- after a loss ------------------------------------------------------------------------------------------------


@in_every_scope
@AROUND
def test_a_loss_is_followed_by_no_entry_for_so_long(scope: Scope, seconds: float, denied: bool) -> None:
    desk = losing(scope)
    desk.wait(seconds=seconds)
    assert codes(desk.alert("buy", "1")) == (["COOLDOWN_AFTER_LOSS_S"] if denied else [])


@pytest.mark.parametrize(("price", "fee", "denied"), [("101", "0", False), ("100", "0", False), ("100", "0.01", True)])
def test_a_close_at_cost_is_a_loss_by_its_fee(price: str, fee: str, denied: bool) -> None:
    desk = cooling(key="cooldown_after_loss_s")
    desk.hold("1")
    order_id = desk.place("close", price=price)
    desk.fill(order_id, fee=Decimal(fee))
    assert bool(codes(desk.alert("buy", "1"))) is denied


def test_a_short_that_is_bought_back_higher_is_a_loss() -> None:
    desk = cooling(key="cooldown_after_loss_s")
    desk.hold("-1")
    desk.fill(desk.place("close", price="101"))
    assert codes(desk.alert("sell", "1")) == ["COOLDOWN_AFTER_LOSS_S"]


def test_an_order_that_crosses_zero_at_a_loss_counts() -> None:
    desk = cooling(key="cooldown_after_loss_s")
    desk.hold("1")
    desk.fill(desk.place("sell", "3", price="99"))
    assert desk.quantity == -2
    assert codes(desk.alert("sell", "1")) == ["COOLDOWN_AFTER_LOSS_S"]


def test_opening_with_a_fee_is_no_loss() -> None:
    desk = cooling(key="cooldown_after_loss_s")
    desk.fill(desk.place("buy", "1"), fee=Decimal(1))
    assert codes(desk.alert("buy", "1")) == []


def test_a_close_on_its_way_counts_where_it_loses_at_the_mark() -> None:
    desk = cooling(key="cooldown_after_loss_s")
    desk.hold("1")
    desk.place("close", price="99")
    assert codes(desk.alert("buy", "1", price="99", symbol=ETH)) == ["COOLDOWN_AFTER_LOSS_S"]


def test_a_close_on_its_way_with_a_profit_cools_nothing() -> None:
    desk = cooling(key="cooldown_after_loss_s")
    desk.hold("1")
    desk.place("close", price="101")
    assert codes(desk.alert("buy", "1", symbol=ETH)) == []


def test_a_reversal_of_a_losing_position_closes_and_opens_nothing() -> None:
    desk = cooling(key="cooldown_after_loss_s")
    desk.hold("1")
    assert moves(desk.alert("reverse", price="99")) == [("sell", "1", "PENDING"), ("sell", "1", "DENIED")]


def test_a_loss_outlives_a_restart() -> None:
    desk = losing()
    desk.restart()
    desk.finish()
    assert codes(desk.alert("buy", "1")) == ["COOLDOWN_AFTER_LOSS_S"]


@pytest.mark.parametrize("key", ["cooldown_s", "cooldown_after_loss_s"])
def test_what_is_left_is_told(key: str) -> None:
    desk = cooling(key=key)
    (item,) = desk.limits.all()
    assert item.use(desk.book, desk.now) == (0, 60, None)
    desk.hold("1")
    desk.fill(desk.place("close", price="99"))
    desk.wait(seconds=7)
    assert item.use(desk.book, desk.now) == (53, 60, None)
    desk.wait(seconds=60)
    assert item.use(desk.book, desk.now) == (0, 60, None)
