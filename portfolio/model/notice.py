"""What was noticed on the markets: it moves no book, and is told as an event once it is on disk."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from portfolio.model.identifiers import Symbol


class NoticeKind(StrEnum):
    """By the name of the event that tells of it."""

    SCREEN_MATCHED = "ScreenMatched"
    DISCREPANCY_FOUND = "DiscrepancyFound"
    DISCREPANCY_ENDED = "DiscrepancyEnded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """`detail` is what the event says, figures in plain notation."""

    kind: NoticeKind
    symbol: Symbol
    detail: Mapping[str, str]
