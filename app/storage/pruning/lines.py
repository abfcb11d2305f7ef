"""The rows of a plan, table by table, in portions that are read one at a time."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, Table, func, or_, select

from app.storage.checks.pages import pages
from app.storage.pruning.plan import FILL, Plan
from app.storage.schema import (
    equity_snapshots,
    events,
    fills,
    journal,
    order_transitions,
    orders,
    signals,
    wallet_snapshots,
)

TRAIL_TABLES = (signals, orders, order_transitions, fills)
LINE_TABLES: Mapping[Table, str] = {events: "id", equity_snapshots: "id", wallet_snapshots: "id", journal: "seq"}
"""What is only ever added to, by its number."""
PRUNED_TABLES = (*TRAIL_TABLES, *LINE_TABLES)
_AT_ONCE = 400
_LINES_AT_ONCE = 1000

Rows = Sequence[RowMapping]


def lines_of(connection: Connection, table: Table, plan: Plan) -> Iterator[Rows]:
    """Exactly the rows of the table that the plan lets go."""
    if table in TRAIL_TABLES:
        for trails in plan.portions(lambda: _AT_ONCE):
            yield connection.execute(of_trails(table, trails)).mappings().all()
        return
    key = LINE_TABLES[table]
    where = _conditions(connection, table, plan)
    for page in pages(connection, table, *where, key=key, size=_LINES_AT_ONCE):
        yield [row for row in page if row.get("origin") not in plan.kept]


def of_trails(table: Table, trails: Sequence[str]) -> Select[Any]:
    if table is signals:
        return select(table).where(table.c.signal_id.in_(trails)).order_by(table.c.id)
    if table is orders:
        return select(table).where(table.c.origin.in_(trails)).order_by(table.c.id)
    if table is fills:
        return select(fills).where(fills_of(trails)).order_by(fills.c.id)
    ids = select(orders.c.client_order_id).where(orders.c.origin.in_(trails))
    return select(table).where(table.c.client_order_id.in_(ids)).order_by(table.c.id)


def fills_of(trails: Sequence[str]) -> ColumnElement[bool]:
    """Those of the trails' orders, and those that are trails themselves."""
    ids = select(orders.c.client_order_id).where(orders.c.origin.in_(trails))
    own = [int(trail.removeprefix(FILL)) for trail in trails if trail.startswith(FILL)]
    return or_(fills.c.client_order_id.in_(ids), fills.c.id.in_(own))


def _conditions(connection: Connection, table: Table, plan: Plan) -> list[Any]:
    """The newest row of each table stays, and of each scope's snapshots the first, which opened it, and the last."""
    if table is journal:
        return [table.c.seq < plan.journal_end]
    newest = connection.execute(select(func.max(table.c.id))).scalar() or 0
    where = [table.c.time < plan.before, table.c.id < newest]
    if table is equity_snapshots:
        by_scope = (table.c.account, table.c.strategy, table.c.symbol)
        where += [table.c.id.not_in(select(end(table.c.id)).group_by(*by_scope)) for end in (func.min, func.max)]
    return where
