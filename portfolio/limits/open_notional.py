"""MAX_OPEN_NOTIONAL: what entries that are not executed yet are worth together, those on their way included."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from portfolio.book import Book
from portfolio.limits.limit import Amount, Use, at_most
from portfolio.limits.proposal import Proposal
from portfolio.model.check import Check
from portfolio.model.decimals import ZERO
from portfolio.model.position import Key
from portfolio.model.scope import Scope


@dataclass(frozen=True, slots=True)
class MaxOpenNotional:
    key: ClassVar[str] = "max_open_notional"
    most: Amount

    def check(self, proposal: Proposal, scope: Scope) -> Check:
        value = _open_entries(proposal.book, scope)
        return at_most(self, scope, self.most.of(proposal.equity(scope)), value, "the notional of open entries")

    def use(self, book: Book, scope: Scope, now: datetime) -> Use:
        return Use(_open_entries(book, scope), self.most.in_scope(book, scope))


def _open_entries(book: Book, scope: Scope) -> Decimal:
    """At reservation prices, in the portfolio's currency."""
    return sum((_reserved(book, key) for key in book.holdings(scope)), ZERO)


def _reserved(book: Book, key: Key) -> Decimal:
    total = book.reservation(key)
    return (total.buys + total.sells) * (book.settle_rate(key) or ZERO)
