"""MAX_SPREAD: no new risk while bid and ask are further apart than this share of the price."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from portfolio.limits.limit import LimitType, at_most, parse_ratio
from portfolio.limits.proposal import Proposal
from portfolio.model.check import Check
from portfolio.model.scope import Scope


@dataclass(frozen=True, slots=True)
class MaxSpread:
    """Compares the quote that the order is decided at; a price without a spread, such as an alert's, has none."""

    key: ClassVar[str] = "max_spread"
    most: Decimal

    def check(self, proposal: Proposal, scope: Scope) -> Check:
        reference = proposal.reference
        if reference is None:
            return Check(self.key.upper(), str(scope), False, self.most, None, "there is no price to take it from")
        value = (reference.ask - reference.bid) / reference.mark
        return at_most(self, scope, self.most, value, "the distance of bid and ask")


LINE = {MaxSpread.key: LimitType(MaxSpread, parse_ratio)}
