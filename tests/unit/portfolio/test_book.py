"""The book's tables can be rolled back, and tell the store what changed."""

from decimal import Decimal

from portfolio.book import Book
from portfolio.model.order import OrderStatus
from portfolio.model.position import Key
from portfolio.model.scope import PORTFOLIO, Scope
from portfolio.table import Table, UndoLog
from tests.fakes import BTC, ETH, HELD, MAIN, NOW, Desk, desk_setup, order


def table() -> tuple[UndoLog, Table[str, int]]:
    log = UndoLog()
    rows: Table[str, int] = Table(log)
    rows.load("a", 1)
    return log, rows


# --- tables ------------------------------------------------------------------------------------------------------


def test_a_roll_back_undoes_everything_since_in_reverse() -> None:
    log, rows = table()
    rows.put("a", 2)
    position = log.position()
    rows.put("a", 3)
    rows.put("b", 1)
    rows.remove("a")
    rows.put("a", 4)
    log.roll_back_to(position)
    assert rows.as_dict() == {"a": 2}


def test_what_was_put_is_told_once_with_its_last_value() -> None:
    _, rows = table()
    rows.put("b", 1)
    rows.put("b", 2)
    rows.remove("a")
    assert rows.drain_changes() == {"b": 2, "a": None}
    assert rows.drain_changes() == {}


def test_removing_what_is_not_there_is_no_change() -> None:
    _, rows = table()
    rows.remove("x")
    assert rows.drain_changes() == {}


def test_what_was_loaded_is_no_change_and_cannot_be_undone() -> None:
    log, rows = table()
    log.roll_back_to(0)
    assert (rows.as_dict(), rows.drain_changes()) == ({"a": 1}, {})


def test_a_table_is_read_like_a_dictionary() -> None:
    _, rows = table()
    assert (rows["a"], rows.get("b"), "a" in rows, list(rows), len(rows), list(rows.values())) == (
        1,
        None,
        True,
        ["a"],
        1,
        [1],
    )


# --- the book ----------------------------------------------------------------------------------------------------


def live_book(*orders: str) -> Book:
    book = Book(desk_setup())
    for order_id in orders:
        book.put_order(order(order_id))
    return book


def test_an_order_that_ended_stays_until_the_batch_is_on_disk() -> None:
    book = live_book("A-1")
    book.put_order(order("A-1", status="FILLED"))
    assert "A-1" in book.orders
    book.settle(book.take_changes())
    assert "A-1" not in book.orders


def test_reservations_follow_the_orders() -> None:
    book = live_book("A-1", "A-2")
    assert (book.reservation(HELD).buys, book.reservation(HELD).orders) == (200, 2)
    book.put_order(order("A-1", filled=Decimal("0.5"), status="PARTIALLY_FILLED"))
    assert book.reservation(HELD).buys == 150
    book.put_order(order("A-2", status="CANCELED"))
    book.put_order(order("A-1", status="FILLED"))
    assert (book.reservation(HELD).buys, book.live_orders(HELD), book.holdings()) == (0, (), [])


def test_live_orders_are_found_by_holding_oldest_first_and_by_scope() -> None:
    book = live_book("A-1", "A-2")
    book.put_order(order("A-3", symbol=ETH))
    assert [known.client_order_id for known in book.live_orders(HELD)] == ["A-1", "A-2"]
    assert len(book.live_orders_in(PORTFOLIO)) == 3
    assert len(book.live_orders_in(Scope("main", symbol=ETH))) == 1
    assert not book.live_orders(Key("main", "other", BTC))


def test_an_unknown_order_is_seen_on_its_account_and_symbol() -> None:
    book = live_book("A-1")
    assert not book.has_unknown("main", BTC)
    book.put_order(order("A-1", status=OrderStatus.UNKNOWN))
    assert book.has_unknown("main", BTC)
    assert not book.has_unknown("main", ETH)


def test_each_change_of_status_is_written_down_with_its_reason() -> None:
    book = live_book("A-1")
    book.put_order(order("A-1", cancel_requested=True))
    book.put_order(order("A-1", status="REJECTED"), "no margin")
    lines = [(line.previous, line.status, line.reason) for line in book.history.transitions]
    assert lines == [(None, "PENDING", ""), ("PENDING", "REJECTED", "no margin")]


def test_a_roll_back_takes_the_history_with_it() -> None:
    book = live_book("A-1")
    savepoint = book.savepoint()
    book.put_order(order("A-1", status="FILLED"))
    book.take_snapshot(MAIN, NOW)
    book.roll_back_to(savepoint)
    assert (book.history.lengths(), book.orders["A-1"].status) == ((1, 0, 0, 0, 0, 0, 0), "PENDING")


def test_a_desk_is_exposed_while_anything_is_held_or_live() -> None:
    desk = Desk()
    assert not desk.book.is_exposed
    resting = desk.rest("buy", "1")
    assert desk.book.is_exposed
    desk.report(resting, "CANCELED")
    assert not desk.book.is_exposed
    desk.hold("1")
    assert desk.book.is_exposed


def test_a_twin_says_the_same_in_the_same_order_and_goes_its_own_way() -> None:
    desk = Desk()
    desk.hold("2")
    desk.rest("buy", "1", "90")
    desk.halt(Scope("main", "follow"))
    desk.book.strategy_states.load("follow", {"kept": [1]})
    twin = desk.book.twin()
    tables = {name: table for name, table in vars(desk.book).items() if isinstance(table, Table)}
    assert len(tables) > 10
    assert all(getattr(twin, name).items() == table.items() for name, table in tables.items())
    twin.strategy_states["follow"]["kept"].append(2)  # type: ignore[index]
    for order_id in list(twin.orders):
        twin.orders.remove(order_id)
    assert desk.book.strategy_states["follow"] == {"kept": [1]}
    assert len(desk.book.orders) == 1
    assert desk.book.take_changes().orders == {}
