"""MAX_DAILY_LOSS and MAX_DRAWDOWN: what a scope may lose before it only reduces.

Both deny new risk, and both trip the scope to REDUCING when equity falls through them without an order.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from portfolio.book import Book
from portfolio.limits.limit import Amount, Use, at_most
from portfolio.limits.proposal import Proposal
from portfolio.model.check import Check
from portfolio.model.decimals import ZERO
from portfolio.model.scope import Scope


@dataclass(frozen=True, slots=True)
class MaxDailyLoss:
    """Equity at 00:00 UTC less equity now. A share is of the equity the day began with."""

    key: ClassVar[str] = "max_daily_loss"
    most: Amount

    def check(self, proposal: Proposal, scope: Scope) -> Check:
        return self.check_book(proposal.book, scope)

    def use(self, book: Book, scope: Scope, now: datetime) -> Use:
        return _use(self.check_book(book, scope))

    def check_book(self, book: Book, scope: Scope) -> Check:
        if (blind := _unmeasurable(self.key, self.most, book, scope)) is not None:
            return blind
        baseline = book.baselines.get(scope)
        day_start = baseline.day_start if baseline else book.equity(scope)
        loss = max(ZERO, day_start - book.equity(scope))
        return at_most(self, scope, self.most.of(_whole(book, scope, day_start)), loss, "the loss of the day")


@dataclass(frozen=True, slots=True)
class MaxDrawdown:
    """The highest equity so far less equity now. A share is of that highest equity."""

    key: ClassVar[str] = "max_drawdown"
    most: Amount

    def check(self, proposal: Proposal, scope: Scope) -> Check:
        return self.check_book(proposal.book, scope)

    def use(self, book: Book, scope: Scope, now: datetime) -> Use:
        return _use(self.check_book(book, scope))

    def check_book(self, book: Book, scope: Scope) -> Check:
        if (blind := _unmeasurable(self.key, self.most, book, scope)) is not None:
            return blind
        baseline = book.baselines.get(scope)
        peak = max(baseline.peak, book.equity(scope)) if baseline else book.equity(scope)
        drawdown = peak - book.equity(scope)
        return at_most(self, scope, self.most.of(_whole(book, scope, peak)), drawdown, "the drawdown")


LOSS_CODES = frozenset({MaxDailyLoss.key.upper(), MaxDrawdown.key.upper()})


def _unmeasurable(key: str, most: Amount, book: Book, scope: Scope) -> Check | None:
    """A failed check where losses cannot be told, because a part of the scope has no price and never had."""
    if scope in book.baselines or not (unpriced := book.unmeasured(scope)):
        return None
    message = f"losses cannot be measured: no price says what {', '.join(unpriced)} is worth"
    return Check(key.upper(), str(scope), False, most.number, None, message)


def _use(check: Check) -> Use:
    """A loss that cannot be measured is more than any limit."""
    assert isinstance(check.limit, Decimal)
    return Use(check.value if isinstance(check.value, Decimal) else Decimal("Infinity"), check.limit)


def _whole(book: Book, scope: Scope, own: Decimal) -> Decimal:
    """What a percentage is taken of: a strategy or symbol has profit and loss only, so its account's equity counts."""
    if scope.strategy is None and scope.symbol is None:
        return own
    return book.equity(Scope(scope.account))
