"""A stop that goes along with its entry and is taken away again, through the real driver."""

from decimal import Decimal
from typing import Any

import pytest

from portfolio.model.attachment import Attached
from portfolio.model.fill import OrderReport
from portfolio.model.order import OrderStatus
from portfolio.ports import Unknown
from tests.simulators.bybit import BybitSimulator
from tests.simulators.bybit.faults import REQUEST_FAULTS
from tests.venues.desks import AMEND, INVERSE, LINEAR, PAST, SPOT, Desk, desk_at, order, resting

DETACH = "/v5/position/trading-stop"
BOTH = Attached(stop_loss=Decimal(63000), take_profit=Decimal(67000))
NEVER_DONE = {
    "timeout_before_accept",
    "reset_before_accept",
    "html_502_before_accept",
    "html_200_before_accept",
    "empty_200_before_accept",
    "overloaded_503",
    "code_10000_before_accept",
    "code_10016_before_accept",
    "http_429",
    "code_10006",
    "refused_400",
    "refused_401",
    "refused_expired",
    "refused_funds",
}
HARMLESS = {
    "slow_after_accept",
    "slow_before_accept",
    "late_accept",
    "unseen",
    "repeated_rows",
    "repeated_request",  # the second time there is nothing to take away
}
SECONDS = {"timeout_after_accept": 3, "timeout_before_accept": 3, "lost_after_accept": 3}

pytestmark = pytest.mark.usefixtures("quick")


def made(venue: BybitSimulator) -> dict[str, str]:
    """What the venue would close the position at by itself."""
    waiting = venue.venue.untriggered.values()
    return {item.stop_order_type: item.sent_quantity for item in waiting if not item.link_id}


def attached(desk: Desk) -> list[OrderReport]:
    return [item for item in desk.told if isinstance(item, OrderReport) and item.order and item.order.protects]


@pytest.mark.parametrize(("symbol", "quantity"), [(LINEAR, "0.01"), (INVERSE, "1000")])
async def test_it_waits_with_the_entry_and_for_the_price_once_that_is_filled(symbol: str, quantity: str) -> None:
    async with (
        BybitSimulator() as venue,
        desk_at(venue, ws_url=venue.ws_url, symbols=frozenset({symbol})) as desk,
    ):
        await desk.until(lambda: venue.streams.hears("execution"))
        await desk.gateway.send(resting("a-1", "64000", quantity, symbol=symbol, attached=BOTH))
        assert made(venue) == {}
        venue.control.price(symbol, "64000")
        assert made(venue) == {"TakeProfit": quantity, "StopLoss": quantity}
        venue.control.price(symbol, "67000")
        await desk.until(lambda: sum(len(report.trades) for report in attached(desk)))
        (closing,) = {report.client_order_id for report in attached(desk) if report.trades}
        assert made(venue) == {}
        assert desk.filled(closing) == Decimal(quantity)
        assert not venue.venue.state.positions[symbol].quantity


async def test_what_the_venue_makes_by_itself_is_told_as_that_however_it_is_asked_for() -> None:
    async with BybitSimulator() as venue, desk_at(venue) as desk:
        await desk.gateway.send(order("a-1", attached=BOTH))
        survey = await desk.gateway.survey()
        assert not isinstance(survey, Unknown)
        assert [(found.client_order_id, found.protects) for found in survey.orders] == [(None, True), (None, True)]
        venue.control.price(LINEAR, "62000")
        (trade,) = [report for report in await history(desk) if report.order and report.order.protects]
        assert (trade.client_order_id, trade.trades[0].price) == (trade.venue_order_id, 62000)


async def history(desk: Desk) -> list[OrderReport]:
    found = await desk.gateway.history(desk.venue.venue.clock.now() - PAST)
    assert not isinstance(found, Unknown)
    return [report for report in found if isinstance(report, OrderReport)]


async def test_nothing_is_attached_on_spot() -> None:
    async with BybitSimulator() as venue, desk_at(venue, symbols=frozenset({SPOT})) as desk:
        told = await desk.gateway.send(order("a-1", symbol=SPOT, attached=BOTH))
        assert isinstance(told, OrderReport)
        assert told.status is OrderStatus.SUBMITTED


async def test_one_on_the_wrong_side_is_refused_with_its_entry_in_the_venues_words() -> None:
    async with BybitSimulator() as venue, desk_at(venue) as desk:
        told = await desk.gateway.send(order("a-1", attached=Attached(stop_loss=Decimal(66000))))
        assert isinstance(told, OrderReport)
        assert told.status is OrderStatus.REJECTED
        assert told.reason == (
            "StopLoss:6600000000000 set for Buy position should be lower than base_price:6500000000000??LastPrice "
            "(10001)"
        )
        assert not venue.venue.orders


@pytest.mark.parametrize("fault", sorted(REQUEST_FAULTS - {"http_403"}))  # a ban lasts a minute, whatever it meets
async def test_it_is_gone_once_the_venue_has_said_so_and_only_then(fault: str) -> None:
    async with BybitSimulator() as venue, desk_at(venue, send_timeout_s=0.5) as desk:
        await desk.gateway.send(order("a-1", attached=BOTH))
        venue.control.fault(fault, endpoint=DETACH, seconds=SECONDS.get(fault, 0.15))
        answer = await desk.gateway.detach(LINEAR, "a-1", rests=False)
        if fault in HARMLESS:
            assert answer is None
        else:
            assert isinstance(answer, Unknown)
            assert bool(made(venue)) is (fault in NEVER_DONE)
            venue.control.clear_faults()
            await desk.until(lambda: desk.condition)
            while isinstance(answer, Unknown):
                answer = await desk.gateway.detach(LINEAR, "a-1", rests=False)
        assert made(venue) == {}
        assert venue.venue.state.positions[LINEAR].quantity == Decimal("0.01")


async def test_an_entry_that_rests_gives_it_up_as_well() -> None:
    async with BybitSimulator() as venue, desk_at(venue) as desk:
        venue.control.split(2, 60)
        await desk.gateway.send(resting("a-1", "64000", "0.02", attached=BOTH))
        venue.control.price(LINEAR, "64000")
        venue.control.price(LINEAR, "64100")
        assert made(venue) == {"TakeProfit": "0.01", "StopLoss": "0.01"}
        assert await desk.gateway.detach(LINEAR, "a-1", rests=True) is None
        venue.control.split(1, 0)
        venue.control.price(LINEAR, "64000")
        assert (made(venue), venue.venue.state.positions[LINEAR].quantity) == ({}, Decimal("0.02"))


@pytest.mark.parametrize("rests", [True, False])
async def test_where_nothing_is_held_there_is_nothing_to_take_away(rests: bool) -> None:
    async with BybitSimulator() as venue, desk_at(venue) as desk:
        await desk.gateway.send(resting("a-1", "64000", attached=BOTH))
        assert await desk.gateway.detach(LINEAR, "a-1", rests=rests) is None
        assert await desk.gateway.detach(LINEAR, "never-there", rests=rests) is None
        entry = desk.record("a-1")
        assert entry is not None
        assert (entry.stop_loss is None) is rests


async def test_the_entry_is_asked_first_and_the_position_not_before_it_has_answered() -> None:
    async with BybitSimulator() as venue, desk_at(venue, send_timeout_s=0.5) as desk:
        await desk.gateway.send(resting("a-1", "64000", attached=BOTH))
        venue.control.fault("reset_before_accept", endpoint=AMEND)
        answer: Any = await desk.gateway.detach(LINEAR, "a-1", rests=True)
        assert isinstance(answer, Unknown)
        assert answer.lapses_in_s == pytest.approx(0.8)
        assert desk.received(DETACH) == 0
