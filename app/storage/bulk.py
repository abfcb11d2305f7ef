"""Bulk statements, compiled once: SQLAlchemy writes the SQL and converts the values, the driver takes all rows at once.

Compiling and binding anew for every batch cost a third of a commit, and the way through the library to the driver a
tenth.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Dialect, Insert, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from app.storage import schema
from app.storage.rows import Row

Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class BulkStatement:
    """One statement for any number of rows; `plan` is its parameters in order, each with its conversion."""

    sql: str
    plan: tuple[tuple[str, Convert | None], ...]

    def execute(self, connection: Connection, values: list[Row]) -> None:
        """Every row is in the open transaction. Raises sqlalchemy's DBAPIError."""
        plan = self.plan
        parameters = [tuple([convert(row[n]) if convert else row[n] for n, convert in plan]) for row in values]
        driver = connection.dialect.loaded_dbapi
        try:
            connection.connection.cursor().executemany(self.sql, parameters)
        except driver.Error as error:
            raise DBAPIError.instance(self.sql, None, error, driver.Error, dialect=connection.dialect) from error


@cache
def added(name: str, dialect: Dialect) -> BulkStatement:
    """Rows that must not be there yet."""
    table = schema.metadata.tables[name]
    return _compiled(table.insert(), table, dialect)


@cache
def put(name: str, dialect: Dialect) -> BulkStatement:
    """Rows that take the place of what has the same key; orders are known by their client order id."""
    table = schema.metadata.tables[name]
    insert = (postgresql if dialect.name == "postgresql" else sqlite).insert(table)
    key = ["client_order_id"] if table is schema.orders else [column.name for column in table.primary_key]
    values = {c.name: insert.excluded[c.name] for c in table.columns if c.name not in (*key, "id")}
    return _compiled(insert.on_conflict_do_update(index_elements=key, set_=values), table, dialect)


def _compiled(statement: Insert, table: Table, dialect: Dialect) -> BulkStatement:
    """The column `id` is the database's to fill, but for signals: theirs is the envelope's number."""
    written = [column.name for column in table.columns if column.name != "id" or column.autoincrement is False]
    compiled = statement.compile(dialect=dialect, column_keys=written)
    order = compiled.positiontup or written
    return BulkStatement(str(compiled), tuple((name, _conversion(table, name, dialect)) for name in order))


def _conversion(table: Table, name: str, dialect: Dialect) -> Convert | None:
    kind = table.c[name].type
    convert: Convert | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return convert
