"""The configuration of a command, and where the desk it describes is found."""

import os
from pathlib import Path

from app.cli.failure import WRONG_USE, CommandFailed
from app.cli.options import DEFAULT_CONFIG
from app.settings import ConfigurationError, PriceSettings, Settings, load_prices, load_settings


def settings_of(path: Path) -> Settings:
    """Raises CommandFailed with a line for every fault."""
    try:
        return load_settings(path, os.environ)
    except ConfigurationError as error:
        raise CommandFailed(*error.faults, code=WRONG_USE) from None


def prices_of(path: Path) -> tuple[Settings | None, PriceSettings]:
    """The configuration where there is one, else what the environment alone says of prices.

    Raises CommandFailed for one that is wrong, or named and not there.
    """
    if path.exists() or path != DEFAULT_CONFIG:
        settings = settings_of(path)
        return settings, settings.prices
    try:
        return None, load_prices(os.environ)
    except ConfigurationError as error:
        raise CommandFailed(*error.faults, code=WRONG_USE) from None


def require_writable(settings: Settings) -> None:
    """Raises CommandFailed where the database cannot be kept where the configuration says."""
    reason = why_not_writable(settings.database_path)
    if reason is not None:
        raise CommandFailed(f"{reason}; choose another [database] url", code=WRONG_USE)


def why_not_writable(path: Path) -> str | None:
    """What keeps a file from being written there; missing folders are none, they will be made."""
    folder = _existing(path.parent)
    if not folder.is_dir():
        return f"cannot write in {folder}: it is no folder"
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"cannot write in {folder}: no permission"
    if path.is_dir():
        return f"cannot write {path}: it is a folder"
    if path.exists() and not os.access(path, os.R_OK | os.W_OK):
        return f"cannot write {path}: no permission"
    return None


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there. `os.path.exists` is false for what may not be looked at."""
    while not os.path.exists(folder) and folder != folder.parent:  # noqa: PTH110
        folder = folder.parent
    return folder
