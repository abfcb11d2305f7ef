"""A look into a database that changes nothing in it."""

from pathlib import Path

from app.storage.database import inspect
from app.storage.errors import DatabaseRefused


def why_not_readable(path: Path) -> str | None:
    """What is wrong with the database; None where it opens, and where there is none or an empty file yet."""
    if not path.exists() or not path.stat().st_size:
        return None
    try:
        inspect(path)
    except DatabaseRefused as error:
        return str(error)
    return None
