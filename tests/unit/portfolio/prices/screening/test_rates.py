"""What one currency is worth in another."""

from portfolio.prices.screening.rates import Rates, rates_of
from tests.sights import D, ticker

RATES = rates_of(
    [
        ticker("BTC/USDT", bid="59999", ask="60001"),
        ticker("ETH/BTC", bid="0.05", ask="0.05"),
        ticker("EUR/USDT", bid=None, ask=None, last="1.25"),
        ticker("SOL/USDT:USDT", bid="1", ask="1"),
    ]
)


def test_a_currency_is_worth_itself() -> None:
    assert Rates().rate("EUR", "EUR") == 1


def test_a_market_is_read_either_way() -> None:
    assert RATES.rate("BTC", "USDT") == 60000
    assert RATES.rate("USDT", "EUR") == D("0.8")


def test_two_markets_are_joined_by_the_currency_between() -> None:
    assert RATES.rate("BTC", "EUR") == 48000
    assert RATES.rate("ETH", "USDT") == 3000


def test_what_nobody_quotes_has_no_rate() -> None:
    assert RATES.rate("BTC", "JPY") is None


def test_contracts_are_no_rates() -> None:
    assert RATES.rate("SOL", "USDT") is None
