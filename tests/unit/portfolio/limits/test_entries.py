"""How many entries build up one position, whatever became of their orders."""

from decimal import Decimal

import pytest

from portfolio.limits.limit import Use
from portfolio.model.scope import PORTFOLIO, Scope
from tests.fakes import BTC, ETH, FOLLOW, HELD, MAIN, Desk, codes, moves, strategy

SCOPES = [PORTFOLIO, MAIN, FOLLOW, Scope(symbol=BTC), Scope("main", symbol=BTC), Scope("main", "follow", BTC)]


def limited(scope: Scope = MAIN) -> Desk:
    return Desk(strategy(), strategy("other"), limits={scope: {"max_entries": "3"}})


def built(quantity: str = "1", entries: int = 3) -> Desk:
    desk = limited()
    for _ in range(entries):
        desk.hold(quantity)
    return desk


@pytest.mark.parametrize("scope", SCOPES, ids=str)
@pytest.mark.parametrize("side", ["buy", "sell"])
@pytest.mark.parametrize(("entries", "denied"), [(0, False), (1, False), (2, False), (3, True)])
def test_so_many_entries_and_no_more(scope: Scope, side: str, entries: int, denied: bool) -> None:
    desk = limited(scope)
    for _ in range(entries):
        desk.fill(desk.place(side, "1"))
    decision = desk.alert(side, "1")
    expected = [("MAX_ENTRIES", 3, 4, str(scope))] if denied else []
    assert [(r.code, r.limit, r.value, r.scope) for r in decision.reasons] == expected


def test_entries_in_flight_resting_and_unknown_count() -> None:
    desk = limited()
    desk.place("buy", "1")
    desk.rest("buy", "1", price="90")
    desk.report(desk.place("buy", "1"), "UNKNOWN")
    assert codes(desk.alert("buy", "1")) == ["UNKNOWN_ORDER", "MAX_ENTRIES"]


def test_an_order_counts_once_however_often_it_is_filled() -> None:
    desk = limited()
    entry = desk.rest("buy", "3", price="99")
    for _ in range(3):
        desk.fill(entry, "1")
    assert desk.position().entries == 1
    desk.hold("1")
    assert codes(desk.alert("buy", "1")) == []


def test_an_entry_that_was_filled_in_part_and_cancelled_counts() -> None:
    desk = built(entries=2)
    entry = desk.rest("buy", "3", price="99")
    desk.fill(entry, "1")
    desk.report(entry, "CANCELED")
    assert codes(desk.alert("buy", "1")) == ["MAX_ENTRIES"]


def test_an_entry_that_ended_without_a_fill_does_not_count() -> None:
    desk = built(entries=2)
    desk.report(desk.place("buy", "1"), "REJECTED")
    assert codes(desk.alert("buy", "1")) == []


def test_a_fill_that_comes_late_counts_once() -> None:
    desk = limited()
    entry = desk.rest("buy", "2", price="99")
    desk.report(entry, "CANCELED")
    desk.fill(entry, "1")
    desk.fill(entry, "1")
    assert desk.position().entries == 1


def test_a_fill_that_comes_late_and_opens_another_position_counts_again() -> None:
    desk = limited()
    entry = desk.rest("buy", "2", price="99")
    desk.fill(entry, "1")
    desk.report(entry, "CANCELED")
    desk.fill(desk.place("close"))
    desk.fill(entry, "1")
    assert (desk.quantity, desk.position().entries) == (1, 1)


def test_the_count_ends_with_the_position() -> None:
    desk = built()
    desk.fill(desk.place("close"))
    assert desk.position().entries == 0
    desk.hold("1")
    assert codes(desk.alert("buy", "1")) == []


def test_a_partial_close_changes_nothing() -> None:
    desk = built()
    desk.fill(desk.place("close", "1"))
    assert codes(desk.alert("buy", "1")) == ["MAX_ENTRIES"]


def test_the_count_begins_anew_when_the_position_turns_round() -> None:
    desk = built()
    desk.fill(desk.place("sell", "5"))
    assert (desk.quantity, desk.position().entries) == (-2, 1)
    desk.fill(desk.place("sell", "1"))
    assert codes(desk.alert("sell", "1")) == []
    assert codes(desk.alert("sell", "1")) == ["MAX_ENTRIES"]


def test_the_other_direction_counts_apart() -> None:
    desk = built()
    assert moves(desk.alert("sell", "5")) == [("sell", "5", "PENDING")]


def test_a_reversal_closes_and_opens() -> None:
    desk = built()
    first, second = desk.alert("reverse").orders
    desk.fill(first.client_order_id)
    desk.fill(second.client_order_id)
    assert (desk.quantity, desk.position().entries) == (-3, 1)


def test_a_close_is_no_entry() -> None:
    assert moves(built().alert("close")) == [("sell", "3", "PENDING")]


def test_each_strategy_and_symbol_counts_by_itself() -> None:
    desk = built()
    assert codes(desk.alert("buy", "1", symbol=ETH)) == []
    assert codes(desk.alert("buy", "1", strategy="other")) == []
    assert codes(desk.alert("buy", "1")) == ["MAX_ENTRIES"]


def test_less_than_a_lot_is_no_position() -> None:
    desk = built()
    desk.book.positions.load(HELD, desk.position())
    desk.fill(desk.place("close"), "2.9995")
    assert desk.position().entries == 0


def test_a_restart_forgets_nothing() -> None:
    desk = built(entries=2)
    desk.rest("buy", "1", price="90")
    desk.restart()
    desk.finish()
    assert codes(desk.alert("buy", "1")) == ["MAX_ENTRIES"]


def test_what_is_used_is_told_of_the_position_that_uses_most() -> None:
    desk = built(entries=2)
    desk.place("sell", "1", symbol=ETH)
    (item,) = desk.limits.all()
    assert item.use(desk.book, desk.now) == Use(Decimal(2), Decimal(3), BTC)
