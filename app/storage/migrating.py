"""Bringing the schema up to date. Loaded only when there is something to do: alembic is heavy."""

from pathlib import Path

from alembic import command
from alembic.config import Config

import migrations


def upgrade(path: Path, revision: str = "head") -> None:
    """The database at `path` has that schema; whatever interrupts this, it has the one it had before."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["path"] = path
    command.upgrade(config, revision)
