"""From a wish to a quantity, and the price an order is held against limits at."""

from decimal import Decimal

import pytest

from portfolio.model.intent import OrderIntent
from portfolio.model.order import OrderType, PriceSource
from portfolio.model.quote import Reference
from portfolio.model.side import Side
from portfolio.model.signal import Size, SizeType
from portfolio.sizing import Basis, quantity_of, reservation_price
from tests.fakes import BTC, INVERSE, MAIN, SPOT, Desk, instrument, moves

D = Decimal


def wish(side: Side, order_type: OrderType = OrderType.MARKET) -> OrderIntent:
    return OrderIntent(side=side, order_type=order_type, size=Size(D(1)))


def quantity(amount: str, kind: SizeType, *, price: str | None = "200", equity: str = "10000") -> Decimal | None:
    at = D(price) if price else None
    basis = Basis(instrument=instrument(contract_size="0.1"), price=at, rate=D(1), equity=D(equity), position=D(-8))
    return quantity_of(Size(D(amount), kind), basis)


@pytest.mark.parametrize(
    ("amount", "kind", "contracts"),
    [
        ("3", SizeType.UNITS, 3),
        ("1000", SizeType.NOTIONAL, 50),
        ("5", SizeType.PERCENT_OF_EQUITY, 25),
        ("25", SizeType.PERCENT_OF_POSITION, 2),
    ],
)
def test_a_size_becomes_contracts(amount: str, kind: SizeType, contracts: int) -> None:
    assert quantity(amount, kind) == contracts


@pytest.mark.parametrize(
    ("symbol", "amount", "kind", "rate", "stop", "expected"),
    [
        # at 200: money over the price; inverse contracts of one USD are coins x price
        (BTC, "1000", SizeType.NOTIONAL, "2", None, "2.5"),
        (INVERSE, "1000", SizeType.NOTIONAL, "200", None, "1000"),
        (INVERSE, "10", SizeType.PERCENT_OF_EQUITY, "200", None, "1000"),
        # what is lost from 200 to the stop: 10 a coin, or 1/190 - 1/200 coins for each USD
        (BTC, "100", SizeType.RISK, "1", "190", "10"),
        (BTC, "100", SizeType.RISK, "1", "210", "10"),
        (SPOT, "1", SizeType.RISK_PERCENT, "1", "195", "20"),
        (INVERSE, "100", SizeType.RISK, "200", "190", "1900"),
        (BTC, "100", SizeType.RISK, "1", None, None),
        (BTC, "100", SizeType.RISK, "1", "200", None),
    ],
)
def test_a_size_in_money_counts_by_family_and_rate(
    symbol: str, amount: str, kind: SizeType, rate: str, stop: str | None, expected: str | None
) -> None:
    basis = Basis(
        instrument=instrument(symbol),
        price=D(200),
        rate=D(rate),
        equity=D(10000),
        position=D(0),
        stop=D(stop) if stop else None,
    )
    found = quantity_of(Size(D(amount), kind), basis)
    assert (found.quantize(D("0.001")) if found is not None else None) == (D(expected) if expected else None)


@pytest.mark.parametrize("kind", [SizeType.NOTIONAL, SizeType.PERCENT_OF_EQUITY])
def test_money_needs_a_price(kind: SizeType) -> None:
    assert quantity("5", kind, price=None) is None


@pytest.mark.parametrize("kind", [SizeType.UNITS, SizeType.PERCENT_OF_POSITION])
def test_contracts_need_none(kind: SizeType) -> None:
    assert quantity("5", kind, price=None) is not None


def test_a_share_of_lost_equity_is_nothing() -> None:
    assert quantity("5", SizeType.PERCENT_OF_EQUITY, equity="-1") == 0


def test_what_money_buys_is_rounded_down_to_lots() -> None:
    assert moves(Desk().alert("buy", Size(D(1000), SizeType.NOTIONAL), price="300")) == [("buy", "3.333", "PENDING")]


def test_sizes_use_the_reference_price_and_not_a_limit_price() -> None:
    desk = Desk()
    desk.quote("100")
    worth = Size(D(1000), SizeType.NOTIONAL)
    assert moves(desk.alert("buy", worth, price="80", order_type=OrderType.LIMIT)) == [("buy", "10", "PENDING")]


def test_a_share_of_equity_counts_unrealised_profit() -> None:
    desk = Desk()
    desk.hold("100")
    desk.mark("110")
    share = Size(D(10), SizeType.PERCENT_OF_EQUITY)
    assert moves(desk.alert("buy", share, price=None)) == [("buy", "10", "PENDING")]


def test_closing_all_includes_what_is_no_whole_lot() -> None:
    desk = Desk()
    order_id = desk.place("buy", "1")
    desk.fill(order_id, "0.00051")
    desk.report(order_id, "CANCELED")
    assert moves(desk.alert("close")) == [("sell", "0.00051", "PENDING")]


REFERENCE = Reference(bid=D(99), ask=D(101), mark=D(100), source=PriceSource.QUOTE, age_s=D(0))


@pytest.mark.parametrize(
    ("order_type", "side", "price", "reserved"),
    [
        (OrderType.MARKET, Side.BUY, None, "102.01"),
        (OrderType.MARKET, Side.SELL, None, "100"),
        (OrderType.LIMIT, Side.BUY, "90", "101"),
        (OrderType.LIMIT, Side.BUY, "110", "110"),
        (OrderType.LIMIT, Side.SELL, "90", "99"),
        (OrderType.LIMIT, Side.SELL, "110", "110"),
    ],
)
def test_an_order_is_reserved_at_the_worst_price_allowed_for(
    order_type: OrderType, side: Side, price: str | None, reserved: str
) -> None:
    at = D(price) if price else None
    assert reservation_price(wish(side, order_type), at, REFERENCE, D("0.01"), instrument()) == D(reserved)


@pytest.mark.parametrize(
    ("order_type", "side", "stop", "limit", "linear", "inverse"),
    [
        # bid 99, ask 101, mark 100, an allowance of 1 %; inverse contracts count for more the lower the price
        (OrderType.MARKET, Side.BUY, None, None, "102.01", "100"),
        (OrderType.MARKET, Side.SELL, None, None, "100", "98.01"),
        (OrderType.LIMIT, Side.BUY, None, "90", "101", "90"),
        (OrderType.LIMIT, Side.SELL, None, "110", "110", "99"),
        (OrderType.STOP, Side.BUY, "110", None, "111.1", "99.99"),
        (OrderType.STOP, Side.SELL, "90", None, "99.99", "89.1"),
        (OrderType.TAKE_PROFIT, Side.BUY, "90", None, "102.01", "89.1"),
        (OrderType.TAKE_PROFIT, Side.SELL, "110", None, "111.1", "98.01"),
        (OrderType.STOP_LIMIT, Side.BUY, "110", "112", "112", "101"),
        (OrderType.STOP_LIMIT, Side.SELL, "90", "88", "99", "88"),
    ],
)
def test_each_type_is_reserved_where_it_counts_for_most(
    order_type: OrderType, side: Side, stop: str | None, limit: str | None, linear: str, inverse: str
) -> None:
    placed = OrderIntent(
        side=side,
        size=Size(D(1)),
        order_type=order_type,
        price=D(limit) if limit else None,
        stop_price=D(stop) if stop else None,
    )
    for symbol, expected in ((BTC, linear), (SPOT, linear), (INVERSE, inverse)):
        found = reservation_price(placed, placed.price, REFERENCE, D("0.01"), instrument(symbol))
        assert found == D(expected)


def test_a_market_sell_counts_at_the_bid_where_that_is_above_the_mark() -> None:
    crossed = Reference(D(105), D(106), D(100), PriceSource.QUOTE, D(0))
    assert reservation_price(wish(Side.SELL), None, crossed, D(0), instrument()) == 105


def test_a_collar_is_the_allowance_of_a_market_buy() -> None:
    desk = Desk(limits={MAIN: {"price_collar": "3%"}})
    assert desk.order(desk.place("buy", "1")).reservation_price == 103
