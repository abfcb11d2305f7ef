"""The writer's side of the store: look up, commit, rebuild. All of it runs on the one storage thread."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from shutil import disk_usage
from typing import TypeVar

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.storage.errors import CommitUnclear, ConstraintViolated, StorageUnavailable
from app.storage.loading import load_book
from app.storage.questions import Answers, Questions, Windows, answer
from app.storage.schema import journal
from app.storage.writing import Batch, write
from portfolio.book import Book
from portfolio.model.identifiers import AccountId, StrategyId
from portfolio.setup import Setup

T = TypeVar("T")
ROOM_FOR_A_BATCH = 1024 * 1024


class Store:
    """One connection, used by one thread. A failure closes it; the next call opens it anew."""

    def __init__(
        self, engine: Engine, configuration: str, accounts: Mapping[StrategyId, AccountId], windows: Windows
    ) -> None:
        self._engine = engine
        self._configuration = configuration
        self._accounts = accounts
        self._windows = windows
        self._connection: Connection | None = None

    def look_up(self, questions: Questions, now: datetime) -> Answers:
        """What is known of these ids, contents and orders. Raises StorageUnavailable."""
        if not questions:
            return Answers()
        return self._read(lambda connection: answer(connection, questions, self._windows, now))

    def load_book(self, setup: Setup) -> Book:
        """The book as of the last commit. Raises StorageUnavailable."""
        return self._read(lambda connection: load_book(connection, setup))

    def has(self, seq: int) -> bool:
        """True where the envelope is on disk. Raises StorageUnavailable."""
        query = select(journal.c.seq).where(journal.c.seq == seq)
        return self._read(lambda connection: connection.execute(query).first() is not None)

    def last_seq(self) -> int:
        """The number of the newest envelope on disk, 0 for an empty store. Raises StorageUnavailable."""
        query = select(func.max(journal.c.seq))
        return self._read(lambda connection: connection.execute(query).scalar() or 0)

    def commit(self, batch: Batch, before_commit: Callable[[], None] = lambda: None) -> None:
        """The whole batch is on disk; if anything but CommitUnclear is raised, nothing of it is.

        Raises StorageUnavailable where the database is locked, full or gone, ConstraintViolated where a row
        contradicts what is there, CommitUnclear where only a look will tell.
        """
        try:
            connection = self._connected()
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            write(connection, batch, self._configuration, self._accounts)
        except IntegrityError as error:
            self.close()
            raise ConstraintViolated(_message(error)) from error
        except (TypeError, ValueError) as error:  # a value that no column can hold
            self.close()
            raise ConstraintViolated(repr(error)) from error
        except DBAPIError as error:
            self.close()
            raise StorageUnavailable(_message(error)) from error
        except BaseException:
            self.close()
            raise
        before_commit()
        try:
            connection.exec_driver_sql("COMMIT")
        except DBAPIError as error:
            self.close()
            raise CommitUnclear(_message(error)) from error

    def is_writable(self) -> bool:
        """True where a page could be written to disk, saying what it said, and there is room for a batch."""
        try:
            if disk_usage(Path(str(self._engine.url.database)).parent).free < ROOM_FOR_A_BATCH:
                return False
            connection = self._connected()
            version = int(connection.exec_driver_sql("PRAGMA user_version").scalar() or 0)
            connection.exec_driver_sql(f"PRAGMA user_version = {version}")
        except OSError:
            return False
        except DBAPIError:
            self.close()
            return False
        return True

    def close(self) -> None:
        """An open transaction is rolled back; the next call opens a new connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()

    def _read(self, load: Callable[[Connection], T]) -> T:
        """What `load` finds, in one snapshot."""
        try:
            connection = self._connected()
            connection.exec_driver_sql("BEGIN")
            found = load(connection)
            connection.exec_driver_sql("COMMIT")
        except DBAPIError as error:
            self.close()
            raise StorageUnavailable(_message(error)) from error
        except BaseException:
            self.close()
            raise
        return found

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        return self._connection


def _message(error: DBAPIError) -> str:
    """The driver's words alone: SQLAlchemy's own message would repeat the statement and its values."""
    return f"{type(error.orig).__name__}: {error.orig}"
