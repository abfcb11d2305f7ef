"""What is owned, valued in any currency by quoted prices, and how that has changed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.model.worth import AssetWorth, WalletPart, WalletSnapshot
from portfolio.prices.assets import Assets
from portfolio.prices.net_worth import NetWorth, WorthChange, assets_of, change_since, net_worth
from portfolio.prices.terms import PriceTerms
from portfolio.prices.valuing import Valuer, value_symbols
from tests.unit.portfolio.prices.desk import START, Venues

D = Decimal


def has(currency: str, total: str, account: str = "main", unrealised: str = "0") -> WalletPart:
    return WalletPart(account=account, currency=currency, total=D(total), unrealised=D(unrealised))


def valuer(venues: Venues) -> Valuer:
    glance = venues.glance()
    return Valuer(glance.converter, glance.terms)


def worth(venues: Venues, *parts: WalletPart, currency: str = "EUR", venue: str = "paper") -> NetWorth:
    return net_worth(parts, currency, valuer(venues), lambda account: venue)


def usual() -> Venues:
    """A bitcoin is 100,000 USDT; a euro is 1.25 USDT; a COIN is 5 USDT."""
    return (
        Venues()
        .says("binance", "BTC/USDT", "99999", "100001")
        .says("kraken", "EUR/USDT", "1.2498", "1.2502")
        .says("binance", "COIN/USDT", "4.99", "5.01")
    )


def test_a_coin_is_worth_the_middle_of_its_own_market() -> None:
    row = worth(usual(), has("BTC", "0.5"), currency="USDT").rows[0]

    assert (row.value, row.share) == (50_000, 1)
    assert row.rate is not None
    assert [(step.venue, step.symbol) for step in row.rate.steps] == [("binance", "BTC/USDT")]


def test_what_is_in_the_currency_asked_for_needs_no_price() -> None:
    row = worth(Venues(), has("EUR", "20")).rows[0]

    assert row.value == 20
    assert row.rate is not None
    assert row.rate.steps == ()


def test_a_market_the_other_way_round_tells_it_too() -> None:
    """1.25 USDT a euro: 100 USDT are 80 EUR."""
    row = worth(usual(), has("USDT", "100")).rows[0]

    assert row.value is not None
    assert round(row.value, 3) == 80


def test_a_bridge_of_two_markets_is_told_step_by_step() -> None:
    """5 USDT a COIN and 1.25 USDT a euro: 10 COIN are 40 EUR."""
    row = worth(usual(), has("COIN", "10")).rows[0]

    assert row.value is not None
    assert round(row.value, 3) == 40
    assert row.rate is not None
    assert [(step.venue, step.symbol, step.is_reciprocal) for step in row.rate.steps] == [
        ("binance", "COIN/USDT", False),
        ("kraken", "EUR/USDT", True),
    ]


def test_a_bridge_is_as_old_as_its_older_price() -> None:
    venues = usual().says("kraken", "EUR/USDT", "1.2498", "1.2502", age_s=0)
    venues.says("binance", "DOGE/USDT", "0.1", "0.11", age_s=7)

    rate = worth(venues, has("DOGE", "10")).rows[0].rate

    assert rate is not None
    assert rate.age_s == 7


def test_what_nobody_prices_is_named_and_not_counted() -> None:
    told = worth(usual(), has("BTC", "1"), has("DUST", "7"), currency="USDT")

    assert told.total == 100_000
    dust = told.rows[-1]
    assert (dust.part.currency, dust.value, dust.share) == ("DUST", None, None)
    assert dust.reason.startswith("nobody quotes DUST/USDT or USDT/DUST")


def test_a_dollar_coin_is_no_dollar_unless_somebody_quotes_it() -> None:
    assert worth(Venues(), has("USDT", "5"), currency="USD").rows[0].value is None
    quoted = Venues().says("kraken", "USDT/USD", "0.998", "1.000")
    assert worth(quoted, has("USDT", "5"), currency="USD").total == D("4.995")


def test_shares_are_of_the_whole_and_the_dearest_comes_first() -> None:
    told = worth(usual(), has("USDT", "25000"), has("BTC", "0.75"), currency="USDT")

    assert [(row.part.currency, row.share) for row in told.rows] == [("BTC", D("0.75")), ("USDT", D("0.25"))]


def test_what_is_not_realised_counts_and_is_told_apart() -> None:
    told = worth(usual(), has("BTC", "1", unrealised="-0.1"), currency="USDT")

    assert (told.total, told.unrealised) == (90_000, -10_000)
    assert told.of("main") == 90_000


def test_a_debt_has_a_share_below_zero_and_a_whole_of_nothing_has_none() -> None:
    told = worth(usual(), has("USDT", "300000"), has("BTC", "-1"), currency="USDT")
    assert [row.share for row in told.rows] == [D("1.5"), D("-0.5")]
    assert worth(usual(), has("BTC", "-1"), currency="USDT").rows[0].share is None


def test_the_accounts_own_venue_comes_first_and_then_the_first_in_the_users_order() -> None:
    venues = Venues(PriceTerms(venues=("okx", "binance"))).says("binance", "BTC/USDT", "99999", "100001")
    venues.says("kraken", "BTC/USDT", "100999", "101001").says("okx", "BTC/USDT", "101999", "102001", age_s=5)

    assert worth(venues, has("BTC", "1"), currency="USDT", venue="kraken").total == 101_000
    assert worth(venues, has("BTC", "1"), currency="USDT").total == 102_000


def test_a_price_that_is_far_from_those_of_others_values_nothing() -> None:
    venues = usual().says("kraken", "BTC/USDT", "100099", "100101", age_s=1).says("okx", "BTC/USDT", "1", "2")

    assert worth(venues, has("BTC", "1"), currency="USDT", venue="okx").total == 100_000


def test_two_venues_that_are_far_apart_leave_a_coin_without_a_price() -> None:
    told = worth(usual().says("okx", "BTC/USDT", "1", "2"), has("BTC", "1"), currency="USDT")

    assert told.rows[0].value is None
    assert told.rows[0].reason == "the venues' prices of BTC in USDT are too far apart"


def test_a_stale_price_values_nothing() -> None:
    told = worth(Venues().says("binance", "BTC/USDT", "1", "2", age_s=60), has("BTC", "1"), currency="USDT")

    assert told.rows[0].reason.startswith("BTC/USDT of binance is 60.0 s old, the limit is 10 s")


def test_a_coin_is_valued_as_what_it_is_and_not_by_its_code() -> None:
    terms = PriceTerms(assets=Assets.spelt({"kraken:LUNA": "LUNC"}))
    venues = Venues(terms).says("binance", "LUNA/USDT", "5", "5").says("kraken", "LUNA/USDT", "0.1", "0.1")

    assert worth(venues, has("LUNA", "10"), currency="USDT", venue="kraken").total == 1
    assert worth(venues, has("LUNA", "10"), currency="USDT", venue="binance").total == 50


@pytest.mark.parametrize(
    ("listed", "asked"),
    [
        (["COIN/EUR", "COIN/USDT", "EUR/USDT"], ("COIN/EUR", "EUR/USDT")),
        (["EUR/COIN"], ("EUR/COIN",)),
        (
            ["COIN/USDT", "COIN/BTC", "BTC/EUR", "EUR/USDT", "DOGE/USDT"],
            ("COIN/USDT", "COIN/BTC", "EUR/USDT", "BTC/EUR"),
        ),
        (["DOGE/USDT"], ()),
    ],
)
def test_a_venue_is_asked_for_the_market_of_the_two_or_for_bridges(listed: list[str], asked: tuple[str, ...]) -> None:
    venues = Venues().lists("kraken", *listed)

    assert value_symbols(["COIN", "EUR"], "EUR", "kraken", venues.listings["kraken"], PriceTerms()) == asked


def test_nothing_is_asked_where_all_is_in_the_currency_already() -> None:
    venues = Venues().lists("kraken", "EUR/USDT")

    assert value_symbols(["EUR"], "EUR", "kraken", venues.listings["kraken"], PriceTerms()) == ()


# --- change ---------------------------------------------------------------------------------------------------------


def snapshot(*assets: tuple[str, str | None], currency: str = "EUR", **rates: str) -> WalletSnapshot:
    return WalletSnapshot(
        time=START - timedelta(days=1),
        currency=currency,
        assets=tuple(
            AssetWorth(account="main", currency=name, amount=D(1), value=None if value is None else D(value))
            for name, value in assets
        ),
        rates={name: D(rate) for name, rate in rates.items()},
    )


def changed(then: WalletSnapshot, venues: Venues, *parts: WalletPart, currency: str = "EUR") -> WorthChange | None:
    return change_since(then, worth(venues, *parts, currency=currency), valuer(venues), {"main"})


def test_the_change_is_of_all_that_was_and_is_worth_something() -> None:
    """100 EUR then; 50 EUR and 0.001 BTC of 100 USDT = 80 EUR now."""
    then = snapshot(("EUR", "100"))

    change = changed(then, usual(), has("EUR", "50"), has("BTC", "0.001"))

    assert change is not None
    assert change.before == 100
    assert round(change.change, 3) == 30
    assert change.share is not None
    assert round(change.share, 5) == D("0.3")
    assert change.left_out == ()


def test_what_had_no_price_then_or_has_none_now_is_left_out_and_named() -> None:
    then = snapshot(("EUR", "100"), ("OLD", None), ("DUST", "40"))

    change = changed(then, usual(), has("EUR", "110"), has("OLD", "1"), has("DUST", "1"))

    assert change is not None
    assert (change.before, change.change) == (100, 10)
    assert change.left_out == (("main", "DUST"), ("main", "OLD"))


def test_in_another_currency_the_rate_of_then_counts() -> None:
    """125 USDT then, when one was 0.5 EUR."""
    change = changed(snapshot(("USDT", "125"), currency="USDT", EUR="0.5"), usual(), has("EUR", "100"))

    assert change is not None
    assert (change.before, change.is_at_rate_of_today) == (D("62.5"), False)


def test_where_the_rate_of_then_is_not_known_todays_is_taken_and_told() -> None:
    change = changed(snapshot(("USDT", "125"), currency="USDT"), usual(), has("EUR", "100"))

    assert change is not None
    assert round(change.before, 3) == 100
    assert change.is_at_rate_of_today


def test_where_nothing_tells_what_it_was_there_is_no_change() -> None:
    assert changed(snapshot(("USDT", "125"), currency="USDT"), Venues(), has("EUR", "100")) is None


def test_of_nothing_there_is_no_share() -> None:
    change = changed(snapshot(), usual(), has("EUR", "100"))

    assert change is not None
    assert (change.change, change.share) == (100, None)


AMOUNTS = st.decimals("-1000000", "1000000", places=8)


@given(st.lists(st.tuples(st.sampled_from(["BTC", "USDT", "EUR", "COIN", "DUST"]), AMOUNTS), max_size=6))
def test_the_total_is_the_sum_of_its_rows_and_nothing_changes_against_itself(held: list[tuple[str, Decimal]]) -> None:
    parts = [has(currency, str(total), account=f"a{place}") for place, (currency, total) in enumerate(held)]
    told = worth(usual(), *parts)

    assert told.total == sum((row.value for row in told.rows if row.value is not None), D(0))
    assert len(told.rows) == len(parts)
    accounts = {part.account for part in parts}
    kept = WalletSnapshot(time=START, currency="EUR", assets=assets_of(told), rates={})
    change = change_since(kept, told, valuer(usual()), accounts)
    assert change is not None
    assert (change.change, change.before) == (0, told.total)
