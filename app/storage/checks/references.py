"""Rows that name other rows find them: the schema itself holds no foreign keys, because the writer needs none."""

from collections.abc import Iterator

from sqlalchemy import Column, Table, select

from app.storage.checks.finding import Finding, Looked
from app.storage.schema import fills, order_transitions, orders, signals

AT_MOST = 20
_REFERENCES: tuple[tuple[Table, str, Column[str]], ...] = (
    (fills, "client_order_id", orders.c.client_order_id),
    (order_transitions, "client_order_id", orders.c.client_order_id),
    (orders, "signal_id", signals.c.signal_id),
    (orders, "after", orders.c.client_order_id),
)


def check_references(looked: Looked) -> Iterator[Finding]:
    for table, name, target in _REFERENCES:
        known = target.table.alias()
        column = table.c[name]
        missing = ~select(1).select_from(known).where(known.c[target.name] == column).exists()
        query = select(column).distinct().where(column.is_not(None), missing).limit(AT_MOST)
        for (value,) in looked.connection.execute(query):
            yield Finding("references", str(value), f"{table.name}.{name} names what {target.table.name} does not have")
