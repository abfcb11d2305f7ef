"""Venues side by side: what is best, what the gap is, and what is not compared."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.prices.assets import Assets
from portfolio.prices.fees import DEFAULT_TAKER_FEE, FeeSource, taker_fee
from portfolio.prices.gap import gross, net
from portfolio.prices.source import SourceStatus
from portfolio.prices.terms import PriceTerms
from tests.unit.portfolio.prices.desk import NOW_S, Venues, market

D = Decimal


def three() -> Venues:
    return (
        Venues()
        .says("binance", "BTC/USD", "100", "101")
        .says("coinbase", "BTC/USD", "104", "105")
        .says("kraken", "BTC/USD", "102", "103")
    )


def test_the_gap_is_bought_at_the_best_ask_and_sold_at_the_best_bid_of_another_venue() -> None:
    """104 / 101 - 1 = 2.970 %; with 0.1 % at each end 104 x 0.999 / (101 x 1.001) - 1 = 2.764 %."""
    told = three().offers("BTC/USD")

    assert told.best_ask is not None
    assert told.best_bid is not None
    assert told.gap is not None
    assert (told.best_ask.venue, told.best_bid.venue) == ("binance", "coinbase")
    assert (told.gap.buy_at, told.gap.sell_at, told.gap.amount) == ("binance", "coinbase", 3)
    assert round(told.gap.gross, 6) == D("0.029703")
    assert round(told.gap.net, 6) == D("0.027646")


def test_a_venue_with_both_best_prices_is_held_against_the_next() -> None:
    venues = Venues().says("binance", "BTC/USD", "102", "103").says("kraken", "BTC/USD", "100", "104")

    gap = venues.offers("BTC/USD").gap

    assert gap is not None
    assert (gap.buy_at, gap.sell_at) == ("kraken", "binance")
    assert gap.gross == D(102) / D(104) - 1


def test_one_venue_alone_has_best_prices_and_no_gap() -> None:
    told = Venues().says("binance", "BTC/USD", "100", "101").offers("BTC/USD")

    assert told.best_bid is told.rows[0]
    assert told.gap is None


def test_the_spread_is_told_as_an_amount_and_as_a_share_of_the_middle() -> None:
    row = Venues().says("binance", "BTC/USD", "99", "101").row("BTC/USD", "binance")

    assert (row.spread, row.spread_share, row.mid) == (2, D("0.02"), 100)


def test_a_market_in_an_equivalent_currency_is_converted_and_says_by_whose_rate() -> None:
    venues = Venues().says("binance", "BTC/USDT", "100", "101").says("kraken", "USDT/USD", "0.98", "0.99")

    row = venues.row("BTC/USD", "binance")

    assert (row.bid, row.ask, row.last, row.currency) == (98, D("99.99"), D("98.5"), "USD")
    assert row.rate is not None
    assert row.rate.steps[0].venue == "kraken"
    assert row.market is not None
    assert row.market.symbol == "BTC/USDT"
    assert row.ticker is not None
    assert row.ticker.bid == 100


def test_without_a_rate_it_is_shown_as_it_is_and_compared_with_nothing() -> None:
    venues = Venues().says("binance", "BTC/USDT", "100", "101").says("kraken", "BTC/USD", "90", "91")

    row = venues.row("BTC/USD", "binance")

    assert (row.bid, row.currency, row.rate) == (100, "USDT", None)
    assert [label.code for label in row.labels] == ["NO_RATE"]
    assert row.labels[0].reason == "nobody quotes USDT/USD or USD/USDT"
    assert venues.offers("BTC/USD").gap is None


def test_what_is_stale_crossed_or_one_sided_is_shown_with_figures_and_never_the_best() -> None:
    venues = (
        three()
        .says("stale", "BTC/USD", "106", "107", age_s=12)
        .says("crossed", "BTC/USD", "108", "101")
        .says("locked", "BTC/USD", "101", "101")
        .says("bidless", "BTC/USD", None, "100")
        .says("askless", "BTC/USD", "106", "0")
    )

    told = {row.venue: row.labels for row in venues.offers("BTC/USD").rows}

    assert told["stale"] == (("STALE", "12.0 s old, the limit is 10 s"),)
    assert told["crossed"] == (("CROSSED", "bid 108 is not below ask 101"),)
    assert told["locked"] == (("CROSSED", "bid 101 is not below ask 101"),)
    assert told["bidless"] == (("ONE_SIDED", "no bid"),)
    assert told["askless"] == (("ONE_SIDED", "no ask"),)
    best = venues.offers("BTC/USD")
    assert best.gap == three().offers("BTC/USD").gap


def test_a_venue_that_is_down_says_since_when_why_and_when_it_is_tried_again() -> None:
    venues = three()
    venues.is_in("kraken", SourceStatus.TIMED_OUT, detail="no answer within 5 s", next_try_s=NOW_S + 3)

    assert venues.row("BTC/USD", "kraken").labels == (
        ("SOURCE_DOWN", "TIMED_OUT for 0.0 s; no answer within 5 s; next try in 3.0 s"),
    )


def test_what_a_venue_does_not_trade_or_has_not_said_is_a_row_with_the_reason() -> None:
    venues = three().lists("okx", "BTC/USD").lists("bybit", "ETH/USD")

    rows = {row.venue: row for row in venues.offers("BTC/USD", [*venues.listings, "gone"]).rows}

    assert rows["okx"].labels == (("NO_PRICE", "no price yet"),)
    assert rows["bybit"].labels == (("NOT_LISTED", "bybit has no market of BTC/USD"),)
    assert rows["gone"].labels == (("NO_PRICE", "its markets are not known yet"),)


def test_a_price_far_from_the_median_of_the_others_is_absurd() -> None:
    venues = three().says("okx", "BTC/USD", "1000", "1001")

    assert venues.codes("BTC/USD") == {"binance": (), "coinbase": (), "kraken": (), "okx": ("ABSURD",)}
    assert venues.row("BTC/USD", "okx").labels[0].reason == (
        "1000.5 is 876.10 % from the others' 102.5, the limit is 10.00 %"
    )


def test_of_two_that_are_far_apart_nobody_knows_which_is_wrong() -> None:
    venues = Venues().says("binance", "BTC/USD", "100", "101").says("kraken", "BTC/USD", "120", "121")

    assert venues.codes("BTC/USD") == {"binance": ("ABSURD",), "kraken": ("ABSURD",)}


def test_two_that_agree_are_not_doubted_for_a_third_that_is_wild() -> None:
    venues = Venues().says("a", "BTC/USD", "100", "101").says("b", "BTC/USD", "100", "101")
    venues.says("c", "BTC/USD", "1", "2")

    assert venues.codes("BTC/USD") == {"a": (), "b": (), "c": ("ABSURD",)}


def test_a_market_that_rests_while_another_moves_is_frozen() -> None:
    venues = Venues(PriceTerms(max_age_s=10, frozen_after_s=60))
    venues.says("binance", "BTC/USD", "100", "101", age_s=61).says("binance", "BTC/USD", "100", "101")
    venues.says("kraken", "BTC/USD", "100", "101", age_s=61).says("kraken", "BTC/USD", "102", "103")

    assert venues.codes("BTC/USD") == {"binance": ("FROZEN",), "kraken": ()}
    assert venues.row("BTC/USD", "binance").labels[0].reason == "unchanged for 61 s while kraken moved"


def test_markets_that_all_rest_are_quiet_and_not_frozen() -> None:
    venues = Venues(PriceTerms(max_age_s=10, frozen_after_s=60))
    for venue, since in (("binance", 90), ("kraken", 80)):
        venues.says(venue, "USDT/USD", "0.999", "1", age_s=since).says(venue, "USDT/USD", "0.999", "1")

    assert venues.codes("USDT/USD") == {"binance": (), "kraken": ()}


def test_a_coin_that_venues_name_otherwise_is_another_one_though_its_code_is_the_same() -> None:
    venues = Venues().says("a", "LUNA/USD", "1", "1.01", name="Terra").says("b", "LUNA/USD", "1", "1.01", name="TERRA")
    venues.says("c", "LUNA/USD", "1", "1.02", name="Terra Classic").says("d", "LUNA/USD", "1", "1.02", name="LUNA")

    assert venues.codes("LUNA/USD") == {"a": (), "b": (), "c": ("OTHER_ASSET",), "d": ()}
    assert venues.row("LUNA/USD", "c").labels[0].reason == "Terra Classic here, Terra at a"


def test_the_users_word_on_what_a_coin_is_stands_above_the_venues_names() -> None:
    terms = PriceTerms(assets=Assets({("a", "XRP"): "XRP", ("b", "LUNA"): "LUNC"}))
    venues = Venues(terms).says("a", "XRP/USD", "1", "2", name="Ripple").says("b", "XRP/USD", "1", "2", name="XRP Coin")
    venues.says("b", "LUNA/USD", "1", "2")

    assert venues.codes("XRP/USD") == {"a": (), "b": ()}
    assert venues.row("LUNA/USD", "b").labels == (("OTHER_ASSET", "LUNA of b is LUNC"),)


def test_two_markets_differ_by_the_users_word_or_by_their_names() -> None:
    assets = Assets({("kraken", "LUNA"): "LUNC"})

    assert assets.differ(market("kraken", "LUNA/USD"), market("binance", "LUNA/USDT"))
    assert not assets.differ(market("kraken", "LUNA/USD"), market("binance", "LUNC/USDT"))
    assert assets.differ(market("a", "X/USD", name="One"), market("b", "X/USD", name="Two"))
    assert not assets.differ(market("a", "X/USD", name="One"), market("b", "X/USD"))


@pytest.mark.parametrize(
    ("said", "configured", "fee"),
    [
        ("0.001", {"kraken": D("0.0026")}, (D("0.0026"), FeeSource.CONFIGURED)),
        ("0.001", {"binance": D("0.0026")}, (D("0.001"), FeeSource.VENUE)),
        ("-0.0002", {}, (0, FeeSource.VENUE)),
        (None, {}, (DEFAULT_TAKER_FEE, FeeSource.DEFAULT)),
    ],
)
def test_a_fee_is_the_users_the_venues_or_the_default_and_never_below_zero(
    said: str | None, configured: dict[str, Decimal], fee: tuple[Decimal, FeeSource]
) -> None:
    assert taker_fee(market("kraken", "BTC/USD", fee=said), configured) == fee


PRICES = st.decimals("0.00000001", "10000000", places=8)
FEES = st.decimals(0, 1, places=6)


@given(PRICES, PRICES, FEES, FEES)
def test_net_is_never_above_gross(ask: Decimal, bid: Decimal, buy: Decimal, sell: Decimal) -> None:
    assert net(ask, bid, buy, sell) <= gross(ask, bid)


@st.composite
def quotes(draw: st.DrawFn) -> Venues:
    """Up to five venues with any bid and ask of any age, some in USDT, with or without a rate."""
    venues = Venues()
    price = st.sampled_from([None, "0", "95", "99", "100", "101", "105", "500"])
    for venue in ("a", "b", "c", "d", "e")[: draw(st.integers(1, 5))]:
        symbol = draw(st.sampled_from(["BTC/USD", "BTC/USDT"]))
        venues.says(venue, symbol, draw(price), draw(price), age_s=draw(st.sampled_from([0, 5, 10, 11, 60])))
    if draw(st.booleans()):
        venues.says("a", "USDT/USD", "0.97", "0.98", age_s=draw(st.sampled_from([0, 11])))
    return venues


@given(quotes())
def test_only_what_is_fresh_two_sided_and_uncrossed_is_ever_best_or_in_a_gap(venues: Venues) -> None:
    told = venues.offers("BTC/USD", ["a", "b", "c", "d", "e"])
    rows = {row.venue: row for row in told.rows}

    chosen = [row for row in (told.best_bid, told.best_ask) if row]
    chosen += [rows[told.gap.buy_at], rows[told.gap.sell_at]] if told.gap else []

    for row in chosen:
        assert row.ticker is not None
        assert row.ticker.bid is not None
        assert row.ticker.ask is not None
        assert 0 < row.ticker.bid < row.ticker.ask
        assert row.age_s is not None
        assert row.age_s <= 10
        assert row.currency == "USD"
    if told.gap:
        assert told.gap.buy_at != told.gap.sell_at
        assert told.gap.net <= told.gap.gross


@given(quotes())
def test_rows_do_not_depend_on_when_the_venues_were_heard(venues: Venues) -> None:
    other = replace_board(venues)

    assert other.offers("BTC/USD").rows == venues.offers("BTC/USD").rows


def replace_board(venues: Venues) -> Venues:
    """The same news the other way round."""
    other = Venues(venues.terms)
    other.listings = venues.listings
    heard = [
        standing.newest
        for symbol in ("BTC/USD", "BTC/USDT", "USDT/USD")
        for standing in venues.board.quoting(symbol).values()
    ]
    for one in reversed(heard):
        other.board.hear(one)
    return other
