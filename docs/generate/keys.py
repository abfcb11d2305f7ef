"""Every key that can be set, with its type, default and variable, and what keys.toml says of it."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, replace
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from app.settings import values
from app.settings.environment import PREFIX, SEPARATOR
from app.settings.limits import LimitTable
from app.settings.model import Settings
from app.settings.shape import is_free_table, name_of_rows, rows_of, table_of
from app.settings.table import Table
from docs.generate.markdown import code
from portfolio.limits.registry import LIMITS
from portfolio.model.decimals import plain
from portfolio.model.protection import Distance, TakeProfit
from portfolio.parameters import parameters_of, type_hints
from portfolio.prices.screening import units
from portfolio.prices.screening.registry import RULES
from strategies.registry import BUILT_IN

TEXTS = Path(__file__).parents[1] / "reference/keys.toml"
REQUIRED, NOTHING = "required", "none"
_LIMITS = {
    "parse_amount": "amount",
    "parse_ratio": "ratio",
    "parse_number": "number above 0",
    "parse_count": "whole number",
    "parse_frequency": "whole number",
    "parse_seconds": "seconds",
    "parse_repeats": "number/seconds",
}
"""What a limit's text says, by the name of the function that reads it."""
_WORDS: dict[Any, str] = {
    values.Positive: "number above 0",
    values.Ratio: "ratio",
    values.Seconds: "seconds",
    values.SecondsOrNone: "seconds, or 0",
    values.ReconcileEvery: "seconds, 1 to 3600",
    values.SwitchAfter: "seconds, 5 to 300",
    values.ScreenEvery: "seconds, 10 to 86400",
    values.ReceiveWindow: "seconds, 1 to 30",
    values.SendTimeout: "seconds, 1 to 60",
    values.Port: "1 to 65535",
    values.Bytes: "bytes",
    values.Identifier: "name",
    values.Currency: "currency",
    values.SignedRatio: "ratio, or below 0",
    values.Share: "share from 1 %",
    values.Hours: "1, 2, 3, 4, 6, 8, 12 or 24",
    values.HoursOrNever: "0, 1, 2, 3, 4, 6, 8, 12 or 24",
}
_PLAIN: dict[Any, str] = {
    str: "text",
    int: "whole number",
    bool: "true or false",
    Decimal: "number",
    Path: "path",
    SecretStr: "secret",
    IPv4Network: "address or range",
    IPv6Network: "address or range",
    Distance: "per cent",
    units.Share: "share",
    units.Span: "length of time",
    units.Amount: "number above 0",
    units.Code: "currency",
    TakeProfit: "tables",
}


@dataclass(frozen=True, slots=True)
class Key:
    """One key; `path` begins with its table's and is what messages about it name."""

    path: tuple[str, ...]
    variable: str
    type: str
    default: str

    @property
    def name(self) -> str:
        return ".".join(self.path)


def described() -> Mapping[str, str]:
    """What keys.toml says of each key, by its dotted name."""
    return dict(_flat(tomllib.loads(TEXTS.read_text(encoding="utf-8")), ""))


def settings_keys() -> list[Key]:
    return list(_keys(Settings, (), ()))


def kind_keys() -> list[Key]:
    """The parameters of every built-in kind, as `kinds.<kind>.<parameter>`."""
    return [key for kind, strategy in BUILT_IN.items() for key in _parameters("kinds", kind, strategy)]


def rule_keys() -> list[Key]:
    """The parameters of every built-in kind of rule, as `rules.<kind>.<parameter>`. No variable sets one alone."""
    return [replace(key, variable="") for kind, rule in RULES.items() for key in _parameters("rules", kind, rule)]


def limit_keys() -> list[Key]:
    """The limits, as `limits.<key>`, told once for all scopes."""
    return [
        Key(("limits", key), "", _LIMITS.get(limit.parse.__name__, "text"), NOTHING) for key, limit in LIMITS.items()
    ]


def _keys(model: type[Table], path: tuple[str, ...], variable: tuple[str, ...]) -> Iterator[Key]:
    """The keys of a table and those below it; limits have a section of their own."""
    for name, field in model.model_fields.items():
        below, deeper = (*path, name), (*variable, name.upper())
        single, rows = table_of(field), rows_of(field)
        if issubclass(single or rows or Table, LimitTable):
            continue
        if single is not None:
            yield from _keys(single, below, deeper)
        elif rows is not None and (key := name_of_rows(rows)) is not None:
            yield from _keys(rows, below, (*deeper, f"<{key.upper()}>"))
        elif rows is not None:
            yield Key(below, PREFIX + SEPARATOR.join(deeper), "list: tables", f"*{REQUIRED}*")
        else:
            own = ("<NAME>",) if is_free_table(field) else ()
            yield Key(below, PREFIX + SEPARATOR.join((*deeper, *own)), type_of(field), default_of(field))


def _parameters(section: str, kind: str, its_class: type) -> Iterator[Key]:
    hints = type_hints(its_class)
    for name, field in parameters_of(its_class).items():
        default = REQUIRED if field.default is MISSING else written(field.default)
        variable = f"{PREFIX}STRATEGIES{SEPARATOR}<ID>{SEPARATOR}{name.upper()}"
        yield Key((section, kind, name), variable, _word(hints.get(name)), default)


def _flat(tree: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


# --- types and defaults --------------------------------------------------------------------------------------------


def type_of(field: FieldInfo) -> str:
    """What may stand there, in a word or two."""
    for alias, word in _WORDS.items():
        if any(reader in field.metadata for reader in get_args(alias)[1:]):
            return word
    return _word(field.annotation)


def _word(annotation: Any) -> str:
    if annotation in _WORDS:
        return _WORDS[annotation]
    origin, arguments = get_origin(annotation), [part for part in get_args(annotation) if part is not type(None)]
    if origin is tuple:
        return f"list: {_word(arguments[0])}"
    if origin is Mapping or origin is dict:
        return f"table: {_word(arguments[0])} = {_word(arguments[1])}"
    if origin in (Union, UnionType) or hasattr(annotation, "__metadata__"):
        return _word(arguments[0])
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return ", ".join(code(str(option.value)) for option in annotation)
    return _PLAIN.get(annotation, "text")


def default_of(field: FieldInfo) -> str:
    return f"*{REQUIRED}*" if field.is_required() else written(field.get_default(call_default_factory=True))


def written(default: Any) -> str:
    """A default as the file would say it."""
    if default is None:
        return NOTHING
    if isinstance(default, bool):
        return code(str(default).lower())
    if isinstance(default, Decimal):
        return code(plain(default))
    if isinstance(default, timedelta):
        return code(units.written(default))
    if isinstance(default, tuple | Mapping) and not default:
        return code("{}" if isinstance(default, Mapping) else "[]")
    if isinstance(default, Mapping):
        return code("{ " + ", ".join(f"{key} = {json.dumps(value)}" for key, value in default.items()) + " }")
    if isinstance(default, tuple):
        return code(json.dumps([str(item) for item in default]))
    return code(str(default))
