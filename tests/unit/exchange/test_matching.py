"""What an order gets against a price from outside."""

from decimal import Decimal

import pytest

from exchange.matching import MarketPrice, match_on_arrival, match_resting
from portfolio.model.order import Order, PriceSource
from tests.fakes import instrument, order

MARKET = MarketPrice(Decimal(99), Decimal(101), PriceSource.QUOTE)
D = Decimal


def limit(side: str, price: str) -> Order:
    return order(side=side, order_type="limit", price=D(price))


@pytest.mark.parametrize(
    ("side", "slippage", "price"),
    [("buy", "0", "100.05"), ("buy", "0.001", "100.2"), ("sell", "0.001", "99.9"), ("sell", "1", "0.1")],
)
def test_a_market_order_trades_at_its_decisions_price_worse_by_the_slippage(
    side: str, slippage: str, price: str
) -> None:
    market = order(side=side, reference_price=D("100.05"))
    match = match_on_arrival(market, instrument(), None, D(slippage))
    assert match is not None
    assert (match.price, match.source, match.is_maker) == (D(price), PriceSource.QUOTE, False)


@pytest.mark.parametrize(("side", "price", "paid"), [("buy", "101", 101), ("buy", "105", 101), ("sell", "99", 99)])
def test_a_limit_order_that_the_market_reaches_takes_the_markets_price(side: str, price: str, paid: int) -> None:
    match = match_on_arrival(limit(side, price), instrument(), MARKET, D("0.1"))
    assert match is not None
    assert (match.price, match.is_maker) == (paid, False)


@pytest.mark.parametrize(("side", "price"), [("buy", "100.9"), ("sell", "99.1")])
def test_a_limit_order_away_from_the_market_rests(side: str, price: str) -> None:
    assert match_on_arrival(limit(side, price), instrument(), MARKET, D(0)) is None
    assert match_resting(limit(side, price), MARKET) is None


def test_a_limit_order_rests_where_no_price_is_known() -> None:
    assert match_on_arrival(limit("buy", "100"), instrument(), None, D(0)) is None


@pytest.mark.parametrize(("side", "price"), [("buy", "103"), ("sell", "97")])
def test_a_resting_order_trades_at_its_own_price(side: str, price: str) -> None:
    match = match_resting(limit(side, price), MARKET)
    assert match is not None
    assert (match.price, match.is_maker) == (D(price), True)


def test_an_order_without_a_price_cannot_rest() -> None:
    without = order(order_type="limit")
    assert match_resting(without, MARKET) is None
    assert match_on_arrival(without, instrument(), MARKET, D(0)) is None
