"""MAX_ORDERS_PER_MINUTE and MAX_ORDERS_PER_DAY: how many orders may leave, closes and flattenings included.

A close is never denied for it, but takes its place. An order counts once, when it leaves; a leg that waits, when it is
released.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar

from portfolio.book import Book
from portfolio.limits.limit import Occurrence, Use, at_most
from portfolio.limits.proposal import Proposal
from portfolio.model.check import Check
from portfolio.model.position import Key
from portfolio.model.scope import Scope
from portfolio.model.tally import NO_TALLY, Tally

MINUTE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class _MaxOrders(ABC):
    """So many orders within a time that the kind of limit says."""

    key: ClassVar[str]
    what: ClassVar[str]
    counts: ClassVar[Occurrence] = Occurrence.ORDER_SENT
    most: int

    def check(self, proposal: Proposal, scope: Scope) -> Check:
        value = self._sent(proposal.book, scope, proposal.now) + proposal.uncounted
        return at_most(self, scope, Decimal(self.most), Decimal(value), self.what)

    def use(self, book: Book, scope: Scope, now: datetime) -> Use:
        return Use(Decimal(self._sent(book, scope, now)), Decimal(self.most))

    def row(self, scope: Scope, key: Key) -> tuple[Scope, str]:
        return scope, self.key

    def _sent(self, book: Book, scope: Scope, now: datetime) -> int:
        return self._number(book.tallies.get((scope, self.key)) or NO_TALLY, now)

    @abstractmethod
    def _number(self, tally: Tally, now: datetime) -> int:
        """How many of those counted still count."""

    @abstractmethod
    def counted(self, tally: Tally, now: datetime) -> Tally: ...


@dataclass(frozen=True, slots=True)
class MaxOrdersPerMinute(_MaxOrders):
    """In any 60 seconds."""

    key: ClassVar[str] = "max_orders_per_minute"
    what: ClassVar[str] = "the number of orders within a minute"

    def _number(self, tally: Tally, now: datetime) -> int:
        return tally.within(MINUTE, now)

    def counted(self, tally: Tally, now: datetime) -> Tally:
        return tally.with_moment(now, MINUTE, self.most)


@dataclass(frozen=True, slots=True)
class MaxOrdersPerDay(_MaxOrders):
    """Since 00:00 UTC."""

    key: ClassVar[str] = "max_orders_per_day"
    what: ClassVar[str] = "the number of orders of the day"

    def _number(self, tally: Tally, now: datetime) -> int:
        return tally.today(now)

    def counted(self, tally: Tally, now: datetime) -> Tally:
        return tally.with_another_today(now)
