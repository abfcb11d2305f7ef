"""The price desk: every venue at once, each by itself, kept fresh for whoever looks, and no cost where nobody does."""

import asyncio
from collections.abc import Callable
from decimal import Decimal

import pytest

from app.prices import supervising
from app.prices.desk import PriceDesk
from app.prices.view import View
from app.settings.prices import PriceSettings
from portfolio.prices.labels import LabelCode
from portfolio.prices.source import SourceStatus
from portfolio.prices.ticker import Ticker
from tests.prices import FakeVenue, World, world

BTC = "BTC/USDT"


def desk_of(places: World, *symbols: str, **settings: object) -> PriceDesk:
    venues = tuple(places.places)
    return PriceDesk(PriceSettings.model_validate({"venues": venues, "symbols": symbols, **settings}), places.open)


def bids(view: View) -> dict[str, Decimal | None]:
    (offered,) = view.offers
    return {row.venue: row.bid for row in offered.rows}


async def until(told: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not told():
            await asyncio.sleep(0.001)


async def test_a_venue_that_does_not_answer_hides_no_other() -> None:
    held = asyncio.Event()
    places = world(FakeVenue("quick", {BTC: ("100", "101")}), FakeVenue("slow", {BTC: ("100", "101")}, gate=held))
    desk = desk_of(places)
    seen_before: list[View] = []
    async with asyncio.timeout(5):
        async for view in desk.follow(desk.question([BTC])):
            if view.is_complete:
                break
            if view.offers and bids(view)["quick"] and not held.is_set():
                seen_before.append(view)
                held.set()
    assert [bids(view) for view in seen_before] == [{"quick": 100, "slow": None}]
    assert bids(desk.view(desk.question([BTC]))) == {"quick": 100, "slow": 100}


async def test_a_venue_that_fails_says_why_and_the_rest_is_told() -> None:
    places = world(FakeVenue("good", {BTC: ("100", "101")}), FakeVenue("bad", trouble=SourceStatus.GARBLED))
    desk = desk_of(places)
    view = await desk.ask(desk.question([BTC]))
    assert bids(view) == {"good": 100, "bad": None}
    assert [state.status for state in view.states] == [SourceStatus.LIVE, SourceStatus.GARBLED]
    assert view.offers[0].rows[1].labels[0].code is LabelCode.SOURCE_DOWN


async def test_a_rate_that_one_venue_lacks_is_asked_of_another() -> None:
    usdt = FakeVenue("usdt", {BTC: ("100", "101")})
    usd = FakeVenue("usd", {"BTC/USD": ("99", "100"), "USDT/USD": ("0.98", "0.99")}, latency_s=0.01)
    for places in (world(usdt, usd), world(usd, usdt)):
        desk = desk_of(places)
        view = await desk.ask(desk.question(["BTC/USD"]))
        assert bids(view) == {"usdt": 98, "usd": 99}


async def test_no_feed_is_made_while_nobody_asks_and_nothing_is_watched() -> None:
    places = world(FakeVenue("one", {BTC: ("100", "101")}))
    desk = desk_of(places)
    running = asyncio.create_task(desk.run())
    await asyncio.sleep(0.01)
    assert places.feeds == []
    await desk.ask(desk.question([BTC]))
    await desk.ask(desk.question([BTC]))
    assert len(places.feeds) == 1
    running.cancel()
    await desk.close()
    assert places.feed.is_closed


async def test_what_is_configured_is_watched_with_the_rates_it_needs() -> None:
    usdt = FakeVenue("usdt", {BTC: ("100", "101"), "ETH/USDT": ("1", "2")})
    usd = FakeVenue("usd", {"BTC/USD": ("99", "100"), "USDT/USD": ("0.98", "0.99")})
    places = world(usdt, usd)
    desk = desk_of(places, "BTC/USD")
    running = asyncio.create_task(desk.run())
    await until(lambda: places.feeds and len(places.feed.watched) == 2)
    assert places.feed.watched == {"usdt": (BTC,), "usd": ("BTC/USD", "USDT/USD")}
    running.cancel()


async def test_what_is_followed_is_watched_as_long_as_somebody_follows() -> None:
    places = world(FakeVenue("one", {BTC: ("100", "101"), "ETH/USDT": ("1", "2")}))
    desk = desk_of(places, BTC)
    running = asyncio.create_task(desk.run())
    views = desk.follow(desk.question(["ETH/USDT"]))
    await anext(views)
    await until(lambda: places.feeds and places.feed.watched == {"one": (BTC, "ETH/USDT")})
    await views.aclose()
    await until(lambda: places.feed.watched == {"one": (BTC,)})
    running.cancel()


async def test_what_others_want_is_watched_and_told_them() -> None:
    places = world(FakeVenue("one", {BTC: ("100", "101"), "ETH/USDT": ("1", "2")}), FakeVenue("other"))
    desk = PriceDesk(PriceSettings(venues=("one",)), places.open, also=("other",))
    heard: list[object] = []
    desk.listen(heard.append)
    running = asyncio.create_task(desk.run())
    desk.want("paper", {"one": ("ETH/USDT",)})
    desk.want("screens", {"other": (BTC,)})
    await until(lambda: places.feeds and places.feed.watched == {"one": ("ETH/USDT",), "other": (BTC,)})
    desk.want("screens", {})
    await until(lambda: places.feed.watched == {"one": ("ETH/USDT",)})
    places.feed.stream("one", "ETH/USDT", "3", "4")
    assert [news.bid for news in heard if isinstance(news, Ticker)] == [3]
    assert desk.question([BTC]).venues == ("one",)
    running.cancel()


async def test_a_venue_whose_markets_are_not_known_joins_once_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.prices.keeping.ASK_AGAIN_S", 0.01)
    late = FakeVenue("late", {BTC: ("100", "101")}, trouble=SourceStatus.UNREACHABLE)
    places = world(FakeVenue("one", {BTC: ("100", "101")}), late)
    desk = desk_of(places, BTC)
    running = asyncio.create_task(desk.run())
    await until(lambda: places.feeds and places.feed.watched == {"one": (BTC,)})
    late.trouble = None
    await until(lambda: places.feed.watched == {"one": (BTC,), "late": (BTC,)})
    running.cancel()


async def test_a_reader_that_is_slow_finds_the_newest_and_nothing_was_kept_for_it() -> None:
    places = world(FakeVenue("one", {BTC: ("100", "101")}))
    desk = desk_of(places)
    views = desk.follow(desk.question([BTC]))
    async with asyncio.timeout(5):
        while not (await anext(views)).is_complete:
            pass
        for bid in range(200, 1200):
            places.feed.stream("one", BTC, str(bid), str(bid + 1))
        assert bids(await anext(views)) == {"one": 1199}
    await views.aclose()


async def test_what_grows_stale_without_a_word_is_told() -> None:
    places = world(FakeVenue("one", {BTC: ("100", "101")}))
    desk = desk_of(places, max_age_s=1)
    async with asyncio.timeout(5):
        async for view in desk.follow(desk.question([BTC])):
            if view.offers and LabelCode.STALE in view.labels[BTC]:
                return


async def test_a_view_that_says_only_that_nothing_happened() -> None:
    places = world(FakeVenue("one", {BTC: ("100", "101")}))
    desk = desk_of(places)
    async with asyncio.timeout(5):
        silent = [view async for view in _first_silent(desk)]
    assert silent[-1].is_empty


async def _first_silent(desk: PriceDesk):  # type: ignore[no-untyped-def]
    async for view in desk.follow(desk.question([BTC]), silent_s=0.5):
        yield view
        if view.is_silent:
            return


async def test_followers_are_let_go_when_the_desk_stops() -> None:
    places = world(FakeVenue("one", {BTC: ("100", "101")}))
    desk = desk_of(places)
    views = desk.follow(desk.question([BTC]))
    await anext(views)
    desk.let_go()
    async with asyncio.timeout(1):
        assert [view async for view in views if not view.is_complete] == []
        assert len([view async for view in desk.follow(desk.question([BTC]))]) == 1
    assert desk.followed == 0


async def test_a_feed_that_fails_is_run_again_and_takes_nobody_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervising, "FIRST_PAUSE_S", 0.001)
    places = world(FakeVenue("one", {BTC: ("100", "101")}))
    desk = desk_of(places, BTC)
    running = asyncio.create_task(desk.run())
    await until(lambda: places.feeds)

    def fail() -> None:
        if places.feed.runs < 3:
            raise RuntimeError("as told")

    places.feed.fails = fail
    await until(lambda: places.feeds and places.feed.runs >= 1)
    assert not running.done()
    running.cancel()


async def test_what_fails_again_and_again_is_begun_again_later_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 9:
            raise asyncio.CancelledError

    async def work() -> None:
        raise RuntimeError("as told")

    monkeypatch.setattr(supervising.asyncio, "sleep", pause)
    with pytest.raises(asyncio.CancelledError):
        await supervising.supervised("the test", work)
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
