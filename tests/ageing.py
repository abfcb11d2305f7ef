"""A database whose whole history happened earlier, so that there is something old in it."""

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from app.storage.columns import Moment
from app.storage.schema import metadata


def age(database: Path, by: timedelta) -> None:
    """Every moment in the tables is that much earlier. No server runs."""

    def earlier(text: str | None) -> str | None:
        return text and (datetime.fromisoformat(text) - by).isoformat(timespec="microseconds")

    with closing(sqlite3.connect(database)) as connection, connection:
        connection.create_function("earlier", 1, earlier, deterministic=True)
        for table in metadata.sorted_tables:
            for column in table.columns:
                if isinstance(column.type, Moment):
                    connection.execute(f'UPDATE {table.name} SET "{column.name}" = earlier("{column.name}")')
