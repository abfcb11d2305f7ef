"""Where a limit or a trading state applies: the portfolio, an account, a strategy, or a symbol within one of them."""

from typing import NamedTuple

from portfolio.model.identifiers import AccountId, StrategyId, Symbol
from portfolio.model.position import Key


class Scope(NamedTuple):
    account: AccountId | None = None
    strategy: StrategyId | None = None
    symbol: Symbol | None = None

    def covers(self, key: Key) -> bool:
        """True where the holding `key` counts towards this scope."""
        return (
            (self.account is None or self.account == key.account)
            and (self.strategy is None or self.strategy == key.strategy)
            and (self.symbol is None or self.symbol == key.symbol)
        )

    def contains(self, other: "Scope") -> bool:
        """True where `other` is this scope or lies within it."""
        return (
            (self.account is None or self.account == other.account)
            and (self.strategy is None or self.strategy == other.strategy)
            and (self.symbol is None or self.symbol == other.symbol)
        )

    def __str__(self) -> str:
        if self.strategy is not None:
            owner = f"strategy {self.strategy}"
        elif self.account is not None:
            owner = f"account {self.account}"
        else:
            owner = "portfolio"
        return f"{owner}, {self.symbol}" if self.symbol else owner


PORTFOLIO = Scope()
