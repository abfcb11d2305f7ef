"""MAX_POSITION: the notional of one symbol, in the worst case that live orders allow."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from portfolio.book import Book
from portfolio.exposure import exposure_of
from portfolio.limits.limit import Amount, Use, at_most
from portfolio.limits.proposal import Proposal
from portfolio.model.check import Check
from portfolio.model.decimals import ZERO
from portfolio.model.scope import Scope


@dataclass(frozen=True, slots=True)
class MaxPosition:
    key: ClassVar[str] = "max_position"
    most: Amount

    def check(self, proposal: Proposal, scope: Scope) -> Check:
        one_symbol = scope._replace(symbol=proposal.order.symbol)
        value = proposal.exposure(one_symbol).gross
        return at_most(self, scope, self.most.of(proposal.equity(scope)), value, "the worst-case position")

    def use(self, book: Book, scope: Scope, now: datetime) -> Use:
        """That of the symbol with the most."""
        symbols = {key.symbol for key in book.holdings(scope)}
        values = {symbol: exposure_of(book, scope._replace(symbol=symbol)).gross for symbol in sorted(symbols)}
        most = self.most.in_scope(book, scope)
        if not values:
            return Use(ZERO, most)
        largest = max(values, key=values.__getitem__)
        return Use(values[largest], most, None if scope.symbol else largest)
