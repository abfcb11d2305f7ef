"""Connections that can read and nothing else, for commands that work beside a server."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

from app.storage.database import BUSY_TIMEOUT_S


@contextmanager
def reading(path: Path) -> Iterator[Connection]:
    """Each statement sees the database as it is then: nothing is held, so the write-ahead log can be taken back."""
    address = f"sqlite:///file:{path.resolve()}?mode=ro&uri=true"
    engine = create_engine(address, poolclass=NullPool, connect_args={"timeout": BUSY_TIMEOUT_S})
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield connection
    finally:
        engine.dispose()


@contextmanager
def snapshot(path: Path) -> Iterator[Connection]:
    """Every statement sees the database as it is at one moment."""
    with reading(path) as connection:
        connection.exec_driver_sql("BEGIN")
        yield connection
        connection.exec_driver_sql("ROLLBACK")
