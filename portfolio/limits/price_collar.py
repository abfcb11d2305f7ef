"""PRICE_COLLAR: how far an order's price may be from the reference price."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from portfolio.limits.limit import at_most
from portfolio.limits.proposal import Proposal
from portfolio.model.check import Check
from portfolio.model.decimals import ONE
from portfolio.model.scope import Scope


@dataclass(frozen=True, slots=True)
class PriceCollar:
    """Compares the limit price; of a market order the price its alert carried, else what the market asks now.

    A stop lies away from the market on purpose: of a stop-limit order the limit is compared with the stop.
    """

    key: ClassVar[str] = "price_collar"
    most: Decimal

    def check(self, proposal: Proposal, scope: Scope) -> Check:
        order, reference = proposal.order, proposal.reference
        if reference is None:
            return Check(self.key.upper(), str(scope), False, self.most, None, "there is no price to compare with")
        if order.stop_price is not None:
            value = abs((order.price or order.stop_price) / order.stop_price - ONE)
            return at_most(self, scope, self.most, value, "the distance of the limit from the stop")
        price = order.price or proposal.signal_price or reference.for_side(order.side)
        value = abs(price / reference.mark - ONE)
        return at_most(self, scope, self.most, value, "the distance from the reference price")
