"""Every kind of strategy by its name in the configuration. A new one is a file, its test and a line here."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from difflib import SequenceMatcher
from importlib.metadata import EntryPoint, entry_points
from typing import Any, cast

from portfolio.ports import Strategy
from strategies.bracket import Bracket
from strategies.close_only import CloseOnly
from strategies.follow import Follow
from strategies.parameters import ParameterError, read_parameter, type_hints
from strategies.reverse import Reverse
from strategies.scale_in import ScaleIn
from strategies.target import Target

GROUP = "quartermaster.strategies"
BUILT_IN: dict[str, type] = {
    "follow": Follow,
    "target": Target,
    "reverse": Reverse,
    "scale_in": ScaleIn,
    "bracket": Bracket,
    "close_only": CloseOnly,
}


class StrategyLoadError(Exception):
    """A third-party strategy cannot be used; the message names it and says why."""


def strategy_types() -> dict[str, type]:
    """The built-in kinds and those of installed packages. Raises StrategyLoadError."""
    found = dict(BUILT_IN)
    for point in entry_points(group=GROUP):
        if point.name in found:
            taken_by = "a built-in strategy" if point.name in BUILT_IN else "another plug-in"
            raise StrategyLoadError(f"{_named(point)}: {taken_by} has this name already")
        found[point.name] = _load(point)
    return found


def create_strategy(kind: str, parameters: Mapping[str, Any]) -> Strategy:
    """A strategy of that kind. Raises ParameterError with all that is wrong, ValueError for an unknown kind."""
    types = strategy_types()
    if kind not in types:
        raise ValueError(f"unknown strategy kind {kind!r}, the nearest known one is {_nearest(kind, types)!r}")
    return build_strategy(types[kind], parameters)


def build_strategy(strategy_type: type, parameters: Mapping[str, Any]) -> Strategy:
    """As `create_strategy`, for a class that is at hand."""
    known = parameters_of(strategy_type)
    faults = {name: f"unknown parameter{_suggestion(name, known)}" for name in parameters if name not in known}
    missing = [name for name, field in known.items() if _is_required(field) and name not in parameters]
    faults |= dict.fromkeys(missing, "required")
    values = _read(strategy_type, {name: parameters[name] for name in known if name in parameters}, faults)
    if faults:
        raise ParameterError(faults)
    try:
        return cast(Strategy, strategy_type(**values))
    except (ValueError, TypeError, ArithmeticError) as error:
        raise ParameterError({"": str(error)}) from None


def parameters_of(strategy_type: type) -> dict[str, "Field[Any]"]:
    """What can be configured: the fields of the dataclass, by name."""
    return {field.name: field for field in fields(strategy_type) if field.init}


def _read(strategy_type: type, given: Mapping[str, Any], faults: dict[str, str]) -> dict[str, Any]:
    """The values in the types the class declares; what cannot be read is noted in `faults`."""
    hints, values = type_hints(strategy_type), {}
    for name, value in given.items():
        try:
            values[name] = read_parameter(hints.get(name, object), value)
        except ValueError as error:
            faults[name] = str(error)
    return values


def _is_required(field: "Field[Any]") -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _load(point: EntryPoint) -> type:
    try:
        loaded = point.load()
    except Exception as error:  # foreign code may fail in any way while it is imported
        raise StrategyLoadError(f"{_named(point)} cannot be loaded: {type(error).__name__}: {error}") from error
    if not (isinstance(loaded, type) and is_dataclass(loaded)):
        raise StrategyLoadError(f"{_named(point)} is no dataclass")
    missing = [name for name in ("on_signal", "on_order") if not callable(getattr(loaded, name, None))]
    if missing:
        raise StrategyLoadError(f"{_named(point)} has no method {' and no '.join(missing)}")
    return loaded


def _named(point: EntryPoint) -> str:
    return f"strategy plug-in {point.name!r} ({point.value})"


def _suggestion(name: str, known: Mapping[str, object]) -> str:
    return f", the nearest known one is {_nearest(name, known)!r}" if known else "; this kind has none"


def _nearest(name: str, known: Mapping[str, object]) -> str:
    return max(known, key=lambda candidate: SequenceMatcher(None, name, candidate).ratio())
