"""Every kind of rule by its name in the configuration. A new one is a file, its test and a line here."""

from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any, cast

from portfolio.parameters import build, nearest_name, parameters_of, type_hints
from portfolio.plugins import Offer, PluginError, types_of
from portfolio.prices.screening.change import Change
from portfolio.prices.screening.distance import Distance
from portfolio.prices.screening.new_high import NewHigh
from portfolio.prices.screening.new_low import NewLow
from portfolio.prices.screening.rule import Rule
from portfolio.prices.screening.spread import Spread
from portfolio.prices.screening.units import READERS, as_written
from portfolio.prices.screening.volume import Volume

GROUP = "quartermaster.rules"
RULES: dict[str, type] = {
    Change.kind: Change,
    Volume.kind: Volume,
    Spread.kind: Spread,
    Distance.kind: Distance,
    NewHigh.kind: NewHigh,
    NewLow.kind: NewLow,
}
_OFFER = Offer("rule", ("needs", "judge"), RULES)


def rule_types() -> dict[str, type]:
    """The built-in kinds and those of installed packages. Raises PluginError."""
    found = types_of(_OFFER, entry_points(group=GROUP))
    for name, kind in found.items():
        if getattr(kind, "kind", None) != name:
            raise PluginError(f"rule plug-in {name!r}: its class must say `kind: ClassVar[str] = {name!r}`")
    return found


def create_rule(kind: str, parameters: Mapping[str, Any]) -> Rule:
    """A rule of that kind. Raises ParameterError with all that is wrong, ValueError for an unknown kind."""
    types = rule_types()
    if kind not in types:
        raise ValueError(f"unknown kind of rule {kind!r}, the nearest known one is {nearest_name(kind, types)!r}")
    return build_rule(types[kind], parameters)


def build_rule(rule_type: type, parameters: Mapping[str, Any]) -> Rule:
    """As `create_rule`, for a class that is at hand."""
    return cast(Rule, build(rule_type, parameters, READERS))


def rule_of(text: str) -> Rule:
    """A rule written as `change:over=24h,at_least=5%`. Raises ValueError with one line."""
    kind, _, given = text.partition(":")
    parameters: dict[str, str] = {}
    for part in given.split(",") if given.strip() else ():
        name, equals, value = part.partition("=")
        if not equals or not name.strip() or name.strip() in parameters:
            raise ValueError(f"rule {text!r}: expected each parameter once as name=value, got {part.strip()!r}")
        parameters[name.strip()] = value.strip()
    try:
        return create_rule(kind.strip(), parameters)
    except ValueError as error:
        raise ValueError(f"rule {text!r}: {error}") from None


def text_of(rule: Rule) -> str:
    """As `rule_of` reads it."""
    hints = type_hints(type(rule))
    values = {name: getattr(rule, name) for name in parameters_of(type(rule))}
    given = [f"{name}={as_written(hints.get(name), value)}" for name, value in values.items() if value is not None]
    return f"{rule.kind}:{','.join(given)}"
