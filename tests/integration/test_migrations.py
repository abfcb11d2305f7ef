"""The migrations lead exactly to the schema that the code declares."""

import sqlite3
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from app.storage.database import SCHEMA_HEAD, prepare, writer_engine
from app.storage.schema import metadata


def test_an_upgraded_database_has_the_declared_schema(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    prepare(path)
    with writer_engine(path).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_an_upgraded_database_is_like_one_created_at_once(tmp_path: Path) -> None:
    """Columns, keys and indexes with their conditions: what the comparison above does not look at."""
    upgraded, created = tmp_path / "upgraded.db", tmp_path / "created.db"
    prepare(upgraded)
    metadata.create_all(writer_engine(created))
    assert columns(upgraded) == columns(created)
    assert indexes(upgraded) == indexes(created)


def columns(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with sqlite3.connect(path) as connection:
        return {name: sorted(connection.execute(f"PRAGMA table_info({name})")) for name in metadata.tables}


def indexes(path: Path) -> set[tuple[str, str]]:
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    with sqlite3.connect(path) as connection:
        return {(name, " ".join(sql.split())) for name, sql in connection.execute(query)}


def test_preparing_twice_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    prepare(path)
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO wallets VALUES ('main', 'USDT', '1')")
    before = path.read_bytes()
    prepare(path)
    assert path.read_bytes() == before
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(SCHEMA_HEAD,)]
        assert connection.execute("SELECT * FROM wallets").fetchall() == [("main", "USDT", "1")]
