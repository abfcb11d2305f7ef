"""Where a position is to be given up, for better or worse."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Protection:
    """The prices of a stop and of a take-profit, either of which may be missing.

    `quantity` is what they are to close; None means what the order that they go with opens.
    """

    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None
    quantity: Decimal | None = None
