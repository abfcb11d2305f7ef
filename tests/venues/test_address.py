"""Two accounts of one venue ask it from one address: what is held against the address stops both."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from exchange.address import Addresses
from exchange.bucket import Rate
from exchange.dialects.bybit import BybitDialect
from portfolio.model.fill import OrderReport
from portfolio.ports import Unknown, Unsent
from tests.simulators.bybit import BybitSimulator
from tests.venues.desks import CREATE, Desk, desk_at, order, selling


@asynccontextmanager
async def two_desks(venue: BybitSimulator, **changes: Any) -> AsyncIterator[tuple[Desk, Desk]]:
    addresses = Addresses()
    async with desk_at(venue, addresses=addresses, account="first", **changes) as first:
        await asyncio.sleep(0.2)
        async with desk_at(venue, addresses=addresses, account="second", **changes) as second:
            await asyncio.sleep(0.2)
            yield first, second


def total(venue: BybitSimulator) -> int:
    return sum(map(len, venue.edge.requests.values()))


@pytest.mark.parametrize("kind", ["http_403", "http_429"])
async def test_a_ban_told_to_one_account_stops_every_other_too(venue: BybitSimulator, kind: str):
    async with two_desks(venue) as (first, second):
        venue.control.fault(kind, CREATE, seconds=60)
        assert isinstance(await first.gateway.send(order("a-1")), Unsent)
        before = total(venue)
        refused = await second.gateway.send(selling("b-1"))
        assert isinstance(refused, Unsent)
        assert refused.pause_s == pytest.approx(60, abs=1)
        assert isinstance(await second.gateway.survey(), Unknown)
        assert isinstance(await second.gateway.cancel(order("b-2")), Unknown)
        await asyncio.sleep(2)
        assert total(venue) == before
        assert venue.limits.inside == []


async def test_a_limit_of_one_account_does_not_slow_the_other(venue: BybitSimulator):
    async with two_desks(venue, is_listening=False) as (first, second):
        venue.control.fault("code_10006", CREATE, seconds=60)
        assert isinstance(await first.gateway.send(order("a-1")), Unsent)
        venue.limits.open()  # the simulator closes an endpoint for everybody
        assert isinstance(await first.gateway.send(order("a-1")), Unsent)
        assert isinstance(await second.gateway.send(order("b-1")), OrderReport)
        assert venue.edge.received == {"a-1": 1, "b-1": 1}


async def test_all_accounts_together_stay_within_what_the_address_may_ask(
    venue: BybitSimulator, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(BybitDialect, "address_rate", Rate(per_second=10, burst=10, reserve=2))
    async with two_desks(venue, is_listening=False) as (first, second):
        await asyncio.sleep(1.1)
        before = total(venue)
        asked = [asyncio.create_task(desk.gateway.survey()) for desk in (first, second) * 5]
        await asyncio.sleep(1)
        assert 5 < total(venue) - before <= 10
        assert not any(isinstance(item, Unknown) for item in await asyncio.gather(*asked))
