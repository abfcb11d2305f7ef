"""No entry trades with an order of its own account."""

import pytest

from portfolio.model.order import OrderType
from tests.fakes import BTC, ETH, Desk, account, codes, moves, strategy


def desk_of_two() -> Desk:
    return Desk(account(), account("two"), strategy(), strategy("other"), strategy("away", account="two"))


def limit(desk: Desk, action: str, price: str, **fields: object) -> list[str]:
    return codes(desk.alert(action, "1", price=price, order_type=OrderType.LIMIT, **fields))


@pytest.mark.parametrize(("price", "denied"), [("109.9", False), ("110", True), ("110.1", True)])
def test_a_buy_stays_below_an_own_sell(price: str, denied: bool) -> None:
    desk = desk_of_two()
    desk.rest("sell", "1", price="110")
    assert limit(desk, "buy", price) == (["SELF_CROSS"] if denied else [])


@pytest.mark.parametrize(("price", "denied"), [("90.1", False), ("90", True), ("89.9", True)])
def test_a_sell_stays_above_an_own_buy(price: str, denied: bool) -> None:
    desk = desk_of_two()
    desk.rest("buy", "1", price="90")
    assert limit(desk, "sell", price) == (["SELF_CROSS"] if denied else [])


def test_the_denial_tells_both_prices() -> None:
    desk = desk_of_two()
    for price in ("112", "110", "111"):
        desk.rest("sell", "1", price=price)
    (reason,) = desk.alert("buy", "1", price="111", order_type=OrderType.LIMIT).reasons
    assert (reason.limit, reason.value, reason.scope) == (110, 111, f"account main, {BTC}")


@pytest.mark.parametrize(("resting", "denied"), [("100", True), ("100.1", False)])
def test_a_market_order_reaches_the_price_of_the_moment(resting: str, denied: bool) -> None:
    desk = desk_of_two()
    desk.rest("sell", "1", price=resting)
    assert codes(desk.alert("buy", "1")) == (["SELF_CROSS"] if denied else [])


def test_a_market_buy_reaches_the_ask_and_a_sell_the_bid() -> None:
    desk = desk_of_two()
    desk.quote("99", "101")
    desk.rest("sell", "1", price="101")
    assert codes(desk.alert("buy", "1", price=None)) == ["SELF_CROSS"]
    desk.rest("buy", "1", price="99")
    assert codes(desk.alert("sell", "1", price=None)) == ["SELF_CROSS"]
    desk.quote("99.1", "100.9")
    assert codes(desk.alert("buy", "1", price=None)) == []


def test_the_orders_of_other_strategies_of_the_account_count() -> None:
    desk = desk_of_two()
    desk.rest("sell", "1", price="110", strategy="other")
    assert limit(desk, "buy", "110") == ["SELF_CROSS"]
    assert limit(desk, "buy", "110", strategy="away") == []
    assert limit(desk, "buy", "110", symbol=ETH) == []


@pytest.mark.parametrize("status", [None, "SUBMITTED", "UNKNOWN"])
def test_an_order_that_may_rest_soon_counts(status: str | None) -> None:
    desk = desk_of_two()
    order_id = desk.place("sell", "1", price="110", order_type=OrderType.LIMIT, symbol=ETH)
    if status:
        desk.report(order_id, status)
    assert "SELF_CROSS" in limit(desk, "buy", "110", symbol=ETH)


def test_an_order_that_is_being_cancelled_counts_until_it_has_ended() -> None:
    desk = desk_of_two()
    resting = desk.rest("sell", "1", price="110")
    desk.cancel(resting)
    assert limit(desk, "buy", "110") == ["SELF_CROSS"]
    desk.report(resting, "CANCELED")
    assert limit(desk, "buy", "110") == []


def test_the_same_side_never_crosses() -> None:
    desk = desk_of_two()
    desk.rest("sell", "1", price="110")
    assert limit(desk, "sell", "105") == []


def test_two_market_orders_do_not_meet() -> None:
    desk = desk_of_two()
    desk.place("sell", "1", strategy="other")
    assert codes(desk.alert("buy", "1")) == []


def test_a_resting_exit_counts() -> None:
    desk = desk_of_two()
    desk.hold("2")
    desk.rest("close", "1", price="105")
    assert limit(desk, "buy", "105", strategy="other") == ["SELF_CROSS"]


def test_a_close_passes_whatever_it_meets() -> None:
    desk = desk_of_two()
    desk.hold("2")
    desk.rest("buy", "1", price="100", strategy="other")
    assert moves(desk.alert("close")) == [("sell", "2", "PENDING")]


def test_it_outlives_a_restart() -> None:
    desk = desk_of_two()
    desk.rest("sell", "1", price="110")
    desk.restart()
    desk.finish()
    assert limit(desk, "buy", "110") == ["SELF_CROSS"]
