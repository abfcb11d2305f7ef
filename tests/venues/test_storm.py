"""Everything goes wrong at once, a little: both sides' books are the same in the end."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from exchange import listening
from portfolio.model.fill import OrderReport
from portfolio.model.order import TRANSITIONS, Order, OrderStatus
from portfolio.ports import Unknown, Unsent
from tests.simulators.bybit import BybitSimulator
from tests.simulators.bybit.faults import REQUEST_FAULTS, STREAM_FAULTS
from tests.venues.desks import CREATE, EXECUTIONS, HISTORY, PAST, REALTIME, Desk, desk_at, order

ORDERS = 60
LONG_PAUSES = {"http_403", "http_429"}
REFUSED = {kind for kind in REQUEST_FAULTS if kind.startswith("refused")}
"""A no is no for an order; whoever looks asks again."""


def storm(venue: BybitSimulator) -> None:
    for path, probability in ((CREATE, 0.03), (REALTIME, 0.01), (HISTORY, 0.01), (EXECUTIONS, 0.01)):
        for kind in sorted(REQUEST_FAULTS - LONG_PAUSES - (REFUSED if path == CREATE else set())):
            venue.control.fault(kind, path, times=None, probability=probability, seconds=0.15)
    for kind in sorted(STREAM_FAULTS):
        venue.control.fault(kind, "*", times=None, probability=0.02, seconds=0.05)


async def sent(desk: Desk, wanted: Order) -> OrderStatus:
    """As the desk's sender does it: again where nothing was taken, looked up where that is unknown."""
    while isinstance(answer := await desk.gateway.send(wanted), Unsent):
        await asyncio.sleep(max(0.05, answer.pause_s))
    if isinstance(answer, Unknown):
        found = await desk.resolved(wanted, within_s=20)
        if found is None:
            return OrderStatus.NOT_ACCEPTED
        assert found.mismatch == ""
        answer = found
    desk.told.append(answer)
    assert answer.status is not None
    return answer.status


@pytest.mark.parametrize("pieces", [1, 3])
async def test_both_sides_books_agree_after_a_storm(
    venue: BybitSimulator, quick: None, monkeypatch: pytest.MonkeyPatch, pieces: int
):
    monkeypatch.setattr(listening, "FIRST_LOOK_S", 0.2)
    venue.control.split(pieces)
    async with desk_at(venue, ws_url=venue.ws_url, send_timeout_s=1.0) as desk:
        await desk.until(lambda: venue.streams.hears("execution"))
        storm(venue)
        wanted = {f"a-{number}": order(f"a-{number}", "0.003") for number in range(ORDERS)}
        gate = asyncio.Semaphore(8)

        async def one(item: Order) -> OrderStatus:
            async with gate:
                return await sent(desk, item)

        statuses = dict(zip(wanted, await asyncio.gather(*map(one, wanted.values())), strict=True))
        venue.control.clear_faults()
        assert OrderStatus.REJECTED not in statuses.values()
        assert {name for name, status in statuses.items() if status is not OrderStatus.NOT_ACCEPTED} == set(
            venue.venue.links
        )
        for name in venue.venue.links:
            assert venue.venue.accepted[name] == 1
            await desk.until(lambda name=name: set(desk.statuses(name)) - {None, *TRANSITIONS}, within_s=20)
            desk.assert_as_booked(name)
        history = await desk.gateway.history(datetime.now(UTC) - PAST)
        assert not isinstance(history, Unknown)
        told = {item.client_order_id: item for item in history if isinstance(item, OrderReport)}
        assert {name: sum(trade.quantity for trade in item.trades) for name, item in told.items()} == {
            name: Decimal("0.003") for name in venue.venue.links
        }
