"""The newest of each market, whatever order it is heard in."""

from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.prices.board import PriceBoard, age_s, newness
from portfolio.prices.source import SourceState, SourceStatus
from portfolio.prices.ticker import Ticker
from tests.unit.portfolio.prices.desk import NOW_S, START, ticker

PRICES = st.sampled_from(["100", "101", "102", None])


@st.composite
def heard(draw: st.DrawFn) -> Ticker:
    """Of two venues and two markets, received within ten seconds; some with the venue's time, some of it wrong."""
    age = draw(st.integers(0, 10))
    told = draw(st.sampled_from([None, -3600, -2, 0, 1, 7200]))
    return ticker(
        draw(st.sampled_from(["kraken", "binance"])),
        draw(st.sampled_from(["BTC/USD", "ETH/USD"])),
        draw(PRICES),
        draw(PRICES),
        age_s=age,
        venue_time=None if told is None else START - timedelta(seconds=age) + timedelta(seconds=told),
    )


def states() -> st.SearchStrategy[SourceState]:
    return st.builds(
        SourceState,
        venue=st.sampled_from(["kraken", "binance"]),
        status=st.sampled_from(SourceStatus),
        at_s=st.integers(0, 5).map(float),
        failures=st.integers(0, 2),
        next_try_s=st.none() | st.integers(0, 9).map(float),
    )


def board(news: list[Ticker | SourceState]) -> PriceBoard:
    made = PriceBoard()
    for item in news:
        made.hear(item)
    return made


def newest(made: PriceBoard) -> dict[tuple[str, str], Ticker | None]:
    return {(v, s): made.ticker(v, s) for v in ("kraken", "binance") for s in ("BTC/USD", "ETH/USD")}


@given(st.lists(heard() | states(), max_size=12).flatmap(lambda news: st.tuples(st.just(news), st.permutations(news))))
def test_a_board_is_independent_of_the_order_of_arrival(orders: tuple[list[Ticker], list[Ticker]]) -> None:
    one, other = (board(list(order)) for order in orders)

    assert newest(one) == newest(other)
    assert one.states == other.states


def test_the_venues_own_time_decides_before_that_of_receipt() -> None:
    late = ticker("binance", "BTC/USD", "99", "100", age_s=0, venue_time=START - timedelta(seconds=5))
    true = ticker("binance", "BTC/USD", "101", "102", age_s=1, venue_time=START - timedelta(seconds=1))

    for order in permutations([late, true]):
        assert board(list(order)).ticker("binance", "BTC/USD") is true


def test_a_time_in_the_future_does_not_keep_out_what_comes_after_it() -> None:
    wrong = ticker("binance", "BTC/USD", "1", "2", age_s=5, venue_time=START + timedelta(days=1))
    right = ticker("binance", "BTC/USD", "101", "102", age_s=0, venue_time=START)

    assert board([wrong, right]).ticker("binance", "BTC/USD") is right


def test_no_two_different_tickers_of_a_market_are_equally_new() -> None:
    one, other = ticker("kraken", "BTC/USD", "99", "100"), ticker("kraken", "BTC/USD", "99", None)

    assert newness(one) != newness(other)
    assert (newness(one) < newness(other)) != (newness(other) < newness(one))


@pytest.mark.parametrize(("told_s", "age"), [(None, 3.0), (0, 3.0), (-4, 7.0), (2, 3.0)])
def test_the_age_counts_from_receipt_and_what_the_venue_says_passed_before(told_s: int | None, age: float) -> None:
    """Kraken says nothing; and a clock that is ahead makes nothing younger."""
    received_at = START - timedelta(seconds=3)
    told = None if told_s is None else received_at + timedelta(seconds=told_s)

    assert age_s(ticker("kraken", "BTC/USD", "99", "100", age_s=3, venue_time=told), NOW_S) == age


def test_a_board_knows_since_when_a_market_says_the_same() -> None:
    made = board([ticker("kraken", "BTC/USD", price, "102", age_s=age) for price, age in (("99", 9), ("100", 7))])
    made.hear(ticker("kraken", "BTC/USD", "100", "102", age_s=1, bid_size=Decimal(5)))

    standing = made.standing("kraken", "BTC/USD")

    assert standing is not None
    assert (standing.unchanged_s, standing.has_moved) == (6.0, True)


@given(st.lists(st.tuples(PRICES, st.integers(0, 9)), min_size=1, max_size=8))
def test_whatever_the_order_nothing_counts_as_unchanged_that_has_moved(said: list[tuple[str | None, int]]) -> None:
    tickers = [ticker("kraken", "BTC/USD", price, "200", age_s=age) for price, age in said]
    standing = board(list(tickers)).standing("kraken", "BTC/USD")

    assert standing is not None
    since = [one for one in tickers if newness(standing.first) <= newness(one)]
    assert {one.bid for one in since} == {standing.newest.bid}


def test_a_state_that_is_older_than_what_is_known_changes_nothing() -> None:
    made = PriceBoard()

    assert made.hear(SourceState(venue="kraken", status=SourceStatus.TIMED_OUT, at_s=5.0))
    assert not made.hear(SourceState(venue="kraken", status=SourceStatus.LIVE, at_s=4.0))
    assert made.states["kraken"].status is SourceStatus.TIMED_OUT


def test_the_version_rises_with_news_alone() -> None:
    made = PriceBoard()
    one = ticker("kraken", "BTC/USD", "99", "100")

    assert (made.hear(one), made.version) == (True, 1)
    assert (made.hear(one), made.version) == (False, 1)
