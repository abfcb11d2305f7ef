"""The configuration's file: its tables as TOML, numbers exact, and whether others can read its secrets."""

import os
import stat
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.settings.faults import ConfigurationError

_OTHERS_READ = stat.S_IRGRP | stat.S_IROTH
_SECRETS = (("webhook", "secret"), ("server", "api_token"))
_CREDENTIALS = ("api_key", "api_secret")


def read_tables(path: Path) -> dict[str, Any]:
    """The tables as written. Raises ConfigurationError with one line that says where reading ended."""
    text = _read_text(path)
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(path, f"no valid TOML: {error}") from None
    except (ValueError, ArithmeticError, RecursionError):
        raise _unreadable(path, "no valid TOML: a value is too large or too deeply nested") from None


def permission_warning(path: Path) -> str | None:
    """A line for a file with secrets that others than its owner can read; None where all is well."""
    try:
        tables = read_tables(path)
    except ConfigurationError:
        return None
    return readable_warning(path) if _holds_secrets(tables) else None


def readable_warning(path: Path) -> str | None:
    """A line for a file that holds a secret and that others than its owner can read; None where all is well."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return None
    if os.name == "nt" or not mode & _OTHERS_READ:
        return None
    return f"{path} holds secrets and can be read by others (mode {mode:04o}): run chmod 600 {path}"


def _holds_secrets(tables: dict[str, Any]) -> bool:
    listed = tables.get("accounts")
    accounts = listed if isinstance(listed, list) else []
    sections = [(tables.get(section), key) for section, key in _SECRETS]
    sections += [(account, key) for account in accounts for key in _CREDENTIALS]
    return any(isinstance(section, dict) and key in section for section, key in sections)


def _read_text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise _unreadable(path, "there is no such file, `quartermaster init` writes one") from None
    except UnicodeDecodeError as error:
        raise _unreadable(path, f"not UTF-8 (at byte {error.start})") from None
    except OSError as error:
        raise _unreadable(path, f"cannot be read: {error.strerror}") from None


def _unreadable(path: Path, why: str) -> ConfigurationError:
    return ConfigurationError((f"{path}: {why}",))
