"""MAX_CONCENTRATION: how much of the equity may hang on one base asset.

All symbols with the same base count together, over all accounts of the scope, longs and shorts added up: BTC/USDT and
BTC/USDC perpetuals are the same bet under two names, and two that offset each other may still part.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from portfolio.book import Book
from portfolio.exposure import exposure_of
from portfolio.limits.limit import Use, at_most
from portfolio.limits.proposal import Proposal
from portfolio.model.check import Check
from portfolio.model.decimals import ZERO
from portfolio.model.scope import Scope


@dataclass(frozen=True, slots=True)
class MaxConcentration:
    """The worst case of one base asset divided by equity; with no equity left, anything is too much."""

    key: ClassVar[str] = "max_concentration"
    most: Decimal

    def check(self, proposal: Proposal, scope: Scope) -> Check:
        base = proposal.instrument.base
        parts = [part for part, known in _parts(proposal.book, scope).items() if known == base]
        gross = sum((proposal.exposure(part).gross for part in parts), ZERO)
        value = _share(gross, proposal.equity(scope))
        return at_most(self, scope, self.most, value, f"the share of equity in {base}")

    def use(self, book: Book, scope: Scope, now: datetime) -> Use:
        """That of the base asset with the largest share."""
        by_base: dict[str, Decimal] = {}
        for part, base in _parts(book, scope).items():
            by_base[base] = by_base.get(base, ZERO) + exposure_of(book, part).gross
        largest = max(by_base.values(), default=ZERO)
        return Use(_share(largest, book.equity(Scope(scope.account))), self.most)


def _parts(book: Book, scope: Scope) -> dict[Scope, str]:
    """What is held of the scope, account by account and symbol by symbol, with its base asset."""
    return {
        scope._replace(account=key.account, symbol=key.symbol): book.setup.instrument(key).base
        for key in book.holdings(scope)
    }


def _share(amount: Decimal, equity: Decimal) -> Decimal:
    if not amount:
        return ZERO
    return amount / equity if equity > 0 else Decimal("Infinity")
