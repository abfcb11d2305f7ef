"""BUY or SELL: the direction of an order, never of a position."""

from decimal import Decimal
from enum import StrEnum


class Side(StrEnum):
    BUY = "buy"
    SELL = "sell"

    @property
    def opposite(self) -> "Side":
        return Side.SELL if self is Side.BUY else Side.BUY

    def signed(self, quantity: Decimal) -> Decimal:
        """What trading `quantity` on this side adds to a position."""
        return quantity if self is Side.BUY else -quantity

    @classmethod
    def towards(cls, delta: Decimal) -> "Side":
        """The side that moves a position by the signed `delta`."""
        return cls.BUY if delta > 0 else cls.SELL
