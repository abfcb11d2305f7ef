"""The small values: numbers as text, sides, scopes."""

from decimal import Decimal

import pytest

from portfolio.model.decimals import ceil_to, floor_to, money, plain
from portfolio.model.position import Key
from portfolio.model.scope import PORTFOLIO, Scope
from portfolio.model.side import Side
from tests.fakes import BTC, ETH, FOLLOW, HELD, MAIN


@pytest.mark.parametrize(
    ("number", "text"),
    [("1E+3", "1000"), ("1.500", "1.5"), ("-0", "0"), ("0.00", "0"), ("-1.10", "-1.1"), ("1E-7", "0.0000001")],
)
def test_numbers_are_written_without_exponents_or_trailing_zeros(number: str, text: str) -> None:
    assert plain(Decimal(number)) == text


def test_money_has_twelve_decimals() -> None:
    assert money(Decimal(2) / 3) == Decimal("0.666666666667")


def test_steps_round_both_ways_and_leave_multiples_alone() -> None:
    step = Decimal("0.25")
    assert [floor_to(Decimal("1.3"), step), ceil_to(Decimal("1.3"), step)] == [Decimal("1.25"), Decimal("1.5")]
    assert floor_to(Decimal("1.5"), step) == ceil_to(Decimal("1.5"), step) == Decimal("1.5")


def test_a_side_signs_quantities() -> None:
    assert [Side.BUY.signed(Decimal(2)), Side.SELL.signed(Decimal(2))] == [2, -2]
    assert [Side.towards(Decimal(1)), Side.towards(Decimal(-1))] == [Side.BUY, Side.SELL]


SCOPES = [PORTFOLIO, MAIN, FOLLOW, Scope(symbol=BTC), Scope("main", symbol=BTC), Scope("main", "follow", BTC)]


@pytest.mark.parametrize("scope", SCOPES, ids=str)
def test_every_scope_around_a_holding_covers_it(scope: Scope) -> None:
    assert scope.covers(HELD)


@pytest.mark.parametrize("scope", SCOPES[1:], ids=str)
def test_no_narrower_scope_covers_another_holding(scope: Scope) -> None:
    assert not scope.covers(Key("other", "other", ETH))


def test_scopes_lie_within_one_another() -> None:
    assert PORTFOLIO.contains(MAIN)
    assert MAIN.contains(FOLLOW)
    assert MAIN.contains(MAIN)
    assert not FOLLOW.contains(MAIN)
    assert not Scope("main", symbol=BTC).contains(FOLLOW)


def test_a_scope_says_where_it_is() -> None:
    texts = ["portfolio", "account main", "strategy follow", f"portfolio, {BTC}", f"account main, {BTC}"]
    assert [str(scope) for scope in SCOPES] == [*texts, f"strategy follow, {BTC}"]
