"""Quotes with their age."""

from dataclasses import replace
from decimal import Decimal

import pytest

from exchange.quotes import QuoteBoard
from portfolio.ports import QuoteSource
from tests.fakes import BTC, ETH, quote

D = Decimal


class Clock:
    def __init__(self) -> None:
        self.now_s = 50.0

    def __call__(self) -> float:
        return self.now_s


def test_a_quote_ages_by_the_monotonic_clock() -> None:
    clock = Clock()
    board = QuoteBoard(clock)
    board.put("main", BTC, D(99), D(101))
    clock.now_s += 1.2345
    assert board.latest("main", BTC) == replace(quote("99", "101", age_s="1.234"), number=1)


def test_the_newest_quote_replaces_the_one_before() -> None:
    clock = Clock()
    board = QuoteBoard(clock)
    board.put("main", BTC, D(99), D(101))
    clock.now_s += 5
    board.put("main", BTC, D(100), D(100))
    assert board.latest("main", BTC) == replace(quote("100", age_s="0"), number=2)
    assert board.version == 2


def test_there_is_no_quote_where_none_was_ever_brought() -> None:
    board = QuoteBoard()
    board.put("main", BTC, D(99), D(101))
    assert board.latest("main", ETH) is None
    assert board.latest("other", BTC) is None


def test_all_quotes_are_told_together() -> None:
    board: QuoteSource = QuoteBoard(Clock())
    assert board.all() == ()
    board.put("main", BTC, D(1), D(1))  # type: ignore[attr-defined]
    board.put("other", ETH, D(2), D(2))  # type: ignore[attr-defined]
    assert [(known.account, known.symbol) for known in board.all()] == [("main", BTC), ("other", ETH)]


@pytest.mark.parametrize(("bid", "ask"), [("0", "1"), ("-1", "1"), ("2", "1")])
def test_what_cannot_be_a_quote_is_refused(bid: str, ask: str) -> None:
    with pytest.raises(ValueError, match="are no quote"):
        QuoteBoard().put("main", BTC, D(bid), D(ask))
