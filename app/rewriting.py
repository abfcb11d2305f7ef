"""A secret replaced in the text of a configuration: every other character stays, comments included."""

import os
import re
import tomllib
from pathlib import Path
from typing import Any

PREVIOUS = "previous_"
_HEADER = re.compile(r"\s*\[")
_VALUE = r"""("(?:[^"\\]|\\.)*"|'[^']*')"""


class CannotRewrite(Exception):
    """The text is not laid out so that the secret can be replaced for sure; the message says what to do."""


def with_new_secret(text: str, section: str, key: str, new: str, *, keep_old: bool) -> str:
    """The text with a new secret, and with the old one as the previous one if that is to be kept."""
    lines = _without(text, section, PREVIOUS + key)
    place, found = _find(lines, section, key)
    old = found.group("value")
    ending = found.group("end") or "\n"
    lines[place] = f'{found.group("before")}"{new}"{found.group("after")}{ending}'
    if keep_old:
        lines.insert(place + 1, f"{found.group('indent')}{PREVIOUS}{key} = {old}{ending}")
    changes = {key: new, PREVIOUS + key: tomllib.loads(f"old = {old}")["old"] if keep_old else None}
    return _verified(text, "".join(lines), section, changes)


def without_previous_secret(text: str, section: str, key: str) -> str:
    """The text without the previous secret. Raises CannotRewrite where it cannot be found."""
    _find(text.splitlines(keepends=True), section, PREVIOUS + key)
    return _verified(text, "".join(_without(text, section, PREVIOUS + key)), section, {PREVIOUS + key: None})


def written_secret(text: str, section: str, key: str) -> Any:
    """What the text gives as the secret; None where it gives none."""
    table = _tables(text).get(section)
    return table.get(key) if isinstance(table, dict) else None


def replace_file(path: Path, text: str) -> None:
    """The file holds the text, whole or not at all; owner and mode stay, and a link still leads to it."""
    target = path.resolve()
    before = target.stat()
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            if (os.geteuid(), os.getegid()) != (before.st_uid, before.st_gid):
                os.fchown(file.fileno(), before.st_uid, before.st_gid)
            os.fchmod(file.fileno(), before.st_mode & 0o7777)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def _find(lines: list[str], section: str, key: str) -> tuple[int, re.Match[str]]:
    """The one line that sets the key in the section's table."""
    header = re.compile(rf"\s*\[\s*{section}\s*\]\s*(#.*)?")
    setting = re.compile(
        rf"(?P<before>(?P<indent>\s*){key}\s*=\s*)(?P<value>{_VALUE})(?P<after>\s*?(#[^\r\n]*)?)(?P<end>\r?\n?)"
    )
    is_inside, found = False, []
    for place, line in enumerate(lines):
        if _HEADER.match(line):
            is_inside = header.fullmatch(line.strip()) is not None
        elif is_inside and (match := setting.fullmatch(line)):
            found.append((place, match))
    if len(found) != 1:
        raise CannotRewrite(f'there is no line {key} = "…" under [{section}]: change it by hand')
    return found[0]


def _without(text: str, section: str, key: str) -> list[str]:
    """The lines but the one that sets the key, if one does."""
    lines = text.splitlines(keepends=True)
    try:
        place, _ = _find(lines, section, key)
    except CannotRewrite:
        return lines
    return lines[:place] + lines[place + 1 :]


def _verified(before: str, after: str, section: str, changes: dict[str, str | None]) -> str:
    """The text, once it is certain that it says the same as before but for the changes; None takes a key away."""
    expected = _tables(before)
    for key, value in changes.items():
        if value is None:
            expected[section].pop(key, None)
        else:
            expected[section][key] = value
    if _tables(after) != expected:
        raise CannotRewrite(f"the secrets under [{section}] are not laid out line by line: change them by hand")
    return after


def _tables(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise CannotRewrite(f"no valid TOML: {error}") from None
