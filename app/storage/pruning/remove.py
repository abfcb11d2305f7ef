"""Deleting in transactions so short that a desk beside it does not notice, each of which leaves books that add up."""

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, delete, func, or_, select

from app.storage import rows
from app.storage.bulk import put
from app.storage.checks.holdings import fee_in_settle, holdings
from app.storage.database import writer_engine
from app.storage.errors import StorageError
from app.storage.pruning.export import Export
from app.storage.pruning.lines import LINE_TABLES, fills_of, of_trails
from app.storage.pruning.plan import Plan
from app.storage.schema import brought_forward, fills, order_transitions, orders, prunings, signals
from portfolio.book import FLAT
from portfolio.model.decimals import ZERO
from portfolio.setup import Setup

_WAITS_AT_MOST_S = 5.0
_TARGET_S = 0.02
_PAUSE_S = 0.02
_REST = 2
_TRAILS_AT_FIRST = 20
_LEAST, _MOST = 5, 400
_LINES_FOR_A_TRAIL = 5


class PruneStopped(StorageError):
    """What was exported and deleted until then is consistent; the message says why there is no more."""


class Remover:
    """`longest_s` is the longest that a transaction has held the lock that the desk writes under."""

    def __init__(self, path: Path, setup: Setup, plan: Plan, sleep: Callable[[float], None]) -> None:
        self._engine = writer_engine(path, _WAITS_AT_MOST_S)
        self._setup = setup
        self._plan = plan
        self._sleep = sleep
        self._size = _TRAILS_AT_FIRST
        self.longest_s = 0.0

    def remove(self, exported: Export, now: datetime) -> None:
        """Everything exported is gone, the pruning is noted. Raises PruneStopped, or sqlalchemy's DBAPIError."""
        with closing(self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")) as connection:
            self._commit(connection, lambda: self._note(connection, exported, now))
            for trails in self._plan.portions(lambda: self._size):
                self._commit(connection, lambda trails=trails: self._remove_trails(connection, trails))  # type: ignore[misc]
            for table, key in LINE_TABLES.items():
                numbers, start = exported.numbers[table.name], 0
                while start < len(numbers):
                    part = numbers[start : start + self._size * _LINES_FOR_A_TRAIL].tolist()
                    where = table.c[key].in_(part)
                    self._commit(connection, lambda t=table, w=where: connection.execute(delete(t).where(w)))  # type: ignore[misc]
                    start += len(part)
        self._engine.dispose()

    def _commit(self, connection: Connection, work: Callable[[], object]) -> None:
        """The work is on disk; then the desk has time to write, longer than it was kept waiting."""
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        began = time.monotonic()
        try:
            work()
            connection.exec_driver_sql("COMMIT")
        except BaseException:
            connection.exec_driver_sql("ROLLBACK")
            raise
        held = time.monotonic() - began
        self.longest_s = max(self.longest_s, held)
        if held > _TARGET_S:
            self._size = max(_LEAST, self._size // 2)
        elif held < _TARGET_S / 2:
            self._size = min(_MOST, self._size * 2)
        self._sleep(max(_PAUSE_S, held * _REST))

    def _note(self, connection: Connection, exported: Export, now: datetime) -> None:
        row = {"time": now, "before": self._plan.before, "folder": str(exported.folder), "rows": exported.rows}
        connection.execute(prunings.insert().values(row))

    def _remove_trails(self, connection: Connection, trails: Sequence[str]) -> None:
        self._require_unchanged(connection, trails)
        self._bring_forward(connection, trails)
        ids = select(orders.c.client_order_id).where(orders.c.origin.in_(trails))
        connection.execute(delete(fills).where(fills_of(trails)))
        connection.execute(delete(order_transitions).where(order_transitions.c.client_order_id.in_(ids)))
        connection.execute(delete(orders).where(orders.c.origin.in_(trails)))
        connection.execute(delete(signals).where(signals.c.signal_id.in_(trails)))

    def _require_unchanged(self, connection: Connection, trails: Sequence[str]) -> None:
        changed = or_(orders.c.live, orders.c.updated_at >= self._plan.before)
        query = select(func.count()).select_from(orders).where(orders.c.origin.in_(trails), changed)
        if connection.execute(query).scalar():
            raise PruneStopped("an old order has changed since the export; what was not deleted yet stays: prune again")

    def _bring_forward(self, connection: Connection, trails: Sequence[str]) -> None:
        """What the fills lead to takes their place."""
        known = holdings(connection, brought_forward)
        changed = {}
        for row in connection.execute(of_trails(fills, trails)).mappings():
            fill, key = rows.fill_from(row), rows.key_from(row)
            instrument = self._setup.instrument(key)
            fee = fee_in_settle(fill, instrument) or ZERO
            known[key] = changed[key] = known.get(key, FLAT).after(fill, instrument, fee)
        if changed:
            values = [rows.position_row(key, position) for key, position in changed.items()]
            put(brought_forward.name, connection.dialect).execute(connection, values)


def vacuum(path: Path) -> None:
    """Freed pages are given back to the file system. The database's lock is held. Raises sqlalchemy's DBAPIError."""
    engine = writer_engine(path)
    with closing(engine.connect().execution_options(isolation_level="AUTOCOMMIT")) as connection:
        connection.exec_driver_sql("VACUUM")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
