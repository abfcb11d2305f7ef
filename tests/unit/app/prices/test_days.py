"""How prices have changed where tickers do not say it: rows come first, their change when it is known."""

import asyncio
import time
from decimal import Decimal
from typing import Any

import pytest

from app.prices import days
from app.prices.desk import PriceDesk
from app.prices.items import prices_answer
from app.prices.view import View
from app.settings.prices import PriceSettings
from portfolio.prices.day_change import ChangeSource
from portfolio.prices.source import SourceStatus
from tests.prices import FakeVenue, World, world
from tests.sights import NOW

BTC, ETH = "BTC/USDT", "ETH/USDT"
SILENT: dict[str, Any] = {"ticker_terms": {"change_24h": None}}


class Monotonic:
    """Moves on by itself, and further where a test says so."""

    def __init__(self) -> None:
        self.passed_s = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.passed_s


@pytest.fixture
def clock() -> Monotonic:
    return Monotonic()


def silent(name: str = "kraken", **more: Any) -> FakeVenue:
    """A venue at 110 whose tickers do not say how prices have changed; a day ago it was at 100."""
    known = {"prices": {BTC: ("110", "111"), ETH: ("110", "111")}, "day_ago": {BTC: "100", ETH: "88"}}
    return FakeVenue(name, **{**known, **SILENT, **more})


def desk_of(places: World, clock: Monotonic) -> PriceDesk:
    return PriceDesk(PriceSettings(venues=tuple(places.places)), places.open, clock=clock)


def changes(view: View) -> dict[tuple[str, str], Decimal | None]:
    return {(offered.asked, row.venue): row.change_24h for offered in view.offers for row in offered.rows}


async def asked(desk: PriceDesk, *symbols: str) -> View:
    async with asyncio.timeout(5):
        return await desk.ask(desk.question(symbols or [BTC]), with_change=True)


async def test_the_change_is_told_by_candles_where_the_ticker_does_not_say_it(clock: Monotonic) -> None:
    kraken = silent()
    desk = desk_of(world(FakeVenue("binance", {BTC: ("110", "111")}), kraken), clock)
    view = await asked(desk, BTC)
    assert changes(view) == {(BTC, "binance"): Decimal("0.0125"), (BTC, "kraken"): Decimal("0.1")}
    told = {row["venue"]: row for row in prices_answer(view, NOW)["items"][0]["rows"]}
    assert told["binance"]["change_source"] is ChangeSource.TICKER
    assert (told["kraken"]["change_source"], told["kraken"]["change_24h"]) == (ChangeSource.CANDLES, Decimal("0.1"))


async def test_a_venue_that_says_it_is_not_asked_and_nobody_is_who_does_not_want_it(clock: Monotonic) -> None:
    binance, kraken = FakeVenue("binance", {BTC: ("110", "111")}, day_ago={BTC: "1"}), silent()
    desk = desk_of(world(binance, kraken), clock)
    await desk.ask(desk.question([BTC]))
    assert kraken.candles_asked == []
    await asked(desk, BTC)
    assert (binance.candles_asked, kraken.candles_asked) == ([], [BTC])


async def test_a_stream_that_says_it_counts_and_is_enough(clock: Monotonic) -> None:
    kraken = silent()
    places = world(kraken)
    desk = desk_of(places, clock)
    await desk.ask(desk.question([BTC]))
    places.feed.stream("kraken", BTC, "120", "121", change_24h=Decimal("0.5"))
    kraken.ticker_terms = {"change_24h": Decimal("0.5")}
    view = await asked(desk, BTC)
    assert changes(view) == {(BTC, "kraken"): Decimal("0.5")}
    assert view.offers[0].rows[0].change_source is ChangeSource.TICKER
    assert kraken.candles_asked == []


async def test_the_row_is_told_at_once_and_its_change_when_it_is_known(clock: Monotonic) -> None:
    kraken = silent(candle_gate=asyncio.Event())
    desk = desk_of(world(kraken), clock)
    seen: list[tuple[Decimal | None, Decimal | None, bool]] = []
    async with asyncio.timeout(5):
        async for view in desk.follow(desk.question([BTC])):
            seen += [(row.bid, row.change_24h, view.is_complete) for offered in view.offers for row in offered.rows]
            if seen[-1][0] and kraken.candle_gate:
                kraken.candle_gate.set()
            if view.is_complete:
                break
    assert (Decimal(110), None, False) in seen
    assert changes(desk.view(desk.question([BTC]))) == {(BTC, "kraken"): Decimal("0.1")}
    assert Decimal("0.1") in [change for _, change, _ in seen]


async def test_candles_that_do_not_come_cost_no_more_than_the_venues_time_and_no_price(
    clock: Monotonic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.prices.desk.timeout_of", lambda *_: 0.02)
    kraken = silent(candle_gate=asyncio.Event())
    desk = desk_of(world(FakeVenue("binance", {BTC: ("110", "111")}), kraken), clock)
    view = await asked(desk, BTC, ETH)
    rows = {row.venue: row for row in view.offers[0].rows}
    assert (rows["kraken"].bid, rows["kraken"].change_24h, rows["kraken"].labels) == (Decimal(110), None, ())
    assert rows["kraken"].change_source is None
    assert kraken.candles_asked == [BTC]
    await asked(desk, BTC)
    assert kraken.candles_asked == [BTC]
    await desk.close()


async def test_candles_that_come_late_are_there_for_the_next_who_asks(
    clock: Monotonic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.prices.desk.timeout_of", lambda *_: 0.02)
    gate = asyncio.Event()
    kraken = silent(candle_gate=gate)
    desk = desk_of(world(kraken), clock)
    assert changes(await asked(desk, BTC)) == {(BTC, "kraken"): None}
    gate.set()
    await asyncio.sleep(0.01)
    assert changes(await asked(desk, BTC)) == {(BTC, "kraken"): Decimal("0.1")}
    assert kraken.candles_asked == [BTC]
    await desk.close()


@pytest.mark.parametrize(
    ("status", "attempts"),
    [
        (SourceStatus.TIMED_OUT, [BTC]),
        (SourceStatus.RATE_LIMITED, [BTC]),
        (SourceStatus.FAILED, [BTC, ETH]),
    ],
)
async def test_a_venue_that_fails_to_tell_is_left_alone_for_a_while(
    clock: Monotonic, status: SourceStatus, attempts: list[str]
) -> None:
    kraken = silent(no_candles=status)
    desk = desk_of(world(kraken), clock)
    for _ in range(3):
        view = await asked(desk, BTC, ETH)
        assert changes(view) == {(BTC, "kraken"): None, (ETH, "kraken"): None}
    assert kraken.candles_asked == attempts
    kraken.no_candles = None
    clock.passed_s = days.REST_S + 1
    assert changes(await asked(desk, BTC, ETH)) == {(BTC, "kraken"): Decimal("0.1"), (ETH, "kraken"): Decimal("0.25")}


async def test_one_request_serves_everybody_and_for_long(clock: Monotonic) -> None:
    kraken = silent()
    desk = desk_of(world(kraken), clock)
    for view in await asyncio.gather(*(asked(desk, BTC) for _ in range(10))):
        assert changes(view) == {(BTC, "kraken"): Decimal("0.1")}
    kraken.prices[BTC] = ("120", "121")
    clock.passed_s = days.MOVES_ON_S + 1
    assert changes(await asked(desk, BTC)) == {(BTC, "kraken"): Decimal("0.2")}
    assert kraken.candles_asked == [BTC]


async def test_a_price_that_is_of_too_long_ago_is_told_no_more(clock: Monotonic) -> None:
    kraken = silent()
    desk = desk_of(world(kraken), clock)
    await asked(desk, BTC)
    clock.passed_s = days.HOLDS_S + 1
    assert changes(desk.view(desk.question([BTC]))) == {(BTC, "kraken"): None}


async def test_a_market_without_a_candle_of_then_has_no_change_and_is_not_asked_for_again(clock: Monotonic) -> None:
    kraken = silent(day_ago={})
    desk = desk_of(world(kraken), clock)
    assert changes(await asked(desk, BTC)) == {(BTC, "kraken"): None}
    clock.passed_s = days.REST_S + 1
    assert changes(await asked(desk, BTC)) == {(BTC, "kraken"): None}
    assert kraken.candles_asked == [BTC]


async def test_no_more_than_twenty_markets_of_a_venue_are_asked_for_at_a_time(clock: Monotonic) -> None:
    symbols = [f"C{number}/USDT" for number in range(30)]
    kraken = silent(prices=dict.fromkeys(symbols, ("110", "111")), day_ago=dict.fromkeys(symbols, "100"))
    desk = desk_of(world(kraken), clock)
    await asked(desk, *symbols)
    assert kraken.candles_asked == symbols[:20]
    await asked(desk, *symbols)
    assert kraken.candles_asked == symbols


async def test_the_change_of_a_converted_price_is_the_markets_own(clock: Monotonic) -> None:
    kraken = silent(prices={BTC: ("110", "111"), "USDT/USD": ("0.9", "0.9")})
    desk = desk_of(world(kraken), clock)
    view = await asked(desk, "BTC/USD")
    (row,) = view.offers[0].rows
    assert (row.bid, row.change_24h) == (Decimal("99.0"), Decimal("0.1"))
    assert kraken.candles_asked == [BTC]


async def test_whoever_follows_is_told_of_a_change_that_could_not_be_known_before(
    clock: Monotonic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(days, "LOOK_AGAIN_S", 0.01)
    monkeypatch.setattr(days, "REST_S", 0.01)
    kraken = silent(no_candles=SourceStatus.UNREACHABLE)
    desk = desk_of(world(kraken), clock)
    async with asyncio.timeout(5):
        async for view in desk.follow(desk.question([BTC])):
            if view.is_complete:
                kraken.no_candles = None
            if Decimal("0.1") in changes(view).values():
                return
