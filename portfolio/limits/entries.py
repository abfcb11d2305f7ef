"""MAX_ENTRIES: how many entries may build up one position, in one direction."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from portfolio.book import Book
from portfolio.limits.limit import Use, at_most
from portfolio.limits.proposal import Proposal
from portfolio.model.check import Check
from portfolio.model.scope import Scope
from portfolio.model.side import Side


@dataclass(frozen=True, slots=True)
class MaxEntries:
    """For each strategy and symbol of the scope. What counts ends with the position, or when it turns round."""

    key: ClassVar[str] = "max_entries"
    most: int

    def check(self, proposal: Proposal, scope: Scope) -> Check:
        value = Decimal(proposal.book.entries(proposal.key, proposal.order.side))
        return at_most(self, scope, Decimal(self.most), value, "the number of entries of the position")

    def use(self, book: Book, scope: Scope, now: datetime) -> Use:
        """That of the holding with the most."""
        counts = [(book.entries(key, side), key.symbol) for key in book.holdings(scope) for side in Side]
        value, symbol = max(counts, default=(0, None))
        return Use(Decimal(value), Decimal(self.most), symbol if value and not scope.symbol else None)
