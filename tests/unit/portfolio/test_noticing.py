"""What was noticed on the markets becomes an event."""

import pytest

from portfolio.model.command import NotePrices
from portfolio.model.event import EventKind
from portfolio.model.notice import Notice, NoticeKind
from portfolio.noticing import EVENTS
from tests.fakes import Desk

AVAX = Notice(
    kind=NoticeKind.SCREEN_MATCHED,
    symbol="AVAX/USDT",
    detail={"screen": "movers", "venue": "binance", "says": "AVAX/USDT +5.2 % in 24 h"},
)


def test_each_notice_is_an_event_and_nothing_else_changes() -> None:
    desk = Desk()
    desk.hold("2")
    before = desk.quantity
    desk.handle(NotePrices((AVAX, AVAX)))
    told = desk.events(EventKind.SCREEN_MATCHED)
    assert [(event.symbol, event.detail["says"]) for event in told] == [("AVAX/USDT", "AVAX/USDT +5.2 % in 24 h")] * 2
    assert (told[0].account, told[0].strategy, desk.quantity) == (None, None, before)


@pytest.mark.parametrize("kind", NoticeKind)
def test_a_notice_is_told_under_its_own_name(kind: NoticeKind) -> None:
    assert EVENTS[kind].value == kind.value
