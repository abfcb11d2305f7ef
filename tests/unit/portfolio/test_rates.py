"""What one unit of a currency is worth, from the marks of what is traded."""

from datetime import timedelta
from decimal import Decimal

import pytest

from portfolio.model.order import PriceSource
from portfolio.model.quote import MarkPrice
from portfolio.rates import Rates
from portfolio.setup import Setup
from tests.fakes import BTC, INVERSE, NOW, SPOT, account, instrument

D = Decimal
STABLE = frozenset({"USD", "USDT", "USDC"})


def rates(
    marks: dict[tuple[str, str], str], *, currency: str = "USDT", pegged: frozenset[str] = STABLE, **seconds: int
) -> Rates:
    """Two accounts, `main` and `other`, that know the symbols marked; `seconds` are when a mark is from, by account."""
    names = ("main", "other")
    instruments = {symbol: instrument(symbol) for _, symbol in marks}
    setup = Setup(
        currency=currency,
        max_age_s=D(300),
        accounts={name: account(name, instruments=instruments) for name in names},
        strategies={},
        pegged=pegged,
    )
    known = {
        where: MarkPrice(D(price), PriceSource.QUOTE, NOW + timedelta(seconds=seconds.get(where[0], place)))
        for place, (where, price) in enumerate(marks.items())
    }
    return Rates(setup, known.get)


def test_the_portfolios_own_currency_is_worth_one() -> None:
    assert rates({}).of("main", "USDT") == 1


@pytest.mark.parametrize("symbol", [SPOT, BTC, INVERSE, "BTC/USDC"])
def test_every_family_says_what_its_base_is_worth(symbol: str) -> None:
    assert rates({("main", symbol): "50000"}).of("main", "BTC") == 50_000


def test_what_nothing_prices_is_not_known() -> None:
    assert rates({("main", SPOT): "50000"}).of("main", "ETH") is None


@pytest.mark.parametrize(("currency", "rate"), [("USD", 1), ("USDC", 1), ("EUR", None)])
def test_pegged_currencies_count_one_to_one(currency: str, rate: int | None) -> None:
    assert rates({}).of("main", currency) == rate


def test_a_peg_holds_only_where_the_portfolios_currency_is_pegged_too() -> None:
    assert rates({}, currency="EUR").of("main", "USDT") is None
    assert rates({}, pegged=frozenset()).of("main", "USD") is None


def test_a_price_beats_a_peg() -> None:
    found = rates({("main", "USDC/USDT"): "0.97", ("main", "BTC/USDC"): "50000"})
    assert (found.of("main", "USDC"), found.of("main", "BTC")) == (D("0.97"), 48_500)


def test_the_newest_of_two_prices_counts() -> None:
    assert rates({("main", SPOT): "50000", ("main", BTC): "51000"}).of("main", "BTC") == 51_000
    assert rates({("main", BTC): "51000", ("main", SPOT): "50000"}).of("main", "BTC") == 50_000


def test_an_accounts_own_price_beats_a_newer_one_of_another() -> None:
    marks = {("main", SPOT): "50000", ("other", SPOT): "52000"}
    assert [rates(marks).of(name, "BTC") for name in ("main", "other")] == [50_000, 52_000]
    assert rates({("other", SPOT): "52000"}).of("main", "BTC") == 52_000


def test_a_straight_price_beats_a_newer_one_over_another_currency() -> None:
    marks = {("main", SPOT): "50000", ("main", "ETH/USDT"): "2000", ("main", "ETH/BTC"): "0.05"}
    assert rates(marks).of("main", "ETH") == 2_000


def test_a_rate_may_lead_over_another_currency() -> None:
    assert rates({("main", SPOT): "50000", ("main", "ETH/BTC"): "0.05"}).of("main", "ETH") == 2_500


def test_a_price_in_the_portfolios_currency_is_read_the_other_way_round_too() -> None:
    found = rates({("main", "EUR/USD"): "1.25"}, currency="EUR", pegged=frozenset({"USD", "USDT"}))
    assert found.of("main", "USD") == D("0.8")


def test_prices_that_lead_in_a_circle_lead_nowhere() -> None:
    assert rates({("main", "A/B"): "2", ("main", "B/A"): "0.5"}).of("main", "A") is None


def test_what_was_found_is_remembered_until_it_is_forgotten() -> None:
    marks = {("main", SPOT): MarkPrice(D(100), PriceSource.QUOTE, NOW)}
    setup = Setup(
        currency="USDT",
        max_age_s=D(300),
        accounts={"main": account(instruments={SPOT: instrument(SPOT)})},
        strategies={},
    )
    found = Rates(setup, marks.get)
    assert found.of("main", "BTC") == 100
    marks["main", SPOT] = MarkPrice(D(110), PriceSource.QUOTE, NOW)
    assert found.of("main", "BTC") == 100
    found.forget()
    assert found.of("main", "BTC") == 110
