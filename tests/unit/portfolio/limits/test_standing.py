"""Controls that hold whatever is configured."""

from decimal import Decimal

import pytest

from portfolio.model.account import TradingStatus
from portfolio.model.decision import Decision, Outcome
from portfolio.model.errors import AccountNotReady
from portfolio.model.order import OrderType
from portfolio.model.scope import PORTFOLIO, Scope
from portfolio.model.signal import Size, SizeType
from tests.fakes import BTC, COIN, ETH, FOLLOW, MAIN, Desk, account, codes, instrument, moves, signal, strategy


def reason(decision: Decision) -> tuple[str, object, object]:
    (only,) = decision.reasons
    return only.code, only.limit, only.value


def holding(quantity: str = "5", **fields: object) -> Desk:
    desk = Desk(**fields)  # type: ignore[arg-type]
    desk.hold(quantity)
    return desk


# --- trading states ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", [PORTFOLIO, MAIN, FOLLOW], ids=str)
def test_a_halt_denies_new_risk_and_lets_a_close_pass(scope: Scope) -> None:
    desk = holding()
    desk.halt(scope)
    denied = desk.alert("buy", "1")
    assert [(r.code, r.scope, r.value) for r in denied.reasons] == [("HALTED", str(scope), "HALTED")]
    assert moves(desk.alert("close")) == [("sell", "5", "PENDING")]


def test_reducing_denies_what_crosses_zero_and_lets_a_reduction_pass() -> None:
    desk = holding(limits={MAIN: {"max_daily_loss": "10"}})
    desk.mark("90")
    assert codes(desk.alert("sell", "5.1", price=None)) == ["REDUCING", "MAX_DAILY_LOSS"]
    assert moves(desk.alert("sell", "5", price=None)) == [("sell", "5", "PENDING")]


def test_the_strictest_state_around_a_holding_counts() -> None:
    desk = Desk()
    desk.halt(FOLLOW)
    desk.halt(MAIN)
    desk.resume(MAIN)
    assert reason(desk.alert("buy", "1"))[0] == "HALTED"


def test_a_halted_strategy_leaves_the_others_alone() -> None:
    desk = Desk()
    desk.halt(Scope("main", "other"))
    assert codes(desk.alert("buy", "1")) == []


# --- the account -------------------------------------------------------------------------------------------------


def test_before_the_first_reconciliation_new_risk_is_not_even_stored() -> None:
    desk = Desk(reconciled=False)
    before = desk.book.contents()
    with pytest.raises(AccountNotReady, match="account main is not reconciled"):
        desk.receive(signal("buy", "1"))
    assert desk.book.contents() == before
    assert desk.stored.events == []


def test_before_the_first_reconciliation_a_close_passes() -> None:
    desk = holding()
    desk.restart()
    assert moves(desk.alert("close")) == [("sell", "5", "PENDING")]


def test_once_a_reconciliation_has_failed_new_risk_is_a_stored_denial() -> None:
    desk = holding()
    desk.fail()
    assert reason(desk.alert("buy", "1")) == ("NOT_RECONCILED", "RECONCILED", "FAILED")
    assert moves(desk.alert("close")) == [("sell", "5", "PENDING")]


def test_a_failure_before_the_first_success_is_no_denial_yet() -> None:
    desk = Desk(reconciled=False)
    desk.fail()
    with pytest.raises(AccountNotReady):
        desk.receive(signal("buy", "1"))


def test_a_later_success_lets_new_risk_pass_again() -> None:
    desk = Desk()
    desk.fail()
    desk.finish()
    assert codes(desk.alert("buy", "1")) == []


def test_an_unknown_order_blocks_new_risk_on_its_symbol_only() -> None:
    desk = holding()
    desk.report(desk.place("buy", "1"), "UNKNOWN")
    assert codes(desk.alert("buy", "1")) == ["UNKNOWN_ORDER"]
    assert codes(desk.alert("buy", "1", symbol=ETH)) == []
    assert codes(desk.alert("sell", "5")) == []


def test_a_contract_in_another_currency_cannot_be_held_against_limits() -> None:
    decision = Desk(account(balances={"USDT": Decimal(1), "EUR": Decimal(1000)})).alert("buy", "1", symbol=COIN)
    assert reason(decision) == ("NO_CONVERSION", "USDT", "EUR")


def test_a_contract_in_another_currency_needs_margin_in_that_currency() -> None:
    assert codes(Desk().alert("buy", "1", symbol=COIN)) == ["NO_CONVERSION", "INSUFFICIENT_MARGIN"]


@pytest.mark.parametrize(("quantity", "denied"), [("1000", False), ("1000.001", True)])
def test_worst_case_exposure_must_be_covered_by_margin(quantity: str, denied: bool) -> None:
    decision = Desk().alert("sell", quantity)
    expected = [("INSUFFICIENT_MARGIN", 10_000, Decimal("10000.01"))] if denied else []
    assert [(r.code, r.limit, r.value) for r in decision.reasons] == expected


def test_an_instruments_own_leverage_may_be_lower() -> None:
    desk = Desk(account(instruments={BTC: instrument(max_leverage="2")}))
    assert codes(desk.alert("sell", "200.001")) == ["INSUFFICIENT_MARGIN"]


def test_losses_on_paper_are_no_margin() -> None:
    desk = holding("500")
    desk.mark("90")
    assert codes(desk.alert("buy", "60", price=None)) == ["INSUFFICIENT_MARGIN"]


# --- the reference price -----------------------------------------------------------------------------------------


def test_without_any_price_nothing_opens() -> None:
    assert reason(Desk().alert("buy", "1", price=None))[0] == "NO_REFERENCE_PRICE"


def test_the_last_price_is_enough_for_reductions_only() -> None:
    desk = holding()
    assert codes(desk.alert("buy", "1", price=None)) == ["NO_REFERENCE_PRICE"]
    assert moves(desk.alert("sell", "1", price=None)) == [("sell", "1", "PENDING")]


def test_a_real_venue_never_takes_an_alerts_price() -> None:
    desk = Desk(account(trusts_signal_price=False))
    assert codes(desk.alert("buy", "1")) == ["NO_REFERENCE_PRICE"]
    assert desk.book.marks.items() == []


# --- minimums ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", ["0.0009", "0.0005"])
def test_less_than_a_lot_is_below_the_minimum_with_what_was_asked(asked: str) -> None:
    assert reason(Desk().alert("buy", asked)) == ("BELOW_MINIMUM", Decimal("0.001"), Decimal(asked))


@pytest.mark.parametrize(("quantity", "denied"), [("0.049", True), ("0.05", False)])
def test_an_entry_reaches_the_minimum_cost(quantity: str, denied: bool) -> None:
    expected = [("BELOW_MINIMUM", 5, Decimal("4.9"))] if denied else []
    assert [(r.code, r.limit, r.value) for r in Desk().alert("buy", quantity).reasons] == expected


def test_a_reduction_has_no_minimum_cost() -> None:
    assert codes(holding().alert("sell", "0.001")) == []


def test_a_reduction_has_the_minimum_quantity_unless_it_closes_all() -> None:
    desk = Desk(account(instruments={BTC: instrument(min_quantity="1")}))
    desk.fill(desk.place("buy", "1"), "0.4")
    desk.report(desk.sent[0], "CANCELED")
    assert codes(desk.alert("close", "0.2")) == ["BELOW_MINIMUM"]
    assert moves(desk.alert("close")) == [("sell", "0.4", "PENDING")]


def test_a_size_that_needs_a_price_is_below_the_minimum_without_one() -> None:
    decision = Desk().alert("buy", Size(Decimal(100), SizeType.NOTIONAL), price=None)
    assert codes(decision) == ["NO_REFERENCE_PRICE", "BELOW_MINIMUM"]


# --- reduce-only -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("action", "quantity"), [("buy", "1"), ("sell", "5.001")])
def test_a_reduce_only_order_neither_adds_nor_flips(action: str, quantity: str) -> None:
    decision = holding().alert(action, quantity, reduce_only=True)
    assert codes(decision) == ["REDUCE_ONLY"]
    assert decision.reasons[0].limit == (0 if action == "buy" else 5)


def test_a_reduce_only_order_may_close_all() -> None:
    assert moves(holding().alert("sell", "5", reduce_only=True)) == [("sell", "5", "PENDING")]


def test_a_reduce_only_order_shares_what_resting_ones_protect_where_the_venue_cuts_them() -> None:
    desk = holding()
    desk.rest("close", "3", price="120")
    assert codes(desk.alert("sell", "5", reduce_only=True)) == []
    assert codes(desk.alert("sell", "0.1", reduce_only=True)) == ["REDUCE_ONLY"]


def test_elsewhere_a_reduce_only_order_leaves_what_other_exits_claim() -> None:
    desk = Desk(strategy(shared=True))
    desk.hold("5")
    desk.rest("close", "3", price="120")
    assert codes(desk.alert("sell", "2.1", reduce_only=True)) == ["REDUCE_ONLY"]
    assert codes(desk.alert("sell", "2", reduce_only=True)) == []


def test_a_reduce_only_order_on_nothing_is_denied_while_halted_too() -> None:
    desk = Desk()
    assert desk.halt().status is TradingStatus.HALTED
    decision = desk.alert("sell", "1", reduce_only=True)
    assert decision.status is Outcome.DENIED
    assert codes(decision) == ["HALTED", "REDUCE_ONLY"]


def test_a_resting_limit_order_is_held_to_the_same_controls() -> None:
    assert codes(Desk().alert("buy", "0.04", price="100", order_type=OrderType.LIMIT)) == ["BELOW_MINIMUM"]
