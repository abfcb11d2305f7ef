"""What was noticed on the markets becomes an event."""

from collections.abc import Mapping
from types import MappingProxyType

from portfolio.model.command import NotePrices
from portfolio.model.event import Event, EventKind
from portfolio.model.notice import NoticeKind
from portfolio.turn import Turn

EVENTS: Mapping[NoticeKind, EventKind] = MappingProxyType(
    {
        NoticeKind.SCREEN_MATCHED: EventKind.SCREEN_MATCHED,
        NoticeKind.DISCREPANCY_FOUND: EventKind.DISCREPANCY_FOUND,
        NoticeKind.DISCREPANCY_ENDED: EventKind.DISCREPANCY_ENDED,
    }
)


def note_prices(turn: Turn, command: NotePrices) -> None:
    """Each notice is an event; nothing else changes."""
    for notice in command.notices:
        event = Event(kind=EVENTS[notice.kind], time=turn.now, symbol=notice.symbol, detail=dict(notice.detail))
        turn.book.record(event)
