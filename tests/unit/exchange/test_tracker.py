"""An end is never told before its executions, whatever order they come in, and never twice."""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange import tracker as tracker_module
from exchange.dialects.dialect import OrderNews
from exchange.tracker import Tracker
from portfolio.model.fill import OrderReport, Trade
from portfolio.model.order import TRANSITIONS, OrderStatus, OrderType, PriceSource, TimeInForce
from portfolio.model.side import Side
from portfolio.model.venue import VenueOrder
from tests.fakes import BTC, NOW

OPEN, FILLED, CANCELED = OrderStatus.OPEN, OrderStatus.FILLED, OrderStatus.CANCELED


def news(status: OrderStatus, filled: int = 0, order_id: str = "a") -> OrderNews:
    return OrderNews(
        VenueOrder(
            client_order_id=order_id,
            venue_order_id="v",
            symbol=BTC,
            side=Side.BUY,
            order_type=OrderType.LIMIT,
            quantity=Decimal(10),
            price=Decimal(1),
            stop_price=None,
            reduce_only=False,
            time_in_force=TimeInForce.GTC,
            status=status,
            filled=Decimal(filled),
        )
    )


def executed(*names: int, order_id: str = "a") -> OrderReport:
    trades = tuple(
        Trade(
            trade_id=str(name),
            quantity=Decimal(1),
            price=Decimal(1),
            fee=Decimal(0),
            fee_currency="USDT",
            source=PriceSource.VENUE,
            time=NOW,
        )
        for name in names
    )
    return OrderReport(client_order_id=order_id, status=None, trades=trades)


def test_an_end_without_executions_is_told_at_once():
    report = Tracker().take_order(news(CANCELED))
    assert report is not None
    assert report.status is CANCELED


def test_an_end_waits_for_its_executions_and_is_told_with_the_last():
    tracker = Tracker()
    assert tracker.take_order(news(FILLED, 2)) is None
    (first,) = tracker.take_executions(executed(1))
    (second,) = tracker.take_executions(executed(2))
    assert (first.status, second.status) == (None, FILLED)
    assert [trade.trade_id for trade in second.trades] == ["2"]


def test_executions_that_came_before_count():
    tracker = Tracker()
    tracker.take_executions(executed(1, 2))
    report = tracker.take_order(news(FILLED, 2))
    assert report is not None
    assert report.status is FILLED


def test_a_repeated_execution_counts_once():
    tracker = Tracker()
    tracker.take_order(news(FILLED, 2))
    assert [report.status for report in tracker.take_executions(executed(1, 1))] == [None]
    assert [report.status for report in tracker.take_executions(executed(1))] == [None]
    assert [report.status for report in tracker.take_executions(executed(2))] == [FILLED]


def test_what_is_old_or_told_is_not_told_again():
    tracker = Tracker()
    tracker.take_executions(executed(1))
    assert tracker.take_order(news(FILLED, 1)) is not None
    assert tracker.take_order(news(FILLED, 1)) is None
    assert tracker.take_order(news(OPEN)) is None
    assert tracker.take_executions(executed(1)) == [executed(1)]
    assert tracker.take_due() == []


def test_an_end_that_says_more_than_was_told_waits_for_it():
    tracker = Tracker()
    tracker.take_order(news(CANCELED))
    assert tracker.take_order(news(CANCELED, 1)) is None
    assert [report.status for report in tracker.take_executions(executed(1))] == [CANCELED]


def test_what_is_missing_is_asked_for_later_and_later():
    now = [0.0]
    tracker = Tracker(lambda: now[0])
    tracker.take_order(news(FILLED, 2))
    asked = []
    for step in range(4000):
        now[0] = step / 10
        if tracker.take_due():
            asked.append(now[0])
    gaps = [later - earlier for earlier, later in pairwise(asked)]
    assert asked[0] <= 0.3
    assert all(later >= earlier - 0.2 for earlier, later in pairwise(gaps))
    assert 29 < gaps[-1] < 31


def test_a_part_that_nobody_tells_is_asked_for_and_given_up_in_the_end():
    now = [0.0]
    tracker = Tracker(lambda: now[0])
    tracker.take_executions(executed(1))
    tracker.take_order(news(OPEN, 1))
    tracker.take_order(news(OPEN, 2))
    asked = []
    for step in range(1000):
        now[0] = step / 10
        asked += [now[0]] * len(tracker.take_due())
    assert asked == [1, 3, 7, 15]


@pytest.mark.parametrize("what", ["its execution", "the end with all of them", "its execution and older news"])
def test_a_part_that_is_told_in_time_is_not_asked_for(what: str):
    now = [0.0]
    tracker = Tracker(lambda: now[0])
    tracker.take_order(news(OPEN, 1))
    tracker.take_executions(executed(1))
    if what == "the end with all of them":
        tracker.take_executions(executed(2))
        tracker.take_order(news(FILLED, 2))
    elif what == "its execution and older news":
        tracker.take_order(news(OPEN))
    now[0] = 60.0
    assert tracker.take_due() == []


def test_an_end_is_asked_for_once_and_not_for_its_parts_too():
    now = [0.0]
    tracker = Tracker(lambda: now[0])
    tracker.take_order(news(OPEN, 1))
    tracker.take_order(news(FILLED, 2))
    now[0] = 1.5
    assert len(tracker.take_due()) == 1


def test_it_forgets_what_is_long_ago(monkeypatch):  # type: ignore[no-untyped-def]
    monkeypatch.setattr(tracker_module, "MOST_REMEMBERED", 10)
    tracker = Tracker()
    for number in range(100):
        tracker.take_executions(executed(1, order_id=f"live-{number}"))
        tracker.take_order(news(CANCELED, order_id=f"ended-{number}"))
    assert len(tracker._executed) <= 10
    assert len(tracker._told) <= 10


EVENTS = st.lists(st.one_of(st.integers(1, 5), st.sampled_from(["open", "end"])), max_size=30)


@given(EVENTS, st.integers(0, 5))
def test_in_any_order_and_however_often_nothing_comes_after_the_end(events: list[int | str], filled: int):
    """Executions 1 to `filled` and the end come, each at least once, in any order, with repetitions."""
    tracker, told = Tracker(), []
    wanted = [item for item in events if not isinstance(item, int) or item <= filled]
    for item in [*wanted, *range(1, filled + 1), "end"]:
        if isinstance(item, int):
            told += tracker.take_executions(executed(item))
        elif (report := tracker.take_order(news(OPEN if item == "open" else CANCELED, filled))) is not None:
            told.append(report)
    ends = [
        index for index, report in enumerate(told) if report.status is not None and report.status not in TRANSITIONS
    ]
    assert len(ends) == 1
    before = {trade.trade_id for report in told[: ends[0] + 1] for trade in report.trades}
    assert len(before) == filled
    assert not {report.status for report in told[ends[0] + 1 :]} - {None}
    assert replace(told[ends[0]], trades=()).client_order_id == "a"
