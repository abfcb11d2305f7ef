"""What is wrong with a configuration, one line for each fault, naming the key and never a secret."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.settings.values import STATED, WRONG, EnvironmentText

Path: TypeAlias = tuple[str | int, ...]
Keys: TypeAlias = tuple[str, ...]

LONGEST_SHOWN = 64
REQUIRED = "required"
_BARE = re.compile(r"[A-Za-z0-9_#-]+")
_SECRET = re.compile(r"secret|token|passw|passphrase|api_?key|private", re.IGNORECASE)
_ABOUT_SECRETS = frozenset({"max_wrong_secrets", "wrong_secrets_window_s"})
_EXPECTED = {
    "missing": REQUIRED,
    "model_type": "expected a table",
    "model_attributes_type": "expected a table",
    "dict_type": "expected a table",
    "mapping_type": "expected a table",
    "tuple_type": "expected a list",
    "string_type": "expected text",
}


class ConfigurationError(Exception):
    """The configuration cannot be used. `faults` has a line for each thing to correct."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        self.faults = tuple(_one_line(fault) for fault in faults)
        super().__init__("\n".join(self.faults))


@dataclass(frozen=True, slots=True)
class Fault:
    """`path` leads through the tables as read. An unknown key has neither `what` nor `got` of its own."""

    path: Path
    what: str = ""
    got: str | None = None
    is_unknown: bool = False


def _one_line(text: str) -> str:
    """The text with whatever would break a line or a terminal written as an escape."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def of_value(path: Path, what: str, value: Any) -> Fault:
    """A fault that shows the value, unless its key is that of a secret."""
    return Fault(path, what, None if _is_secret(path) else shown(value))


def from_validation(error: ValidationError) -> list[Fault]:
    return [_fault(details) for details in error.errors(include_url=False)]


def _fault(details: ErrorDetails) -> Fault:
    path = tuple(part for part in details["loc"] if part != "[key]")
    kind = details["type"]
    if kind == "extra_forbidden":
        return Fault(path, is_unknown=True)
    if kind == "missing":
        return Fault(path, REQUIRED)
    if kind == STATED:
        return Fault(path, details["msg"])
    what = details["msg"] if kind == WRONG else _EXPECTED.get(kind, details["msg"])
    if what == "expected a table":
        return Fault(path, what, _kind_of(details["input"]))
    return of_value(path, what, details["input"])


def _is_secret(path: Path) -> bool:
    return any(isinstance(part, str) and part not in _ABOUT_SECRETS and _SECRET.search(part) for part in path)


def shown(value: Any) -> str:
    """The value as a line can hold it: text in quotes, cut at 64 characters; tables and lists only by their kind."""
    if isinstance(value, str):
        return json.dumps(str(value[:LONGEST_SHOWN])) + ("…" if len(value) > LONGEST_SHOWN else "")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and value.bit_length() <= 200:
        return str(value)
    if isinstance(value, Decimal) and len(str(value)) <= LONGEST_SHOWN:
        return str(value)
    return _kind_of(value)


def _kind_of(value: Any) -> str:
    """What sort of value it is, for values that are too large, or may hold secrets."""
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        return "text"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | Decimal):
        return "a number"
    return f"a {type(value).__name__}"


def value_at(tree: Any, path: Path) -> Any:
    """What the tables hold there; None where there is nothing."""
    for part in path:
        if isinstance(tree, Mapping):
            tree = tree.get(part)
        elif isinstance(tree, list) and isinstance(part, int) and part < len(tree):
            tree = tree[part]
        else:
            return None
    return tree


def keys_of(tree: Any, path: Path) -> Keys:
    """The path in a reader's words: tables in a list go by their id or symbol, else by their number."""
    return tuple(
        label(value_at(tree, path[: depth + 1]), part) if isinstance(part, int) else part
        for depth, part in enumerate(path)
    )


def label(item: Any, index: int) -> str:
    if isinstance(item, Mapping):
        for key in ("id", "symbol"):
            name = item.get(key)
            if isinstance(name, str) and 0 < len(name) <= LONGEST_SHOWN:
                return str(name)
    return f"#{index + 1}"


def dotted(keys: Iterable[str]) -> str:
    """The keys as TOML would write them."""
    return ".".join(key if _BARE.fullmatch(key) else shown(key) for key in keys)


def variable_behind(tree: Any, fault: Fault) -> str | None:
    """The variable that gave the value, or that made the table in which something is missing."""
    given = value_at(tree, (*fault.path[:-1], "id") if fault.what == REQUIRED else fault.path)
    return given.variable if isinstance(given, EnvironmentText) else None
