"""Differences between venues: which pay, at what size, and which are not to be believed."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.prices.depth import Depth, Level
from portfolio.prices.differing import differing
from portfolio.prices.discrepancy import Discrepancy
from portfolio.prices.source import SourceState, SourceStatus
from portfolio.prices.weighing import Books, weighed
from tests.unit.portfolio.prices.desk import NOW_S, Venues

D = Decimal


def two() -> Venues:
    """Bought at 100 on binance and sold at 102 on kraken: 2 % before fees."""
    return Venues().says("binance", "BTC/USD", "99", "100").says("kraken", "BTC/USD", "102", "103")


def found_in(venues: Venues) -> list[Discrepancy]:
    return differing(venues.offers("BTC/USD"), venues.terms)


def book(venue: str, bids: list[tuple[str, str]], asks: list[tuple[str, str]], age_s: float = 0.0) -> Depth:
    def side(levels: list[tuple[str, str]]) -> tuple[Level, ...]:
        return tuple(Level(D(price), D(quantity)) for price, quantity in levels)

    return Depth(venue=venue, symbol="BTC/USD", received_s=NOW_S - age_s, bids=side(bids), asks=side(asks))


BINANCE = book("binance", [("99", "5")], [("100", "4"), ("101", "20")])
KRAKEN = book("kraken", [("102", "5"), ("101.5", "20")], [("103", "5")])


def weigh(venues: Venues, buy: Books = BINANCE, sell: Books = KRAKEN, size: str | None = "1000") -> Discrepancy:
    return weighed(found_in(venues)[0], buy, sell, D(size) if size else None, venues.terms, NOW_S)


def codes(found: Discrepancy) -> list[str]:
    return [label.code for label in found.labels]


def test_a_difference_is_bought_at_the_one_ask_and_sold_at_the_other_bid() -> None:
    """102 / 100 - 1 = 2 %; with 0.1 % at both ends 102 x 0.999 / (100 x 1.001) - 1 = 1.796 %."""
    (found,) = found_in(two())

    assert found.key == ("BTC/USD", "binance", "kraken")
    assert found.gap.gross == D("0.02")
    assert round(found.gap.net, 6) == D("0.017962")


def test_at_size_the_levels_are_averaged_and_the_profit_is_money_after_both_fees() -> None:
    """1,000 USD buy 4 at 100 and 600/101 = 5.940594 at 101: 9.940594 for 1,000, on average 100.5976.

    They sell as 5 at 102 and 4.940594 at 101.5 for 1,011.470297, on average 101.7515. Gross 1.147 %; the fees are 1.00
    and 1.01, so that 9.46 are left: 0.9449 % of the 1,001 paid.
    """
    at_size = weigh(two()).at_size

    assert at_size is not None
    assert round(at_size.quantity, 6) == D("9.940594")
    assert round(at_size.buy_price, 4) == D("100.5976")
    assert round(at_size.received, 6) == D("1011.470297")
    assert round(at_size.sell_price, 4) == D("101.7515")
    assert round(at_size.gross, 5) == D("0.01147")
    assert round(at_size.net, 6) == D("0.009449")
    assert round(at_size.profit, 4) == D("9.4588")


def test_with_nothing_against_it_it_is_an_opportunity_once_the_books_were_looked_at() -> None:
    assert weigh(two()).is_opportunity
    assert not found_in(two())[0].is_opportunity


def test_the_books_best_prices_take_the_place_of_the_tickers() -> None:
    found = weigh(two(), sell=book("kraken", [("101", "50")], [("103", "1")]))

    assert (found.gap.ask, found.gap.bid) == (100, 101)
    assert found.gap.gross == D("0.01")


def test_what_the_books_do_not_bear_is_told_with_how_much_they_do() -> None:
    """2 sold at 102 were bought for 200: that much of 1,000 can be done, for 2 x 102 x 0.999 - 200 x 1.001 = 3.596."""
    found = weigh(two(), sell=book("kraken", [("102", "2")], [("103", "1")]))

    assert found.at_size is not None
    assert (found.at_size.paid, found.at_size.quantity, found.at_size.profit) == (200, 2, D("3.596"))
    assert found.labels == (("THIN", "the order books bear 200 of 1000 USD"),)
    assert not found.is_opportunity


@pytest.mark.parametrize(
    ("buy", "code", "reason"),
    [
        (book("binance", [("99", "5")], [("100", "50")], age_s=12), "STALE", "binance: order book 12.0 s old"),
        (book("binance", [], [("100", "50")]), "ONE_SIDED", "binance: no bids in the order book"),
        (book("binance", [("99", "5")], []), "ONE_SIDED", "binance: no asks in the order book"),
        (book("binance", [("100", "5")], [("100", "50")]), "CROSSED", "binance: order book: bid 100 is not below"),
        (book("binance", [("1", "5")], [("2", "5000")]), "ABSURD", "binance and kraken: a gap of 5000.00 %"),
        (
            SourceState(venue="binance", status=SourceStatus.FAILED, at_s=NOW_S, detail="maintenance"),
            "SOURCE_DOWN",
            "binance: FAILED for 0.0 s; maintenance",
        ),
    ],
)
def test_an_order_book_that_cannot_be_believed_makes_no_opportunity(buy: Books, code: str, reason: str) -> None:
    found = weigh(two(), buy=buy)

    assert not found.is_opportunity
    assert [label.code for label in found.labels if label.reason.startswith(reason)] == [code]


def test_a_size_that_no_rate_tells_is_no_opportunity() -> None:
    assert codes(weigh(two(), size=None)) == ["NO_RATE"]


def test_levels_are_converted_like_the_prices() -> None:
    """Kraken in USDT at 0.99 USD each: 102 are 100.98."""
    venues = Venues().says("binance", "BTC/USD", "99", "100").says("kraken", "BTC/USDT", "102", "103")
    venues.says("kraken", "USDT/USD", "0.99", "0.995")

    found = weigh(venues, size="100")

    assert found.at_size is not None
    assert (found.at_size.sell_price, found.gap.bid) == (D("100.98"), D("100.98"))


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"age_s": 11}, "STALE"),
        ({"bid": "106", "ask": "104"}, "CROSSED"),
        ({"ask": None}, "ONE_SIDED"),
        ({"bid": "1000", "ask": "1001"}, "ABSURD"),
    ],
)
def test_what_speaks_against_a_price_is_told_with_the_difference_it_would_make(said: dict[str, Any], code: str) -> None:
    venues = Venues().says("binance", "BTC/USD", "99", "100")
    venues.says("kraken", "BTC/USD", said.pop("bid", "102"), said.pop("ask", "103"), **said)

    (found,) = found_in(venues)

    assert code in codes(found)
    assert any(label.reason.startswith("kraken: ") for label in found.labels)
    assert not weigh(venues).is_opportunity


def test_a_coin_of_another_name_is_no_opportunity() -> None:
    venues = (
        Venues().says("a", "LUNA/USD", "99", "100", name="Terra").says("b", "LUNA/USD", "102", "103", name="Luna X")
    )

    (found,) = differing(venues.offers("LUNA/USD"), venues.terms)

    assert codes(found) == ["OTHER_ASSET"]


def test_pairs_come_best_first_and_those_not_to_be_believed_last() -> None:
    venues = two().says("okx", "BTC/USD", "103", "104").says("old", "BTC/USD", "105", "106", age_s=60)

    found = found_in(venues)

    assert [(one.sell.venue, bool(one.labels)) for one in found][:3] == [
        ("okx", False),
        ("kraken", False),
        ("old", True),
    ]


PRICE = st.sampled_from([None, "0", "98", "99", "100", "101", "102", "150"])
LEVELS = st.lists(
    st.tuples(st.sampled_from(["99", "100", "101", "102"]), st.sampled_from(["0.1", "3", "50"])), max_size=4
)


@st.composite
def situations(draw: st.DrawFn) -> tuple[Venues, dict[str, Books]]:
    venues, books = Venues(), {}
    for venue in ("a", "b", "c"):
        symbol = draw(st.sampled_from(["BTC/USD", "BTC/USDT"]))
        fee = draw(st.sampled_from(["0", "0.001", "-0.001", None]))
        venues.says(venue, symbol, draw(PRICE), draw(PRICE), age_s=draw(st.sampled_from([0, 11])), fee=fee)
        bids = sorted(draw(LEVELS), reverse=True)
        books[venue] = book(venue, bids, sorted(draw(LEVELS)), age_s=draw(st.sampled_from([0, 11])))
    if draw(st.booleans()):
        venues.says("a", "USDT/USD", "0.99", "1.01")
    return venues, books


@given(situations(), st.sampled_from([None, D(10), D(1000)]))
def test_an_opportunity_is_fresh_two_sided_uncrossed_and_pays_after_fees(
    situation: tuple[Venues, dict[str, Books]], size: Decimal | None
) -> None:
    venues, books = situation
    for found in found_in(venues):
        one = weighed(found, books[found.buy.venue], books[found.sell.venue], size, venues.terms, NOW_S)
        assert one.gap.net <= one.gap.gross
        if one.at_size:
            assert one.at_size.net <= one.at_size.gross <= one.gap.gross
            assert one.at_size.net <= one.gap.net
            assert one.at_size.paid <= one.at_size.size + D("1e-20")
        if not one.is_opportunity:
            continue
        assert one.at_size is not None
        assert one.at_size.profit > 0
        for row in (one.buy, one.sell):
            assert row.ticker is not None
            assert row.age_s == 0
            assert row.ticker.bid is not None
            assert row.ticker.ask is not None
            assert 0 < row.ticker.bid < row.ticker.ask
