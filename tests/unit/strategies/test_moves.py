"""The moves that strategies are made of: from what is held, and on its way, to what is wanted."""

from decimal import Decimal

import pytest

from portfolio.model.intent import OrderIntent
from portfolio.model.order import OrderType, PriceSource
from portfolio.model.position import Key, Position
from portfolio.model.quote import Reference
from portfolio.model.side import Side
from portfolio.model.signal import Size, SizeType
from portfolio.view import BookView
from strategies import moves
from tests.fakes import BTC, HELD, NOW, SPOT, Desk, account, instrument, order, signal

D = Decimal
AT_100 = Reference.single(D(100), PriceSource.QUOTE, D(0))


def view(held: str = "0", moving: int = 0, resting: int = 0, reference: Reference | None = AT_100) -> BookView:
    """A holding with a signed market order on its way and a signed limit order in the venue's book."""
    desk = Desk()
    desk.book.positions.load(HELD, Position(D(held), D(held) * 100))
    for order_id, quantity, fields in (
        ("MOVING", moving, {}),
        ("RESTING", resting, {"order_type": "limit", "status": "OPEN", "price": D(90)}),
    ):
        if quantity:
            side = Side.towards(D(quantity)).value
            desk.book.load_order(order(order_id, side, str(abs(quantity)), **fields), ())
    return BookView(desk.book, HELD, reference, NOW)


def told(orders: tuple[OrderIntent, ...]) -> list[str]:
    """Each order as its signed quantity, with what it only reduces and what it waits for."""
    return [
        f"{order.side.signed(order.size.amount)}"
        f"{' reducing' if order.reduce_only else ''}"
        f"{f' after {order.after}' if order.after else ''}{' after the one before' if order.after_previous else ''}"
        for order in orders
    ]


def test_what_is_expected_counts_orders_on_their_way_and_not_those_that_rest() -> None:
    assert moves.expected_position(view("2", moving=-3, resting=7)) == -1
    assert moves.last_moving(view("2", moving=-3)) == "MOVING"
    assert moves.last_moving(view("2", resting=7)) is None


@pytest.mark.parametrize(
    ("held", "moving", "wanted", "orders"),
    [
        ("0", 0, 0, []),
        ("2", 1, 3, []),
        ("0", 0, -2, ["-2"]),
        ("2", 1, 5, ["2"]),
        ("5", 0, 2, ["-3 reducing"]),
        ("-5", 0, 0, ["5 reducing"]),
        ("5", -1, 2, ["-2 reducing after MOVING"]),
        ("5", 0, -1, ["-5 reducing", "-1 after the one before"]),
        ("0", 5, -1, ["-5 reducing after MOVING", "-1 after the one before"]),
        ("5", -5, -1, ["-1"]),
    ],
)
def test_the_way_to_a_position(held: str, moving: int, wanted: int, orders: list[str]) -> None:
    assert told(moves.move_to(view(held, moving), D(wanted))) == orders


@pytest.mark.parametrize(
    ("held", "moving", "orders"),
    [
        ("0", 0, ["1"]),
        ("3", 0, ["1"]),
        ("-3", 0, ["3 reducing", "1 after the one before"]),
        ("-3", 5, ["1"]),
        ("0", -3, ["3 reducing after MOVING", "1 after the one before"]),
    ],
)
def test_a_side_is_opened_once_the_other_is_closed(held: str, moving: int, orders: list[str]) -> None:
    wishes = moves.open_after_closing(signal("long"), view(held, moving), Side.BUY, Size(D(1)))
    assert told(wishes.orders) == orders


def test_an_entry_is_as_the_alert_describes_it() -> None:
    alert = signal("buy", price="90", order_type=OrderType.LIMIT, reduce_only=True)
    wish = moves.entry(alert, Side.BUY, Size(D(1)))
    assert (wish.order_type, wish.price, wish.reduce_only) == (OrderType.LIMIT, 90, True)
    assert moves.entry(signal("buy"), Side.BUY, Size(D(1))).price is None


@pytest.mark.parametrize(
    ("held", "moving", "size", "orders"),
    [("5", 0, "2", ["-2 reducing"]), ("5", 0, "9", ["-5 reducing"]), ("0", 5, None, ["-5 reducing after MOVING"])],
)
def test_a_close_reduces_what_is_expected(held: str, moving: int, size: str | None, orders: list[str]) -> None:
    assert told(moves.close(signal("close", size), view(held, moving)).orders) == orders


@pytest.mark.parametrize(("symbol", "orders"), [(SPOT, []), (BTC, ["-0.0004 reducing"])])
def test_coins_that_fees_left_over_are_nothing_to_trade(symbol: str, orders: list[str]) -> None:
    desk = Desk(account(instruments={symbol: instrument(symbol)}))
    key = Key("main", "follow", symbol)
    desk.book.positions.load(key, Position(D("0.0004"), D("0.04")))
    left = BookView(desk.book, key, AT_100, NOW)
    assert told(moves.close(signal("close", symbol=symbol), left).orders) == orders
    assert told(moves.move_to(left, D(0))) == orders
    assert bool(moves.flat(signal("flat", symbol=symbol), left).ignored) is not bool(orders)


def test_a_market_close_goes_before_resting_exits_and_a_limit_close_beside_them() -> None:
    desk = Desk()
    desk.hold("5")
    at_market = moves.close(signal("close"), BookView(desk.book, HELD, AT_100, NOW))
    at_limit = moves.close(signal("close", order_type=OrderType.LIMIT), BookView(desk.book, HELD, AT_100, NOW))
    assert [order.replaces_exits for order in (*at_market.orders, *at_limit.orders)] == [True, False]


def test_a_view_sizes_in_whole_lots_at_the_reference_price() -> None:
    worth = Size(D(1000), SizeType.NOTIONAL)
    at_300 = Reference.single(D(300), PriceSource.QUOTE, D(0))
    assert view(reference=at_300).quantity_of(worth) == D("3.333")
    assert view(reference=None).quantity_of(worth) is None


def test_a_view_tells_what_a_strategy_may_know() -> None:
    seen = view("5", moving=-2)
    assert (seen.position, seen.in_flight, seen.reducible, seen.equity) == (5, -2, 5, 10_000)
    assert (seen.has_unknown, seen.default_size, seen.max_age_s, seen.now) == (False, None, 300, NOW)
