"""A copy of the database as it is at one moment, made while others go on writing."""

import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.storage.database import OWNER_ONLY
from app.storage.errors import DatabaseRefused

RESERVE_BYTES = 16 * 1024 * 1024
_PAGES_AT_ONCE = 1024
_PAUSE_S = 0.01


class BackupRefused(DatabaseRefused):
    """There is no copy, nor a part of one; the message says why."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy that has been opened, read and found whole; `last_seq` is the newest envelope in it."""

    file: Path
    size: int
    last_seq: int
    took_s: float


def default_name(path: Path, now: datetime, label: str = "backup") -> Path:
    """Beside the database, named by the time in UTC to the second."""
    return path.with_name(f"{path.stem}-{label}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}{path.suffix}")


def back_up(path: Path, target: Path) -> Backup:
    """`target` is a verified copy, on disk, for its owner only; it was not there before. Raises BackupRefused."""
    began = time.monotonic()
    _require_room(path, target)
    partial = target.with_name(f".{target.name}.partial-{os.getpid()}")
    try:
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY))
        _copy(path, partial)
        last_seq = _verified(path, partial)
        _flush(partial)
        size = partial.stat().st_size
        _publish(partial, target)
    except FileExistsError:
        raise BackupRefused(f"{target} exists already and was left as it is") from None
    except (sqlite3.Error, OSError) as error:
        raise BackupRefused(f"no backup was made at {target}: {error}") from error
    finally:
        partial.unlink(missing_ok=True)
        partial.with_name(partial.name + "-journal").unlink(missing_ok=True)
    _flush(target.parent)
    return Backup(target, size, last_seq, time.monotonic() - began)


def _require_room(path: Path, target: Path) -> None:
    """The copy fits beside what the desk needs to go on writing. Raises BackupRefused."""
    if target.exists() or target.is_symlink():
        raise BackupRefused(f"{target} exists already and was left as it is")
    try:
        needed = sum(file.stat().st_size for file in (path, path.with_name(path.name + "-wal")) if file.exists())
        free = shutil.disk_usage(target.parent).free
    except OSError as error:
        raise BackupRefused(f"no backup was made at {target}: {error}") from error
    if free < needed + RESERVE_BYTES:
        raise BackupRefused(
            f"no backup was made: {target.parent} has {_mb(free)} free, and the copy needs {_mb(needed)} "
            f"with {_mb(RESERVE_BYTES)} left over: make room, or name a file on another disk"
        )


def _copy(path: Path, partial: Path) -> None:
    """Page by page, from one snapshot: a reader that stays in its transaction sees nothing of what is written
    meanwhile, and beside a write-ahead log it keeps no writer waiting. The copy reaches the disk in small portions, so
    that the desk's own writes do not queue behind all of it."""
    with _snapshot(path) as source, closing(sqlite3.connect(partial, isolation_level=None)) as copy:
        copy.execute("PRAGMA journal_mode=OFF")
        copy.execute("PRAGMA synchronous=OFF")
        source.backup(copy, pages=_PAGES_AT_ONCE, progress=_flushing(partial))


@contextmanager
def _snapshot(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that cannot write, in a transaction that has begun to read."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
        connection.isolation_level = None
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        yield connection


def _flushing(partial: Path) -> Callable[[int, int, int], None]:
    """Called after each portion. A descriptor of its own would, once closed, give up SQLite's locks on the file: nobody
    else knows the name, so that none are needed."""

    def flush(_: int, remaining: int, __: int) -> None:
        if remaining:
            _flush(partial)
            time.sleep(_PAUSE_S)

    return flush


def _verified(path: Path, partial: Path) -> int:
    """The newest envelope of the copy, which opens, is whole and has a schema. Raises BackupRefused."""
    with closing(sqlite3.connect(f"{partial.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as copy:
        found = [row[0] for row in copy.execute("PRAGMA quick_check(3)")]
        if found != ["ok"]:
            raise BackupRefused(f"{path} is damaged ({'; '.join(found)[:200]}), and so is the copy, which was removed")
        (revision,) = copy.execute("SELECT version_num FROM alembic_version").fetchone() or (None,)
        if revision is None:
            raise BackupRefused(f"no backup was made: {path} has no schema")
        (last_seq,) = copy.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()
        return int(last_seq)


def _publish(partial: Path, target: Path) -> None:
    """The copy has its name, unless that was taken meanwhile; where there are no links, taken meanwhile is a race."""
    try:
        os.link(partial, target)
    except PermissionError:  # a file system without links
        partial.rename(target)


def _flush(path: Path) -> None:
    """What was written to the file or folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _mb(size: int) -> str:
    return f"{size / 1_048_576:.1f} MB"
