"""What a real account hears of prices is the venue's word, for everybody who looks."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from app.own_quotes import OwnQuotes
from app.prices.desk import PriceDesk
from app.settings.prices import PriceSettings
from exchange.quotes import QuoteBoard
from tests.prices import ticker
from tests.unit.app.test_settings_venues import BYBIT, LIVE, STRATEGY, load

BTC = "BTC/USDT:USDT"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
PAPER = '[[accounts]]\nid = "other"\nvenue = "paper"\nbalances = { USDT = "1" }\nfeed = "bybit"\n'
ON_MAIN = STRATEGY + 'account = "main"\n'


def board_of(folder: Path, account: str, *venues: str) -> tuple[QuoteBoard, PriceDesk]:
    prices = PriceDesk(PriceSettings(venues=venues))
    quotes = QuoteBoard(lambda: 100.0)
    settings = load(folder, account, PAPER, ON_MAIN)
    quotes.listener = OwnQuotes(settings, prices, lambda: NOW, lambda: 100.0).hear
    return quotes, prices


def test_a_live_accounts_quote_is_its_venues_price(tmp_path: Path) -> None:
    quotes, prices = board_of(tmp_path, BYBIT + LIVE, "bybit")
    quotes.put("main", BTC, Decimal(64000), Decimal(64001))
    told = prices.board.ticker("bybit", BTC)
    assert told is not None
    assert (told.bid, told.ask, told.received_s, told.received_at) == (64000, 64001, 100.0, NOW)
    assert (told.venue_time, told.last, told.by_stream) == (None, None, True)


def test_what_the_venue_tells_to_all_beside_it_stays(tmp_path: Path) -> None:
    quotes, prices = board_of(tmp_path, BYBIT + LIVE, "bybit")
    earlier = {"received_s": 90.0, "received_at": NOW - timedelta(seconds=10), "last": Decimal(63000)}
    prices.put(ticker("bybit", BTC, "62999", "63001", bid_size=Decimal(7), **earlier))
    quotes.put("main", BTC, Decimal(64000), Decimal(64001))
    told = prices.board.ticker("bybit", BTC)
    assert told is not None
    assert (told.bid, told.ask, told.bid_size, told.last) == (64000, 64001, None, 63000)


@pytest.mark.parametrize("account", [BYBIT, BYBIT + 'environment = "testnet"\n'])
def test_a_testnets_quote_is_no_price(tmp_path: Path, account: str) -> None:
    quotes, prices = board_of(tmp_path, account, "bybit")
    quotes.put("main", BTC, Decimal(64000), Decimal(64001))
    assert prices.board.ticker("bybit", BTC) is None


def test_a_venue_that_nobody_watches_is_not_told_of(tmp_path: Path) -> None:
    quotes, prices = board_of(tmp_path, BYBIT + LIVE, "kraken")
    quotes.put("main", BTC, Decimal(64000), Decimal(64001))
    assert prices.board.ticker("bybit", BTC) is None


def test_what_paper_is_told_does_not_come_back(tmp_path: Path) -> None:
    quotes, prices = board_of(tmp_path, BYBIT + LIVE, "bybit")
    quotes.put("other", BTC, Decimal(64000), Decimal(64001))
    assert prices.board.version == 0
