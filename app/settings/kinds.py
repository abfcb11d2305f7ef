"""The kinds that strategies and rules can be of, with the parameters that each has of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from app.settings.model import StrategySettings
from app.settings.screens import RuleSettings
from app.settings.table import Table
from portfolio.plugins import PluginError
from portfolio.prices.screening.registry import RULES, rule_types
from strategies.registry import BUILT_IN, StrategyLoadError, strategy_types

_NONE: Mapping[str, type] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Kinds:
    strategies: Mapping[str, type]
    rules: Mapping[str, type]

    def of(self, table: type[Table]) -> Mapping[str, type]:
        """Those that tables of this sort can be of; none for a table without kinds."""
        return {StrategySettings: self.strategies, RuleSettings: self.rules}.get(table, _NONE)


def find_kinds() -> tuple[Kinds, list[str]]:
    """The kinds there are, and a fault where a plug-in is broken."""
    strategies: Mapping[str, type] = BUILT_IN
    rules: Mapping[str, type] = RULES
    faults = []
    try:
        strategies = strategy_types()
    except StrategyLoadError as error:
        faults.append(f"strategies: {error}")
    try:
        rules = rule_types()
    except PluginError as error:
        faults.append(f"screens: {error}")
    return Kinds(strategies, rules), faults
