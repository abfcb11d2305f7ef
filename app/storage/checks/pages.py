"""A table in portions, so that a look at a large database takes little memory."""

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, select

PAGE = 500


def pages(
    connection: Connection, table: Table, *where: ColumnElement[bool], key: str = "id", size: int = PAGE
) -> Iterator[Sequence[RowMapping]]:
    """The rows in the order of their number, `size` at a time."""
    last: int | None = None
    while True:
        query = select(table).where(*where).order_by(table.c[key]).limit(size)
        if last is not None:
            query = query.where(table.c[key] > last)
        page = connection.execute(query).mappings().all()
        if not page:
            return
        yield page
        last = page[-1][key]
