"""Opening the database file: its lock, its pragmas, its health and the version of its schema."""

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from app.storage.errors import DatabaseLocked, DatabaseRefused

BUSY_TIMEOUT_S = 0.5
CHECK_AT_MOST_S = 1.0
OWNER_ONLY = 0o600
SCHEMA_HEAD = "0009"
_WRITER_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "wal_autocheckpoint=4000",  # 16 MB: a hot page is copied back less often than it changes
    "cache_size=-8000",
    "temp_store=MEMORY",
)


class DatabaseLock:
    """Held by the one process that may write; it goes with the process, however that ends."""

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(path.name + ".lock")
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        """This process is the only writer. Raises DatabaseLocked or DatabaseRefused."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, OWNER_ONLY), "a+")
        except OSError as error:
            message = f"cannot write in {self._path.parent}: {error.strerror}; choose another [database] url"
            raise DatabaseRefused(message) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            holder = file.read().strip()
            file.close()
            raise DatabaseLocked(f"another Quartermaster is using this database (process {holder or '?'})") from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def is_current(path: Path) -> bool:
    """True where the schema is this version's; nothing of the file is changed. Raises DatabaseRefused."""
    with refusing(path):
        return examine(f"{path.resolve().as_uri()}?mode=ro", path) == SCHEMA_HEAD


def inspect(path: Path) -> None:
    """The file could be served, as far as a short look can tell; nothing of it is changed. Raises DatabaseRefused."""
    with refusing(path):
        examine(f"{path.resolve().as_uri()}?mode=ro", path)


def examine(address: str, path: Path) -> str | None:
    """The schema's version, None for an empty file. Raises DatabaseRefused for one that is newer, or damaged."""
    with closing(sqlite3.connect(address, timeout=BUSY_TIMEOUT_S, uri=address != str(path))) as connection:
        revision = revision_of(connection)
        if revision is not None and revision > SCHEMA_HEAD:
            raise DatabaseRefused(
                f"{path} was written by a newer Quartermaster (schema {revision}, this one knows {SCHEMA_HEAD}): "
                "upgrade Quartermaster, or name another file in [database] url"
            )
        _look_for_damage(connection, path)
        return revision


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """What the driver says becomes DatabaseRefused, with what to do."""
    try:
        yield
    except (sqlite3.OperationalError, DBAPIError, OSError) as error:
        reason = error.orig if isinstance(error, DBAPIError) else error
        raise DatabaseRefused(f"cannot open {path}: {reason}; check the folder and its permissions") from error
    except sqlite3.DatabaseError as error:
        raise DatabaseRefused(_damaged(path, str(error))) from error


def writer_engine(path: Path, patience_s: float = BUSY_TIMEOUT_S) -> Engine:
    """For the storage thread: write-ahead log, fully synchronous, no connection shared."""
    connect_args = {"timeout": patience_s, "check_same_thread": False}
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool, connect_args=connect_args)
    event.listen(engine, "connect", _set_pragmas)
    return engine


def reader_engine(path: Path) -> AsyncEngine:
    """For the API: it can read and nothing else."""
    connect_args = {"timeout": BUSY_TIMEOUT_S}
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", pool_size=2, pool_timeout=2, connect_args=connect_args)
    event.listen(engine.sync_engine, "connect", _set_query_only)
    return engine


def _set_pragmas(connection: sqlite3.Connection, _: object) -> None:
    for pragma in _WRITER_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _set_query_only(connection: sqlite3.Connection, _: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only=ON")
    cursor.close()


def revision_of(connection: sqlite3.Connection) -> str | None:
    """The schema's version; None for a file without tables. Raises DatabaseRefused for somebody else's database."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        return None
    if not {"alembic_version", "journal"} <= tables:
        raise DatabaseRefused("the database file belongs to another program: name another in [database] url")
    (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone() or ("",)
    return str(revision)


def _look_for_damage(connection: sqlite3.Connection, path: Path) -> None:
    """As much of an integrity check as fits into a second: a start must not take minutes."""
    deadline = time.monotonic() + CHECK_AT_MOST_S
    connection.set_progress_handler(lambda: time.monotonic() > deadline, 1000)
    try:
        found = [row[0] for row in connection.execute("PRAGMA quick_check(3)")]
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            raise
        return
    finally:
        connection.set_progress_handler(None, 0)
    if found != ["ok"]:
        raise DatabaseRefused(_damaged(path, "; ".join(found)))


def _damaged(path: Path, what: str) -> str:
    return (
        f"{path} is damaged ({what[:200]}): keep a copy of it, then restore a backup, "
        "or move it away to start with an empty one"
    )
