"""Pruning from the plan to the last deleted row."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from app.storage.database import SCHEMA_HEAD, DatabaseLock, examine, refusing
from app.storage.errors import DatabaseLocked, DatabaseRefused
from app.storage.looking import reading, snapshot
from app.storage.pruning.export import export
from app.storage.pruning.lines import PRUNED_TABLES, lines_of
from app.storage.pruning.plan import Plan, plan_pruning
from app.storage.pruning.remove import PruneStopped, Remover
from app.storage.questions import Windows
from portfolio.setup import Setup

LEAST_KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pruned:
    """`before` may be earlier than what was asked for; `folder` is None where nothing was pruned."""

    before: datetime
    rows: dict[str, int]
    folder: Path | None = None
    longest_s: float = 0.0


def allowed(before: datetime, now: datetime, windows: Windows) -> datetime:
    """The moment itself, or the last at which neither an id nor a day's counts can still matter."""
    return min(before, now - max(windows.ids, windows.contents, LEAST_KEPT))


def count_prunable(path: Path, setup: Setup, before: datetime) -> Pruned:
    """How many rows pruning would take from each table. Raises DatabaseRefused."""
    plan = _plan(path, setup, before)
    with refusing(path), reading(path) as connection:
        counts = {str(table.name): sum(map(len, lines_of(connection, table, plan))) for table in PRUNED_TABLES}
    return Pruned(before, counts)


def prune(
    path: Path,
    setup: Setup,
    before: datetime,
    parent: Path,
    now: datetime,
    sleep: Callable[[float], None] = time.sleep,
) -> Pruned:
    """What is of before that moment and not needed is in a folder of `parent`, and no longer in the database.

    Raises DatabaseRefused, DatabaseLocked, ExportFailed or PruneStopped; the books add up whichever.
    """
    lock = DatabaseLock(path.with_name(path.name + ".prune"))
    try:
        lock.acquire()
    except DatabaseLocked:
        raise DatabaseLocked("another prune is at work on this database") from None
    try:
        return _prune(path, setup, before, parent, now, sleep)
    except DBAPIError as error:
        raise PruneStopped(f"the database could not be written: {error.orig}; prune again") from error
    finally:
        lock.release()


def _prune(
    path: Path, setup: Setup, before: datetime, parent: Path, now: datetime, sleep: Callable[[float], None]
) -> Pruned:
    plan = _plan(path, setup, before)
    with reading(path) as connection:
        if not any(any(lines_of(connection, table, plan)) for table in PRUNED_TABLES):
            return Pruned(before, {str(table.name): 0 for table in PRUNED_TABLES})
        exported = export(connection, plan, parent, now)
    remover = Remover(path, setup, plan, sleep)
    remover.remove(exported, now)
    return Pruned(before, exported.rows, exported.folder, remover.longest_s)


def _plan(path: Path, setup: Setup, before: datetime) -> Plan:
    with refusing(path):
        revision = examine(f"{path.resolve().as_uri()}?mode=ro", path)
        if revision != SCHEMA_HEAD:
            raise DatabaseRefused(f"{path} has schema {revision}, not {SCHEMA_HEAD}: `quartermaster db upgrade` first")
        with snapshot(path) as connection:
            return plan_pruning(connection, setup, before)
