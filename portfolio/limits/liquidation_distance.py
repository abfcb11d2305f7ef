"""MIN_LIQUIDATION_DISTANCE: how far the mark must stay from the price at which the venue would liquidate."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from portfolio.book import Book
from portfolio.limits.limit import Use
from portfolio.limits.proposal import Proposal
from portfolio.liquidation import liquidation_price
from portfolio.model.check import Check
from portfolio.model.decimals import ONE, ZERO, floor_to
from portfolio.model.identifiers import AccountId, Symbol
from portfolio.model.scope import Scope

_MILLIONTH = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class MinLiquidationDistance:
    """|mark - liquidation| / mark of the order's contract, its live entries on that side all filled at their worst."""

    key: ClassVar[str] = "min_liquidation_distance"
    least: Decimal

    def check(self, proposal: Proposal, scope: Scope) -> Check:
        order, reference = proposal.order, proposal.reference
        price = liquidation_price(proposal.book, order.account, order.symbol, order.side)
        if price is None or reference is None:
            return Check(self.key.upper(), str(scope), True, self.least, None, "no price would liquidate the position")
        distance = _distance(reference.mark, price)
        passed = distance >= self.least
        message = f"the price that liquidates is {'far' if passed else 'not far'} enough away"
        return Check(self.key.upper(), str(scope), passed, self.least, distance, message)

    def use(self, book: Book, scope: Scope, now: datetime) -> Use:
        """How much of the distance is used up: the limit over the nearest distance of what is held."""
        nearest, symbol = min(_distances(book, scope), default=(None, None))
        return Use(self.least / nearest if nearest else ZERO, ONE, symbol)


def _distances(book: Book, scope: Scope) -> list[tuple[Decimal, Symbol]]:
    found = []
    for account, symbol in _contracts(book, scope):
        mark, price = book.mark_price(account, symbol), liquidation_price(book, account, symbol)
        if mark is not None and price is not None:
            found.append((_distance(mark, price), symbol))
    return found


def _contracts(book: Book, scope: Scope) -> set[tuple[AccountId, Symbol]]:
    return {(key.account, key.symbol) for key in book.holdings(scope)}


def _distance(mark: Decimal, price: Decimal) -> Decimal:
    """As a share of the mark, in millionths, never more than it is."""
    return floor_to(abs(price / mark - ONE), _MILLIONTH)
