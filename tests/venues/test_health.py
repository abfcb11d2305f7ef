"""What is wrong with a venue, a key or a clock is told, stops nothing that still works, and ends by itself."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from exchange import listening
from exchange.checkup import Trouble
from portfolio.model.fill import OrderReport
from portfolio.model.order import OrderStatus
from portfolio.model.venue import Condition, VenueCondition
from portfolio.ports import Unknown, Unsent
from tests.simulators.bybit import BybitSimulator
from tests.venues.desks import CREATE, INVERSE, LINEAR, PAST, REALTIME, WALLET, Desk, desk_at, order, selling

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "PROBE_EVERY_S", 0.2)
    monkeypatch.setattr(listening, "PROBE_AGAIN_S", 0.1)


def total(desk: Desk) -> int:
    return sum(map(len, desk.venue.edge.requests.values()))


async def is_told(desk: Desk, condition: Condition) -> None:
    await desk.until(lambda: desk.condition is condition)


# --- clocks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shift_s", [6, -6, 3600, -3600])
async def test_a_clock_that_is_off_is_told_and_requests_are_signed_with_the_venues(venue: BybitSimulator, shift_s: int):
    venue.control.clock(shift_s * 1000)
    async with desk_at(venue, ws_url=venue.ws_url) as desk:
        await is_told(desk, Condition.CLOCK_SKEWED)
        answer = await desk.gateway.send(order("a-1"))
        assert isinstance(answer, OrderReport)
        await desk.until(lambda: OrderStatus.FILLED in desk.statuses("a-1"))
        before = total(desk)
        await asyncio.sleep(1)
        assert total(desk) - before < 20, "a storm"
        assert Condition.STREAM_DOWN not in desk.conditions
        venue.control.clock(0)
        await is_told(desk, Condition.WORKING)


@pytest.mark.parametrize("shift_s", [6, -6, 3600, -3600])
async def test_a_clock_that_goes_off_meanwhile_costs_an_entry_at_most_and_no_storm(venue: BybitSimulator, shift_s: int):
    async with desk_at(venue, is_listening=False) as desk:
        await desk.gateway.send(order("a-1"))
        venue.control.clock(shift_s * 1000)
        answer = await desk.gateway.send(selling("a-2"))
        assert isinstance(answer, Unsent)
        assert answer.pause_s > 0
        again = await desk.gateway.send(selling("a-2"))
        assert isinstance(again, OrderReport)
        assert again.status is OrderStatus.SUBMITTED
        assert desk.received(CREATE) == 3


async def test_an_entry_that_the_clock_refused_was_surely_not_taken(venue: BybitSimulator):
    async with desk_at(venue, is_listening=False) as desk:
        venue.control.clock(60_000)
        answer = await desk.gateway.send(order("a-1"))
        assert isinstance(answer, OrderReport)
        assert answer.status is OrderStatus.REJECTED
        assert desk.record("a-1") is None


# --- keys, maintenance, absence --------------------------------------------------------------------------------------

TROUBLES: dict[str, tuple[Condition, str, dict[str, Any], dict[str, Any]]] = {
    "an expired key": (Condition.KEY_REFUSED, "key", {"expired": True}, {"expired": False}),
    "another secret": (Condition.KEY_REFUSED, "key", {"secret": "other"}, {}),
    "maintenance": (Condition.MAINTENANCE, "maintenance", {"mode": "http"}, {"mode": "off"}),
    "maintenance in words": (Condition.MAINTENANCE, "maintenance", {"mode": "code"}, {"mode": "off"}),
}


@pytest.mark.parametrize("name", sorted(TROUBLES))
async def test_a_trouble_is_told_and_passes(venue: BybitSimulator, name: str):
    condition, control, begin, end = TROUBLES[name]
    secret = next(iter(venue.keys.values())).secret
    async with desk_at(venue) as desk:
        await asyncio.sleep(0.1)
        getattr(venue.control, control)(**begin)
        await is_told(desk, condition)
        before = total(desk)
        await asyncio.sleep(0.5)
        assert total(desk) - before < 25, "a storm"
        getattr(venue.control, control)(**(end or {"secret": secret}))
        await is_told(desk, Condition.WORKING)
        assert desk.conditions == [condition, Condition.WORKING]


async def test_a_key_that_was_removed_is_told_and_an_order_with_it_is_refused(venue: BybitSimulator):
    async with desk_at(venue) as desk:
        key = dict(venue.keys)
        venue.keys.clear()
        await is_told(desk, Condition.KEY_REFUSED)
        answer = await desk.gateway.send(order("a-1"))
        assert isinstance(answer, OrderReport)
        assert answer.status is OrderStatus.REJECTED
        venue.keys.update(key)
        await is_told(desk, Condition.WORKING)


async def test_a_venue_that_cannot_be_reached_is_told_and_found_again(venue: BybitSimulator):
    async with desk_at(venue, ws_url=venue.ws_url) as desk:
        await desk.until(lambda: venue.streams.hears("order"))
        venue.drop_connections(down_s=1.0)
        await is_told(desk, Condition.UNREACHABLE)
        assert isinstance(await desk.gateway.survey(), Unknown)
        await is_told(desk, Condition.WORKING)


async def test_a_venue_that_is_down_when_the_desk_starts_is_waited_for(venue: BybitSimulator):
    venue.drop_connections(down_s=0.5)
    async with desk_at(venue, is_connected=False, ws_url=venue.ws_url) as desk:
        assert isinstance(await desk.gateway.reach(), Trouble)
        assert isinstance(await desk.gateway.send(order("a-1")), Unsent)
        await desk.until(lambda: venue.streams.hears("order"))
        await desk.until(lambda: desk.received("/v5/position/set-leverage"))
        answer = await desk.gateway.send(order("a-1"))
        assert isinstance(answer, OrderReport)


async def test_a_leverage_that_the_venue_does_not_answer_is_set_later(venue: BybitSimulator):
    venue.control.fault("html_502_before_accept", "/v5/position/set-leverage")
    async with desk_at(venue, is_connected=False, leverage=7) as desk:
        assert not isinstance(await desk.gateway.reach(), Trouble)
        await desk.until(lambda: desk.received("/v5/position/set-leverage") == 2)
        await desk.until(lambda: venue.venue.by_symbol[LINEAR].leverage == 7)


async def test_public_answers_do_not_hide_that_the_account_gets_none(venue: BybitSimulator):
    async with desk_at(venue) as desk:
        for path in (WALLET, REALTIME):
            venue.control.fault("html_502_after_accept", path, times=None)
        await is_told(desk, Condition.UNREACHABLE)
        await desk.gateway._dialect.best_prices([LINEAR])
        assert desk.condition is Condition.UNREACHABLE
        venue.control.clear_faults()
        await is_told(desk, Condition.WORKING)


# --- symbols ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["Closed", "Delivering"])
async def test_a_symbol_that_is_traded_no_more_is_told_and_told_when_it_is_again(venue: BybitSimulator, status: str):
    async with desk_at(venue, symbols=frozenset({LINEAR, "ETH/USDT:USDT"})) as desk:
        await asyncio.sleep(0.1)
        venue.control.status(LINEAR, status)
        answer = await desk.gateway.send(order("a-1"))
        assert isinstance(answer, OrderReport)
        assert answer.status is OrderStatus.REJECTED
        told = VenueCondition(condition=Condition.DELISTED, symbol=LINEAR, detail="the venue trades it no more")
        await desk.until(lambda: told in desk.told)
        assert desk.condition is Condition.WORKING
        venue.control.status(LINEAR, "Trading")
        desk.gateway._listener.doubt_markets()
        await desk.until(lambda: VenueCondition(condition=Condition.WORKING, symbol=LINEAR) in desk.told)


@pytest.mark.parametrize("symbol", [INVERSE, LINEAR, "ETH/USDT:USDT"])
@pytest.mark.parametrize("is_wanted", [True, False], ids=["a strategy's", "no strategy's any more"])
async def test_what_is_held_of_a_symbol_that_is_listed_no_more_is_seen_after_a_fresh_start(
    venue: BybitSimulator, symbol: str, is_wanted: bool
):
    venue.control.price("ETH/USDT:USDT", "3000", "3000.1")
    async with desk_at(venue, is_listening=False, symbols=frozenset({LINEAR, symbol})) as before:
        held = {symbol: (await before.gateway.connect())[symbol]}
        await before.gateway.send(order("a-1", "100" if symbol == INVERSE else "0.1", symbol))
    venue.control.status(symbol, "Closed")
    wanted = frozenset({"SOL/USDT:USDT", *([symbol] if is_wanted else [])})
    async with desk_at(venue, ws_url=venue.ws_url, symbols=wanted, held=held) as desk:
        survey = await desk.gateway.survey()
        assert not isinstance(survey, Unknown)
        assert [(held.symbol, held.quantity) for held in survey.positions or ()] == [
            (symbol, Decimal(100 if symbol == INVERSE else "0.1"))
        ]
        history = await desk.gateway.history(datetime.now(UTC) - PAST)
        assert not isinstance(history, Unknown)
        assert [item.client_order_id for item in history if isinstance(item, OrderReport)] == ["a-1"]
        found = await desk.gateway.look_up(order("a-1", "100" if symbol == INVERSE else "0.1", symbol))
        assert isinstance(found, OrderReport)
        assert (found.status, found.mismatch) == (OrderStatus.FILLED, "")
        delisted = VenueCondition(condition=Condition.DELISTED, symbol=symbol, detail="the venue trades it no more")
        await desk.until(lambda: (delisted in desk.told) is is_wanted and desk.condition is Condition.WORKING)
        assert symbol not in desk.gateway._listener._traded()


async def test_a_checkup_says_what_is_missing_and_what_is_near(venue: BybitSimulator):
    async with desk_at(venue, is_listening=False) as desk:
        checkup = await desk.gateway.check_up(frozenset({LINEAR, "BTC/USTD:USDT"}))
        assert not isinstance(checkup, Trouble)
        assert list(checkup.missing) == ["BTC/USTD:USDT"]
        assert LINEAR in checkup.missing["BTC/USTD:USDT"]
        venue.control.key(expired=True)
        trouble = await desk.gateway.check_up(frozenset({LINEAR}))
        assert isinstance(trouble, Trouble)
        assert trouble.condition is Condition.KEY_REFUSED


# --- pace ------------------------------------------------------------------------------------------------------------

PACE: dict[str, dict[str, Any]] = {
    "429 that says how long": {"kind": "http_429", "seconds": 1},
    "10006": {"kind": "code_10006", "seconds": 1},
}


@pytest.mark.parametrize("name", sorted(PACE))
async def test_nothing_at_all_is_sent_inside_a_window_that_was_told_to_be_closed(venue: BybitSimulator, name: str):
    async with desk_at(venue) as desk:
        await asyncio.sleep(0.3)
        venue.control.fault(endpoint=CREATE, **PACE[name])
        answer = await desk.gateway.send(order("a-1"))
        assert isinstance(answer, Unsent)
        assert 0.9 < answer.pause_s <= 1.0
        before = total(desk)
        asked = [asyncio.create_task(desk.gateway.survey()), asyncio.create_task(desk.gateway.cancel(order("x")))]
        await asyncio.sleep(0.85)
        assert total(desk) == before
        assert desk.condition is Condition.RATE_LIMITED
        await asyncio.gather(*asked)
        assert venue.limits.inside == []
        assert isinstance(await desk.gateway.send(order("a-1")), OrderReport)
        await is_told(desk, Condition.WORKING)


@pytest.mark.parametrize("kind", ["http_429", "http_403"])
async def test_a_window_of_untold_length_is_guessed_on_the_safe_side(venue: BybitSimulator, kind: str):
    async with desk_at(venue, is_listening=False) as desk:
        venue.control.fault(kind, CREATE)
        answer = await desk.gateway.send(order("a-1"))
        assert isinstance(answer, Unsent)
        assert answer.pause_s == (60 if kind == "http_403" else 5)
        before = total(desk)
        exits = [desk.gateway.send(selling(f"b-{number}")) for number in range(5)]
        if kind == "http_403":
            assert all(isinstance(item, Unsent) for item in await asyncio.gather(*exits))
        else:
            for item in exits:
                item.close()
        assert total(desk) == before


async def test_a_venue_that_stays_closed_is_asked_later_and_later(venue: BybitSimulator):
    async with desk_at(venue, is_listening=False) as desk:
        venue.control.fault("code_10006", CREATE, times=4, seconds=0.1)
        pauses = []
        for _ in range(4):
            answer = await desk.gateway.send(order("a-1"))
            assert isinstance(answer, Unsent)
            pauses.append(answer.pause_s)
            await asyncio.sleep(answer.pause_s)
        assert pauses[0] == pauses[1] < pauses[2] < pauses[3]
        assert isinstance(await desk.gateway.send(order("a-1")), OrderReport)


async def test_a_burst_stays_below_what_the_venue_takes(venue: BybitSimulator):
    venue.control.limits(by_endpoint={CREATE: 10}, answer="429", ban_s=600)
    async with desk_at(venue, is_listening=False) as desk:
        answers = await asyncio.gather(*(desk.gateway.send(order(f"a-{number}")) for number in range(25)))
        assert all(isinstance(answer, OrderReport) for answer in answers)
        assert venue.limits.inside == []
