"""A venue that takes requests and never answers is noticed soon; one that answers is not asked more often for that."""

import asyncio
import time

import pytest

from exchange import listening
from portfolio.model.venue import Condition
from tests.simulators.bybit import BybitSimulator
from tests.venues.desks import WALLET, desk_at

NOTICED_WITHIN_S = 8.0


async def test_a_venue_that_answers_nothing_is_unreachable_within_eight_seconds(venue: BybitSimulator):
    """At the worst moment: right after an answer."""
    async with desk_at(venue) as desk:
        await desk.until(lambda: desk.received(WALLET) >= 2, within_s=8)
        venue.control.fault("lost_after_accept", "*", times=None)
        began_s = time.monotonic()
        await desk.until(lambda: desk.condition is Condition.UNREACHABLE, within_s=10)
        assert time.monotonic() - began_s <= NOTICED_WITHIN_S
        venue.control.clear_faults()
        await desk.until(lambda: desk.condition is Condition.WORKING, within_s=5)


@pytest.mark.parametrize(("slow_s", "most"), [(0, 1), (0.4, 2)], ids=["at once", "late"])
async def test_a_venue_is_asked_once_each_time_and_twice_where_it_is_slow(
    venue: BybitSimulator, monkeypatch: pytest.MonkeyPatch, slow_s: float, most: int
):
    monkeypatch.setattr(listening, "PROBE_EVERY_S", 0.5)
    monkeypatch.setattr(listening, "PROBE_TWICE_AFTER_S", 0.2)
    async with desk_at(venue) as desk:
        await desk.until(lambda: desk.received(WALLET))
        venue.control.fault("slow_after_accept", WALLET, times=None, seconds=slow_s)
        before = desk.received(WALLET)
        await asyncio.sleep(2.2)
        rounds = 2.2 / (0.5 + (slow_s + 0.2 if slow_s else 0))
        assert (most - 1) * rounds - 1 < desk.received(WALLET) - before <= most * rounds + 1
        assert desk.condition is Condition.WORKING
