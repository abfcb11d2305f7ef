"""MAX_EXPOSURE, MAX_NET_EXPOSURE and MAX_LEVERAGE: how much a scope may hold, all symbols together."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from portfolio.limits.limit import Amount, at_most
from portfolio.limits.proposal import Proposal
from portfolio.model.check import Check
from portfolio.model.scope import Scope


@dataclass(frozen=True, slots=True)
class MaxExposure:
    key: ClassVar[str] = "max_exposure"
    most: Amount

    def check(self, proposal: Proposal, scope: Scope) -> Check:
        value = proposal.exposure(scope).gross
        return at_most(self, scope, self.most.of(proposal.equity(scope)), value, "gross exposure")


@dataclass(frozen=True, slots=True)
class MaxNetExposure:
    key: ClassVar[str] = "max_net_exposure"
    most: Amount

    def check(self, proposal: Proposal, scope: Scope) -> Check:
        value = proposal.exposure(scope).net
        return at_most(self, scope, self.most.of(proposal.equity(scope)), value, "net exposure")


@dataclass(frozen=True, slots=True)
class MaxLeverage:
    """Gross exposure divided by equity; with no equity left, any exposure is too much."""

    key: ClassVar[str] = "max_leverage"
    most: Decimal

    def check(self, proposal: Proposal, scope: Scope) -> Check:
        equity = proposal.equity(scope)
        gross = proposal.exposure(scope).gross
        value = gross / equity if equity > 0 else Decimal("Infinity")
        return at_most(self, scope, self.most, value, "leverage")
