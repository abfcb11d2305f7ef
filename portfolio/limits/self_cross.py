"""SELF_CROSS: an entry never trades with an order of its own account."""

from decimal import Decimal
from typing import ClassVar

from portfolio.limits.proposal import Proposal
from portfolio.model.check import Check
from portfolio.model.decimals import ZERO
from portfolio.model.order import Order, OrderType
from portfolio.model.side import Side


class NoSelfCross:
    """No buy at or above a live sell of the same account and symbol, whatever its strategy, and no sell at or below a
    live buy. Orders that may not exist count; legs that wait do not rest anywhere yet.

    A market order reaches as far as the price of the moment. A reduction is not held back: leaving comes first.
    """

    code: ClassVar[str] = "SELF_CROSS"

    def check(self, proposal: Proposal) -> Check:
        order = proposal.order
        reach = _reach(order)
        met = [price for price in self._resting(proposal) if _crosses(order.side, reach, price)]
        if not met:
            return Check(self.code, "order", True, None, reach, "the order meets none of its own account")
        nearest = min(met) if order.side is Side.BUY else max(met)
        message = f"the order would trade with a {order.side.opposite} of its own account"
        return Check(self.code, f"account {order.account}, {order.symbol}", False, nearest, reach, message)

    def _resting(self, proposal: Proposal) -> list[Decimal]:
        """The prices of the account's limit orders on the other side."""
        order = proposal.order
        if not proposal.book.has_resting(order.account, order.symbol):
            return []
        others = proposal.book.live_orders_of(order.account, order.symbol)
        return [other.price or ZERO for other in others if other.side is not order.side and _rests(other)]


def _reach(order: Order) -> Decimal:
    """The price the order trades at: its limit, or where it is triggered, or the price of the moment."""
    if order.price is not None:
        return order.price
    return order.stop_price if order.stop_price is not None else order.reference_price


def _rests(order: Order) -> bool:
    """True for an order that may stand in the venue's book; a stop that was not triggered does not yet."""
    is_there = order.order_type is OrderType.LIMIT or order.triggered
    return order.price is not None and is_there and not order.is_waiting


def _crosses(side: Side, reach: Decimal, resting: Decimal) -> bool:
    return reach >= resting if side is Side.BUY else reach <= resting
