"""Stores on disk: large ones made quickly from one real alert, and what a store holds of the alerts that were sent."""

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

FILLED_WITHIN_S = 20.0
WHOLE_STORY = ("journal", "signals", "orders", "order_transitions", "fills", "events")
SIGNALS_ALONE = ("journal", "signals")
_RANDOM = {"alert_id": "lower(hex(randomblob(16)))", "content_hash": "lower(hex(randomblob(32)))"}
_IDS_PER_QUERY = 500
_FILLED = """
    SELECT count(*) FROM signals JOIN orders ON orders.origin = signals.signal_id
    WHERE signals.alert_id IS NOT NULL AND signals.alert_id IN ({marks}) AND orders.status = 'FILLED'
"""


class Lost(Exception):
    """An alert that was answered 202 has no filled order on disk."""


def expect_filled(store: Path, alert_ids: Sequence[str]) -> None:
    """Each of these alerts is on disk with one order, and the order is FILLED. Raises Lost."""
    deadline = time.monotonic() + FILLED_WITHIN_S
    while (filled := filled_count(store, alert_ids)) != len(alert_ids):
        if time.monotonic() > deadline:
            raise Lost(f"{filled} of {len(alert_ids)} alerts are filled on disk")
        time.sleep(0.05)


def filled_count(store: Path, alert_ids: Sequence[str]) -> int:
    """How many of these alerts are on disk with a filled order."""
    parts = [alert_ids[start : start + _IDS_PER_QUERY] for start in range(0, len(alert_ids), _IDS_PER_QUERY)]
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
        return sum(connection.execute(_FILLED.format(marks=_marks(part)), part).fetchone()[0] for part in parts)


def open_count(store: Path) -> int:
    """How many orders rest at the venue, as far as the store knows."""
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
        count: int = connection.execute("SELECT count(*) FROM orders WHERE status = 'OPEN'").fetchone()[0]
        return count


def multiply(
    store: Path, alert_id: str, copies: int, tables: Sequence[str], slim: Mapping[str, str] | None = None
) -> None:
    """What one alert left in `tables` is there `copies` times more, under ids of its own; `slim` are columns cut short.

    No server may be running. The file is on disk, not only in the page cache.
    """
    with closing(sqlite3.connect(store, isolation_level=None)) as connection:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-400000"):
            connection.execute(f"PRAGMA {pragma}")
        alert = connection.execute("SELECT signal_id FROM signals WHERE alert_id = ?", (alert_id,))
        bindings = {"old": alert.fetchone()[0], "copies": copies, "first": _last(connection, "journal", "seq") + 1}
        connection.execute("BEGIN")
        for table in tables:
            _multiply_table(connection, table, bindings, slim or {})
        connection.execute("COMMIT")
    with store.open("rb") as file:
        os.fsync(file.fileno())


def _multiply_table(
    connection: sqlite3.Connection, table: str, bindings: Mapping[str, Any], slim: Mapping[str, str]
) -> None:
    """The new id stands wherever the old one did: in keys, in JSON, and as the beginning of order and trade ids."""
    names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    key = names[0]
    last = _last(connection, table, key)
    templates = list(_rows_about(connection, table, bindings["old"]))
    for place, template in enumerate(templates, 1):
        values = {**dict(zip(names, template, strict=True)), **{name: slim[name] for name in names if name in slim}}
        values[key] = last + place
        chosen = [_expression(name, key, values[name], len(templates)) for name in names]
        connection.execute(
            "WITH RECURSIVE copy(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM copy WHERE n + 1 < :copies) "
            f"INSERT INTO {table} SELECT {', '.join(chosen)} FROM copy",
            {**values, **bindings},
        )


def _expression(name: str, key: str, value: object, step: int) -> str:
    if name == key:
        return f":{name} + n * {step}"
    if name in _RANDOM and value is not None:
        return _RANDOM[name]
    return f"replace(:{name}, :old, printf('%020d', :first + n))" if isinstance(value, str) else f":{name}"


def _rows_about(connection: sqlite3.Connection, table: str, signal_id: str) -> Iterator[tuple[object, ...]]:
    for row in connection.execute(f"SELECT * FROM {table}"):
        if any(isinstance(value, str) and signal_id in value for value in row):
            yield row


def _last(connection: sqlite3.Connection, table: str, key: str) -> int:
    last: int = connection.execute(f"SELECT max({key}) FROM {table}").fetchone()[0]
    return last


def _marks(part: Sequence[str]) -> str:
    return ", ".join("?" * len(part))
