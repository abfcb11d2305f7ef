"""Settings from the environment, laid over those of the file: QUARTERMASTER_SECTION__KEY."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.settings.faults import Keys
from app.settings.model import Settings, StrategySettings
from app.settings.shape import is_free_table, is_plain_list, name_of_rows, rows_of, table_of
from app.settings.table import Table
from app.settings.values import EnvironmentText

PREFIX = "QUARTERMASTER_"
CONFIG_VARIABLE = "QUARTERMASTER_CONFIG"
SEPARATOR = "__"
_OTHER = re.compile(r"[^A-Za-z0-9]")
_NOT_JSON = "expected a JSON list"


class UnknownVariableError(Exception):
    """No key has this name."""


class RefusedVariableError(Exception):
    """The variable's key exists but cannot be set like this; the message says why."""


def merge_environment(tree: dict[str, Any], environ: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The tables hold what the environment sets. Returns the variables that are unknown, and faults of others."""
    unknown, faults = [], []
    for variable in sorted(environ):
        if not variable.startswith(PREFIX) or variable == CONFIG_VARIABLE:
            continue
        try:
            _place(Settings, tree, variable[len(PREFIX) :], EnvironmentText(environ[variable], variable))
        except UnknownVariableError:
            unknown.append(variable)
        except RefusedVariableError as refusal:
            faults.append(f"{variable}: {refusal}")
    return unknown, faults


def variable_of(keys: Keys) -> str:
    """The variable that sets the key."""
    return PREFIX + SEPARATOR.join(_OTHER.sub("_", key).upper() for key in keys)


def _place(model: type[Table], table: dict[str, Any], rest: str, value: EnvironmentText) -> None:
    """`table` holds the value where `rest` leads, or is unchanged and an exception says why."""
    name, _, below = rest.partition(SEPARATOR)
    name, field = name.lower(), model.model_fields.get(name.lower())
    if field is None:
        _place_parameter(model, table, rest, value)
    elif (single := table_of(field)) is not None:
        _place_within(single, table, name, below, value)
    elif (row := rows_of(field)) is not None:
        _place_in_rows(row, table, name, below, value)
    elif is_free_table(field):
        _place_own_name(table, name, below, value)
    elif below:
        raise UnknownVariableError
    else:
        table[name] = _split(value) if is_plain_list(field) else _only(table.get(name), value)


def _place_parameter(model: type[Table], table: dict[str, Any], rest: str, value: EnvironmentText) -> None:
    """A strategy may have parameters that only its kind knows; they are checked with the file's."""
    if model is not StrategySettings or not rest or SEPARATOR in rest:
        raise UnknownVariableError
    table[rest.lower()] = _only(table.get(rest.lower()), value)


def _place_within(model: type[Table], table: dict[str, Any], name: str, below: str, value: EnvironmentText) -> None:
    if not below:
        raise RefusedVariableError(f"is a table, set its keys one by one as {value.variable.rstrip('_')}__KEY")
    inner = table.get(name, {})
    if isinstance(inner, dict):  # else the file has a fault there, which is told anyway
        _place(model, inner, below, value)
        table[name] = inner


def _place_own_name(table: dict[str, Any], name: str, below: str, value: EnvironmentText) -> None:
    if not below:
        raise RefusedVariableError(f"is a table, set its keys one by one as {value.variable.rstrip('_')}__NAME")
    inner = table.setdefault(name, {})
    if isinstance(inner, dict):
        key = next((known for known in inner if _alike(known) == _alike(below)), below)
        inner[key] = _only(inner.get(key), value)


def _place_in_rows(model: type[Table], table: dict[str, Any], name: str, below: str, value: EnvironmentText) -> None:
    rows = table.get(name, [])
    if not isinstance(rows, list):
        return
    key = name_of_rows(model)
    if key is None:
        table[name] = _whole(below, value)
        return
    if below:
        _place_in_row(model, rows, key, below, value)
    else:
        _merge_rows(rows, key, _json_list(value))
    table[name] = rows


def _whole(below: str, value: EnvironmentText) -> list[Any]:
    """Tables without a name are set together, in place of those there are."""
    if below:
        raise UnknownVariableError
    return _json_list(value)


def _place_in_row(model: type[Table], rows: list[Any], key: str, below: str, value: EnvironmentText) -> None:
    """The table that `below` names has the value; it is made if there is none."""
    named = [row for row in rows if isinstance(row, dict) and isinstance(row.get(key), str)]
    found = [row for row in named if _alike(below).startswith(_alike(row[key]) + SEPARATOR)]
    if found:
        row = max(found, key=lambda row: len(row[key]))
        _place_unless_renamed(model, row, key, below[len(row[key]) + len(SEPARATOR) :], value)
        return
    name, _, rest = below.partition(SEPARATOR)
    if not name or not rest:
        raise UnknownVariableError
    row = {key: EnvironmentText(name.lower() if key == "id" else name, value.variable)}
    _place_unless_renamed(model, row, key, rest, value)
    rows.append(row)


def _place_unless_renamed(model: type[Table], row: dict[str, Any], key: str, rest: str, value: EnvironmentText) -> None:
    if rest.lower() == key and _alike(value) != _alike(row[key]):
        raise RefusedVariableError(f"names another table than {row[key]}")
    _place(model, row, rest, value)


def _merge_rows(rows: list[Any], key: str, given: list[Any]) -> None:
    """Tables of the same id or symbol are merged, others added."""
    for item in given:
        name = item.get(key) if isinstance(item, dict) else None
        same = [row for row in rows if isinstance(row, dict) and isinstance(name, str) and row.get(key) == name]
        if same:
            same[0].update(item)
        else:
            rows.append(item)


def _alike(name: str) -> str:
    """The name as far as variables tell names apart; as long as the name."""
    return _OTHER.sub("_", name).lower()


def _only(before: Any, value: EnvironmentText) -> EnvironmentText:
    """The value, unless another spelling of its variable has set the same key."""
    other = before.variable if isinstance(before, EnvironmentText) else value.variable
    if other != value.variable and _alike(other) == _alike(value.variable):
        raise RefusedVariableError(f"sets the same key as {other}")
    return value


def _split(value: EnvironmentText) -> list[Any]:
    """A list written as JSON, or with commas."""
    if value.lstrip().startswith("["):
        return _json_list(value)
    return [EnvironmentText(item.strip(), value.variable) for item in value.split(",") if item.strip()]


def _json_list(value: EnvironmentText) -> list[Any]:
    try:
        read = _marked(json.loads(value, parse_float=Decimal, parse_constant=Decimal), value.variable)
    except (ValueError, ArithmeticError, RecursionError):
        raise RefusedVariableError(_NOT_JSON) from None
    if not isinstance(read, list):
        raise RefusedVariableError(_NOT_JSON)
    return read


def _marked(value: Any, variable: str) -> Any:
    if isinstance(value, str):
        return EnvironmentText(value, variable)
    if isinstance(value, dict):
        return {key: _marked(item, variable) for key, item in value.items()}
    return [_marked(item, variable) for item in value] if isinstance(value, list) else value
