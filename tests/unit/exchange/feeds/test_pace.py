"""A venue is asked no faster than it takes, and left alone for as long as it asks."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from exchange.feeds.fault import Fault
from exchange.feeds.pace import MOST_ERRORS, Pace, retry_after_s
from portfolio.prices.source import SourceStatus


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def refused(pace: Pace, clock: Clock, group: str = "public", within_s: float = 0.5) -> Fault:
    with pytest.raises(Fault) as caught:
        await pace.admit(group, 1.0, clock.now + within_s)
    assert caught.value.status is SourceStatus.RATE_LIMITED
    return caught.value


async def test_a_burst_leaves_at_once_and_what_does_not_fit_is_told_so(clock: Clock) -> None:
    pace = Pace(1.0, 3.0, clock)
    for _ in range(4):
        await pace.admit("public", 1.0, clock.now)
    assert (await refused(pace, clock)).pause_s == 0.0
    await pace.admit("other", 1.0, clock.now)
    clock.now += 1.0
    await pace.admit("public", 1.0, clock.now)


async def test_a_request_waits_for_its_turn() -> None:
    pace = Pace(0.02, 0.0)
    began_s = time.monotonic()
    await asyncio.gather(*(pace.admit("public", 1.0, began_s + 60) for _ in range(4)))
    assert time.monotonic() - began_s >= 0.06


async def test_the_pause_that_a_venue_asks_for_is_kept_by_everything(clock: Clock) -> None:
    pace = Pace(0.0, 0.0, clock)
    assert pace.answered("public", 429, {"Retry-After": "7"}, clock.now) == 7.0
    assert (await refused(pace, clock, "other")).pause_s == 7.0
    clock.now += 7.0
    await pace.admit("public", 1.0, clock.now)


def test_a_venue_that_says_it_again_is_left_alone_longer(clock: Clock) -> None:
    pace = Pace(0.0, 0.0, clock)
    assert [pace.answered("public", 418, {}, clock.now) for _ in range(3)] == [1.0, 2.0, 4.0]
    pace.answered("public", 200, {}, clock.now)
    assert pace.answered("public", 429, {}, clock.now) == 1.0


def test_requests_under_way_together_count_as_one(clock: Clock) -> None:
    pace = Pace(0.0, 0.0, clock)
    began_s = clock.now
    clock.now += 1.0
    assert [pace.answered("public", 429, {}, began_s) for _ in range(3)] == [1.0, 1.0, 1.0]


async def test_a_venue_that_counts_is_believed_when_nothing_is_left(clock: Clock) -> None:
    pace = Pace(0.0, 0.0, clock)
    pace.answered("public", 200, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2"}, clock.now)
    await refused(pace, clock)
    await pace.admit("other", 1.0, clock.now)
    clock.now += 2.0
    await pace.admit("public", 1.0, clock.now)


async def test_too_many_errors_in_a_minute_close_everything(clock: Clock) -> None:
    pace = Pace(0.0, 0.0, clock)
    for _ in range(MOST_ERRORS):
        pace.count_error()
    await refused(pace, clock)
    clock.now += 60.0
    await pace.admit("public", 1.0, clock.now)


def test_a_pause_may_be_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    assert 25 < (retry_after_s({"retry-after": later}) or 0) <= 30
    assert retry_after_s({"retry-after": "soon"}) is None
    assert retry_after_s({}) is None
