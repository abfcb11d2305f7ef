"""How a price has changed since a day ago, as the venue says it, or else by its candles."""

from decimal import Decimal

import pytest

from portfolio.prices.board import PriceBoard
from portfolio.prices.day_change import ChangeSource, DayAgo, change_since
from portfolio.prices.row import PriceRow
from portfolio.prices.rows import Glance
from portfolio.prices.terms import PriceTerms
from tests.prices import market, ticker

BTC = "BTC/USD"


def row(*, days: dict[tuple[str, str], DayAgo], now_s: float = 100.0, **said: object) -> PriceRow:
    """Kraken's, which has been heard of at 100 seconds."""
    board = PriceBoard()
    board.hear(ticker("kraken", BTC, "110", "111", received_s=100.0, **said))
    return Glance(board, {"kraken": {BTC: market("kraken", BTC)}}, PriceTerms(), now_s, days).row(BTC, "kraken")


@pytest.mark.parametrize(
    ("then", "now", "change"),
    [("100", "110", "0.1"), ("100", "90", "-0.1"), ("0", "90", None), ("100", "0", None), (None, "1", None)],
)
def test_a_change_needs_a_price_then_and_a_price_now(then: str | None, now: str, change: str | None) -> None:
    assert change_since(Decimal(then) if then else None, Decimal(now)) == (Decimal(change) if change else None)


def test_candles_tell_it_where_the_ticker_does_not() -> None:
    told = row(days={("kraken", BTC): DayAgo(Decimal(88), 200.0)}, change_24h=None)
    assert (told.change_24h, told.change_source) == (Decimal("0.25"), ChangeSource.CANDLES)


def test_what_the_ticker_says_comes_first() -> None:
    told = row(days={("kraken", BTC): DayAgo(Decimal(88), 200.0)}, change_24h=Decimal("0.01"))
    assert (told.change_24h, told.change_source) == (Decimal("0.01"), ChangeSource.TICKER)


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ({}, {}),
        ({("kraken", "ETH/USD"): DayAgo(Decimal(88), 200.0)}, {}),
        ({("binance", BTC): DayAgo(Decimal(88), 200.0)}, {}),
        ({("kraken", BTC): DayAgo(Decimal(88), 99.0)}, {}),
        ({("kraken", BTC): DayAgo(Decimal(88), 200.0)}, {"last": None}),
    ],
)
def test_without_a_price_then_or_now_there_is_none(
    days: dict[tuple[str, str], DayAgo], said: dict[str, object]
) -> None:
    told = row(days=days, change_24h=None, **said)
    assert (told.change_24h, told.change_source) == (None, None)
