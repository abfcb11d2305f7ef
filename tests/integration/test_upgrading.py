"""An upgrade keeps a copy, is whole or did not happen, and leaves a newer database alone."""

import os
import shutil
import signal
import sqlite3
from collections import namedtuple
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from app.storage import backup as backup_module
from app.storage import database, migrating
from app.storage.checking import examine_all
from app.storage.database import SCHEMA_HEAD
from app.storage.errors import DatabaseRefused
from app.storage.preparing import prepare
from tests.properties.model import SETUP

ROOT = Path(__file__).parents[2]
Usage = namedtuple("Usage", "total used free")


def killed_in_the_middle(path: Path, fatal: int) -> int:
    """The exit code of a process, forked from this one, that is killed once it has executed so many statements."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    statements = count(1)
    try:
        event.listen(Engine, "after_cursor_execute", lambda *_: next(statements) == fatal and os.kill(os.getpid(), 9))
        prepare(path)
        os._exit(0)
    finally:
        os._exit(1)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A database of the first schema with something in it."""
    path = tmp_path / "desk.db"
    path.touch(0o600)
    migrating.upgrade(path, "0001")
    with sqlite3.connect(path) as connection:
        connection.execute(
            "INSERT INTO marks VALUES ('paper', 'BTC/USDT:USDT', '65000', 'quote', '2026-01-01T00:00:00+00:00')"
        )
    return path


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def schema_of(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(revision)


def test_what_it_was_is_kept_beside_it(old: Path) -> None:
    before = dump(old)
    done = prepare(old)
    assert done is not None
    assert (done.before, done.after) == ("0001", SCHEMA_HEAD)
    assert dump(done.backup.file) == before
    assert schema_of(old) == SCHEMA_HEAD
    assert examine_all(old, SETUP).findings == ()


def test_a_current_database_and_a_new_one_need_no_copy(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    assert prepare(path) is None
    assert prepare(path) is None
    assert list(tmp_path.glob("*schema*")) == []


def test_killed_at_any_statement_it_has_not_happened(old: Path, tmp_path: Path) -> None:
    """Process after process, each killed one statement later, until one gets to the end."""
    before = dump(old)
    killed = 0
    for fatal in range(1, 400):
        for copy in tmp_path.glob("*schema*"):
            copy.unlink()
        code = killed_in_the_middle(old, fatal)
        if code == 0:
            break
        assert code == -signal.SIGKILL
        killed += 1
        if schema_of(old) == SCHEMA_HEAD:
            break
        assert dump(old) == before
        (copy,) = tmp_path.glob("*schema*")
        assert dump(copy) == before
    assert killed > 5
    assert schema_of(old) == SCHEMA_HEAD
    assert examine_all(old, SETUP).findings == ()


def test_a_migration_that_fails_halfway_has_not_happened(old: Path, monkeypatch) -> None:
    """The last statement of the last migration fails: a table that it makes is there already."""
    with sqlite3.connect(old) as connection:
        connection.execute("CREATE TABLE prunings (id INTEGER)")
    before = dump(old)
    with pytest.raises(DatabaseRefused, match="nothing of it was changed, and a copy of it is") as caught:
        prepare(old)
    assert dump(old) == before
    (copy,) = old.parent.glob("*schema*")
    assert str(copy) in str(caught.value)


def test_a_disk_that_fills_up_halfway_has_changed_nothing(old: Path, monkeypatch) -> None:
    """There is room for one more page."""
    before = dump(old)
    with sqlite3.connect(old) as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
    full = (*database._WRITER_PRAGMAS, f"max_page_count={pages + 1}")
    monkeypatch.setattr(database, "_WRITER_PRAGMAS", full)
    with pytest.raises(DatabaseRefused, match="database or disk is full; nothing of it was changed"):
        prepare(old)
    assert dump(old) == before
    monkeypatch.undo()
    for copy in old.parent.glob("*schema*"):
        copy.unlink()
    prepare(old)
    assert examine_all(old, SETUP).findings == ()


def test_without_room_for_the_copy_nothing_is_changed(old: Path, monkeypatch) -> None:
    before = dump(old)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9, backup_module.RESERVE_BYTES))
    with pytest.raises(DatabaseRefused, match="make room"):
        prepare(old)
    assert dump(old) == before


def test_a_newer_database_is_left_alone(old: Path) -> None:
    with sqlite3.connect(old) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = dump(old)
    with pytest.raises(DatabaseRefused, match="written by a newer Quartermaster"):
        prepare(old)
    assert dump(old) == before
