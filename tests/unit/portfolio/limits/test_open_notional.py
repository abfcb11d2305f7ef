"""Entries that are not executed yet are worth so much together, at most."""

from decimal import Decimal

import pytest

from portfolio.limits.limit import Use
from portfolio.model.scope import PORTFOLIO, Scope
from tests.fakes import BTC, ETH, FOLLOW, MAIN, Desk, codes, moves

SCOPES = [PORTFOLIO, MAIN, FOLLOW, Scope(symbol=BTC), Scope("main", symbol=BTC), Scope("main", "follow", BTC)]


def limited(scope: Scope = MAIN, most: str = "1000") -> Desk:
    return Desk(limits={scope: {"max_open_notional": most}})


@pytest.mark.parametrize("scope", SCOPES, ids=str)
@pytest.mark.parametrize("most", ["1000", "10%"])
@pytest.mark.parametrize(("quantity", "denied"), [("3.999", False), ("4", False), ("4.001", True)])
def test_resting_entries_and_the_new_one_count_together(scope: Scope, most: str, quantity: str, denied: bool) -> None:
    desk = limited(scope, most)
    desk.rest("sell", "6", price="100")
    decision = desk.alert("sell", quantity)
    expected = [("MAX_OPEN_NOTIONAL", 1000, Decimal("1000.1"), str(scope))] if denied else []
    assert [(r.code, r.limit, r.value, r.scope) for r in decision.reasons] == expected


def test_orders_on_their_way_and_in_doubt_count() -> None:
    desk = limited()
    desk.place("sell", "3")
    desk.report(desk.place("sell", "3", symbol=ETH), "UNKNOWN")
    assert codes(desk.alert("sell", "4.001")) == ["MAX_OPEN_NOTIONAL"]


def test_what_is_executed_counts_no_more() -> None:
    desk = limited()
    desk.hold("-9")
    resting = desk.rest("sell", "9", price="100")
    desk.fill(resting, "5")
    assert codes(desk.alert("sell", "6")) == []


def test_an_exit_does_not_count_and_passes() -> None:
    desk = limited()
    desk.hold("9")
    desk.rest("close", "9", price="120")
    assert moves(desk.alert("buy", "9")) == [("buy", "9", "PENDING")]


def test_what_is_used_is_told() -> None:
    desk = limited()
    desk.rest("sell", "6", price="100")
    (item,) = desk.limits.all()
    assert item.use(desk.book, desk.now) == Use(Decimal(600), Decimal(1000))
