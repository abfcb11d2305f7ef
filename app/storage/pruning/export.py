"""Rows as compressed JSON lines, a file for each table, read back and counted before anybody relies on them."""

import gzip
import os
import shutil
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, Table

from app.codec import to_json
from app.storage.backup import RESERVE_BYTES
from app.storage.database import OWNER_ONLY, SCHEMA_HEAD
from app.storage.errors import StorageError
from app.storage.pruning.lines import LINE_TABLES, PRUNED_TABLES, lines_of
from app.storage.pruning.plan import Plan

_FOLDER_MODE = 0o700


class ExportFailed(StorageError):
    """There is no export, nor a part of one; the message says why."""


@dataclass(frozen=True, slots=True)
class Export:
    """`rows` counts them by table; `numbers` are those of the lines that go with no trail."""

    folder: Path
    rows: dict[str, int]
    numbers: dict[str, "array[int]"] = field(default_factory=dict)


def export(connection: Connection, plan: Plan, parent: Path, now: datetime) -> Export:
    """All rows of the plan are in a new folder of `parent`, for its owner only, verified. Raises ExportFailed."""
    folder = parent / f"quartermaster-history-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    partial = parent / f".{folder.name}.partial-{os.getpid()}"
    try:
        parent.mkdir(parents=True, exist_ok=True)
        if folder.exists():
            raise ExportFailed(f"{folder} exists already and was left as it is")
        partial.mkdir(mode=_FOLDER_MODE)
        exported = Export(folder, {})
        for table in PRUNED_TABLES:
            _export_table(connection, table, plan, partial, exported)
        _write_manifest(partial, plan, exported, now)
        partial.rename(folder)
        _flush(parent)
    except (OSError, EOFError) as error:
        raise ExportFailed(f"cannot export to {parent}, and nothing was pruned: {error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return exported


def _export_table(connection: Connection, table: Table, plan: Plan, folder: Path, exported: Export) -> None:
    path = folder / f"{table.name}.jsonl.gz"
    key = LINE_TABLES.get(table)
    numbers = array("q")
    count = 0
    with _new(path) as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as file:
        for rows in lines_of(connection, table, plan):
            _require_room(folder)
            file.writelines(to_json({str(name): value for name, value in row.items()}) + b"\n" for row in rows)
            count += len(rows)
            if key:
                numbers.extend(row[key] for row in rows)
    if (found := _lines_in(path)) != count:
        raise ExportFailed(f"{path.name} has {found} rows instead of {count}; nothing was pruned")
    exported.rows[str(table.name)] = count
    if key:
        exported.numbers[str(table.name)] = numbers


def _lines_in(path: Path) -> int:
    """Read to the end, so that the checksum is compared too. Raises OSError or EOFError where the file is not whole."""
    with gzip.open(path, "rb") as file:
        return sum(1 for _ in file)


def _write_manifest(folder: Path, plan: Plan, exported: Export, now: datetime) -> None:
    facts = {"schema": SCHEMA_HEAD, "made_at": now, "before": plan.before, "rows": exported.rows}
    with _new(folder / "manifest.json") as file:
        file.write(to_json(facts) + b"\n")
    _flush(folder)


@contextmanager
def _new(path: Path) -> Iterator[IO[bytes]]:
    """A file that was not there, on the disk once this ends."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _require_room(folder: Path) -> None:
    """An export never takes the last room from the desk. Raises ExportFailed."""
    if shutil.disk_usage(folder).free < RESERVE_BYTES:
        raise ExportFailed(
            f"{folder.parent} has less than {RESERVE_BYTES // 1_048_576} MB free, and nothing was pruned: "
            "name a folder on another disk with --export"
        )


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
