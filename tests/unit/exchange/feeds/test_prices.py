"""A bid and an ask are never replaced by older ones, whoever tells first."""

import time
from decimal import Decimal
from typing import Any

import pytest

from exchange.feeds import prices
from exchange.feeds.prices import BOOK_HOLDS_S, Prices
from exchange.feeds.reading import TickerReader
from portfolio.prices.market import Market
from portfolio.prices.ports import News
from portfolio.prices.ticker import Ticker

MARKETS = {"BTC/USD": Market(venue="kraken", symbol="BTC/USD", base="BTC", quote="USD")}
DAY = {"symbol": "BTC/USD", "bid": "10", "ask": "11", "last": "10.5", "percentage": "5", "quoteVolume": "1000"}
BEST = {"symbol": "BTC/USD", "bid": "12", "ask": "13"}


class World:
    def __init__(self) -> None:
        self.told: list[News] = []
        self.prices = Prices(TickerReader("kraken"), self.told.append)

    def answer(self, raw: dict[str, Any], asked_s: float | None = None) -> bool:
        return self.prices.answered([raw], MARKETS, time.monotonic() if asked_s is None else asked_s)

    def latest(self) -> Ticker:
        ticker = self.prices.latest("BTC/USD")
        assert ticker is not None
        assert self.told[-1] == ticker
        return ticker


def test_best_prices_bring_the_figures_of_the_day_along() -> None:
    world = World()
    world.answer(DAY)
    assert world.prices.streamed([BEST], MARKETS)
    ticker = world.latest()
    assert (ticker.bid, ticker.last, ticker.change_24h) == (Decimal(12), Decimal("10.5"), Decimal("0.05"))
    assert ticker.by_stream


def test_an_answer_to_an_older_question_brings_the_day_alone() -> None:
    world = World()
    asked_s = time.monotonic()
    world.prices.streamed([BEST], MARKETS)
    world.answer(DAY, asked_s)
    ticker = world.latest()
    assert (ticker.bid, ticker.last, ticker.by_stream) == (Decimal(12), Decimal("10.5"), True)
    world.answer(DAY)
    assert world.latest().bid == Decimal(10)


def test_a_stream_without_bid_and_ask_leaves_them_as_they_were() -> None:
    world = World()
    world.answer(DAY)
    told = len(world.told)
    assert not world.prices.streamed([{"symbol": "BTC/USD", "last": "20"}], MARKETS)
    assert len(world.told) == told
    assert world.latest().bid == Decimal(10)


def test_a_market_without_any_price_keeps_what_was_known() -> None:
    world = World()
    world.answer(DAY)
    assert not world.answer({"symbol": "BTC/USD", "bid": None, "last": "NaN"})
    assert world.latest().bid == Decimal(10)


def test_what_the_venue_does_not_list_is_not_told() -> None:
    world = World()
    assert not world.answer({**DAY, "symbol": "NOPE/USD"})
    assert world.told == []


def test_the_change_of_a_day_that_a_stream_told_outlives_an_answer_without_it() -> None:
    world = World()
    world.prices.streamed([DAY], MARKETS)
    world.answer({**DAY, "percentage": None})
    assert world.latest().change_24h == Decimal("0.05")


def test_telling_the_same_twice_changes_nothing_but_its_age() -> None:
    world = World()
    world.prices.streamed([BEST], MARKETS)
    first = world.latest()
    world.prices.streamed([BEST], MARKETS)
    assert (world.latest().bid, world.latest().ask) == (first.bid, first.ask)
    assert world.latest().received_s >= first.received_s


def test_an_answer_about_all_markets_takes_no_bid_and_ask_away_that_are_not_old() -> None:
    """Coinbase tells neither with the list of its markets."""
    world = World()
    world.answer(DAY)
    former = world.latest()
    world.answer({"symbol": "BTC/USD", "last": "20", "percentage": "7"})
    ticker = world.latest()
    assert (ticker.bid, ticker.ask, ticker.received_s) == (former.bid, former.ask, former.received_s)
    assert (ticker.last, ticker.change_24h) == (Decimal(20), Decimal("0.07"))


def test_a_bid_and_an_ask_that_are_old_do_not_pretend_to_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.answer(DAY)
    later = time.monotonic() + BOOK_HOLDS_S + 1
    monkeypatch.setattr(prices.time, "monotonic", lambda: later)
    world.answer({"symbol": "BTC/USD", "last": "20"})
    assert (world.latest().bid, world.latest().last) == (None, Decimal(20))
