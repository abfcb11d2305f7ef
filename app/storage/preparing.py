"""A database file made ready to be served: created, or upgraded with a copy kept of what it was."""

import importlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from app.storage.backup import Backup, back_up, default_name
from app.storage.database import OWNER_ONLY, SCHEMA_HEAD, examine, refusing
from app.storage.errors import DatabaseRefused


@dataclass(frozen=True, slots=True)
class Upgrade:
    """The schema went from `before` to `after`; `backup` is the database as it was."""

    before: str
    after: str
    backup: Backup


def prepare(path: Path) -> Upgrade | None:
    """The file exists, is sound as far as a short look can tell, and has the newest schema; answers what that took.

    Its lock is held. A database with an older schema is copied before anything is changed. Raises DatabaseRefused, and
    then the database is as it was.
    """
    with refusing(path):
        path.touch(OWNER_ONLY)
        revision = examine(str(path), path)
    if revision == SCHEMA_HEAD:
        return None
    if revision is None:
        with refusing(path):
            _migrate(path)
        return None
    backup = back_up(path, default_name(path, datetime.now(UTC), f"schema-{revision}"))
    try:
        _migrate(path)
    except (DBAPIError, OSError) as error:
        reason = error.orig if isinstance(error, DBAPIError) else error
        raise DatabaseRefused(
            f"cannot upgrade {path} to schema {SCHEMA_HEAD}: {reason}; nothing of it was changed, and a copy of it "
            f"is {backup.file}"
        ) from error
    return Upgrade(revision, SCHEMA_HEAD, backup)


def _migrate(path: Path) -> None:
    """alembic is loaded only where there is something to migrate."""
    importlib.import_module("app.storage.migrating").upgrade(path)
