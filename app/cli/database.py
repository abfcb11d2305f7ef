"""The database of a configuration, as far as a command has to know before it begins."""

from pathlib import Path

from app.cli.failure import CommandFailed
from app.settings import Settings
from app.storage.database import inspect
from app.storage.errors import DatabaseRefused


def existing_database(settings: Settings) -> Path:
    """The path of the database. Raises CommandFailed where there is none yet."""
    path = settings.database_path
    if not path.is_file() or not path.stat().st_size:
        raise CommandFailed(f"no database yet at {path}: start with `quartermaster serve`")
    return path


def why_not_readable(path: Path) -> str | None:
    """What is wrong with the database; None where it opens, and where there is none or an empty file yet."""
    if not path.exists() or not path.stat().st_size:
        return None
    try:
        inspect(path)
    except DatabaseRefused as error:
        return str(error)
    return None
