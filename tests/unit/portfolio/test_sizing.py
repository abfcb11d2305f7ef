"""From a wish to a quantity, and the price an order is held against limits at."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.model.instrument import Instrument, family_of, parse_symbol
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


def family(symbol: str, contract_size: str, **terms: str) -> Instrument:
    parts = parse_symbol(symbol)
    assert parts is not None
    base, quote, settle = parts
    numbers = {"contract_size": contract_size, "lot": "0.001", "tick": "0.1", **terms}
    figures = {name: D(value) for name, value in numbers.items()}
    return Instrument(symbol=symbol, base=base, quote=quote, settle=settle, family=family_of(symbol), **figures)


@pytest.mark.parametrize(
    ("terms", "size", "price", "stop", "rate", "units"),
    [
        # Linear, 1 coin each: 100 USDT lost over 65,000 - 64,000 = 1,000 a coin.
        (family("BTC/USDT:USDT", "1"), Size(D(100), SizeType.RISK), "65000", "64000", "1", "0.1"),
        # The same, short: 66,300 - 65,000 = 1,300 a coin; 0.0769… in whole lots.
        (family("BTC/USDT:USDT", "1"), Size(D(100), SizeType.RISK), "65000", "66300", "1", "0.076"),
        # Linear, a hundredth of a coin each: 10 USDT a contract.
        (family("BTC/USDT:USDT", "0.01"), Size(D(100), SizeType.RISK), "65000", "64000", "1", "10"),
        # 1 % of an equity of 10,000 over 500 a coin.
        (family("BTC/USDT:USDT", "1"), Size(D(1), SizeType.RISK_PERCENT), "65000", "64500", "1", "0.2"),
        # Inverse, 1 USD each: 1/50,000 - 1/62,500 … of a coin a contract, 4e-6 BTC; 250 USD are 0.005 BTC at 50,000.
        (family("BTC/USD:BTC", "1", lot="1"), Size(D(250), SizeType.RISK), "50000", "62500", "50000", "1250"),
        # The same long: 1/40,000 - 1/50,000 = 5e-6 BTC a contract.
        (family("BTC/USD:BTC", "1", lot="1"), Size(D(250), SizeType.RISK), "50000", "40000", "50000", "1000"),
        # Inverse of 10 USD each, 2 % of 10,000: 200 USD are 0.004 BTC; 5e-5 BTC a contract.
        (family("BTC/USD:BTC", "10", lot="1"), Size(D(2), SizeType.RISK_PERCENT), "50000", "40000", "50000", "80"),
        # Spot: 60 USDT over 40 a coin.
        (family("ETH/USDT", "1"), Size(D(60), SizeType.RISK), "3000", "2960", "1", "1.5"),
    ],
)
def test_as_much_is_traded_as_loses_the_amount_at_the_stop(
    terms: Instrument, size: Size, price: str, stop: str, rate: str, units: str
) -> None:
    basis = Basis(instrument=terms, price=D(price), rate=D(rate), equity=D(10_000), position=D(0), stop=D(stop))
    found = quantity_of(size, basis)
    assert found is not None
    rounded = terms.rounded_quantity(found)
    assert rounded == D(units)
    worth = size.amount if size.kind is SizeType.RISK else size.amount * 100
    assert terms.loss_per_unit(D(price), D(stop)) * rounded * D(rate) <= worth


@pytest.mark.parametrize(("price", "stop"), [("100", None), ("100", "100"), (None, "90")])
def test_without_a_distance_to_the_stop_there_is_no_quantity(price: str | None, stop: str | None) -> None:
    basis = Basis(
        instrument=instrument(),
        price=D(price) if price else None,
        rate=D(1),
        equity=D(10_000),
        position=D(0),
        stop=D(stop) if stop else None,
    )
    assert quantity_of(Size(D(50), SizeType.RISK), basis) is None


@given(
    price=st.decimals("1", "100000", places=2),
    share=st.decimals("0.01", "0.9", places=4),
    amount=st.decimals("1", "100000", places=2),
    symbol=st.sampled_from(["BTC/USDT:USDT", "BTC/USD:BTC", "BTC/USDT"]),
    up=st.booleans(),
)
def test_never_more_is_lost_at_the_stop_than_was_asked(
    price: Decimal, share: Decimal, amount: Decimal, symbol: str, up: bool
) -> None:
    terms = family(symbol, "1")
    stop = price * (1 + share if up else 1 - share)
    basis = Basis(instrument=terms, price=price, rate=D(1), equity=D(0), position=D(0), stop=stop)
    found = quantity_of(Size(amount, SizeType.RISK), basis)
    assert found is not None
    rounded = terms.rounded_quantity(found)
    assert rounded * terms.loss_per_unit(price, stop) <= amount * (1 + D("1e-15"))
    assert (rounded + terms.lot) * terms.loss_per_unit(price, stop) > amount * (1 - D("1e-15"))
