"""What ties an order to the entry that it protects, and what it is to become at its venue."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from portfolio.model.decimals import ZERO, floor_to
from portfolio.model.identifiers import ClientOrderId
from portfolio.model.protection import Distance


@dataclass(frozen=True, slots=True)
class Amendment:
    """What an order at its venue is to be."""

    quantity: Decimal
    stop_price: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Once `entry` is filled its legs close `whole`, this one what lies between `start` and `end` of it.

    `distance` is how far from the entry's average price the leg lies, where that is what was asked for. The leg is to
    be as `wanted`; None where it is. `asked` is what its venue was asked for and has not answered, `changed_at` when
    the leg last left or its venue was last asked, `refused` whether the venue would not amend it. `again_at` is when
    the leg leaves that takes the place of one that the venue refused; None for one that takes nobody's.

    An entry that guards itself is over: a leg of it has closed what it had opened.
    """

    entry: ClientOrderId
    whole: Decimal
    start: Decimal = ZERO
    end: Decimal
    distance: Distance | None = None
    changed_at: datetime | None = None
    wanted: Amendment | None = None
    asked: Amendment | None = None
    refused: bool = False
    again_at: datetime | None = None

    @property
    def most(self) -> Decimal:
        """The largest quantity that the order is to have, or may have been given by now."""
        return max((change.quantity for change in (self.wanted, self.asked) if change), default=ZERO)

    def part_of(self, covered: Decimal, lot: Decimal) -> Decimal:
        """The leg's part of what is covered so far, in whole lots; the parts of all legs add up to it."""
        if not self.whole:
            return ZERO
        upper = covered if self.end == self.whole else floor_to(covered * self.end / self.whole, lot)
        return upper - floor_to(covered * self.start / self.whole, lot)
