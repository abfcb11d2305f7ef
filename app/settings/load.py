"""From a file and the environment to settings, or to everything that is wrong with them at once."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from app.settings.consistency import inconsistencies
from app.settings.credentials import read_credentials
from app.settings.environment import PREFIX, SEPARATOR, merge_environment
from app.settings.faults import ConfigurationError, Fault, dotted, from_validation, keys_of, variable_behind
from app.settings.files import file_faults
from app.settings.keys import describe_unknown, describe_variable, known_keys
from app.settings.kinds import find_kinds
from app.settings.model import Settings
from app.settings.price_faults import price_faults
from app.settings.prices import PriceSettings
from app.settings.source import read_tables

_SECTIONS_WITH_SECRETS = ("server", "webhook")
_PRICES = f"{PREFIX}PRICES{SEPARATOR}"
_SECTIONS = {name: place for place, name in enumerate(Settings.model_fields)}


def load_settings(path: Path, environ: Mapping[str, str]) -> Settings:
    """The settings of that file and environment. Raises ConfigurationError with every fault."""
    tree = read_tables(path)
    unknown, lines = merge_environment(tree, environ)
    for section in _SECTIONS_WITH_SECRETS:
        tree.setdefault(section, {})
    kinds, broken = find_kinds()
    unread = read_credentials(tree, path.parent)
    settings, faults = _validated(tree, path)
    faults = sorted([*unread, *faults, *inconsistencies(tree, kinds)], key=_place)
    if settings is not None and not (unknown or lines or broken or faults):
        return settings
    known = known_keys(tree, kinds)
    lines = [*broken, *(_line(tree, fault, known) for fault in faults), *lines]
    lines += [describe_variable(variable, known) for variable in unknown]
    raise ConfigurationError(tuple(dict.fromkeys(lines)))


def load_prices(environ: Mapping[str, str]) -> PriceSettings:
    """What the environment alone says of prices, where there is no file. Raises ConfigurationError with every fault."""
    tree: dict[str, Any] = {}
    given = {name: value for name, value in environ.items() if name.startswith(_PRICES)}
    unknown, lines = merge_environment(tree, given)
    settings, faults = PriceSettings(), list(price_faults(tree))
    try:
        settings = PriceSettings.model_validate(tree.get("prices", {}))
    except ValidationError as error:
        faults += [replace(fault, path=("prices", *fault.path)) for fault in from_validation(error)]
    known = [keys for keys in known_keys(tree, find_kinds()[0]) if keys[0] == "prices"]
    lines += [*(_line(tree, fault, known) for fault in faults), *(describe_variable(name, known) for name in unknown)]
    if lines:
        raise ConfigurationError(tuple(dict.fromkeys(lines)))
    return settings


def _validated(tree: dict[str, Any], path: Path) -> tuple[Settings | None, list[Fault]]:
    try:
        settings = Settings.model_validate(tree, context={"file": path})
    except ValidationError as error:
        return None, from_validation(error)
    return settings, list(file_faults(settings))


def _place(fault: Fault) -> int:
    """Faults are told in the order of the sections."""
    return _SECTIONS.get(str(fault.path[0]), len(_SECTIONS)) if fault.path else len(_SECTIONS)


def _line(tree: Mapping[str, Any], fault: Fault, known: list[tuple[str, ...]]) -> str:
    if fault.is_unknown:
        return describe_unknown(tree, fault, known)
    variable = variable_behind(tree, fault)
    got = f", got {fault.got}" if fault.got is not None else ""
    return f"{dotted(keys_of(tree, fault.path))}: {fault.what}{got}{f' (set by {variable})' if variable else ''}"
