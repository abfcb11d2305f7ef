"""What translation needs to know of the desk: its names for symbols and its strategies."""

import difflib
from dataclasses import dataclass
from typing import Any

from app.intake.fields import Unreadable, text
from app.intake.symbols import SymbolMap
from portfolio.model.identifiers import StrategyId, Symbol
from portfolio.setup import Setup, StrategySetup


@dataclass(frozen=True, slots=True)
class Desk:
    """The configuration an alert is read against."""

    symbols: SymbolMap
    setup: Setup

    def symbol(self, value: Any) -> Symbol:
        """The symbol that a field's value means."""
        name = text(value)
        symbol = self.symbols.resolve(name)
        if symbol is None:
            raise Unreadable("is not a symbol of this desk" + hint(self.symbols.suggestion(name)), "UNKNOWN_SYMBOL")
        return symbol

    def strategy(self, value: Any) -> StrategySetup:
        """The strategy that a field's value names."""
        name = text(value)
        strategy = self.setup.strategies.get(name)
        if strategy is None:
            nearest = difflib.get_close_matches(name, self.setup.strategies, n=1)
            message = "is not a strategy of this desk" + hint(nearest[0] if nearest else None)
            raise Unreadable(message, "UNKNOWN_STRATEGY", status=404)
        return strategy

    def knows(self, strategy: StrategySetup, symbol: Symbol) -> bool:
        """True where the strategy's account has the instrument."""
        return symbol in self.setup.accounts[strategy.account].instruments

    def strategies_for(self, symbol: Symbol) -> dict[StrategyId, StrategySetup]:
        """The strategies that an alert for `symbol` may mean when it names none."""
        return {
            strategy.id: strategy
            for strategy in self.setup.strategies.values()
            if strategy.trades(symbol) and self.knows(strategy, symbol)
        }


def hint(nearest: str | None) -> str:
    """How a message ends that knows what was probably meant."""
    return f"; did you mean {nearest}?" if nearest else ""
