"""The screens of the running desk."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from app.prices import screens, supervising
from app.prices.screens import Earlier, ScreenDesk
from portfolio.model.command import Command, NotePrices
from portfolio.model.notice import Notice
from portfolio.prices.screening.registry import rule_of
from portfolio.prices.screening.screen import Screen
from portfolio.prices.source import SourceStatus
from tests.markets import Clock, MarketFeed, Place, feed_of
from tests.sights import NOW

HOUR = timedelta(hours=1)


@dataclass(slots=True)
class Bench:
    """Screens over two venues; `turn` lets every screen look once more, an hour later."""

    binance: Place = field(default_factory=Place)
    kraken: Place = field(default_factory=lambda: Place("kraken"))
    clock: Clock = field(default_factory=Clock)
    told: list[Notice] = field(default_factory=list)
    earlier: list[Earlier] = field(default_factory=list)
    rounds: asyncio.Condition = field(default_factory=asyncio.Condition)

    def tell(self, command: Command) -> None:
        assert isinstance(command, NotePrices)
        self.told += command.notices

    def desk(self, *wanted: Screen) -> ScreenDesk:
        feed = feed_of(self.binance, self.kraken, clock=self.clock)

        async def fed() -> MarketFeed:
            return feed

        async def known() -> list[Earlier]:
            return self.earlier

        return ScreenDesk(screens=wanted, feed=fed, tell=self.tell, told=known, clock=self.clock)

    def news(self) -> list[tuple[str, str]]:
        """Which markets were told of since the last time, by screen."""
        told = [(notice.detail["screen"], f"{notice.detail['venue']}:{notice.symbol}") for notice in self.told]
        self.told.clear()
        return told


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.binance.has("AVAX/USDT", change_24h="0.052")
    made.binance.has("SOL/USDT", change_24h="0.01")
    made.kraken.has("AVAX/USDT", change_24h="0.06")
    return made


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> asyncio.Queue[asyncio.Event]:
    """A screen that waits for its next turn waits for its event."""
    waiting: asyncio.Queue[asyncio.Event] = asyncio.Queue()
    ours = asyncio.sleep

    async def sleep(seconds: float) -> None:
        if seconds < 1:
            await ours(0)
            return
        event = asyncio.Event()
        waiting.put_nowait(event)
        await event.wait()

    monkeypatch.setattr(screens.asyncio, "sleep", sleep)
    return waiting


def screen(name: str, *rules: str, **given: Any) -> Screen:
    return Screen(id=name, venues=("binance", "kraken"), rules=tuple(map(rule_of, rules)), again_after=HOUR, **given)


@contextlib.asynccontextmanager
async def running(desk: ScreenDesk) -> AsyncIterator[None]:
    task = asyncio.create_task(desk.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def turned(pauses: asyncio.Queue[asyncio.Event], count: int) -> list[asyncio.Event]:
    """So many have looked and wait for their next turn."""
    return [await asyncio.wait_for(pauses.get(), 5) for _ in range(count)]


async def again(bench: Bench, events: list[asyncio.Event]) -> None:
    bench.clock.now += HOUR
    for event in events:
        event.set()


async def test_a_first_match_is_told_with_its_figures(bench: Bench, pauses: asyncio.Queue[asyncio.Event]) -> None:
    desk = bench.desk(screen("movers", "change:at_least=5%", "volume:at_least=1", "change:at_least=1%"))
    async with running(desk):
        await turned(pauses, 2)
    told = {notice.detail["venue"]: notice for notice in bench.told}
    assert told["binance"].symbol == "AVAX/USDT"
    assert dict(told["binance"].detail) == {
        "screen": "movers",
        "venue": "binance",
        "says": "AVAX/USDT +5.2 % in 24 h, 12.3 M USDT in 24 h, +5.2 % in 24 h",
        "change": "0.052",
        "volume": "12345678",
        "change_2": "0.052",
    }
    assert told["kraken"].detail["change"] == "0.06"


async def test_a_match_is_told_once_until_it_has_ended(bench: Bench, pauses: asyncio.Queue[asyncio.Event]) -> None:
    async with running(bench.desk(screen("movers", "change:at_least=5%"))):
        waiting = await turned(pauses, 2)
        assert sorted(bench.news()) == [("movers", "binance:AVAX/USDT"), ("movers", "kraken:AVAX/USDT")]
        await again(bench, waiting)
        waiting = await turned(pauses, 2)
        assert bench.news() == []
        bench.binance.has("AVAX/USDT", change_24h="0.01")
        await again(bench, waiting)
        waiting = await turned(pauses, 2)
        bench.binance.has("AVAX/USDT", change_24h="0.07")
        await again(bench, waiting)
        await turned(pauses, 2)
        assert bench.news() == [("movers", "binance:AVAX/USDT")]


async def test_each_screen_tells_for_itself(bench: Bench, pauses: asyncio.Queue[asyncio.Event]) -> None:
    desk = bench.desk(screen("movers", "change:at_least=5%"), screen("calm", "change:at_least=0.5%"))
    async with running(desk):
        await turned(pauses, 4)
    assert sorted(bench.news()) == [
        ("calm", "binance:AVAX/USDT"),
        ("calm", "binance:SOL/USDT"),
        ("calm", "kraken:AVAX/USDT"),
        ("movers", "binance:AVAX/USDT"),
        ("movers", "kraken:AVAX/USDT"),
    ]


async def test_what_was_told_before_the_process_began_is_not_told_again(
    bench: Bench, pauses: asyncio.Queue[asyncio.Event]
) -> None:
    bench.earlier = [
        Earlier("movers", "binance", "AVAX/USDT", NOW - 9 * HOUR),
        Earlier("other", "kraken", "AVAX/USDT", NOW),
    ]
    async with running(bench.desk(screen("movers", "change:at_least=5%"))):
        await turned(pauses, 2)
    assert bench.news() == [("movers", "kraken:AVAX/USDT")]


async def test_a_venue_that_is_down_holds_nobody_up_and_ends_no_match(
    bench: Bench, pauses: asyncio.Queue[asyncio.Event]
) -> None:
    wanted = screen("movers", "change:at_least=5%")
    desk = bench.desk(wanted)
    async with running(desk):
        waiting = await turned(pauses, 2)
        bench.news()
        bench.kraken.down = SourceStatus.TIMED_OUT
        await again(bench, waiting)
        waiting = await turned(pauses, 2)
        looks = {look.venue: look for look in desk.looks_of(wanted)}
        assert (looks["kraken"].faults, len(looks["binance"].matches)) == (("TIMED_OUT: as told",), 1)
        bench.kraken.down = None
        await again(bench, waiting)
        await turned(pauses, 2)
    assert bench.news() == []


async def test_a_screen_that_fails_is_begun_again(
    bench: Bench, pauses: asyncio.Queue[asyncio.Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising, "FIRST_PAUSE_S", 0.0)
    broken = bench.binance.tickers.pop("AVAX/USDT")
    bench.binance.tickers["AVAX/USDT"] = None  # type: ignore[assignment]
    async with running(bench.desk(screen("movers", "change:at_least=5%"))):
        await turned(pauses, 1)
        assert bench.news() == [("movers", "kraken:AVAX/USDT")]
        bench.binance.tickers["AVAX/USDT"] = broken
        await turned(pauses, 1)
        assert bench.news() == [("movers", "binance:AVAX/USDT")]


async def test_without_a_screen_nothing_is_asked(bench: Bench) -> None:
    async def never() -> Any:
        raise AssertionError("no screen asks for a feed")

    desk = ScreenDesk(screens=(), feed=never, tell=bench.tell, told=never, clock=bench.clock)
    await desk.run()
