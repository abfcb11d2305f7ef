"""What one unit of a currency is worth in the portfolio's: found in the marks of what is traded."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import NamedTuple

from portfolio.model.decimals import ONE
from portfolio.model.identifiers import AccountId, Symbol
from portfolio.model.quote import MarkPrice
from portfolio.setup import Setup

MarkOf = Callable[[tuple[AccountId, Symbol]], MarkPrice | None]


class _Way(NamedTuple):
    """A symbol whose price turns a currency into `into`; `is_reciprocal` where the price says the opposite."""

    account: AccountId
    symbol: Symbol
    into: str
    is_reciprocal: bool = False


class Rates:
    """Conversions at the marks of the moment, remembered until `forget`.

    A price beats a peg, an account's own prices beat those of others, a straight way beats one over another currency,
    and of two prices the newer counts.
    """

    def __init__(self, setup: Setup, mark_of: MarkOf) -> None:
        self._setup = setup
        self._mark_of = mark_of
        self._near = frozenset({setup.currency}) | (setup.pegged if setup.currency in setup.pegged else frozenset())
        self._ways: dict[str, list[_Way]] = defaultdict(list)
        for currency, way in _every_way(setup):
            self._ways[currency].append(way)
        self._known: dict[tuple[AccountId, str], Decimal | None] = {}

    def forget(self) -> None:
        self._known.clear()

    def of(self, account: AccountId, currency: str) -> Decimal | None:
        """Units of the portfolio's currency that one of `currency` is worth; None where no price says so."""
        if currency == self._setup.currency:
            return ONE
        where = (account, currency)
        if where not in self._known:
            self._known[where] = self._found(account, currency, frozenset({currency}))
        return self._known[where]

    def _found(self, account: AccountId, currency: str, passed: frozenset[str]) -> Decimal | None:
        if currency == self._setup.currency:
            return ONE
        for way, mark in self._marked(account, currency):
            onward = self._found(account, way.into, passed | {way.into}) if way.into not in passed else None
            if onward is not None:
                return onward / mark.price if way.is_reciprocal else onward * mark.price
        return ONE if currency in self._near else None

    def _marked(self, account: AccountId, currency: str) -> list[tuple[_Way, MarkPrice]]:
        """The ways that have a price, the best first."""
        found = [(way, mark) for way in self._ways.get(currency, ()) if (mark := self._mark_of(way[:2])) is not None]
        found.sort(key=lambda item: item[1].time, reverse=True)
        found.sort(key=lambda item: (item[0].account != account, item[0].into not in self._near))
        return found


def _every_way(setup: Setup) -> Iterator[tuple[str, _Way]]:
    """Prices say what their base is worth; only those in the portfolio's currency are read the other way round too."""
    for account in setup.accounts.values():
        for symbol, terms in account.instruments.items():
            yield terms.base, _Way(account.id, symbol, terms.quote)
            if terms.base == setup.currency:
                yield terms.quote, _Way(account.id, symbol, terms.base, is_reciprocal=True)
