"""MAX_QUOTE_AGE_S: a reference price older than this admits no new risk."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from portfolio.limits.limit import at_most
from portfolio.limits.proposal import Proposal
from portfolio.model.check import Check
from portfolio.model.scope import Scope


@dataclass(frozen=True, slots=True)
class MaxQuoteAge:
    key: ClassVar[str] = "max_quote_age_s"
    most: Decimal

    def check(self, proposal: Proposal, scope: Scope) -> Check:
        age_s = proposal.reference.age_s if proposal.reference else None
        if age_s is None:
            return Check(self.key.upper(), str(scope), False, self.most, None, "the age of the price is not known")
        return at_most(self, scope, self.most, age_s, "the age of the reference price in seconds")
