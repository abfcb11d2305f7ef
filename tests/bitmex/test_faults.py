"""A third of all orders go wrong, in every way that there is: nothing is sent twice, and nothing is lost."""

import asyncio

import pytest

from exchange import lookups
from exchange.bucket import Rate
from exchange.dialects import bitmex_answers
from exchange.dialects.bitmex import BitmexDialect
from exchange.limiter import Group
from portfolio.model.fill import OrderReport
from portfolio.model.order import Order, OrderStatus
from portfolio.ports import Unknown, Unsent
from tests.bitmex.test_gateway import LINEAR, Desk, desk_at, market
from tests.simulators.bitmex import BitmexSimulator
from tests.simulators.bitmex.faults import ALL

ORDERS, AT_ONCE, SHARE = 120, 12, 0.05


async def test_the_desk_believes_what_the_venue_holds(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lookups, "MARGIN_S", 0.5)
    monkeypatch.setattr(bitmex_answers, "PAUSE_S", 0.2)
    monkeypatch.setattr(BitmexDialect, "rates", dict.fromkeys(Group, Rate(per_second=500, burst=500)))
    async with BitmexSimulator(per_minute=600_000, per_second=10_000) as venue:
        venue.set_price("XBTUSDT", "65000", "65000.5")
        venue.faults.late_s = 0.3
        async with desk_at(venue, send_timeout_s=0.5, recv_window_s=2.0) as desk:
            for fault in ALL:
                venue.faults.rate(fault, SHARE)
            for fault in ("reset_before", "html_502_after", "empty_200_after", "truncated_after"):
                venue.faults.rate(fault, SHARE, "GET /order")
                venue.faults.rate(fault, SHARE, "GET /execution/tradeHistory")
            slots = asyncio.Semaphore(AT_ONCE)
            ended = await asyncio.gather(*(_traded(venue, desk, slots, number) for number in range(ORDERS)))

        accepted = venue.venue.accepted
        assert set(venue.faults.happened) == set(ALL)
        assert max(accepted.values()) == 1
        assert {order_id for order_id, taken in ended if taken} == set(accepted)
        assert sum(desk.traded(order_id) for order_id in accepted) == venue.venue.ledger.held(LINEAR)
        assert 0.6 * ORDERS < len(accepted) < ORDERS
        assert set(venue.venue.arrived.values()) == {1}


async def _traded(venue: BitmexSimulator, desk: Desk, slots: asyncio.Semaphore, number: int) -> tuple[str, bool]:
    """Whether the desk believes that the venue has taken the order, once that is sure."""
    order = market(f"desk-{number}")
    async with slots:
        if number % 3 == 0:
            venue.faults.next(ALL[number // 3 % len(ALL)])
        answer = await desk.gateway.send(order)
        if isinstance(answer, Unsent):
            return order.client_order_id, False
        if isinstance(answer, OrderReport) and answer.status is OrderStatus.REJECTED:
            raise AssertionError(f"a lost answer was taken for a refusal: {answer.reason}")
        found = await _found(desk, order, is_taken=isinstance(answer, OrderReport))
        desk.take(found)
        return order.client_order_id, found is not None


async def _found(desk: Desk, order: Order, *, is_taken: bool) -> OrderReport | None:
    """The order's end; None where the venue provably never had it."""
    async with asyncio.timeout(60):
        while True:
            answer = await desk.gateway.look_up(order)
            if answer is None:
                assert not is_taken, "an order that was answered for is proven absent"
                return None
            if not isinstance(answer, Unknown) and answer.status is OrderStatus.FILLED:
                return answer
            await asyncio.sleep(0.1)
