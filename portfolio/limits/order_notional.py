"""MAX_ORDER_NOTIONAL: no single order is worth more than this."""

from dataclasses import dataclass
from typing import ClassVar

from portfolio.limits.limit import Amount, at_most
from portfolio.limits.proposal import Proposal
from portfolio.model.check import Check
from portfolio.model.scope import Scope


@dataclass(frozen=True, slots=True)
class MaxOrderNotional:
    key: ClassVar[str] = "max_order_notional"
    most: Amount

    def check(self, proposal: Proposal, scope: Scope) -> Check:
        most = self.most.of(proposal.equity(scope))
        return at_most(self, scope, most, proposal.notional, "the order's notional")
