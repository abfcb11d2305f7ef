"""What others do on the account: each execution is booked exactly once, each order told of once."""

from dataclasses import replace
from decimal import Decimal

import pytest

from portfolio.model.command import ReportFunding, ReportOrder
from portfolio.model.event import EventKind
from portfolio.model.fill import Cause, Funding, OrderReport
from portfolio.model.identifiers import UNASSIGNED
from portfolio.model.order import OrderStatus
from portfolio.model.position import Key
from portfolio.model.side import Side
from portfolio.model.venue import ForeignOrders
from tests.fakes import BTC, NOW, Desk
from tests.unit.portfolio.venue_desk import execution, foreign, outside, resting, venue_desk

NOBODYS = Key("main", UNASSIGNED, BTC)


@pytest.fixture
def desk() -> Desk:
    return venue_desk()


def test_an_outside_trade_is_booked_once_however_often_it_is_told(desk: Desk) -> None:
    for _ in range(3):
        outside(desk, "T-1", quantity="2")
    desk.restart()
    outside(desk, "T-1", quantity="2")
    assert desk.book.position(NOBODYS).quantity == 2
    assert len(desk.events(EventKind.FOREIGN_TRADE_BOOKED)) == 1


def test_a_liquidation_that_was_booked_in_parts_is_known_when_it_is_told_again(desk: Desk) -> None:
    desk.hold("2")
    for _ in range(2):
        outside(desk, "L-1", "sell", "3", cause=Cause.LIQUIDATION)
    assert (desk.quantity, desk.book.position(NOBODYS).quantity) == (0, -1)
    assert len(desk.events(EventKind.POSITION_LIQUIDATED)) == 2
    assert {fill.trade_id for fill in desk.stored.fills if fill.trade_id.startswith("L-1")} == {
        "L-1",
        f"L-1:{UNASSIGNED}",
    }


def test_what_a_foreign_order_trades_is_nobodys(desk: Desk) -> None:
    order = resting(side="sell", quantity="3")
    foreign(desk, order, execution("T-1", "1"))
    foreign(desk, order, execution("T-1", "1"), execution("T-2", "2"), status="FILLED")
    outside(desk, "T-2", "sell", "2")
    assert desk.book.position(NOBODYS).quantity == -3


def test_a_foreign_order_is_told_of_once(desk: Desk) -> None:
    foreign(desk, resting())
    foreign(desk, resting())
    desk.restart()
    foreign(desk, resting(), status="CANCELED")
    foreign(desk, resting("ANOTHER"))
    told = desk.events(EventKind.FOREIGN_ORDER_REPORTED)
    assert [event.client_order_id for event in told] == ["SOMEBODY", "ANOTHER"]
    assert (told[0].detail["side"], told[0].detail["quantity"], told[0].symbol) == ("buy", "1", BTC)


def test_foreign_orders_can_be_ignored_but_not_what_they_trade() -> None:
    desk = venue_desk(foreign_orders=ForeignOrders.IGNORE)
    foreign(desk, resting(), execution("T-1"))
    assert desk.events(EventKind.FOREIGN_ORDER_REPORTED) == []
    assert desk.book.position(NOBODYS).quantity == 1


def test_an_execution_of_an_unknown_order_without_a_description_is_told_and_not_guessed(desk: Desk) -> None:
    desk.report("SOMEBODY", "FILLED", execution("T-1"))
    assert (len(desk.events(EventKind.FOREIGN_ORDER_REPORTED)), desk.book.position(NOBODYS).quantity) == (1, 0)


def test_what_is_traded_in_a_symbol_without_terms_is_told_of_once_and_fails_nothing(desk: Desk) -> None:
    for trade_id in ("T-1", "T-2"):
        outside(desk, trade_id, symbol="NEW/USDT:USDT")
    paid = Funding(
        symbol="NEW/USDT:USDT", amount=Decimal(1), currency="USDT", rate=Decimal(0), price=Decimal(1), time=NOW
    )
    desk.handle(ReportFunding("main", paid))
    assert [event.symbol for event in desk.events(EventKind.FOREIGN_POSITION_FOUND)] == ["NEW/USDT:USDT"]
    assert desk.book.wallet("main", "USDT") == 10_000


def test_funding_is_booked_once_for_each_symbol_and_time(desk: Desk) -> None:
    def paid(symbol: str, hour: int) -> None:
        time = NOW.replace(hour=hour)
        known = {"currency": "USDT", "rate": Decimal("0.0001"), "price": Decimal(100)}
        desk.handle(ReportFunding("main", Funding(symbol=symbol, amount=Decimal(-1), time=time, **known)))  # type: ignore[arg-type]

    for hour in (0, 8, 8, 0, 16, 8):
        paid(BTC, hour)
        paid("ETH/USDT:USDT", hour)
    desk.restart()
    paid(BTC, 16)
    paid(BTC, 8)
    assert desk.book.wallet("main", "USDT") == 10_000 - 6


def test_a_payment_that_was_missed_is_booked_after_a_later_one(desk: Desk) -> None:
    for hour in (16, 8, 8, 16):
        known = {"currency": "USDT", "rate": Decimal("0.0001"), "price": Decimal(100)}
        paid = Funding(symbol=BTC, amount=Decimal(-1), time=NOW.replace(hour=hour), **known)  # type: ignore[arg-type]
        desk.handle(ReportFunding("main", paid))
    assert desk.book.wallet("main", "USDT") == 10_000 - 2
    assert desk.book.funded["main", BTC].hour == 16


# --- an order that is another than ours --------------------------------------------------------------------------


def test_an_order_that_its_venue_describes_otherwise_halts_its_symbol(desk: Desk) -> None:
    order_id, other = desk.rest("buy", "1"), desk.rest("buy", "2")
    desk.report(order_id, "OPEN", mismatch="quantity is 2, not 1")
    desk.report(order_id, "OPEN", mismatch="quantity is 2, not 1")
    (told,) = desk.events(EventKind.ORDER_MISMATCHED)
    assert (told.client_order_id, told.detail) == (order_id, {"mismatch": "quantity is 2, not 1"})
    (state,) = desk.book.states.values()
    assert (state.status, state.cause) == ("HALTED", "ORDER_MISMATCH")
    assert set(desk.cancels) == {order_id, other}


def test_what_an_order_on_the_other_side_traded_under_our_id_is_not_ours(desk: Desk) -> None:
    order_id = desk.place("buy", "1")
    there = resting(order_id, "sell", "1")
    for _ in range(2):
        foreign(desk, there, execution("T-1"), status="FILLED")
    assert (desk.status(order_id), desk.quantity, desk.book.position(NOBODYS).quantity) == ("REJECTED", 0, -1)
    assert len(desk.events(EventKind.ORDER_MISMATCHED)) == 1


def test_a_report_of_an_order_that_agrees_halts_nothing(desk: Desk) -> None:
    order_id = desk.place("buy", "1")
    told = OrderReport(
        client_order_id=order_id, status=OrderStatus.OPEN, order=replace(resting(order_id), side=Side.BUY)
    )
    desk.handle(ReportOrder("main", told))
    assert (desk.status(order_id), desk.book.states.as_dict()) == ("OPEN", {})
