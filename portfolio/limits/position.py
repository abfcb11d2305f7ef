"""MAX_POSITION: the notional of one symbol, in the worst case that live orders allow."""

from dataclasses import dataclass
from typing import ClassVar

from portfolio.limits.limit import Amount, at_most
from portfolio.limits.proposal import Proposal
from portfolio.model.check import Check
from portfolio.model.scope import Scope


@dataclass(frozen=True, slots=True)
class MaxPosition:
    key: ClassVar[str] = "max_position"
    most: Amount

    def check(self, proposal: Proposal, scope: Scope) -> Check:
        one_symbol = scope._replace(symbol=proposal.order.symbol)
        value = proposal.exposure(one_symbol).gross
        return at_most(self, scope, self.most.of(proposal.equity(scope)), value, "the worst-case position")
