"""What is used of a limit is the figure that its check would compare, without another order."""

from decimal import Decimal

import pytest

from portfolio.book import Book
from portfolio.limits.limit import ScopedLimit
from portfolio.limits.registry import LIMITS
from portfolio.limits.usage import Usage, usage_of
from portfolio.model.account import Baseline, Wallet
from portfolio.model.order import PriceSource
from portfolio.model.position import Key, Position
from portfolio.model.quote import MarkPrice
from portfolio.model.scope import PORTFOLIO, Scope
from tests.fakes import BTC, ETH, FOLLOW, HELD, MAIN, NOW, desk_setup, order

OF_ONE_ORDER = ("max_order_notional", "price_collar", "max_quote_age_s")


@pytest.fixture
def book() -> Book:
    """Equity 10,000 (11,000 when the day began, 12,000 at its peak); 300 of BTC, -200 of ETH, 40 of BTC asked for."""
    book = Book(desk_setup())
    book.wallets.load(Wallet("main", "USDT"), Decimal(10_000))
    for symbol, quantity in ((BTC, 3), (ETH, -2)):
        cost = Decimal(quantity * 100)
        book.positions.load(Key("main", "follow", symbol), Position(Decimal(quantity), cost))
        book.marks.load(("main", symbol), MarkPrice(Decimal(100), PriceSource.QUOTE, NOW))
    book.put_order(order(quantity="0.4", reservation_price=Decimal(100)))
    for scope in (PORTFOLIO, MAIN):
        book.baselines.load(scope, Baseline(NOW.date(), Decimal(11_000), Decimal(12_000)))
    return book


def usage(book: Book, key: str, text: str, scope: Scope = PORTFOLIO) -> Usage | None:
    return usage_of(book, ScopedLimit(scope, LIMITS[key].read(text)))


@pytest.mark.parametrize("scope", [PORTFOLIO, MAIN, FOLLOW], ids=str)
@pytest.mark.parametrize(
    ("key", "used"),
    [
        ("max_position", "340"),
        ("max_exposure", "540"),
        ("max_net_exposure", "140"),
        ("max_leverage", "0.054"),
        ("max_open_orders", "1"),
    ],
)
def test_exposure_counts_what_live_orders_could_add(book: Book, scope: Scope, key: str, used: str) -> None:
    assert usage(book, key, "7", scope) == Usage(Decimal(7), Decimal(used))


def test_a_symbol_has_its_own_use(book: Book) -> None:
    assert usage(book, "max_position", "7", Scope("main", symbol=ETH)) == Usage(Decimal(7), Decimal(200))
    assert usage(book, "max_exposure", "7", Scope("main", symbol=ETH)) == Usage(Decimal(7), Decimal(200))


def test_losses_are_measured_from_the_day_and_from_the_peak(book: Book) -> None:
    assert usage(book, "max_daily_loss", "10%") == Usage(Decimal(1100), Decimal(1000))
    assert usage(book, "max_drawdown", "10%") == Usage(Decimal(1200), Decimal(2000))


def test_a_share_is_of_the_equity(book: Book) -> None:
    assert usage(book, "max_exposure", "25%", FOLLOW) == Usage(Decimal(2500), Decimal(540))


@pytest.mark.parametrize("key", OF_ONE_ORDER)
def test_a_limit_of_single_orders_has_no_use(book: Book, key: str) -> None:
    assert usage(book, key, "7") == Usage(Decimal(7), None)


@pytest.mark.parametrize("key", sorted(LIMITS.keys() - set(OF_ONE_ORDER)))
def test_nothing_is_used_by_an_empty_book(key: str) -> None:
    book = Book(desk_setup())
    found = usage(book, key, "7")
    assert found is not None
    assert found.used == 0


def test_leverage_without_equity_is_beyond_every_limit(book: Book) -> None:
    book.wallets.load(Wallet("main", "USDT"), Decimal(0))
    assert usage(book, "max_leverage", "7") == Usage(Decimal(7), Decimal("Infinity"))
    assert HELD in book.holdings()
