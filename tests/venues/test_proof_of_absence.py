"""The proof with its true times: the request has expired, two seconds more, and two reads are empty."""

import asyncio
import time

import pytest

from exchange import lookups
from portfolio.model.order import OrderStatus
from portfolio.ports import Unknown
from tests.simulators.bybit import BybitSimulator
from tests.venues.desks import CREATE, desk_at, order


async def test_an_order_is_absent_only_when_its_request_has_expired_and_two_reads_were_empty(venue: BybitSimulator):
    async with desk_at(venue, is_listening=False, recv_window_s=3.0, send_timeout_s=0.3) as desk:
        venue.control.fault("reset_before_accept", CREATE)
        sent_at_s = time.monotonic()
        assert isinstance(await desk.gateway.send(order("a-1")), Unknown)
        assert await desk.resolved(order("a-1"), within_s=8) is None
        assert 5.4 <= time.monotonic() - sent_at_s < 6.5
        assert desk.received(CREATE) == 1


async def test_two_reads_that_a_pause_lets_go_together_count_as_one(
    venue: BybitSimulator, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(lookups, "MARGIN_S", 0.0)
    async with desk_at(venue, is_listening=False, recv_window_s=1.0, send_timeout_s=0.3) as desk:
        venue.control.fault("reset_before_accept", CREATE)
        assert isinstance(await desk.gateway.send(order("a-1")), Unknown)
        await asyncio.sleep(1.1)
        doubted = order("a-1", status=OrderStatus.UNKNOWN)
        venue.control.fault("http_429", seconds=1)
        assert isinstance(await desk.gateway.look_up(doubted), Unknown)
        first = asyncio.create_task(desk.gateway.look_up(doubted))
        await asyncio.sleep(lookups.BETWEEN_READS_S + 0.1)
        second = asyncio.create_task(desk.gateway.look_up(doubted))
        assert isinstance(await first, Unknown)
        assert isinstance(await second, Unknown)
        await asyncio.sleep(lookups.BETWEEN_READS_S + 0.1)
        assert await desk.gateway.look_up(doubted) is None
