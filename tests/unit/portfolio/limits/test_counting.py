"""What counts against a limit: held, in flight, resting, waiting and unknown alike; reductions never."""

from decimal import Decimal

import pytest

from portfolio.model.account import Wallet
from portfolio.model.decision import Outcome
from portfolio.model.scope import PORTFOLIO, Scope
from tests.fakes import BTC, ETH, FOLLOW, MAIN, Desk, codes, ids, moves, strategy

EXPOSURE_1000 = {MAIN: {"max_exposure": "1000"}}


def limited(**row: str) -> Desk:
    return Desk(limits={MAIN: row})


def test_an_order_in_flight_counts() -> None:
    desk = limited(max_exposure="1000")
    desk.place("sell", "6")
    assert codes(desk.alert("sell", "4.001")) == ["MAX_EXPOSURE"]
    assert codes(desk.alert("sell", "4")) == []


def test_a_resting_order_counts() -> None:
    desk = limited(max_exposure="1000")
    desk.rest("sell", "6")
    assert codes(desk.alert("sell", "4.001")) == ["MAX_EXPOSURE"]


def test_an_order_that_may_not_exist_counts() -> None:
    desk = limited(max_exposure="1000")
    desk.report(desk.place("sell", "6"), "UNKNOWN")
    assert codes(desk.alert("sell", "4.001")) == ["UNKNOWN_ORDER", "MAX_EXPOSURE"]


def test_an_order_being_cancelled_counts_until_it_has_ended() -> None:
    desk = limited(max_exposure="1000")
    resting = desk.rest("sell", "6")
    desk.cancel(resting)
    assert codes(desk.alert("sell", "5")) == ["MAX_EXPOSURE"]
    desk.report(resting, "CANCELED")
    assert codes(desk.alert("sell", "5")) == []


def test_a_partly_filled_order_counts_once() -> None:
    desk = limited(max_exposure="1000")
    desk.fill(desk.rest("sell", "6"), "2")
    assert codes(desk.alert("sell", "4")) == []
    assert desk.quantity == -2


def test_buys_and_sells_that_rest_count_for_the_worse_of_both() -> None:
    desk = limited(max_exposure="1000")
    desk.rest("buy", "9", price="99")
    assert codes(desk.alert("sell", "10")) == []
    assert codes(desk.alert("sell", "0.1")) == ["MAX_EXPOSURE"]


def test_gross_exposure_adds_longs_and_shorts() -> None:
    desk = limited(max_exposure="1000")
    desk.hold("5")
    assert codes(desk.alert("sell", "5.1", symbol=ETH)) == ["MAX_EXPOSURE"]


def test_net_exposure_sets_longs_against_shorts() -> None:
    desk = limited(max_net_exposure="1000")
    desk.hold("5")
    assert codes(desk.alert("sell", "15", symbol=ETH)) == []
    desk = limited(max_net_exposure="1000")
    desk.hold("-5", symbol=ETH)
    assert codes(desk.alert("sell", "5.001")) == ["MAX_NET_EXPOSURE"]


def test_a_position_limit_is_for_each_symbol() -> None:
    desk = limited(max_position="1000")
    desk.hold("9")
    assert codes(desk.alert("sell", "10", symbol=ETH)) == []
    assert codes(desk.alert("buy", "1")) == ["MAX_POSITION"]


def test_crossing_zero_counts_what_remains_on_the_other_side() -> None:
    desk = limited(max_position="1000")
    desk.hold("9")
    assert codes(desk.alert("sell", "19.1")) == ["MAX_POSITION"]
    assert codes(desk.alert("sell", "19")) == []


def test_an_accounts_limit_counts_all_its_strategies() -> None:
    desk = Desk(strategy(), strategy("other"), limits=EXPOSURE_1000)
    desk.hold("-6", strategy="other", symbol=ETH)
    assert codes(desk.alert("sell", "4.1")) == ["MAX_EXPOSURE"]


def test_a_strategys_limit_counts_only_its_own() -> None:
    desk = Desk(strategy(), strategy("other"), limits={FOLLOW: {"max_exposure": "1000"}})
    desk.hold("-60", strategy="other", symbol=ETH)
    assert codes(desk.alert("sell", "10")) == []


def test_a_share_is_of_the_equity_of_the_moment() -> None:
    desk = limited(max_exposure="10%")
    assert codes(desk.alert("sell", "10.001")) == ["MAX_EXPOSURE"]
    desk.hold("-5")
    desk.mark("120")
    reasons = desk.alert("sell", "4", price=None).reasons
    assert [(r.code, r.limit, r.value) for r in reasons] == [("MAX_EXPOSURE", Decimal(990), Decimal(1080))]


def test_with_no_equity_left_any_exposure_is_too_much() -> None:
    desk = limited(max_order_notional="10%", max_leverage="2")
    desk.hold("9")
    desk.mark("100")
    desk.book.wallets.load(Wallet("main", "USDT"), Decimal(-5000))
    reasons = {reason.code: (reason.limit, reason.value) for reason in desk.alert("buy", "1", price=None).reasons}
    assert reasons["MAX_ORDER_NOTIONAL"] == (0, 101)
    assert reasons["MAX_LEVERAGE"] == (2, Decimal("Infinity"))
    assert "INSUFFICIENT_MARGIN" in reasons


TIGHT = {
    "max_order_notional": "1",
    "max_position": "1",
    "max_exposure": "1",
    "max_net_exposure": "1",
    "max_leverage": "0.0001",
    "max_open_orders": "1",
    "price_collar": "0.01%",
    "max_quote_age_s": "0.001",
    "max_daily_loss": "1",
    "max_drawdown": "1",
}


@pytest.mark.parametrize("action", ["close", "sell", "flat"])
def test_no_limit_ever_denies_a_reduction(action: str) -> None:
    desk = Desk()
    desk.hold("10")
    tight = Desk(limits={PORTFOLIO: TIGHT})
    tight.book.positions.load(*desk.book.positions.items()[0])
    tight.mark("50")
    tight.quotes.clear()
    assert moves(tight.alert(action, "10" if action == "sell" else None, price="70")) == [("sell", "10", "PENDING")]


def test_a_drift_of_prices_is_no_breach_but_blocks_new_risk() -> None:
    desk = limited(max_exposure="1000")
    desk.hold("9")
    desk.mark("120")
    assert desk.book.states.items() == []
    assert codes(desk.alert("buy", "0.1", price=None)) == ["MAX_EXPOSURE"]
    assert moves(desk.alert("sell", "1", price=None)) == [("sell", "1", "PENDING")]


def test_an_exit_in_flight_does_not_hide_what_it_has_not_closed_yet() -> None:
    desk = limited(max_position="1000")
    desk.hold("9")
    desk.place("close")
    assert codes(desk.alert("buy", "1")) == ["MAX_POSITION"]


def test_reduce_only_exits_count_at_most_what_is_held() -> None:
    desk = limited(max_position="1000")
    desk.hold("9")
    desk.place("close")
    assert moves(desk.alert("sell", "10")) == [("sell", "10", "PENDING")]


def test_an_exit_that_the_venue_would_not_stop_counts_as_an_entry_once_the_position_is_gone() -> None:
    desk = limited(max_position="1000")
    desk.hold("9")
    slow, fast = desk.place("sell", "9"), desk.place("sell", "9")
    desk.fill(fast)
    assert desk.quantity == 0
    assert desk.order(slow).is_live
    assert codes(desk.alert("sell", "9")) == ["MAX_POSITION"]


def test_no_order_comes_through_while_the_price_of_what_is_held_is_lost() -> None:
    desk = Desk()
    desk.hold("9")
    assert desk.alert("buy", "1", price=None).status is Outcome.DENIED
    assert codes(desk.alert("buy", "1", price=None)) == ["NO_REFERENCE_PRICE"]


def test_the_opening_leg_of_a_reverse_is_tested_as_if_the_close_were_filled() -> None:
    desk = limited(max_position="1000")
    desk.hold("9")
    reverse = desk.alert("reverse")
    assert moves(reverse) == [("sell", "9", "PENDING"), ("sell", "9", "PENDING")]
    assert ids(reverse)[:1] == desk.sent[1:]


def test_the_tightest_of_several_collars_is_the_allowance() -> None:
    desk = Desk(limits={PORTFOLIO: {"price_collar": "2%"}, Scope(symbol=BTC): {"price_collar": "0.5%"}})
    assert desk.order(desk.place("buy", "1")).reservation_price == Decimal("100.5")
    assert desk.order(desk.place("buy", "1", symbol=ETH)).reservation_price == 102
    assert len(desk.limits.all()) == 2
