"""COOLDOWN_S and COOLDOWN_AFTER_LOSS_S: no new entry for a while, after an entry was filled or a close lost money.

What is on its way counts as if it happened now: nobody knows yet, and a burst of alerts must not slip through.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from portfolio.book import Book, key_of
from portfolio.limits.limit import Occurrence, Use, at_least
from portfolio.limits.proposal import Proposal
from portfolio.model.check import Check
from portfolio.model.decimals import ZERO
from portfolio.model.identifiers import ClientOrderId
from portfolio.model.order import Order, OrderStatus
from portfolio.model.position import Key
from portfolio.model.scope import Scope
from portfolio.model.tally import NO_TALLY, Tally

_MOVING = frozenset({OrderStatus.PENDING, OrderStatus.SUBMITTED, OrderStatus.UNKNOWN})


@dataclass(frozen=True, slots=True)
class _Wait(ABC):
    """Seconds that have to pass since something happened, or may be happening."""

    key: ClassVar[str]
    what: ClassVar[str]
    least: Decimal

    def check(self, proposal: Proposal, scope: Scope) -> Check:
        value = self._since(proposal.book, scope, proposal.now, proposal.order.client_order_id)
        return at_least(self, scope, self.least, value, self.what)

    def use(self, book: Book, scope: Scope, now: datetime) -> Use:
        """The seconds that are left, of which there may be none."""
        since = self._since(book, scope, now, None)
        return Use(ZERO if since is None else max(ZERO, self.least - since), self.least)

    def row(self, scope: Scope, key: Key) -> tuple[Scope, str]:
        return scope, self.key

    def counted(self, tally: Tally, now: datetime) -> Tally:
        return Tally(times=(max(now, tally.latest) if tally.latest else now,))

    def _since(self, book: Book, scope: Scope, now: datetime, tried: ClientOrderId | None) -> Decimal | None:
        others = (order for order in book.live_orders_in(scope) if order.client_order_id != tried)
        if any(_is_moving(order) and self._brings_it_about(book, order) for order in others):
            return ZERO
        latest = (book.tallies.get((scope, self.key)) or NO_TALLY).latest
        return None if latest is None else max(ZERO, Decimal(str((now - latest).total_seconds())))

    @abstractmethod
    def _brings_it_about(self, book: Book, order: Order) -> bool:
        """True for an order whose fill begins the wait."""


@dataclass(frozen=True, slots=True)
class Cooldown(_Wait):
    """Seconds since an entry of the scope was last filled, in part or whole."""

    key: ClassVar[str] = "cooldown_s"
    what: ClassVar[str] = "the time since the last entry"
    counts: ClassVar[Occurrence] = Occurrence.ENTRY_FILLED

    def _brings_it_about(self, book: Book, order: Order) -> bool:
        return not order.is_exit


@dataclass(frozen=True, slots=True)
class CooldownAfterLoss(_Wait):
    """Seconds since a position of the scope was last reduced at a loss, the fee of that fill included."""

    key: ClassVar[str] = "cooldown_after_loss_s"
    what: ClassVar[str] = "the time since the last loss"
    counts: ClassVar[Occurrence] = Occurrence.LOSS_TAKEN

    def _brings_it_about(self, book: Book, order: Order) -> bool:
        return order.is_exit and book.unrealised(key_of(order)) < 0


def _is_moving(order: Order) -> bool:
    """True for an order that may be filled at this moment, as far as anybody knows."""
    is_at_market = not order.rests or (order.triggered and not order.order_type.has_limit)
    return not order.is_waiting and (order.status in _MOVING or is_at_market)
