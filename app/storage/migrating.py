"""Bringing the schema up to date. Loaded only when there is something to do: alembic is heavy."""

from pathlib import Path

from alembic import command
from alembic.config import Config

import migrations


def upgrade(path: Path) -> None:
    """The database at `path` has the newest schema."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["path"] = path
    command.upgrade(config, "head")
