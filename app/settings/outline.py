"""The accounts and strategies of a configuration as far as they can be made out, sound or not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.settings.model import PortfolioSettings
from app.settings.values import is_currency
from exchange.connection import VENUES
from exchange.instruments import COMMON_INSTRUMENTS
from portfolio.model.identifiers import Symbol

_SHIPPED = frozenset(COMMON_INSTRUMENTS)
_DEFAULT_CURRENCY = PortfolioSettings.model_fields["currency"].default


@dataclass(frozen=True, slots=True)
class Row:
    """One table of a list, at its place; `symbols` are what it can trade: at a real venue what its strategies list, on
    paper with a feed that too."""

    index: int
    table: Mapping[str, Any]
    id: str | None
    symbols: frozenset[Symbol] = frozenset()

    @property
    def is_at_venue(self) -> bool:
        """True for an account at a real venue."""
        return self.table.get("venue") in VENUES

    @property
    def is_fed(self) -> bool:
        """True for a paper account that trades at a venue's prices."""
        return not self.is_at_venue and "feed" in self.table


@dataclass(frozen=True, slots=True)
class Outline:
    """`currency` is None where it cannot be made out."""

    currency: str | None
    accounts: tuple[Row, ...]
    strategies: tuple[Row, ...]
    screens: tuple[Row, ...] = ()

    def account_of(self, strategy: Row) -> Row | None:
        """The account that the strategy names, or the only one."""
        named = strategy.table.get("account")
        if named is None:
            return self.accounts[0] if len(self.accounts) == 1 else None
        return next((account for account in self.accounts if account.id == named), None)

    @property
    def symbols(self) -> frozenset[Symbol]:
        """What any account can trade; the shipped ones where there is no account yet."""
        shipped = frozenset() if any(account.is_at_venue for account in self.accounts) else _SHIPPED
        return shipped.union(*(account.symbols for account in self.accounts))

    def symbols_of(self, strategy: Row) -> frozenset[Symbol]:
        account = self.account_of(strategy)
        return account.symbols if account else self.symbols


def outline_of(tree: Mapping[str, Any]) -> Outline:
    portfolio = tree.get("portfolio", {})
    currency = portfolio.get("currency", _DEFAULT_CURRENCY) if isinstance(portfolio, Mapping) else None
    accounts = tuple(Row(index, table, _id(table)) for index, table in rows(tree.get("accounts")))
    strategies = tuple(Row(index, table, _id(table)) for index, table in rows(tree.get("strategies")))
    screens = tuple(Row(index, table, _id(table)) for index, table in rows(tree.get("screens")))
    bare = Outline(currency if is_currency(currency) else None, accounts, strategies, screens)
    return replace(bare, accounts=tuple(replace(row, symbols=_tradable(bare, row)) for row in accounts))


def rows(value: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The tables of a list with their places; whatever else is in it is a fault told elsewhere."""
    for index, item in enumerate(value if isinstance(value, list) else []):
        if isinstance(item, Mapping):
            yield index, item


def _id(table: Mapping[str, Any]) -> str | None:
    name = table.get("id")
    return name if isinstance(name, str) else None


def _tradable(outline: Outline, account: Row) -> frozenset[Symbol]:
    """What a venue knows is asked of it later; nobody trades there what no strategy lists."""
    own = (strategy for strategy in outline.strategies if outline.account_of(strategy) is account)
    traded = frozenset(symbol for strategy in own for symbol in listed(strategy) if isinstance(symbol, str))
    if account.is_at_venue:
        return traded
    added = (instrument.get("symbol") for _, instrument in rows(account.table.get("instruments")))
    known = _SHIPPED.union(symbol for symbol in added if isinstance(symbol, str))
    return known | traded if account.is_fed else known


def listed(strategy: Row) -> list[Any]:
    """What stands in the strategy's `symbols`, if they are a list."""
    symbols = strategy.table.get("symbols")
    return symbols if isinstance(symbols, list) else []
