"""What a venue holds against the book: differences are seen twice, booked with an event, and never as profit."""

from datetime import timedelta
from decimal import Decimal

import pytest

from portfolio.model.account import Readiness, Wallet
from portfolio.model.command import Mark, ReportFunding
from portfolio.model.event import EventKind
from portfolio.model.fill import Funding
from portfolio.model.identifiers import UNASSIGNED
from portfolio.model.position import Key
from portfolio.model.scope import PORTFOLIO, Scope
from portfolio.model.transfer import TransferKind
from tests.fakes import BTC, COIN, ETH, HELD, INVERSE, MAIN, NOW, SPOT, Desk, account, codes, instrument, strategy
from tests.unit.portfolio.venue_desk import look, look_twice, outside, venue_desk

NOBODYS = Key("main", UNASSIGNED, BTC)
TEN = {"USDT": "10000"}


@pytest.fixture
def desk() -> Desk:
    return venue_desk()


def wallet(desk: Desk, currency: str = "USDT") -> Decimal:
    return desk.book.wallet("main", currency)


def shares(desk: Desk) -> dict[str, Decimal]:
    return {key.strategy: p.quantity for key, p in desk.book.positions.items() if p.quantity and key.symbol == BTC}


# --- the beginning -------------------------------------------------------------------------------------------------


def test_an_account_begins_with_what_its_venue_says_that_it_has() -> None:
    desk = Desk(account(balances={}), reconciled=False, limits={MAIN: {"max_daily_loss": "1"}})
    desk.mark("100")
    assert not look(desk, balances={"USDT": "10000", "EUR": "5"}).settled
    assert desk.book.readiness.get("main") is None
    assert look(desk, balances={"USDT": "10000", "EUR": "5"}).settled
    assert (wallet(desk), wallet(desk, "EUR")) == (10_000, 5)
    assert desk.book.readiness["main"] is Readiness.RECONCILED
    assert [event.detail["kind"] for event in desk.events(EventKind.BALANCE_ADJUSTED)] == ["opening", "opening"]
    assert {transfer.kind for transfer in desk.stored.transfers} == {TransferKind.OPENING}


def test_what_an_account_begins_with_is_no_profit() -> None:
    desk = Desk(account(balances={}), reconciled=False, limits={MAIN: {"max_daily_loss": "1"}})
    desk.mark("100")
    look(desk, balances=TEN)
    desk.mark()
    for scope in (MAIN, PORTFOLIO):
        baseline = desk.book.baselines[scope]
        assert (baseline.day_start, baseline.peak, desk.book.equity(scope)) == (10_000, 10_000, 10_000)


def test_what_cannot_be_priced_at_first_is_no_profit_once_it_can() -> None:
    desk = Desk(account(balances={}), reconciled=False)
    desk.mark()
    look(desk, balances={"USDT": "10000", "ETH": "2"})
    desk.mark()
    desk.mark("50", symbol=ETH)
    desk.mark()
    assert desk.book.baselines[PORTFOLIO].day_start == desk.book.equity(PORTFOLIO) == 10_100


def test_a_position_that_is_there_from_the_beginning_is_taken_over_at_its_entry_price() -> None:
    desk = Desk(account(balances={}), reconciled=False)
    desk.mark("100")
    look(desk, {BTC: ("3", "90")}, TEN)
    look(desk, {BTC: ("3", "90")}, TEN)
    assert shares(desk) == {UNASSIGNED: 3}
    assert look(desk, {BTC: ("3", "90")}, TEN).settled
    position = desk.book.position(NOBODYS)
    assert (position.cost, wallet(desk), desk.book.equity(MAIN)) == (270, 10_000, 10_030)
    desk.mark()
    assert desk.book.baselines[MAIN].day_start == desk.book.equity(MAIN)


# --- positions -----------------------------------------------------------------------------------------------------


def test_a_difference_is_booked_when_it_was_seen_twice(desk: Desk) -> None:
    desk.hold("2")
    desk.quote("120")
    desk.handle(Mark())
    reply = look_twice(desk, {BTC: "0.5"})
    (told,) = desk.events(EventKind.POSITION_ADJUSTED)
    facts = {name: told.detail[name] for name in ("venue", "book", "difference", "price", "side", "quantity")}
    assert facts == {
        "venue": "0.5",
        "book": "2",
        "difference": "-1.5",
        "price": "120",
        "side": "sell",
        "quantity": "1.5",
    }
    assert ([d.name for d in reply.adjusted], reply.settled, desk.quantity) == ([BTC], False, Decimal("0.5"))
    assert look(desk, {BTC: "0.5"}).settled


def test_what_is_adjusted_is_neither_profit_nor_loss(desk: Desk) -> None:
    desk.hold("2")
    desk.mark("150")
    before = desk.book.equity(PORTFOLIO) - desk.book.baselines[PORTFOLIO].day_start
    for quantity in ("0.5", "4", "-1"):
        look_twice(desk, {BTC: (quantity, "130")})
        assert desk.book.net("main", BTC) == Decimal(quantity)
        assert desk.book.equity(PORTFOLIO) - desk.book.baselines[PORTFOLIO].day_start == before


def test_the_missing_trade_has_the_price_that_leads_to_the_venues_entry_price(desk: Desk) -> None:
    desk.hold("1", price="100")
    look_twice(desk, {BTC: ("2", "110")})
    assert desk.stored.fills[-1].price == 120
    assert desk.book.net_positions("main")[BTC].cost == 220


def test_no_strategy_keeps_a_position_that_does_not_exist(desk: Desk) -> None:
    desk.hold("2")
    look_twice(desk, {})
    assert (desk.quantity, shares(desk)) == (0, {})


def test_what_is_nobodys_goes_first_and_what_turns_around_is_nobodys(desk: Desk) -> None:
    desk.hold("2")
    outside(desk, "T-1", quantity="1")
    look_twice(desk, {BTC: "1.5"})
    assert shares(desk) == {"follow": Decimal("1.5")}
    look_twice(desk, {BTC: "-1"})
    assert shares(desk) == {UNASSIGNED: -1}


def test_of_what_several_strategies_hold_the_difference_is_nobodys() -> None:
    desk = venue_desk(strategy("follow", shared=True), strategy("other", shared=True))
    desk.hold("2")
    desk.hold("1", strategy="other")
    look_twice(desk, {BTC: "1"})
    assert shares(desk) == {"follow": 2, "other": 1, UNASSIGNED: -2}


def test_protection_of_a_position_that_is_gone_is_cancelled(desk: Desk) -> None:
    desk.hold("2")
    stop = desk.rest("close", "2", price="120")
    look_twice(desk, {})
    assert desk.cancels == [stop]


def test_a_fill_in_between_begins_the_look_anew(desk: Desk) -> None:
    order_id = desk.rest("buy", "2")
    look(desk, {BTC: "1"})
    desk.fill(order_id, "1")
    assert look(desk, {BTC: "1"}).settled
    assert desk.events(EventKind.POSITION_ADJUSTED) == []


def test_what_was_booked_after_the_venue_was_asked_is_not_compared(desk: Desk) -> None:
    order_id = desk.rest("buy", "2")
    asked_at = desk.now
    desk.wait(milliseconds=1)
    desk.fill(order_id, "1")
    for _ in range(3):
        reply = look(desk, {}, asked_at=asked_at)
        assert (reply.settled, reply.not_compared) == (True, (BTC, "USDT"))
    assert desk.quantity == 1


@pytest.mark.parametrize("status", ["PENDING", "SUBMITTED", "UNKNOWN"])
def test_while_an_order_is_on_its_way_nothing_is_compared(desk: Desk, status: str) -> None:
    order_id = desk.place("buy", "1")
    if status != "PENDING":
        desk.report(order_id, status)
    for _ in range(3):
        assert look(desk, {BTC: "1"}).not_compared == (BTC, "USDT")
    assert desk.book.net("main", BTC) == 0


def test_an_order_that_is_provably_not_there_hides_nothing_at_the_start(desk: Desk) -> None:
    desk.hold("1")
    order_id = desk.place("buy", "1")
    desk.restart()
    for settled in (False, False, True):
        assert look(desk, {BTC: "3"}, absent=(order_id,)).settled is settled
        assert desk.sent == ([order_id] if settled else [])
    assert desk.book.net("main", BTC) == 3


def test_a_symbol_that_differs_takes_no_new_risk_and_lets_reductions_pass(desk: Desk) -> None:
    desk.hold("2")
    look(desk, {BTC: "3"})
    assert codes(desk.alert("buy", "1")) == ["NOT_RECONCILED"]
    assert codes(desk.alert("buy", "1", symbol=ETH, price="10")) == []
    close = desk.place("close")
    desk.fill(close)
    look(desk, {BTC: "1"})
    assert codes(desk.alert("buy", "1")) == ["NOT_RECONCILED"]
    look(desk, {})
    assert codes(desk.alert("buy", "1")) == []


def test_a_position_that_nobody_can_price_stays_a_difference(desk: Desk) -> None:
    for _ in range(3):
        reply = look(desk, {ETH: "1"})
    assert ([d.name for d in reply.differences], reply.settled) == ([ETH], False)
    desk.mark("10", symbol=ETH)
    look(desk, {ETH: "1"})
    assert desk.book.net("main", ETH) == 1


def test_a_position_without_terms_is_told_of_once_and_denies_nothing(desk: Desk) -> None:
    for _ in range(3):
        reply = look(desk, {"NEW/USDT:USDT": ("7", "2")})
        assert (reply.settled, [p.symbol for p in reply.unknown]) == (True, ["NEW/USDT:USDT"])
    (told,) = desk.events(EventKind.FOREIGN_POSITION_FOUND)
    assert (told.symbol, told.detail) == ("NEW/USDT:USDT", {"quantity": "7", "entry_price": "2"})
    assert codes(desk.alert("buy", "1")) == []


def test_inverse_contracts_are_adjusted_to_the_venues_entry_price() -> None:
    terms = {INVERSE: instrument(INVERSE, contract_size=Decimal(1), lot=Decimal(1))}
    desk = Desk(account(balances={}, instruments=terms), reconciled=False)
    desk.quote("50000", symbol=INVERSE)
    look(desk, {}, {"BTC": "1"})
    look_twice(desk, {INVERSE: ("1000", "40000")})
    look_twice(desk, {INVERSE: ("2000", "50000")})
    held = desk.book.net_positions("main")[INVERSE]
    assert held.quantity == 2000
    assert abs(held.cost + Decimal(2000) / 50_000) < Decimal("1E-11")
    assert wallet(desk, "BTC") == 1


# --- balances ------------------------------------------------------------------------------------------------------


def test_a_deposit_is_booked_when_seen_twice_and_is_no_profit(desk: Desk) -> None:
    reply = look_twice(desk, balances={"USDT": "15000"})
    assert ([d.name for d in reply.adjusted], wallet(desk)) == (["USDT"], 15_000)
    told = desk.events(EventKind.BALANCE_ADJUSTED)[-1].detail
    assert told == {
        "kind": "transfer",
        "currency": "USDT",
        "before": "10000",
        "after": "15000",
        "difference": "5000",
    }
    baseline = desk.book.baselines[PORTFOLIO]
    assert (baseline.day_start, baseline.peak, desk.book.snapshots[PORTFOLIO].equity) == (15_000, 15_000, 15_000)


def test_a_withdrawal_is_no_loss() -> None:
    desk = Desk(account(balances={}), reconciled=False, limits={MAIN: {"max_daily_loss": "10", "max_drawdown": "10"}})
    desk.quote("100")
    look(desk, balances=TEN)
    look(desk)
    look_twice(desk, balances={"USDT": "4000"})
    desk.mark()
    assert (wallet(desk), desk.book.states.as_dict()) == (4_000, {})
    assert codes(desk.alert("buy", "1")) == []


def test_what_a_venue_rounds_is_corrected_at_once_without_an_event(desk: Desk) -> None:
    told = len(desk.events(EventKind.BALANCE_ADJUSTED))
    assert look(desk, balances={"USDT": "10000.00000099"}).settled
    assert (wallet(desk), len(desk.events(EventKind.BALANCE_ADJUSTED))) == (Decimal("10000.00000099"), told)
    assert desk.stored.transfers[-1].kind is TransferKind.ROUNDING


def test_money_that_moves_by_a_booking_in_between_is_looked_at_anew(desk: Desk) -> None:
    paid = Funding(
        symbol=BTC, amount=Decimal(-5), currency="USDT", rate=Decimal("0.0001"), price=Decimal(100), time=NOW
    )
    look(desk, balances={"USDT": "9995"})
    desk.handle(ReportFunding("main", paid))
    assert look(desk, balances={"USDT": "9995"}).settled
    assert len(desk.events(EventKind.BALANCE_ADJUSTED)) == 1


def test_money_waits_until_the_positions_that_pay_it_agree(desk: Desk) -> None:
    desk.hold("2")
    assert look(desk, {}, {"USDT": "9990"}).not_compared == ("USDT",)
    look(desk, {}, {"USDT": "9990"})
    assert wallet(desk) == 10_000
    look_twice(desk, {}, {"USDT": "9990"})
    assert wallet(desk) == 9_990


def test_coins_that_were_sold_elsewhere_cannot_be_sold_here() -> None:
    terms = {SPOT: instrument(SPOT)}
    desk = Desk(account(balances={}, instruments=terms), reconciled=False)
    desk.quote("100", symbol=SPOT)
    look(desk, balances=TEN)
    look(desk)
    desk.hold("2", symbol=SPOT)
    key = Key("main", "follow", SPOT)
    look_twice(desk, balances={"USDT": "9950", "BTC": "0.5"})
    assert (desk.book.position(key).quantity, desk.book.reducible(key)) == (Decimal("0.5"), Decimal("0.5"))
    assert (wallet(desk, "BTC"), wallet(desk)) == (Decimal("0.5"), 9_950)
    (told,) = desk.events(EventKind.POSITION_ADJUSTED)
    assert (told.detail["venue"], told.detail["book"], told.detail["quantity"]) == ("0.5", "2", "1.5")


def test_coins_that_somebody_sells_are_first_those_that_no_strategy_holds() -> None:
    terms = {SPOT: instrument(SPOT)}
    desk = Desk(account(balances={}, instruments=terms), reconciled=False)
    desk.quote("100", symbol=SPOT)
    look(desk, balances={**TEN, "BTC": "1"})
    look(desk)
    desk.hold("2", symbol=SPOT)
    outside(desk, "T-1", "sell", "2.5", symbol=SPOT)
    held = {key.strategy: position.quantity for key, position in desk.book.positions.items() if position.quantity}
    assert (held, wallet(desk, "BTC")) == ({"follow": Decimal("0.5"), UNASSIGNED: -1}, Decimal("0.5"))
    (close,) = desk.alert("close", symbol=SPOT).orders
    assert (close.quantity, close.status) == (Decimal("0.5"), "PENDING")


def test_of_coins_no_more_is_reducible_than_there_are() -> None:
    desk = Desk(account(instruments={SPOT: instrument(SPOT)}))
    desk.hold("2", symbol=SPOT)
    desk.book.wallets.load(Wallet("main", "BTC"), Decimal("0.5"))
    assert desk.book.reducible(Key("main", "follow", SPOT)) == Decimal("0.5")


# --- what is kept --------------------------------------------------------------------------------------------------


def test_history_is_read_again_from_a_minute_before_the_last_look_but_never_from_before_the_first(desk: Desk) -> None:
    known = desk.book.reconciliations["main"]
    assert desk.book.history_since("main") == known.begun_at
    desk.wait(seconds=100)
    look(desk)
    desk.restart()
    until, since = desk.book.reconciliations["main"].history_until, desk.book.history_since("main")
    assert until is not None
    assert since == until - timedelta(seconds=60)
    assert desk.book.history_since("nobody") is None


def test_an_account_that_failed_to_be_compared_keeps_what_it_knew(desk: Desk) -> None:
    known = desk.book.reconciliations["main"]
    desk.fail()
    failed = desk.book.reconciliations["main"]
    assert (failed.result, failed.history_until) == ("FAILED", known.history_until)
    look(desk)
    assert desk.book.reconciliations["main"].result == "SETTLED"


def test_a_restart_forgets_what_was_seen_once(desk: Desk) -> None:
    desk.hold("2")
    look(desk, {BTC: "3"})
    desk.restart()
    reply = look(desk, {BTC: "3"})
    assert (reply.adjusted, desk.book.readiness.get("main")) == ((), None)


def test_other_accounts_are_left_alone() -> None:
    desk = Desk(account(), account("second", balances={}), strategy(), strategy("far", account="second"))
    desk.hold("2")
    desk.finish(on="second", positions=(), balances=())
    desk.finish(on="second", positions=(), balances=())
    assert (desk.position(HELD).quantity, desk.book.equity(Scope("second"))) == (2, 0)
    assert COIN in desk.book.setup.accounts["second"].instruments
