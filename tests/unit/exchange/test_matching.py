"""When an order trades against an outside price, and at what."""

from decimal import Decimal
from typing import Any

import pytest

from exchange.matching import reaches, slices, slipped, triggers
from exchange.ticket import MarketPrice, Ticket
from portfolio.model.order import OrderType, PriceSource
from portfolio.model.side import Side
from tests.fakes import BTC, instrument

D = Decimal
MARKET = MarketPrice(D(99), D(101), PriceSource.QUOTE)


def ticket(side: str, order_type: OrderType = OrderType.MARKET, **fields: Any) -> Ticket:
    return Ticket(id="A-1", symbol=BTC, side=Side(side), order_type=order_type, quantity=D(1), **fields)


@pytest.mark.parametrize(
    ("side", "slippage", "price"),
    [("buy", "0", "100.05"), ("buy", "0.001", "100.2"), ("sell", "0.001", "99.9"), ("sell", "1", "0.1")],
)
def test_slippage_moves_the_price_against_the_order_to_a_tick(side: str, slippage: str, price: str) -> None:
    assert slipped(ticket(side), instrument(), D("100.05"), D(slippage)) == D(price)


@pytest.mark.parametrize(
    ("side", "price", "reached"),
    [("buy", "101", True), ("buy", "100.9", False), ("sell", "99", True), ("sell", "99.1", False)],
)
def test_a_buy_limit_is_reached_by_the_ask_and_a_sell_limit_by_the_bid(side: str, price: str, reached: bool) -> None:
    assert reaches(ticket(side, OrderType.LIMIT, price=D(price)), MARKET) is reached


@pytest.mark.parametrize("kind", [OrderType.STOP, OrderType.STOP_LIMIT])
@pytest.mark.parametrize(
    ("side", "stop", "reached"),
    [("buy", "101", True), ("buy", "101.1", False), ("sell", "99", True), ("sell", "98.9", False)],
)
def test_a_stop_waits_for_a_worse_price(kind: OrderType, side: str, stop: str, reached: bool) -> None:
    assert triggers(ticket(side, kind, stop_price=D(stop)), MARKET) is reached


@pytest.mark.parametrize(
    ("side", "stop", "reached"),
    [("buy", "101", True), ("buy", "100.9", False), ("sell", "99", True), ("sell", "99.1", False)],
)
def test_a_take_profit_waits_for_a_better_price(side: str, stop: str, reached: bool) -> None:
    assert triggers(ticket(side, OrderType.TAKE_PROFIT, stop_price=D(stop)), MARKET) is reached


@pytest.mark.parametrize(
    ("quantity", "ratio", "parts"),
    [
        ("1", "1", ["1"]),
        ("1", "0.4", ["0.4", "0.4", "0.2"]),
        ("0.003", "0.5", ["0.001", "0.001", "0.001"]),
        ("0.001", "0.1", ["0.001"]),
        ("0", "0.5", []),
    ],
)
def test_an_order_is_cut_into_whole_lots(quantity: str, ratio: str, parts: list[str]) -> None:
    assert list(slices(D(quantity), instrument(), D(ratio))) == [D(part) for part in parts]
