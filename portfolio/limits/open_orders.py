"""MAX_OPEN_ORDERS: how many orders may be live at once, counting those in flight."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from portfolio.limits.limit import at_most
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
