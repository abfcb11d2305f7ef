"""Equity over time: days, peaks, snapshots, and the limits that trip by themselves."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from portfolio.marking import is_mark_due
from portfolio.model.account import Baseline, Snapshot
from portfolio.model.event import EventKind
from portfolio.model.scope import PORTFOLIO, Scope
from tests.fakes import BTC, ETH, FOLLOW, MAIN, NOW, Desk, account, codes, ids, strategy

MIDNIGHT = datetime(2026, 3, 3, tzinfo=UTC)


def holding(quantity: str = "10", **row: str) -> Desk:
    desk = Desk(limits={MAIN: row})
    desk.hold(quantity)
    return desk


def at(desk: Desk, moment: datetime, price: str | None = None) -> None:
    desk.now = moment
    desk.mark(price)


def equity(desk: Desk, scope: Scope = MAIN) -> Decimal:
    return desk.book.equity(scope)


# --- equity ------------------------------------------------------------------------------------------------------


def test_equity_is_the_wallet_and_what_is_not_realised_yet() -> None:
    desk = holding()
    desk.mark("110")
    assert [equity(desk, scope) for scope in (PORTFOLIO, MAIN)] == [10_100, 10_100]


def test_a_portfolio_is_the_sum_of_its_accounts() -> None:
    desk = Desk(account(), account("second"), strategy(), strategy("other", account="second"))
    desk.hold("10")
    desk.quote("110", on="second")
    desk.quote("110")
    desk.mark()
    assert [equity(desk, scope) for scope in (PORTFOLIO, MAIN, Scope("second"))] == [20_100, 10_100, 10_000]


def test_the_equity_of_a_strategy_or_symbol_is_its_profit_after_fees() -> None:
    desk = Desk()
    desk.fill(desk.place("buy", "10"), fee=Decimal(3))
    desk.fill(desk.place("close", "5"), price="110", fee=Decimal(2))
    desk.mark("120")
    assert [equity(desk, scope) for scope in (FOLLOW, Scope(symbol=BTC))] == [145, 145]
    assert equity(desk, Scope("main", symbol=ETH)) == 0


def test_a_holding_without_a_mark_counts_at_its_cost() -> None:
    desk, marked = Desk(), holding()
    desk.book.positions.load(*marked.book.positions.items()[0])
    assert equity(desk) == 10_000


# --- the day -----------------------------------------------------------------------------------------------------


def test_the_first_day_begins_with_the_starting_equity() -> None:
    desk = Desk()
    desk.mark()
    baseline = desk.book.baselines[PORTFOLIO]
    assert (baseline.day, baseline.day_start, baseline.peak) == (NOW.date(), 10_000, 10_000)


def test_a_day_begins_at_midnight_with_the_last_snapshot_before() -> None:
    desk = holding()
    at(desk, MIDNIGHT.replace(day=2, hour=23, minute=58), "105")
    at(desk, MIDNIGHT.replace(day=2, hour=23, minute=58, second=30), "107")
    at(desk, MIDNIGHT, "120")
    baseline = desk.book.baselines[MAIN]
    assert (baseline.day, baseline.day_start) == (MIDNIGHT.date(), 10_050)
    assert [e.detail for e in desk.events(EventKind.DAY_STARTED)] == [
        {"scope": "portfolio", "equity": "10050.000000000000"},
        {"scope": "account main", "equity": "10050.000000000000"},
    ]


def test_the_peak_outlives_the_day() -> None:
    desk = holding()
    desk.mark("150")
    at(desk, MIDNIGHT, "100")
    assert desk.book.baselines[MAIN].peak == 10_500


def test_a_day_turns_with_whatever_command_comes_first() -> None:
    desk = Desk()
    desk.mark()
    desk.now = MIDNIGHT
    desk.alert("buy", "1")
    assert desk.book.baselines[PORTFOLIO].day == MIDNIGHT.date()


def test_without_a_snapshot_the_day_begins_with_the_equity_of_the_moment() -> None:
    desk = holding()
    desk.book.snapshots.remove(MAIN)
    at(desk, MIDNIGHT, "105")
    assert desk.book.baselines[MAIN].day_start == 10_000


def test_a_clock_that_goes_back_does_not_turn_the_day() -> None:
    desk = holding()
    at(desk, MIDNIGHT)
    before = desk.book.baselines.as_dict()
    at(desk, NOW)
    assert desk.book.baselines.as_dict() == before


def test_a_limit_that_moved_to_another_scope_finds_a_baseline_there() -> None:
    desk = Desk(strategy(), strategy("other"), limits={Scope("main", "other"): {"max_daily_loss": "10"}})
    desk.book.baselines.load(FOLLOW, Baseline(NOW.date(), Decimal(0), Decimal(0)))
    desk.mark()
    assert Scope("main", "other") in desk.book.baselines


def test_yesterdays_loss_is_not_todays() -> None:
    desk = holding(max_daily_loss="100")
    at(desk, MIDNIGHT.replace(day=2, hour=23), "95")
    at(desk, MIDNIGHT, "86")
    assert desk.book.status_of(MAIN) == "ACTIVE"


# --- snapshots ---------------------------------------------------------------------------------------------------


def test_a_snapshot_is_due_each_minute() -> None:
    desk = holding()
    first = desk.book.snapshots[MAIN]
    at(desk, NOW.replace(second=59), "110")
    assert desk.book.snapshots[MAIN] == first
    at(desk, NOW.replace(minute=1))
    assert desk.book.snapshots[MAIN] == Snapshot(desk.now, Decimal(10_100))


# --- limits that trip --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("price", "state"), [("90.1", "ACTIVE"), ("90", "ACTIVE"), ("89.9", "REDUCING")])
@pytest.mark.parametrize("key", ["max_daily_loss", "max_drawdown"])
def test_a_loss_trips_its_scope_without_an_order(key: str, price: str, state: str) -> None:
    desk = holding(**{key: "1%"})
    desk.mark(price)
    assert desk.book.status_of(MAIN) == state


def test_a_breach_is_told_with_its_figures() -> None:
    desk = holding(max_daily_loss="100")
    desk.mark("89")
    (event,) = desk.events(EventKind.LOSS_LIMIT_BREACHED)
    assert event.detail == {
        "scope": "account main",
        "code": "MAX_DAILY_LOSS",
        "limit": "100",
        "value": "110.000000000000",
    }
    assert desk.book.states[MAIN].cause == "MAX_DAILY_LOSS"


def test_a_breach_cancels_entries_and_keeps_exits() -> None:
    desk = holding(max_daily_loss="100")
    entry, exit_id = desk.rest("buy", "1", price="80"), desk.rest("close", "1", price="120")
    desk.mark("89")
    assert desk.cancels == [entry]
    assert desk.status(exit_id) == "OPEN"


def test_a_breach_ends_openings_that_wait() -> None:
    desk = holding(max_daily_loss="100")
    _, opening = ids(desk.alert("reverse"))
    desk.mark("89")
    assert desk.status(opening) == "CANCELED"


def test_a_breach_by_a_fill_trips_at_once() -> None:
    desk = Desk(limits={MAIN: {"max_daily_loss": "100"}})
    desk.fill(desk.place("buy", "1"), fee=Decimal(101))
    assert desk.book.status_of(MAIN) == "REDUCING"


def test_a_breach_is_told_once_and_stays_though_prices_recover() -> None:
    desk = holding(max_daily_loss="100")
    for price in ("89", "80", "120"):
        desk.mark(price)
    assert len(desk.events(EventKind.LOSS_LIMIT_BREACHED)) == 1
    assert codes(desk.alert("buy", "0.1", price=None)) == ["REDUCING"]


def test_a_drawdown_is_counted_from_the_highest_equity() -> None:
    desk = holding(max_drawdown="100")
    for price, state in (("150", "ACTIVE"), ("140", "ACTIVE"), ("139.9", "REDUCING")):
        desk.mark(price)
        assert desk.book.status_of(MAIN) == state


def test_a_halt_is_never_softened_by_a_breach() -> None:
    desk = holding(max_daily_loss="100")
    desk.halt()
    desk.mark("80")
    assert desk.book.status_of(MAIN) == "HALTED"
    assert desk.events(EventKind.LOSS_LIMIT_BREACHED) == []


@pytest.mark.parametrize("key", ["max_daily_loss", "max_drawdown"])
def test_a_strategys_share_is_of_its_accounts_equity(key: str) -> None:
    desk = Desk(limits={FOLLOW: {key: "1%"}})
    desk.hold("10")
    desk.mark("91")
    assert desk.book.status_of(FOLLOW) == "ACTIVE"
    desk.mark("90")
    assert desk.book.status_of(FOLLOW) == "REDUCING"


@pytest.mark.parametrize("scope", [Scope(symbol=BTC), Scope("main", symbol=BTC), Scope("main", "follow", BTC)], ids=str)
def test_a_symbols_breach_lasts_and_leaves_the_other_symbols_alone(scope: Scope) -> None:
    desk = Desk(limits={scope: {"max_drawdown": "100"}})
    desk.hold("10")
    desk.mark("80")
    desk.mark("100")
    assert codes(desk.alert("buy", "1", symbol=ETH)) == []
    assert codes(desk.alert("buy", "1", price=None)) == ["REDUCING"]
    desk.resume()
    assert codes(desk.alert("buy", "1", price=None)) == []


# --- when a mark is due ------------------------------------------------------------------------------------------


def is_due(desk: Desk) -> bool:
    return is_mark_due(desk.book, desk.now)


def test_a_mark_is_due_at_first_at_midnight_and_each_minute_while_exposed() -> None:
    desk = Desk()
    assert is_due(desk)
    desk.mark()
    desk.wait(hours=1)
    assert not is_due(desk)
    at(desk, datetime(2026, 3, 3, tzinfo=UTC))
    assert not is_due(desk)
    desk.hold("1")
    desk.wait(seconds=61)
    assert is_due(desk)
    desk.now = datetime(2026, 3, 4, tzinfo=UTC)
    assert is_due(desk)


def test_what_cannot_be_valued_does_not_ask_for_a_mark_again_and_again() -> None:
    desk = Desk(account(balances={"USDT": Decimal(10_000), "GOLD": Decimal(1)}))
    desk.mark()
    assert (PORTFOLIO in desk.book.baselines, is_due(desk)) == (True, False)


def test_a_clock_that_was_set_back_does_not_ask_for_marks_until_the_day_comes_round() -> None:
    desk = Desk()
    desk.mark()
    desk.wait(days=-1)
    assert not is_due(desk)
