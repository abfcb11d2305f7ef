"""Everything that can be told about a database without changing it."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, func, select

from app.storage.checks.book import check_book
from app.storage.checks.finding import Check, Finding, Looked
from app.storage.checks.holdings import check_positions
from app.storage.checks.orders import check_orders
from app.storage.checks.references import check_references
from app.storage.checks.signals import check_signals
from app.storage.checks.wallets import check_wallets
from app.storage.database import BUSY_TIMEOUT_S, SCHEMA_HEAD, refusing, revision_of
from app.storage.looking import snapshot
from app.storage.schema import metadata
from portfolio.setup import Setup

CHECKS: tuple[Check, ...] = (
    check_references,
    check_orders,
    check_positions,
    check_wallets,
    check_signals,
    check_book,
)
AT_MOST_OF_EACH = 100


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found; where the schema is not the current one, nothing beyond the file was looked at."""

    schema: str | None
    findings: tuple[Finding, ...]
    rows: dict[str, int]


def examine_all(path: Path, setup: Setup) -> Examined:
    """Every finding, at most a hundred of each check. Others may write meanwhile. Raises DatabaseRefused."""
    with refusing(path):
        revision, damage = _file(path)
        if damage or revision != SCHEMA_HEAD:
            return Examined(revision, (*damage, *_version(revision)), {})
        with snapshot(path) as connection:
            looked = Looked(connection, setup)
            found = [finding for check in CHECKS for finding in islice(check(looked), AT_MOST_OF_EACH)]
            return Examined(revision, tuple(found), _counted(connection))


def _file(path: Path) -> tuple[str | None, list[Finding]]:
    """The schema's version, and what SQLite itself says of the file."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", timeout=BUSY_TIMEOUT_S, uri=True)) as connection:
        found = _integrity(connection)
        damage = [Finding("integrity", path.name, line) for line in found if line != "ok"]
        return (None if damage else revision_of(connection)), damage


def _integrity(connection: sqlite3.Connection) -> list[str]:
    """What SQLite says of the file; damage that stops it in the middle is what it says then."""
    try:
        return [str(line) for (line,) in connection.execute(f"PRAGMA integrity_check({AT_MOST_OF_EACH})")]
    except sqlite3.DatabaseError as error:
        if "malformed" not in str(error):
            raise
        return [str(error)]


def _version(revision: str | None) -> list[Finding]:
    if revision is None or revision == SCHEMA_HEAD:
        return []
    remedy = "`quartermaster db upgrade` brings it up to date" if revision < SCHEMA_HEAD else "upgrade Quartermaster"
    return [Finding("schema", revision, f"this Quartermaster works with schema {SCHEMA_HEAD}: {remedy}")]


def _counted(connection: Connection) -> dict[str, int]:
    """How many rows each table has."""
    tables = metadata.sorted_tables
    return {t.name: connection.execute(select(func.count()).select_from(t)).scalar() or 0 for t in tables}
