"""What the venue tells by itself: complete, in order and once, however its frames come; and a dead link is noticed."""

import asyncio
import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from exchange import holdings, listening
from portfolio.model.fill import Cause, Funding, OrderReport, OutsideTrade
from portfolio.model.order import OrderStatus
from portfolio.model.venue import Condition, Survey
from portfolio.ports import Unknown
from tests.simulators.bybit import BybitSimulator
from tests.simulators.bybit.faults import STREAM_FAULTS
from tests.venues.desks import EXECUTIONS, INVERSE, LINEAR, PAST, REALTIME, SPOT, Desk, desk_at, order, resting, selling


def streams_of(venue: BybitSimulator) -> dict[str, Any]:
    return {"ws_url": venue.ws_url}


async def linked(desk: Desk) -> None:
    await desk.until(lambda: desk.venue.streams.hears("execution") and desk.quotes.latest("main", LINEAR))


async def ended(desk: Desk, order_id: str, within_s: float = 5.0) -> None:
    final = {OrderStatus.FILLED, OrderStatus.CANCELED}
    await desk.until(lambda: final & set(desk.statuses(order_id)), within_s)


# --- complete and in order -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pieces", [1, 2, 7, 20])
@pytest.mark.parametrize("delay_s", [0, 0.002])
async def test_executions_in_pieces_add_up(venue: BybitSimulator, pieces: int, delay_s: float):
    venue.control.split(pieces, delay_s)
    async with desk_at(venue, **streams_of(venue)) as desk:
        await linked(desk)
        await desk.gateway.send(order("a-1", "0.1"))
        await ended(desk, "a-1")
        assert (len(desk.trades("a-1")) >= pieces, desk.filled("a-1")) == (True, Decimal("0.1"))
        desk.assert_as_booked("a-1")


@pytest.mark.parametrize("topic", ["order", "execution", "*"])
@pytest.mark.parametrize("kind", sorted(STREAM_FAULTS))
async def test_whatever_becomes_of_frames_totals_are_exact(
    venue: BybitSimulator, quick: None, monkeypatch: pytest.MonkeyPatch, kind: str, topic: str
):
    monkeypatch.setattr(listening, "FIRST_LOOK_S", 0.1)
    venue.control.split(3, 0.001)
    async with desk_at(venue, **streams_of(venue)) as desk:
        await linked(desk)
        venue.control.fault(kind, topic, times=4, seconds=0.05, probability=0.7)
        ids = [f"a-{number}" for number in range(4)]
        for order_id in ids:
            await desk.gateway.send(order(order_id, "0.03"))
        await desk.gateway.send(resting("rest"))
        await desk.canceled(resting("rest"))
        for order_id in [*ids, "rest"]:
            await ended(desk, order_id)
        venue.control.clear_faults()
        await asyncio.sleep(0.1)
        for order_id in [*ids, "rest"]:
            desk.assert_as_booked(order_id)


async def test_what_the_stream_tells_is_not_asked_for(venue: BybitSimulator, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(listening, "FIRST_LOOK_S", 0.1)
    async with desk_at(venue, **streams_of(venue)) as desk:
        await linked(desk)
        for number in range(10):
            await desk.gateway.send(order(f"a-{number}"))
            await ended(desk, f"a-{number}")
        await desk.gateway.send(resting("rest"))
        await desk.gateway.cancel(resting("rest"))
        await ended(desk, "rest")
        await asyncio.sleep(0.5)
        assert (desk.received(REALTIME), desk.received(EXECUTIONS)) == (0, 0)


async def test_a_canceled_order_that_traded_ends_after_its_executions(venue: BybitSimulator):
    async with desk_at(venue, **streams_of(venue)) as desk:
        await linked(desk)
        venue.control.split(4)
        venue.control.fault("frame_delayed", "execution", seconds=0.3, times=None)
        await desk.gateway.send(resting("a-1", "64000.5", "0.04"))
        await desk.canceled(resting("a-1", "64000.5", "0.04"))
        await ended(desk, "a-1")
        desk.assert_as_booked("a-1")


async def test_every_family_is_told_in_its_own_units(venue: BybitSimulator):
    symbols = frozenset({LINEAR, INVERSE, SPOT})
    async with desk_at(venue, symbols=symbols, **streams_of(venue)) as desk:
        await linked(desk)
        await desk.until(lambda: symbols <= {quote.symbol for quote in desk.quotes.all()})
        for order_id, quantity, symbol in (("l", "0.01", LINEAR), ("i", "1000", INVERSE), ("s", "0.5", SPOT)):
            await desk.gateway.send(order(order_id, quantity, symbol))
            await ended(desk, order_id)
            desk.assert_as_booked(order_id)
        (linear,), (inverse,), (spot,) = (desk.trades(order_id).values() for order_id in "lis")
        assert (linear.price, linear.fee_currency) == (Decimal("64000.5"), "USDT")
        assert (inverse.quantity, inverse.fee_currency) == (1000, "BTC")
        assert (spot.quantity, spot.fee_currency) == (Decimal("0.5"), "BTC")


async def test_funding_liquidations_and_others_orders_are_told(venue: BybitSimulator):
    async with desk_at(venue, **streams_of(venue)) as desk:
        await linked(desk)
        await desk.gateway.send(order("a-1", "1"))
        await ended(desk, "a-1")
        paid = Decimal(venue.control.funding(LINEAR, "0.0001")["amount"])
        venue.control.order(category="linear", symbol="BTCUSDT", side="Buy", orderType="Market", qty="0.5")
        venue.control.liquidate(LINEAR)
        await desk.until(lambda: any(isinstance(item, OutsideTrade) for item in desk.told))
        (funding,) = [item for item in desk.told if isinstance(item, Funding)]
        assert (abs(funding.amount), funding.amount < 0, funding.currency) == (abs(paid), True, "USDT")
        (outside,) = [item for item in desk.told if isinstance(item, OutsideTrade)]
        assert (outside.cause, outside.trade.quantity) == (Cause.LIQUIDATION, Decimal("1.5"))
        foreign = [record for record in venue.venue.orders.values() if record.is_foreign]
        assert desk.filled(foreign[0].order_id) == Decimal("0.5")


async def test_a_deposit_makes_a_survey_due_and_a_trade_does_not(
    venue: BybitSimulator, monkeypatch: pytest.MonkeyPatch
):
    """Balances change with every trade: only those that change without one are looked into."""
    monkeypatch.setattr(holdings, "SUSPECT_AFTER_S", 0.3)
    async with desk_at(venue, **streams_of(venue)) as desk:
        await linked(desk)
        await asyncio.wait_for(desk.gateway.gap(), 5)
        await desk.gateway.send(order("a-1", "0.1"))
        await ended(desk, "a-1")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(desk.gateway.gap(), 0.6)
        venue.control.transfer("USDT", "500")
        await asyncio.wait_for(desk.gateway.gap(), 2)


# --- frames that are lost without a gap ------------------------------------------------------------------------------

ASKED_WITHIN_S = 2.5


async def half_filled(desk: Desk, order_id: str) -> None:
    """The resting order has traded in part and goes on."""
    venue = desk.venue
    venue.control.split(2, 3600)
    venue.control.price(LINEAR, "59999", "59999.5")
    await desk.until(lambda: venue.venue.links[order_id].filled)
    assert venue.venue.links[order_id].is_open


async def test_a_part_of_a_resting_order_whose_execution_is_lost_is_asked_for(venue: BybitSimulator):
    async with desk_at(venue, **streams_of(venue)) as desk:
        await linked(desk)
        await desk.gateway.send(resting("a-1", quantity="0.1"))
        await desk.until(lambda: OrderStatus.OPEN in desk.statuses("a-1"))
        venue.control.fault("frame_lost", "execution", times=1)
        await half_filled(desk, "a-1")
        assert not desk.filled("a-1")
        await desk.until(lambda: desk.filled("a-1") == venue.venue.links["a-1"].filled, ASKED_WITHIN_S)
        asked = desk.received(EXECUTIONS)
        await asyncio.sleep(2.5)
        assert desk.received(EXECUTIONS) == asked, "asked for again although it is known"


async def test_a_lost_execution_shows_in_what_later_ones_say_is_left(venue: BybitSimulator):
    async with desk_at(venue, **streams_of(venue)) as desk:
        await linked(desk)
        await desk.gateway.send(resting("a-1", quantity="0.1"))
        await desk.until(lambda: OrderStatus.OPEN in desk.statuses("a-1"))
        for topic in ("order", "position", "wallet"):
            venue.control.fault("frame_lost", topic, times=None)
        venue.control.fault("frame_lost", "execution", times=1)
        venue.control.split(4, 0.05)
        venue.control.price(LINEAR, "59999", "59999.5")
        await desk.until(lambda: not venue.venue.links["a-1"].is_open)
        await desk.until(lambda: desk.filled("a-1") == Decimal("0.1"), ASKED_WITHIN_S)


@pytest.mark.parametrize("other", [False, True], ids=["alone", "while another order of the symbol trades"])
async def test_a_fill_of_which_order_and_execution_are_lost_shows_in_what_is_held(venue: BybitSimulator, other: bool):
    async with desk_at(venue, **streams_of(venue)) as desk:
        await linked(desk)
        await desk.gateway.send(order("before", "0.1"))
        await ended(desk, "before")
        await desk.gateway.send(resting("a-1", quantity="0.1"))
        await desk.until(lambda: OrderStatus.OPEN in desk.statuses("a-1"))
        await asyncio.wait_for(desk.gateway.gap(), 5)
        await desk.gateway.survey()
        for topic in ("order", "execution"):
            venue.control.fault("frame_lost", topic, times=1)
        venue.control.price(LINEAR, "59999", "59999.5")
        assert not venue.venue.links["a-1"].is_open
        if other:
            await desk.gateway.send(selling("b-1", "0.05"))
            await ended(desk, "b-1")
        await asyncio.wait_for(desk.gateway.gap(), ASKED_WITHIN_S)
        history = await desk.gateway.history(datetime.now(UTC) - PAST)
        assert not isinstance(history, Unknown)
        assert "a-1" in {item.client_order_id for item in history if isinstance(item, OrderReport)}
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(desk.gateway.gap(), ASKED_WITHIN_S)


async def test_a_fill_on_spot_of_which_order_and_execution_are_lost_shows_in_the_wallet(venue: BybitSimulator):
    async with desk_at(venue, symbols=frozenset({LINEAR, SPOT}), **streams_of(venue)) as desk:
        await linked(desk)
        await desk.gateway.send(order("before", "0.1", SPOT))
        await ended(desk, "before")
        await desk.gateway.send(resting("a-1", quantity="0.1", symbol=SPOT))
        await desk.until(lambda: OrderStatus.OPEN in desk.statuses("a-1"))
        await asyncio.wait_for(desk.gateway.gap(), 5)
        await asyncio.sleep(holdings.SUSPECT_AFTER_S)
        for topic in ("order", "execution"):
            venue.control.fault("frame_lost", topic, times=1)
        venue.control.price(SPOT, "59999", "59999.5")
        assert not venue.venue.links["a-1"].is_open
        await asyncio.wait_for(desk.gateway.gap(), ASKED_WITHIN_S)


async def test_a_triggered_stop_says_so(venue: BybitSimulator):
    async with desk_at(venue, **streams_of(venue)) as desk:
        await linked(desk)
        await desk.gateway.send(order("entry"))
        await desk.gateway.send(selling("stop", order_type="stop", stop_price=Decimal(63000)))
        await desk.until(lambda: desk.statuses("stop"))
        assert not any(report.triggered for report in desk.reports("stop"))
        venue.control.price(LINEAR, "62999", "62999.5")
        await ended(desk, "stop")
        assert desk.reports("stop")[-1].triggered
        desk.assert_as_booked("stop")


# --- links -----------------------------------------------------------------------------------------------------------


async def test_a_silent_link_is_noticed_within_five_seconds_and_made_anew(venue: BybitSimulator):
    """The one honest run: true times."""
    async with desk_at(venue, **streams_of(venue)) as desk:
        await linked(desk)
        await desk.until(lambda: desk.condition is Condition.WORKING)
        began_s = time.monotonic()
        venue.control.streams("silence")
        await desk.until(lambda: desk.condition is Condition.STREAM_DOWN, within_s=5)
        assert time.monotonic() - began_s < 5
        await asyncio.wait_for(desk.gateway.gap(), 1)
        await desk.gateway.send(order("a-1"))
        await ended(desk, "a-1")
        desk.assert_as_booked("a-1")
        venue.control.streams("speak")
        await desk.until(lambda: desk.condition is Condition.WORKING, within_s=14)
        assert desk.conditions == [Condition.STREAM_DOWN, Condition.WORKING]


@pytest.mark.parametrize("times", [1, 5])
async def test_a_cut_link_is_made_anew_and_a_survey_is_due_after_it(venue: BybitSimulator, quick: None, times: int):
    async with desk_at(venue, **streams_of(venue)) as desk:
        await linked(desk)
        for number in range(times):
            await desk.until(lambda: desk.condition is Condition.WORKING and venue.streams.hears("execution"))
            while True:
                try:
                    await asyncio.wait_for(desk.gateway.gap(), 0.05)
                except TimeoutError:
                    break
            venue.control.streams("cut")
            await desk.until(lambda count=number: desk.conditions.count(Condition.STREAM_DOWN) == count + 1)
            await asyncio.wait_for(desk.gateway.gap(), 1)
        await desk.until(lambda: desk.condition is Condition.WORKING)
        await desk.gateway.send(order("a-1"))
        await ended(desk, "a-1")
        desk.assert_as_booked("a-1")


async def test_attempts_to_link_come_later_and_later(venue: BybitSimulator):
    async with desk_at(venue, **streams_of(venue)) as desk:
        await linked(desk)
        venue.control.maintenance("http")
        before = venue.streams.opened
        await asyncio.sleep(2)
        assert venue.streams.opened == before
        venue.control.maintenance("off")
        await desk.until(lambda: venue.streams.hears("execution"), within_s=6)


async def test_a_venue_that_restarts_is_found_again(venue: BybitSimulator, quick: None):
    async with desk_at(venue, **streams_of(venue)) as desk:
        await linked(desk)
        await desk.gateway.send(resting("a-1"))
        venue.control.restart(down_s=0.5)
        await desk.until(lambda: Condition.STREAM_DOWN in desk.conditions)
        await desk.until(lambda: desk.condition is Condition.WORKING and venue.streams.hears("execution"))
        await desk.canceled(resting("a-1"))
        await ended(desk, "a-1")


async def test_a_link_whose_login_is_refused_is_tried_again(venue: BybitSimulator, quick: None):
    venue.control.key(expired=True)
    async with desk_at(venue, is_connected=False, **streams_of(venue)) as desk:
        await asyncio.sleep(0.3)
        venue.control.key(expired=False)
        await desk.until(lambda: venue.streams.hears("execution"))


async def test_the_dead_mans_switch_acts_on_the_first_link_already(venue: BybitSimulator, quick: None):
    async with desk_at(venue, dead_mans_switch_s=3.0, **streams_of(venue)) as desk:
        await linked(desk)
        await desk.gateway.send(resting("a-1"))
    assert venue.switch.windows == {"DERIVATIVES": 3}
    record = venue.venue.links["a-1"]
    assert record.is_open
    await asyncio.sleep(3.3)
    assert (venue.switch.acted, record.is_open) == (1, False)


# --- prices ----------------------------------------------------------------------------------------------------------


async def test_prices_come_by_stream_and_are_asked_for_where_it_is_silent(
    venue: BybitSimulator, quick: None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(listening, "PRICE_MAY_REST_S", 0.3)
    monkeypatch.setattr(listening, "PRICES_EVERY_S", 0.1)
    async with desk_at(venue, **streams_of(venue)) as desk:
        await linked(desk)
        venue.control.price(LINEAR, "64100", "64100.5")
        await desk.until(lambda: _bid(desk) == 64100, within_s=0.2)
        venue.control.streams("silence")
        venue.control.price(LINEAR, "64200", "64200.5")
        await desk.until(lambda: _bid(desk) == 64200, within_s=1)


async def test_without_a_stream_prices_orders_and_gaps_are_asked_for(
    venue: BybitSimulator, quick: None, monkeypatch: pytest.MonkeyPatch
):
    async with desk_at(venue) as desk:
        monkeypatch.setattr(desk.gateway._dialect, "polls_every_s", 0.1)
        await desk.until(lambda: _bid(desk) == 64000)
        await desk.gateway.send(order("a-1"))
        await ended(desk, "a-1")
        desk.assert_as_booked("a-1")
        for _ in range(3):
            await asyncio.wait_for(desk.gateway.gap(), 1)


async def test_a_symbol_that_is_gone_does_not_silence_the_others(venue: BybitSimulator, quick: None):
    symbols = frozenset({LINEAR, "ETH/USDT:USDT", "AAA/USDT:USDT"})
    venue.control.price("ETH/USDT:USDT", "3000", "3000.1")
    venue.control.status("ETH/USDT:USDT", "Closed")
    async with desk_at(venue, symbols=symbols, **streams_of(venue)) as desk:
        await linked(desk)
        assert {quote.symbol for quote in desk.quotes.all()} == {LINEAR}


def _bid(desk: Desk) -> Decimal | None:
    quote = desk.quotes.latest("main", LINEAR)
    return quote.bid if quote else None


async def test_before_the_markets_are_known_nothing_is_told_of_the_account(venue: BybitSimulator):
    """An account that was not asked about is not an empty one."""
    async with desk_at(venue, is_connected=False, is_listening=False) as desk:
        assert isinstance(await desk.gateway.survey(), Unknown)
        assert isinstance(await desk.gateway.history(datetime.now(UTC)), Unknown)
        await desk.gateway.connect()
        assert isinstance(await desk.gateway.survey(), Survey)
