"""MAX_EXPOSURE, MAX_NET_EXPOSURE and MAX_LEVERAGE: how much a scope may hold, all symbols together."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from portfolio.book import Book
from portfolio.exposure import exposure_of
from portfolio.limits.limit import Amount, Use, at_most
from portfolio.limits.proposal import Proposal
from portfolio.model.check import Check
from portfolio.model.decimals import ZERO
from portfolio.model.scope import Scope


@dataclass(frozen=True, slots=True)
class MaxExposure:
    key: ClassVar[str] = "max_exposure"
    most: Amount

    def check(self, proposal: Proposal, scope: Scope) -> Check:
        value = proposal.exposure(scope).gross
        return at_most(self, scope, self.most.of(proposal.equity(scope)), value, "gross exposure")

    def use(self, book: Book, scope: Scope, now: datetime) -> Use:
        return Use(exposure_of(book, scope).gross, self.most.in_scope(book, scope))


@dataclass(frozen=True, slots=True)
class MaxNetExposure:
    key: ClassVar[str] = "max_net_exposure"
    most: Amount

    def check(self, proposal: Proposal, scope: Scope) -> Check:
        value = proposal.exposure(scope).net
        return at_most(self, scope, self.most.of(proposal.equity(scope)), value, "net exposure")

    def use(self, book: Book, scope: Scope, now: datetime) -> Use:
        return Use(exposure_of(book, scope).net, self.most.in_scope(book, scope))


@dataclass(frozen=True, slots=True)
class MaxLeverage:
    """Gross exposure divided by equity; with no equity left, any exposure is too much."""

    key: ClassVar[str] = "max_leverage"
    most: Decimal

    def check(self, proposal: Proposal, scope: Scope) -> Check:
        value = _leverage(proposal.exposure(scope).gross, proposal.equity(scope))
        return at_most(self, scope, self.most, value, "leverage")

    def use(self, book: Book, scope: Scope, now: datetime) -> Use:
        gross = exposure_of(book, scope).gross
        return Use(_leverage(gross, book.equity(Scope(scope.account))) if gross else ZERO, self.most)


def _leverage(gross: Decimal, equity: Decimal) -> Decimal:
    return gross / equity if equity > 0 else Decimal("Infinity")
