"""A venue's reports become part of the books: each execution once, each status along the table."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio.model.command import EarlierOrder, Envelope, ReportOrder
from portfolio.model.event import EventKind
from portfolio.model.order import TRANSITIONS, OrderStatus
from portfolio.model.scope import PORTFOLIO, Scope
from tests.fakes import BTC, FOLLOW, MAIN, Desk, codes, ids, order, told


def bought(quantity: str = "3") -> tuple[Desk, str]:
    desk = Desk()
    return desk, desk.place("buy", quantity)


def test_a_fill_moves_order_position_and_wallet_together() -> None:
    desk, order_id = bought()
    desk.report(order_id, "FILLED", desk.trade(order_id, "3", "101", fee=Decimal("0.5")))
    filled = desk.order(order_id)
    assert (filled.status, filled.filled, filled.cost) == ("FILLED", 3, 303)
    assert (desk.quantity, desk.position().cost, desk.position().fees) == (3, 303, Decimal("0.5"))
    assert desk.book.wallet("main", "USDT") == Decimal("9999.5")
    (booked,) = desk.stored.fills
    assert (booked.trade_id, booked.client_order_id, booked.price) == (f"{order_id}-1", order_id, 101)


def test_realised_profit_reaches_the_wallet() -> None:
    desk, order_id = bought()
    desk.fill(order_id)
    desk.fill(desk.place("close"), price="110")
    assert desk.book.wallet("main", "USDT") == 10_030


def test_an_execution_told_twice_is_booked_once() -> None:
    desk, order_id = bought()
    trade = desk.trade(order_id, "1")
    desk.report(order_id, None, trade, trade)
    desk.report(order_id, "OPEN", trade)
    assert (desk.quantity, len(desk.stored.fills)) == (1, 1)


def test_an_execution_told_again_after_the_end_is_not_booked_again() -> None:
    desk, order_id = bought("1")
    trade = desk.trade(order_id, "1")
    desk.report(order_id, None, trade)
    desk.report(order_id, "FILLED", trade)
    assert desk.quantity == 1
    assert desk.history(order_id) == ["PENDING", "FILLED"]


def test_two_repeats_in_one_batch_do_not_book_anything_either() -> None:
    desk, order_id = bought("1")
    trade = desk.trade(order_id, "1")
    desk.report(order_id, None, trade)
    earlier = EarlierOrder(desk.order(order_id), desk.stored.trades[order_id])
    for seq, report in enumerate((told(order_id, "FILLED"), told(order_id, "FILLED", trade)), 50):
        known = earlier if order_id not in desk.book.orders else None
        desk.manager.handle(Envelope(seq, ReportOrder("main", report), desk.now, earlier=known))
    assert desk.quantity == 1


def test_a_fill_may_overtake_the_answer() -> None:
    desk, order_id = bought()
    desk.fill(order_id, "1")
    assert desk.status(order_id) == "PARTIALLY_FILLED"
    desk.report(order_id, "SUBMITTED")
    desk.report(order_id, "OPEN")
    assert desk.history(order_id) == ["PENDING", "PARTIALLY_FILLED"]


def test_the_last_fill_ends_the_order_whatever_status_came_with_it() -> None:
    desk, order_id = bought()
    desk.fill(order_id, "1")
    desk.report(order_id, "CANCELED", desk.trade(order_id, "2"))
    assert desk.status(order_id) == "FILLED"


def test_an_order_said_to_be_filled_waits_for_its_executions() -> None:
    desk, order_id = bought()
    desk.report(order_id, "FILLED")
    assert (desk.status(order_id), desk.quantity) == ("SUBMITTED", 0)
    desk.fill(order_id, "1")
    desk.report(order_id, "FILLED")
    assert desk.status(order_id) == "PARTIALLY_FILLED"
    desk.fill(order_id)
    assert desk.status(order_id) == "FILLED"


def test_a_cancelled_order_keeps_what_was_filled() -> None:
    desk, order_id = bought()
    desk.fill(order_id, "1")
    desk.report(order_id, "CANCELED", reason="by the venue")
    assert (desk.status(order_id), desk.order(order_id).filled, desk.live()) == ("CANCELED", 1, [])
    (event,) = desk.events(EventKind.ORDER_CANCELED)
    assert event.detail == {"reason": "by the venue", "filled": "1"}


@pytest.mark.parametrize("start", sorted(TRANSITIONS))
@pytest.mark.parametrize("end", sorted(set(OrderStatus) - {OrderStatus.FILLED, OrderStatus.PARTIALLY_FILLED}))
def test_a_report_moves_an_order_along_the_table_or_not_at_all(start: OrderStatus, end: OrderStatus) -> None:
    desk = Desk()
    desk.book.load_order(order(status=start), ())
    desk.report("A-1", end)
    now = desk.book.orders.get("A-1") or desk.order("A-1")
    assert now.status == (end if end in TRANSITIONS[start] else start)


def test_what_the_venue_calls_the_order_is_kept() -> None:
    desk, order_id = bought()
    desk.report(order_id, "OPEN", venue_order_id="V-7", sent_at=desk.now)
    desk.report(order_id, "OPEN", sent_at=None)
    assert (desk.order(order_id).venue_order_id, desk.order(order_id).sent_at) == ("V-7", desk.now)


def test_a_report_that_tells_nothing_new_writes_nothing() -> None:
    desk, order_id = bought()
    desk.report(order_id, "OPEN", venue_order_id="V-7")
    known = desk.order(order_id)
    desk.wait(seconds=1)
    desk.report(order_id, "OPEN", venue_order_id="V-7")
    assert desk.order(order_id) is known


def test_a_report_on_an_order_that_is_not_ours_is_told_and_changes_nothing() -> None:
    desk = Desk()
    before = desk.book.contents()
    desk.report("SOMEBODY", "OPEN")
    assert desk.book.contents()["orders"] == before["orders"]
    assert [event.client_order_id for event in desk.events(EventKind.FOREIGN_ORDER_REPORTED)] == ["SOMEBODY"]


# --- late fills --------------------------------------------------------------------------------------------------


def late() -> tuple[Desk, str]:
    desk, order_id = bought()
    desk.report(order_id, "CANCELED")
    desk.fill(order_id, "2")
    return desk, order_id


def test_a_late_fill_is_booked_and_the_state_stays() -> None:
    desk, order_id = late()
    assert (desk.quantity, desk.status(order_id), desk.order(order_id).filled) == (2, "CANCELED", 2)
    assert desk.history(order_id) == ["PENDING", "CANCELED"]
    assert len(desk.events(EventKind.LATE_FILL)) == 1


def test_a_late_fill_leaves_its_symbol_reducing() -> None:
    desk, _ = late()
    assert codes(desk.alert("buy", "1")) == ["REDUCING"]
    assert codes(desk.alert("sell", "1")) == []
    assert desk.book.status_of(PORTFOLIO) == "ACTIVE"


def test_a_second_late_fill_does_not_restart_what_a_person_has_seen() -> None:
    desk, order_id = late()
    since = desk.book.states[Scope("main", symbol=BTC)].since
    desk.wait(seconds=9)
    desk.fill(order_id, "1")
    assert desk.book.states[Scope("main", symbol=BTC)].since == since


def test_a_resume_of_the_account_ends_what_a_late_fill_began() -> None:
    desk, _ = late()
    desk.resume(MAIN)
    assert codes(desk.alert("buy", "1")) == []


# --- exits whose position is gone --------------------------------------------------------------------------------


def overtaken() -> tuple[Desk, str]:
    """A sell that was to reduce, after another sell took the position away."""
    desk = Desk()
    desk.hold("3")
    slow, fast = desk.place("sell", "3"), desk.place("sell", "4")
    desk.fill(fast, "1")
    return desk, slow


def test_an_exit_that_could_now_open_something_counts_as_an_entry() -> None:
    desk, slow = overtaken()
    assert (desk.quantity, desk.book.orders[slow].is_exit) == (2, False)


def test_a_halt_cancels_it_with_the_entries() -> None:
    desk, slow = overtaken()
    desk.halt()
    assert slow in desk.cancels


def test_an_exit_that_fills_in_parts_stays_an_exit() -> None:
    desk = Desk()
    desk.hold("3")
    exit_id = desk.place("sell", "3")
    desk.fill(exit_id, "1")
    assert desk.book.orders[exit_id].is_exit


def test_a_reduce_only_exit_stays_one_since_the_venue_stops_it() -> None:
    desk = Desk()
    desk.hold("3")
    close, _ = desk.place("close"), desk.place("sell", "4")
    desk.fill(desk.sent[-1], "1")
    assert desk.book.orders[close].is_exit


def test_a_report_while_nothing_is_reconciled_is_booked_and_its_leg_ends_unsent() -> None:
    desk = Desk()
    desk.hold("2")
    close, opening = ids(desk.alert("reverse"))
    desk.restart()
    desk.fill(close)
    assert desk.quantity == 0
    assert (desk.status(opening), desk.order(opening).reasons[0].code) == ("EXPIRED_UNSENT", "NOT_RECONCILED")


# --- sums --------------------------------------------------------------------------------------------------------

executions = st.lists(
    st.tuples(
        st.sampled_from(["buy", "sell"]),
        st.decimals("0.1", "9", places=3),
        st.decimals("50", "150", places=1),
        st.decimals("-1", "1", places=6),
    ),
    max_size=8,
)


@settings(max_examples=40, deadline=None)
@given(executions, st.decimals("50", "150", places=2))
def test_the_books_equity_is_cash_and_holdings_to_the_last_digit(
    done: list[tuple[str, Decimal, Decimal, Decimal]], mark: Decimal
) -> None:
    desk, cash, held = Desk(), Decimal(10_000), Decimal(0)
    for side, quantity, price, fee in done:
        desk.fill(desk.place(side, str(quantity), price=str(price)), fee=fee)
        signed = quantity if side == "buy" else -quantity
        cash, held = cash - signed * price - fee, held + signed
    desk.mark(str(mark))
    assert desk.quantity == held
    assert desk.book.equity(PORTFOLIO) == desk.book.equity(MAIN) == cash + held * mark
    assert desk.book.equity(FOLLOW) == cash + held * mark - 10_000
