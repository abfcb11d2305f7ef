"""An order at a venue is the one that was sent, or it is told in what it is not."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from exchange.comparing import difference
from portfolio.model.guard import Guard
from portfolio.model.order import Order, OrderStatus, OrderType, PriceSource, TimeInForce
from portfolio.model.side import Side
from portfolio.model.venue import VenueOrder
from tests.properties.model import BTC, PAPER, START

SENT = Order(
    client_order_id="a",
    origin="a",
    signal_id=None,
    account=PAPER,
    strategy="follow",
    symbol=BTC,
    side=Side.SELL,
    order_type=OrderType.STOP,
    quantity=Decimal(72),
    price=None,
    reduce_only=True,
    is_exit=True,
    time_in_force=TimeInForce.GTC,
    status=OrderStatus.OPEN,
    reference_price=Decimal(100),
    reference_source=PriceSource.QUOTE,
    reservation_price=Decimal(99),
    created_at=START,
    updated_at=START,
    send_by=START,
    stop_price=Decimal(90),
)
FOUND = VenueOrder(
    client_order_id="a",
    venue_order_id="v-1",
    symbol=BTC,
    side=Side.SELL,
    order_type=OrderType.STOP,
    quantity=Decimal(72),
    price=None,
    stop_price=Decimal(90),
    reduce_only=True,
    time_in_force=TimeInForce.GTC,
    status=OrderStatus.OPEN,
)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, ""),
        ({"quantity": Decimal(50)}, ""),
        ({"quantity": Decimal(100)}, "quantity: sent 72, found 100"),
        ({"stop_price": Decimal(91)}, "stop price: sent 90, found 91"),
        ({"side": Side.BUY}, "side: sent sell, found buy"),
    ],
)
def test_every_difference_is_told_but_a_reduction_that_the_venue_cut(changed: dict[str, Any], said: str) -> None:
    assert difference(SENT, replace(FOUND, **changed)) == said


def test_an_order_that_follows_what_it_protects_may_have_been_amended_since() -> None:
    guard = Guard(entry="e", whole=Decimal(100), end=Decimal(100))
    amended = replace(FOUND, quantity=Decimal(100), stop_price=Decimal(91))
    assert difference(SENT.but(guard=guard), amended) == ""
    assert difference(SENT.but(guard=guard), replace(amended, side=Side.BUY)) == "side: sent sell, found buy"
