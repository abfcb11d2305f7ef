"""`db backup`: a whole copy, or none."""

import os
import shutil
import sqlite3
from collections import namedtuple
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.storage import backup as module
from app.storage.backup import BackupRefused, back_up, default_name
from app.storage.checking import examine_all
from tests.integration.conftest import Desk
from tests.integration.test_replay import record
from tests.properties.model import SETUP

Usage = namedtuple("Usage", "total used free")


def dump(path: Path) -> list[str]:
    with sqlite3.connect(path) as connection:
        return list(connection.iterdump())


async def test_a_copy_has_everything_even_what_is_only_in_the_write_ahead_log(desk: Desk, tmp_path: Path) -> None:
    await record(desk)
    assert desk.path.with_name("desk.db-wal").stat().st_size
    made = back_up(desk.path, tmp_path / "copy.db")
    assert [path.name for path in tmp_path.iterdir() if "copy" in path.name] == ["copy.db"]
    assert made.file.stat().st_mode & 0o777 == 0o600
    assert made.last_seq == desk.row_count("journal")
    assert dump(made.file) == dump(desk.path)
    assert examine_all(made.file, SETUP).findings == ()


async def test_what_is_written_during_the_copy_is_not_in_it(desk: Desk, tmp_path: Path, monkeypatch) -> None:
    """One snapshot, though the copy is made in portions and the desk commits between them."""
    await record(desk)
    monkeypatch.setattr(module, "_PAGES_AT_ONCE", 1)
    before, between = dump(desk.path), []

    def write(_: float) -> None:
        with sqlite3.connect(desk.path) as connection:
            connection.execute("UPDATE marks SET price = price + 1")
        between.append(1)

    monkeypatch.setattr(module.time, "sleep", write)
    made = back_up(desk.path, tmp_path / "copy.db")
    assert len(between) > 10
    assert dump(made.file) == before


async def test_a_file_that_is_there_is_left_as_it_is(database: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    target.write_text("mine", encoding="utf-8")
    with pytest.raises(BackupRefused, match="exists already"):
        back_up(database, target)
    assert target.read_text(encoding="utf-8") == "mine"


async def test_a_file_that_appears_meanwhile_is_left_as_it_is(database: Path, tmp_path: Path, monkeypatch) -> None:
    target = tmp_path / "copy.db"
    copy = module._copy

    def slow_copy(path: Path, partial: Path) -> None:
        copy(path, partial)
        target.write_text("mine", encoding="utf-8")

    monkeypatch.setattr(module, "_copy", slow_copy)
    with pytest.raises(BackupRefused, match="exists already"):
        back_up(database, target)
    assert target.read_text(encoding="utf-8") == "mine"
    assert not list(tmp_path.glob(".*"))


async def test_without_room_nothing_is_begun(database: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9, module.RESERVE_BYTES))
    with pytest.raises(BackupRefused, match="make room"):
        back_up(database, tmp_path / "copy.db")
    assert not list(tmp_path.glob("*copy*"))


@pytest.mark.parametrize("failing", ["_copy", "_verified", "_publish"])
async def test_a_copy_that_fails_leaves_nothing(database: Path, tmp_path: Path, monkeypatch, failing: str) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, failing, fail)
    with pytest.raises(BackupRefused, match="No space left"):
        back_up(database, tmp_path / "copy.db")
    assert not [path for path in tmp_path.iterdir() if "copy" in path.name]


async def test_of_a_damaged_database_there_is_no_backup(desk: Desk, tmp_path: Path) -> None:
    await record(desk)
    with sqlite3.connect(desk.path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'events'").fetchone()
    with desk.path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(os.urandom(4096))
    with pytest.raises(BackupRefused):
        back_up(desk.path, tmp_path / "copy.db")
    assert not [path for path in tmp_path.iterdir() if "copy" in path.name]


def test_its_name_tells_the_time_in_utc() -> None:
    name = default_name(Path("/srv/desk.db"), datetime(2026, 11, 21, 2, 3, 4, tzinfo=UTC))
    assert name == Path("/srv/desk-backup-20261121T020304Z.db")
