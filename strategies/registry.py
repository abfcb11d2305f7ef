"""Every kind of strategy by its name in the configuration. A new one is a file, its test and a line here."""

from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any, cast

from portfolio.parameters import build, nearest_name
from portfolio.plugins import Offer, PluginError, types_of
from portfolio.ports import Strategy
from strategies.bracket import Bracket
from strategies.close_only import CloseOnly
from strategies.follow import Follow
from strategies.parameters import READERS
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
_OFFER = Offer("strategy", ("on_signal", "on_order"), BUILT_IN)


class StrategyLoadError(Exception):
    """A third-party strategy cannot be used; the message names it and says why."""


def strategy_types() -> dict[str, type]:
    """The built-in kinds and those of installed packages. Raises StrategyLoadError."""
    try:
        return types_of(_OFFER, entry_points(group=GROUP))
    except PluginError as error:
        raise StrategyLoadError(str(error)) from error.__cause__


def create_strategy(kind: str, parameters: Mapping[str, Any]) -> Strategy:
    """A strategy of that kind. Raises ParameterError with all that is wrong, ValueError for an unknown kind."""
    types = strategy_types()
    if kind not in types:
        raise ValueError(f"unknown strategy kind {kind!r}, the nearest known one is {nearest_name(kind, types)!r}")
    return build_strategy(types[kind], parameters)


def build_strategy(strategy_type: type, parameters: Mapping[str, Any]) -> Strategy:
    """As `create_strategy`, for a class that is at hand."""
    return cast(Strategy, build(strategy_type, parameters, READERS))
