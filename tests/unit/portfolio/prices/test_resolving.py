"""Which of a venue's markets answers."""

import pytest

from portfolio.prices.assets import Assets
from portfolio.prices.resolving import quote_of, resolve
from portfolio.prices.terms import PriceTerms
from portfolio.prices.wanting import wanted
from tests.unit.portfolio.prices.desk import Venues, market


def answer(asked: str, *listed: str, terms: PriceTerms | None = None, venue: str = "kraken") -> str | None:
    listing = {symbol: market(venue, symbol) for symbol in listed}
    found = resolve(asked, venue, listing, terms or PriceTerms())
    return found.symbol if found else None


@pytest.mark.parametrize(
    ("asked", "listed", "answers"),
    [
        ("BTC/USD", ["BTC/USDT", "BTC/USD"], "BTC/USD"),
        ("BTC/USD", ["BTC/USDC", "BTC/USDT"], "BTC/USDT"),
        ("BTC/USDC", ["BTC/USDT", "BTC/USD"], "BTC/USD"),
        ("BTC/EUR", ["BTC/USDT", "BTC/USD"], None),
        ("BTC/USD", ["BTC/EUR", "ETH/USD"], None),
        ("BTC/USD", ["BTC/USD:USD", "BTC/USDT:USDT"], None),
        ("BTC/USDT:USDT", ["BTC/USDT", "BTC/USDC:USDC"], "BTC/USDC:USDC"),
        ("BTC/USDT:USDT", ["BTC/USD:BTC"], None),
        ("BTC/USD:BTC", ["BTC/USDT:USDT", "BTC/USDT:BTC"], "BTC/USDT:BTC"),
        ("BTC/USDT:USDT-261225", ["BTC/USDT:USDT-261225", "BTC/USDT:USDT"], "BTC/USDT:USDT-261225"),
        ("BTC/USDT:USDT-261225", ["BTC/USDT:USDT"], None),
        ("USDT/USD", ["USDT/USDC"], "USDT/USDC"),
    ],
)
def test_the_same_market_answers_or_one_in_an_equivalent_currency(
    asked: str, listed: list[str], answers: str | None
) -> None:
    assert answer(asked, *listed) == answers


def test_a_market_that_is_closed_does_not_answer() -> None:
    listing = {"BTC/USD": market("kraken", "BTC/USD", is_active=False), "BTC/USDT": market("kraken", "BTC/USDT")}

    found = resolve("BTC/USD", "kraken", listing, PriceTerms())

    assert found is not None
    assert found.symbol == "BTC/USDT"


def test_a_coin_that_has_another_name_at_a_venue_is_found_there_by_the_users_word() -> None:
    terms = PriceTerms(assets=Assets.spelt({"kraken:LUNA": "LUNC"}))

    assert answer("LUNC/USD", "LUNA/USD", terms=terms) == "LUNA/USD"
    assert answer("LUNA/USD", "LUNA/USD", terms=terms) is None
    assert answer("LUNA/USD", "LUNA/USD", terms=terms, venue="coinbase") == "LUNA/USD"


@pytest.mark.parametrize(
    ("asked", "quote"), [("BTC/USD", "USD"), ("BTC/USDT:USDT-261225", "USDT"), ("BTC", None), ("", None)]
)
def test_a_symbol_says_in_which_currency_it_is_asked_for(asked: str, quote: str | None) -> None:
    assert quote_of(asked) == quote


def test_what_is_wanted_of_the_venues_are_the_markets_that_answer_and_those_of_the_rates() -> None:
    venues = Venues().lists("binance", "BTC/USDT", "ETH/USDT", "USDC/USDT").lists("kraken", "BTC/USD", "USDT/USD")

    assert wanted(["BTC/USD", "ETH/USD"], venues.listings, PriceTerms()) == {
        "binance": ("BTC/USDT", "ETH/USDT"),
        "kraken": ("BTC/USD", "USDT/USD"),
    }


def test_no_rate_is_wanted_where_nothing_is_converted() -> None:
    venues = Venues().lists("kraken", "BTC/USD", "USDT/USD")

    assert wanted(["BTC/USD"], venues.listings, PriceTerms()) == {"kraken": ("BTC/USD",)}
