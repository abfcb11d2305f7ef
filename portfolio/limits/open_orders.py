"""MAX_OPEN_ORDERS: how many orders may be live at once, counting those in flight."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from portfolio.book import Book
from portfolio.exposure import exposure_of
from portfolio.limits.limit import Use, at_most
from portfolio.limits.proposal import Proposal
from portfolio.model.check import Check
from portfolio.model.scope import Scope


@dataclass(frozen=True, slots=True)
class MaxOpenOrders:
    key: ClassVar[str] = "max_open_orders"
    most: int

    def check(self, proposal: Proposal, scope: Scope) -> Check:
        value = Decimal(proposal.exposure(scope).orders)
        return at_most(self, scope, Decimal(self.most), value, "the number of live orders")

    def use(self, book: Book, scope: Scope, now: datetime) -> Use:
        return Use(Decimal(exposure_of(book, scope).orders), Decimal(self.most))
