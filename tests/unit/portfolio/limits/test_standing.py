"""Controls that hold whatever is configured."""

from datetime import timedelta
from decimal import Decimal

import pytest

from portfolio.model.account import TradingStatus
from portfolio.model.decision import Decision, Outcome
from portfolio.model.errors import AccountNotReady
from portfolio.model.order import OrderType, TimeInForce
from portfolio.model.position import Key, Position
from portfolio.model.scope import PORTFOLIO, Scope
from portfolio.model.signal import Size, SizeType
from tests.fakes import (
    BTC,
    COIN,
    ETH,
    FOLLOW,
    MAIN,
    NOW,
    SPOT,
    Desk,
    Literal,
    account,
    codes,
    instrument,
    moves,
    signal,
    strategy,
)

EURO = "EUR/USDT"


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


# --- other currencies --------------------------------------------------------------------------------------------


def euros(balance: str = "0", **fields: object) -> Desk:
    """A desk in USDT with a contract that settles in euros, which nothing values at first."""
    instruments = {symbol: instrument(symbol) for symbol in (BTC, COIN, EURO)}
    return Desk(account(balances={"USDT": Decimal(10_000), "EUR": Decimal(1000)}, instruments=instruments), **fields)  # type: ignore[arg-type]


def test_what_is_held_and_cannot_be_valued_denies_all_new_risk_and_no_reduction() -> None:
    desk = euros()
    desk.quote("1.1", symbol=EURO)
    desk.hold("1", symbol=COIN)
    del desk.quotes["main", EURO]
    desk.book.marks.remove(("main", EURO))
    assert reason(desk.alert("buy", "1"))[:2] == ("NO_CONVERSION", "USDT")
    assert moves(desk.alert("close", symbol=COIN)) == [("sell", "1", "PENDING")]


def test_idle_coins_without_a_price_are_left_out_of_equity_and_deny_nothing() -> None:
    desk = euros()
    assert desk.book.equity(MAIN) == 10_000
    assert desk.book.unpriced(MAIN) == ["EUR"]
    assert codes(desk.alert("buy", "1")) == []


def test_idle_coins_that_are_priced_at_last_are_no_profit_and_count_from_then_on() -> None:
    desk = euros(limits={MAIN: {"max_daily_loss": "10"}})
    assert codes(desk.alert("buy", "1")) == []
    desk.quote("1.1", symbol=EURO)
    assert codes(desk.alert("buy", "1")) == []
    for scope in (MAIN, PORTFOLIO):
        assert (desk.book.baselines[scope].day_start, desk.book.baselines[scope].peak) == (11_100, 11_100)
    desk.mark("1.05", symbol=EURO)
    assert [state.cause for state in desk.book.states.values()] == ["MAX_DAILY_LOSS"]


def test_losses_of_holdings_that_were_never_valued_cannot_be_measured() -> None:
    desk = euros(limits={MAIN: {"max_daily_loss": "10"}})
    desk.book.positions.load(Key("main", "follow", COIN), Position(quantity=Decimal(1), cost=Decimal(5)))
    denied = desk.alert("buy", "1")
    assert set(codes(denied)) == {"NO_CONVERSION", "MAX_DAILY_LOSS"}
    assert "losses cannot be measured: no price says what EUR is worth" in [r.message for r in denied.reasons]


def test_limits_count_in_the_portfolios_currency() -> None:
    desk = euros(limits={MAIN: {"max_order_notional": "110"}})
    desk.quote("1.1", symbol=EURO)
    assert codes(desk.alert("buy", "0.99", symbol=COIN)) == []
    denied = desk.alert("buy", "1", symbol=COIN)
    assert reason(denied) == ("MAX_ORDER_NOTIONAL", 110, Decimal("111.1"))


# --- spot --------------------------------------------------------------------------------------------------------


def spot(**balances: str) -> Desk:
    held = {currency: Decimal(amount) for currency, amount in ({"USDT": "1000"} | balances).items()}
    return Desk(account(balances=held, instruments={symbol: instrument(symbol) for symbol in (SPOT, BTC)}))


@pytest.mark.parametrize(("quantity", "denied"), [("9.9", False), ("9.901", True)])
def test_a_spot_buy_spends_what_is_there_at_its_worst_price(quantity: str, denied: bool) -> None:
    decision = spot().alert("buy", quantity, symbol=SPOT)
    expected = [("INSUFFICIENT_BALANCE", 1000, Decimal("1000.001"))] if denied else []
    assert [(r.code, r.limit, r.value) for r in decision.reasons] == expected


def test_what_live_buys_may_spend_is_not_spent_twice() -> None:
    desk = spot()
    desk.rest("buy", "6", symbol=SPOT)
    assert reason(desk.alert("buy", "5", symbol=SPOT)) == ("INSUFFICIENT_BALANCE", 400, 505)


def test_what_backs_contracts_is_not_spent_on_coins() -> None:
    desk = spot()
    desk.hold("50")
    assert codes(desk.alert("buy", "5", symbol=SPOT)) == ["INSUFFICIENT_BALANCE"]
    assert codes(desk.alert("buy", "4.9", symbol=SPOT)) == []


def test_what_buys_coins_does_not_back_contracts() -> None:
    desk = spot()
    desk.rest("buy", "6", symbol=SPOT)
    assert codes(desk.alert("sell", "40.001")) == ["INSUFFICIENT_MARGIN"]
    assert codes(desk.alert("sell", "40")) == []


def test_a_strategy_sells_the_coins_that_it_bought_and_no_others() -> None:
    desk = spot(BTC="5")
    assert reason(desk.alert("sell", "1", symbol=SPOT)) == ("INSUFFICIENT_BALANCE", 0, 1)
    desk.hold("2", symbol=SPOT)
    assert reason(desk.alert("sell", "2.001", symbol=SPOT)) == ("INSUFFICIENT_BALANCE", 2, Decimal("2.001"))
    assert moves(desk.alert("sell", "2", symbol=SPOT)) == [("sell", "2", "PENDING")]
    assert reason(desk.alert("sell", "0.1", symbol=SPOT))[:2] == ("INSUFFICIENT_BALANCE", 0)


def test_coins_that_a_fee_left_below_a_lot_stay() -> None:
    desk = spot()
    order_id = desk.place("buy", "2", symbol=SPOT)
    desk.fill(order_id, fee=Decimal("0.0025"), fee_currency="BTC")
    assert desk.position(Key("main", "follow", SPOT)).quantity == Decimal("1.9975")
    assert moves(desk.alert("close", symbol=SPOT)) == [("sell", "1.997", "PENDING")]


def test_coins_are_valued_at_their_own_price() -> None:
    desk = spot()
    desk.hold("2", symbol=SPOT)
    desk.mark("150", SPOT)
    assert (desk.book.equity(MAIN), desk.book.equity(FOLLOW)) == (1100, 100)
    assert desk.book.wallet("main", "BTC") == 2


# --- the venue's own bounds --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("quantity", "denied"), [("3", False), ("3.001", True)])
def test_an_order_is_no_larger_than_the_venue_takes(quantity: str, denied: bool) -> None:
    desk = Desk(account(instruments={BTC: instrument(max_quantity="3")}))
    decision = desk.alert("buy", quantity)
    expected = [("ABOVE_MAXIMUM", 3, Decimal(quantity))] if denied else []
    assert [(r.code, r.limit, r.value) for r in decision.reasons] == expected


def test_a_close_goes_in_parts_that_the_venue_takes() -> None:
    desk = Desk(account(instruments={BTC: instrument(max_quantity="3")}))
    desk.hold("3")
    desk.hold("2")
    assert moves(desk.alert("close")) == [("sell", "3", "PENDING"), ("sell", "2", "PENDING")]
    for order_id in desk.sent[-2:]:
        desk.fill(order_id)
    assert desk.quantity == 0


def test_no_part_of_a_close_is_below_the_least() -> None:
    desk = Desk(account(instruments={BTC: instrument(max_quantity="3", min_quantity="0.5")}))
    for _ in range(2):
        desk.hold("1.6")
    assert moves(desk.alert("close")) == [("sell", "2.7", "PENDING"), ("sell", "0.5", "PENDING")]


def test_a_stop_for_more_than_one_order_takes_goes_in_parts_too() -> None:
    desk = Desk(account(instruments={BTC: instrument(max_quantity="3")}))
    desk.hold("3")
    desk.hold("3")
    stop = desk.alert("close", order_type=OrderType.STOP, stop_price=Decimal(90), price=None)
    assert moves(stop) == [("sell", "3", "PENDING")] * 2


@pytest.mark.parametrize(("seconds", "denied"), [(1, False), (0, True), (-5, True)])
def test_an_order_that_is_good_till_a_time_comes_before_it(seconds: int, denied: bool) -> None:
    desk = Desk(strategy(kind=Literal()))
    until = {"time_in_force": TimeInForce.GTD, "expires_at": NOW + timedelta(seconds=seconds)}
    decision = desk.alert("buy", "1", order_type=OrderType.LIMIT, **until)
    assert codes(decision) == (["ORDER_EXPIRED"] if denied else [])


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
