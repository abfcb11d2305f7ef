"""Protection that goes to a venue with its entry: the venue makes it at the first fill, whoever is there to see it."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from portfolio.model.identifiers import ClientOrderId


@dataclass(frozen=True, slots=True)
class Attached:
    """Prices at which the venue itself closes the whole position, at the market; None where it does not."""

    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None


class AttachmentState(StrEnum):
    """NEEDED until the desk's own legs rest; KEPT where the venue refused one of them; UNWANTED as soon as it can go;
    LEAVING once the venue was asked to take it away."""

    NEEDED = "needed"
    KEPT = "kept"
    UNWANTED = "unwanted"
    LEAVING = "leaving"


@dataclass(frozen=True, slots=True)
class Attachment:
    """What a holding's position has, or gets, at its venue because of `entry`."""

    entry: ClientOrderId
    attached: Attached
    state: AttachmentState = AttachmentState.NEEDED
