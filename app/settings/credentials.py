"""Keys of venues that stand in files of their own: read as if the configuration held them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from app.settings.faults import Fault
from app.settings.outline import rows

FILES = {"api_key_file": "api_key", "api_secret_file": "api_secret"}
_LONGEST = 4096
_LONGEST_SHOWN = 200


def read_credentials(tree: Mapping[str, Any], folder: Path) -> list[Fault]:
    """The accounts hold what their files hold; relative paths count from the folder. Answers what could not be read."""
    return [fault for index, account in rows(tree.get("accounts")) for fault in _read(index, account, folder)]


def _read(index: int, account: Mapping[str, Any], folder: Path) -> Iterator[Fault]:
    for file, key in FILES.items():
        name = account.get(file)
        if not isinstance(name, str) or not name.strip() or "\0" in name:
            continue  # none, or a fault that is told anyway
        path = ("accounts", index, file)
        if key in account:
            yield Fault(path, f"give {file} or {key}, not both")
            continue
        try:
            text = _text_of(folder / name)
        except (OSError, ValueError) as error:
            shown = str(folder / name)
            cut = shown if len(shown) <= _LONGEST_SHOWN else f"…{shown[-_LONGEST_SHOWN:]}"
            yield Fault(path, f"cannot read {cut}: {getattr(error, 'strerror', None) or error}")
        else:
            assert isinstance(account, dict), account
            account[key] = text


def _text_of(path: Path) -> str:
    """The text of a small file without the line's end. Raises OSError or ValueError."""
    with path.open("rb") as file:
        content = file.read(_LONGEST + 1)
    if len(content) > _LONGEST:
        raise ValueError("it is too long for a key")
    try:
        text = content.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise ValueError("it is no text") from None
    if not text:
        raise ValueError("it is empty")
    return text
