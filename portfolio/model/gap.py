"""A difference between where an alert says the position was and where it is: alerts in between were missed."""

from dataclasses import dataclass
from enum import StrEnum


class GapKind(StrEnum):
    """What was probably missed. SIZE is a position on the right side, of another size."""

    MISSED_ENTRY = "missed_entry"
    MISSED_CLOSE = "missed_close"
    MISSED_FLIP = "missed_flip"
    SIZE = "size"


class OnGap(StrEnum):
    """IGNORE compares nothing; REPORT trades as asked and tells; REPAIR trades to where the alert leads; DENY does not
    open anything."""

    REPORT = "report"
    IGNORE = "ignore"
    REPAIR = "repair"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Gap:
    """Positions as text: `flat`, `long`, or with a size, `short 0.5`. `actual` counts what is on its way."""

    expected: str
    actual: str
    kind: GapKind
