"""Which keys there are, and the nearest one to a key that there is not."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.settings.environment import variable_of
from app.settings.faults import Fault, Keys, dotted, keys_of, label, variable_behind
from app.settings.kinds import Kinds
from app.settings.model import Settings
from app.settings.nearest import likeness
from app.settings.shape import rows_of, table_of
from app.settings.table import Table
from portfolio.parameters import parameters_of

_NEAR = 0.8
_VERY_NEAR = 0.9


def known_keys(tree: Mapping[str, Any], kinds: Kinds) -> list[Keys]:
    """Every key that could be set in the tables there are, tables included."""
    return list(_known(Settings, tree, (), kinds))


def _known(model: type[Table], table: Any, prefix: Keys, kinds: Kinds) -> Iterator[Keys]:
    read = table if isinstance(table, Mapping) else {}
    for name, field in model.model_fields.items():
        yield (*prefix, name)
        if (single := table_of(field)) is not None:
            yield from _known(single, read.get(name), (*prefix, name), kinds)
        elif (row := rows_of(field)) is not None:
            items = read.get(name)
            for index, item in enumerate(items if isinstance(items, list) else []):
                yield from _known(row, item, (*prefix, name, label(item, index)), kinds)
    types = kinds.of(model)
    if isinstance(kind := read.get("kind"), str) and kind in types:
        yield from ((*prefix, name) for name in parameters_of(types[kind]))


def describe_unknown(tree: Mapping[str, Any], fault: Fault, known: list[Keys]) -> str:
    """The line of a key in the file, or of the variable that set it, with the nearest known one."""
    keys = keys_of(tree, fault.path)
    variable = variable_behind(tree, fault)
    if variable == variable_of(keys):
        return describe_variable(variable, known)
    return f"{dotted(keys)}: unknown key, the nearest known one is {dotted(_nearest_key(keys, known))}"


def describe_variable(variable: str, known: list[Keys]) -> str:
    """The line of a variable that sets nothing."""
    keys = tuple(variable.partition("_")[2].lower().split("__"))
    return f"{variable}: unknown variable, the nearest known one is {variable_of(_nearest_leaf(keys, known))}"


def _nearest_key(keys: Keys, known: list[Keys]) -> Keys:
    """One beside it that is near, else the same name elsewhere, else the nearest beside it."""
    beside = [candidate for candidate in known if candidate[:-1] == keys[:-1]] or known
    best = max(beside, key=lambda candidate: likeness(candidate[-1], keys[-1]))
    elsewhere = [candidate for candidate in known if candidate[-1] == keys[-1]]
    if elsewhere and likeness(best[-1], keys[-1]) < _NEAR:
        return max(elsewhere, key=lambda candidate: _shared(candidate, keys))
    return best


def _nearest_leaf(keys: Keys, known: list[Keys]) -> Keys:
    """As `_nearest_key`, among what one variable can set, where separators may have been confused as well."""
    parents = {candidate[:-1] for candidate in known}
    leaves = [candidate for candidate in known if candidate not in parents and not _has_place(candidate)]
    best = max(leaves, key=lambda candidate: likeness("_".join(candidate).lower(), "_".join(keys)))
    elsewhere = [candidate for candidate in leaves if candidate[-1] == keys[-1]]
    if elsewhere and likeness("_".join(best).lower(), "_".join(keys)) < _VERY_NEAR:
        return max(elsewhere, key=lambda candidate: _shared(candidate, keys))
    return best


def _has_place(keys: Keys) -> bool:
    """True for a key below a table that goes by its place: no variable sets it."""
    return any(key.startswith("#") for key in keys)


def _shared(one: Keys, other: Keys) -> float:
    """How much of the way to the key is alike."""
    return likeness(".".join(one[:-1]), ".".join(other[:-1]))
