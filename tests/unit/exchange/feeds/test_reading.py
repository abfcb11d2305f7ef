"""What a venue says becomes a ticker that is exact, or None where it says nothing that can be meant."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.feeds.reading import TickerReader, candle_of, in_base, levels, market_of, moment, number
from portfolio.prices.depth import Level
from portfolio.prices.market import Market
from portfolio.prices.ticker import Ticker

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SPOT = Market(venue="kraken", symbol="BTC/USD", base="BTC", quote="USD")


def read(raw: dict[str, Any], market: Market = SPOT, **words: bool) -> Ticker:
    return TickerReader("kraken", **words).read(raw, market, 12.5, NOW)


def test_every_digit_that_the_venue_wrote_is_kept() -> None:
    ticker = read({"bid": "64000.10", "ask": "64000.20000000000000001", "last": "64000.15", "bidVolume": "0.00000001"})
    assert (ticker.bid, ticker.ask) == (Decimal("64000.10"), Decimal("64000.20000000000000001"))
    assert str(ticker.bid_size) == "1E-8"
    assert (ticker.venue, ticker.symbol, ticker.received_s, ticker.received_at) == ("kraken", "BTC/USD", 12.5, NOW)


@pytest.mark.parametrize("nonsense", [None, "", "0", "-1", "NaN", "Infinity", "1e400", "1e-99", "abc", [], {}, True])
def test_what_is_no_price_is_none(nonsense: Any) -> None:
    ticker = read({"bid": nonsense, "ask": nonsense, "last": nonsense, "close": nonsense, "high": nonsense})
    assert (ticker.bid, ticker.ask, ticker.last, ticker.high_24h) == (None, None, None, None)


@given(st.text() | st.floats() | st.integers() | st.decimals() | st.binary() | st.lists(st.integers()))
def test_a_number_is_finite_or_none_whatever_is_read(value: Any) -> None:
    found = number(value)
    assert found is None or found.is_finite()


def test_the_change_is_a_fraction_of_the_price_a_day_ago() -> None:
    assert read({"percentage": "5.25"}).change_24h == Decimal("0.0525")
    assert read({"last": "110", "open": "100"}).change_24h == Decimal("0.1")
    assert read({"last": "110", "open": "100"}, open_is_today=True).change_24h is None
    assert read({"percentage": "0.0525"}, change_is_fraction=True).change_24h == Decimal("0.0525")
    assert read({"percentage": "-101"}).change_24h is None


def test_the_volume_is_in_the_quote_currency() -> None:
    assert read({"quoteVolume": "5000", "baseVolume": "2", "last": "100"}).volume_24h == Decimal(5000)
    assert read({"baseVolume": "2", "last": "100"}).volume_24h == Decimal(200)
    swap = Market(venue="okx", symbol="BTC/USDT:USDT", base="BTC", quote="USDT", settle="USDT")
    assert read({"baseVolume": "2", "last": "100"}, swap).volume_24h is None


def test_contracts_are_counted_in_the_base_currency() -> None:
    linear = Market(
        venue="okx", symbol="BTC/USDT:USDT", base="BTC", quote="USDT", settle="USDT", contract_size=Decimal("0.01")
    )
    inverse = Market(
        venue="okx", symbol="BTC/USD:BTC", base="BTC", quote="USD", settle="BTC", contract_size=Decimal(100)
    )
    assert in_base(Decimal(5), Decimal(50000), linear) == Decimal("0.05")
    assert in_base(Decimal(5), Decimal(50000), inverse) == Decimal("0.01")
    assert in_base(Decimal(5), Decimal(50000), SPOT) == Decimal(5)


@pytest.mark.parametrize("nonsense", [None, "", "soon", -1, 0, 10**20, 1.5, [], "1753701474"])
def test_a_time_that_no_venue_can_mean_is_none(nonsense: Any) -> None:
    assert moment(nonsense) is None


def test_a_time_is_utc() -> None:
    assert moment(1753701474013) == datetime(2025, 7, 28, 11, 17, 54, 13000, tzinfo=UTC)


def test_levels_that_are_none_are_left_out() -> None:
    rows = [["100", "1"], [None, "1"], ["99", "0"], ["98", "2"], ["97", "3"]]
    assert levels(rows, SPOT, most=2) == (Level(Decimal(100), Decimal(1)), Level(Decimal(98), Decimal(2)))


def test_a_candle_without_a_price_is_none() -> None:
    assert candle_of([1753701474013, "1", "2", "0.5", None, "3"]) is None
    candle = candle_of([1753701474013, "1", "2", "0.5", "1.5", "3"])
    assert candle is not None
    assert candle.close == Decimal("1.5")


def test_a_market_tells_its_steps_and_its_fee() -> None:
    raw = {
        "symbol": "BTC/USD",
        "base": "BTC",
        "quote": "USD",
        "taker": Decimal("0.004"),
        "precision": {"amount": Decimal("1E-8"), "price": "0.1"},
        "limits": {"amount": {"min": "0.0001"}, "cost": {"min": "0.5"}},
        "info": {"base_name": "Bitcoin"},
        "active": True,
    }
    market = market_of("kraken", raw, steps_are_sizes=True)
    assert market is not None
    assert (market.taker_fee, market.lot, market.tick) == (Decimal("0.004"), Decimal("1E-8"), Decimal("0.1"))
    assert (market.min_quantity, market.min_cost, market.base_name) == (Decimal("0.0001"), Decimal("0.5"), "Bitcoin")
    counted = market_of("kraken", {**raw, "precision": {"amount": 8, "price": 1}}, steps_are_sizes=False)
    assert counted is not None
    assert (counted.lot, counted.tick) == (Decimal("1E-8"), Decimal("0.1"))
    assert market_of("kraken", {**raw, "base": None}, steps_are_sizes=True) is None
