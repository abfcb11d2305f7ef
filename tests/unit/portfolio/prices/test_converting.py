"""Prices in another currency: by a quoted rate, or not at all."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from portfolio.prices.assets import Assets
from portfolio.prices.converting import Converter
from portfolio.prices.rate import Rate
from portfolio.prices.source import SourceStatus
from portfolio.prices.terms import PriceTerms
from tests.unit.portfolio.prices.desk import NOW_S, Venues

D = Decimal
POSITIVE = st.decimals("0.000001", "1000000", places=8)


def rate(venues: Venues, source: str, target: str, venue: str = "binance") -> Rate | None:
    return Converter(venues.board, venues.terms, NOW_S).rate(source, target, venue)


def test_bids_are_converted_at_the_bid_and_asks_at_the_ask() -> None:
    """100,000 USDT bid x 0.9990 = 99,900 USD; 100,010 asked x 0.9992 = 99,929.992 USD."""
    found = rate(Venues().says("kraken", "USDT/USD", "0.9990", "0.9992"), "USDT", "USD")

    assert found is not None
    assert found.bids(D(100_000)) == D("99900")
    assert found.asks(D(100_010)) == D("99929.992")
    assert [(step.venue, step.symbol) for step in found.steps] == [("kraken", "USDT/USD")]


def test_a_market_that_quotes_the_other_way_round_is_turned() -> None:
    """EUR/USDT at 1.25 / 1.60: a USDT sold brings 1/1.60 EUR, a USDT bought costs 1/1.25 EUR."""
    found = rate(Venues().says("kraken", "EUR/USDT", "1.25", "1.60"), "USDT", "EUR")

    assert found is not None
    assert (found.bid, found.ask) == (D("0.625"), D("0.8"))
    assert found.steps[0].is_reciprocal


def test_the_venues_own_rate_is_taken_before_a_fresher_one_elsewhere() -> None:
    venues = Venues().says("kraken", "USDT/USD", "0.99", "1.00").says("binance", "USDT/USD", "0.98", "0.99", age_s=5)

    assert rate(venues, "USDT", "USD", "binance") == rate(venues, "USDT", "USD", "binance")
    assert rate(venues, "USDT", "USD", "binance").bid == D("0.98")  # type: ignore[union-attr]


def test_where_the_venue_has_none_the_first_of_the_terms_is_taken_whoever_spoke_last() -> None:
    venues = Venues(PriceTerms(venues=("kraken", "bitstamp")))
    venues.says("kraken", "USDT/USD", "0.99", "1.00", age_s=3).says("okx", "USDT/USD", "0.98", "0.99")
    venues.says("bitstamp", "USDT/USD", "0.97", "0.98", age_s=1)

    assert rate(venues, "USDT", "USD").steps[0].venue == "kraken"  # type: ignore[union-attr]


def test_a_venue_that_the_terms_leave_out_comes_after_the_others() -> None:
    venues = Venues(PriceTerms(venues=("kraken",))).says("okx", "USDT/USD", "0.98", "0.99")

    assert rate(venues, "USDT", "USD").steps[0].venue == "okx"  # type: ignore[union-attr]


def test_no_rate_is_assumed() -> None:
    assert rate(Venues(), "USDT", "USD") is None
    assert "nobody quotes" in Converter(Venues().board, PriceTerms(), NOW_S).why_not("USDT", "USD")


def test_a_rate_that_is_stale_crossed_one_sided_or_of_a_venue_that_is_down_is_none() -> None:
    assert rate(Venues().says("kraken", "USDT/USD", "0.99", "1.00", age_s=11), "USDT", "USD") is None
    assert rate(Venues().says("kraken", "USDT/USD", "1.01", "1.00"), "USDT", "USD") is None
    assert rate(Venues().says("kraken", "USDT/USD", "0.99", None), "USDT", "USD") is None
    assert rate(Venues().says("kraken", "USDT/USD", "0", "1.00"), "USDT", "USD") is None
    down = Venues().says("kraken", "USDT/USD", "0.99", "1.00").is_in("kraken", SourceStatus.TIMED_OUT)
    assert rate(down, "USDT", "USD") is None


def test_a_rate_of_another_coin_with_the_same_code_is_none() -> None:
    terms = PriceTerms(assets=Assets({("kraken", "USDT"): "OTHERT"}))

    assert rate(Venues(terms).says("kraken", "USDT/USD", "0.5", "0.6"), "USDT", "USD") is None


def test_why_there_is_no_rate_is_told_with_its_age() -> None:
    venues = Venues().says("kraken", "USDT/USD", "0.99", "1.00", age_s=45)

    said = Converter(venues.board, venues.terms, NOW_S).why_not("USDT", "USD")

    assert said == "USDT/USD of kraken is 45.0 s old, the limit is 10 s"


@given(POSITIVE, POSITIVE, POSITIVE)
def test_there_and_back_never_gains(amount: Decimal, bid: Decimal, width: Decimal) -> None:
    there = Rate("USDT", "EUR", bid, bid + width)
    back = there.turned()

    assert back.bids(there.bids(amount)) <= amount
    assert back.turned().bid <= there.bid
    assert back.asks(there.asks(amount)) >= amount


@given(POSITIVE, POSITIVE, POSITIVE, POSITIVE, POSITIVE)
def test_nor_does_it_over_a_third_currency(a: Decimal, b: Decimal, c: Decimal, d: Decimal, amount: Decimal) -> None:
    over = Rate("COIN", "USDT", a, a + b).then(Rate("EUR", "USDT", c, c + d).turned())

    assert over.source == "COIN"
    assert over.target == "EUR"
    assert over.turned().bids(over.bids(amount)) <= amount
