"""Each order agrees with its fills and its history."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from pydantic import ValidationError
from sqlalchemy import RowMapping, Table, select

from app.storage import rows
from app.storage.checks.finding import Finding, Looked
from app.storage.checks.pages import pages
from app.storage.schema import fills, order_transitions, orders
from portfolio.model.decimals import ZERO, money, plain
from portfolio.model.fill import Fill
from portfolio.model.order import TRANSITIONS, Order, OrderStatus

CHECK = "orders"


def check_orders(looked: Looked) -> Iterator[Finding]:
    for page in pages(looked.connection, orders):
        ids = [row["client_order_id"] for row in page]
        of_fills, of_steps = (_by_order(looked, table, ids) for table in (fills, order_transitions))
        for row in page:
            order_id = row["client_order_id"]
            for message in _faults(row, of_fills[order_id], of_steps[order_id]):
                yield Finding(CHECK, order_id, message)


def _by_order(looked: Looked, table: Table, ids: Sequence[str]) -> defaultdict[str, list[RowMapping]]:
    query = select(table).where(table.c.client_order_id.in_(ids)).order_by(table.c.id)
    found: defaultdict[str, list[RowMapping]] = defaultdict(list)
    for row in looked.connection.execute(query).mappings():
        found[row["client_order_id"]].append(row)
    return found


def _faults(row: RowMapping, fill_rows: Sequence[RowMapping], steps: Sequence[RowMapping]) -> Iterator[str]:
    try:
        order = rows.order_from(row)
        booked = [rows.fill_from(fill) for fill in fill_rows]
    except (ValueError, TypeError, ValidationError, ArithmeticError) as error:
        yield f"cannot be read: {error}"
        return
    yield from _fill_faults(order, booked)
    yield from _history_faults(order, steps)
    if bool(row["live"]) is not order.is_live:
        yield f"is {order.status} and marked as {'live' if row['live'] else 'ended'}"


def _fill_faults(order: Order, booked: Iterable[Fill]) -> Iterator[str]:
    filled, cost = ZERO, ZERO
    for fill in booked:
        filled += fill.quantity
        cost += money(fill.quantity * fill.price)
        if _owner(fill) != _owner(order):
            yield f"has the fill {fill.trade_id} of {_owner(fill)}, and is of {_owner(order)} itself"
    if filled != order.filled:
        yield f"says that {plain(order.filled)} is filled, its fills add up to {plain(filled)}"
    elif cost != order.cost:
        yield f"says that it cost {plain(order.cost)}, its fills add up to {plain(cost)}"
    if order.status is OrderStatus.FILLED and order.filled < order.quantity:
        yield f"is FILLED with {plain(order.filled)} of {plain(order.quantity)}"


def _owner(item: Order | Fill) -> tuple[str, str, str, str]:
    return item.account, item.strategy, item.symbol, item.side


def _history_faults(order: Order, steps: Sequence[RowMapping]) -> Iterator[str]:
    """One chain of steps that the table allows, from nothing to where the order stands."""
    status: str | None = None
    for step in steps:
        before, after = step["previous"], step["status"]
        if before != status:
            yield f"went from {before} to {after}, but was {status}"
        elif before is not None and after not in TRANSITIONS.get(OrderStatus(before), ()):
            yield f"went from {before} to {after}, which no order may"
        status = after
    if status != order.status:
        yield f"is {order.status}, its history says {status}"
