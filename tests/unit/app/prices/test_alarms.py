"""Discrepancies are told once, weighed by the order books, over when they are over, and known after a restart."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.prices.alarms import Alarms
from app.prices.desk import PriceDesk
from app.settings.prices import DiscrepancySettings, PriceSettings
from portfolio.model.command import Command, NotePrices
from portfolio.model.notice import Notice, NoticeKind
from portfolio.prices.arming import Arm
from portfolio.prices.discrepancy import PairKey
from tests.prices import FakeVenue, World, world

BTC = "BTC/USDT"
PAIR = (BTC, "cheap", "dear")
FOUND, ENDED = NoticeKind.DISCREPANCY_FOUND, NoticeKind.DISCREPANCY_ENDED


@dataclass(slots=True)
class Watched:
    places: World
    told: list[Notice] = field(default_factory=list)
    now: datetime = field(default_factory=lambda: datetime(2026, 3, 2, 12, tzinfo=UTC))

    def tell(self, command: Command) -> None:
        assert isinstance(command, NotePrices)
        self.told += command.notices

    def dear(self, bid: str) -> None:
        """The dear venue pays so much; the cheap one asks 100."""
        self.places.feed.stream("dear", BTC, bid, str(Decimal(bid) + 1))
        self.places.feed.stream("cheap", BTC, "99", "100")

    @property
    def books_asked(self) -> int:
        return sum(len(place.booked) for place in self.places.places.values())


async def until(told: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not told():
            await asyncio.sleep(0.005)


@asynccontextmanager
async def watching(told: dict[PairKey, Arm] | None = None, **places: FakeVenue) -> AsyncIterator[Watched]:
    cheap, dear = FakeVenue("cheap", {BTC: ("99", "100")}), FakeVenue("dear", {BTC: ("100", "101")})
    watched = Watched(world(*(places.get(one.name, one) for one in (cheap, dear))))
    settings = PriceSettings(venues=("cheap", "dear"), symbols=(BTC,))
    desk = PriceDesk(settings, watched.places.open)

    async def before() -> dict[PairKey, Arm]:
        return told or {}

    alarms = Alarms(
        desk=desk, settings=DiscrepancySettings(), told=before, tell=watched.tell, clock=lambda: watched.now
    )
    running = [asyncio.create_task(desk.run()), asyncio.create_task(alarms.run())]
    try:
        await desk.ask(desk.question())
        yield watched
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, number in {"LOOK_AGAIN_S": 0.01, "LEAST_PAUSE_S": 0.001, "WEIGH_AGAIN_S": 0.02}.items():
        monkeypatch.setattr(f"app.prices.alarms.{name}", number)


async def test_a_discrepancy_is_told_once_with_its_figures() -> None:
    async with watching() as watched:
        watched.dear("102")
        await until(lambda: watched.told)
        await asyncio.sleep(0.1)
        (found,) = watched.told
        assert (found.kind, found.symbol) == (FOUND, BTC)
        assert found.detail["buy_at"] == "cheap"
        assert found.detail["sell_at"] == "dear"
        assert Decimal(found.detail["net"]) == Decimal("0.017962")
        assert Decimal(found.detail["gross"]) == Decimal("0.02")
        assert found.detail["size"] == "1000"


async def test_it_is_over_below_the_lower_threshold_and_not_told_again_before_it_has_cooled_down() -> None:
    async with watching() as watched:
        watched.dear("102")
        await until(lambda: len(watched.told) == 1)
        watched.dear("100.6")
        await asyncio.sleep(0.05)
        assert len(watched.told) == 1  # 0.4 % net: neither told nor over
        watched.now += timedelta(seconds=60)
        watched.dear("100.1")
        await until(lambda: len(watched.told) == 2)
        over = watched.told[1]
        assert over.kind is ENDED
        assert (over.detail["cause"], over.detail["lasted_s"]) == ("BELOW", "60")
        watched.dear("102")
        await asyncio.sleep(0.1)
        assert len(watched.told) == 2
        watched.now += timedelta(seconds=301)
        await until(lambda: len(watched.told) == 3)
        assert watched.told[2].kind is FOUND


async def test_what_was_told_before_a_restart_is_not_told_again() -> None:
    told = Arm.restored(datetime(2026, 3, 2, 11, 59, tzinfo=UTC), Decimal("0.02"), is_open=True)
    async with watching({PAIR: told}) as watched:
        watched.dear("102")
        await asyncio.sleep(0.1)
        assert watched.told == []
        watched.dear("100.1")
        await until(lambda: watched.told)
        assert watched.told[0].kind is ENDED
        assert watched.told[0].detail["found_at"] == "2026-03-02T11:59:00+00:00"


async def test_the_cooldown_goes_on_after_a_restart() -> None:
    told = Arm.restored(datetime(2026, 3, 2, 11, 59, tzinfo=UTC), Decimal("0.02"), is_open=False)
    async with watching({PAIR: told}) as watched:
        watched.dear("102")
        await asyncio.sleep(0.1)
        assert watched.told == []


async def test_order_books_that_do_not_bear_the_size_are_no_reason_to_tell() -> None:
    dear = FakeVenue("dear", {BTC: ("100", "101")}, books={BTC: ([("102", "0.1")], [("103", "5")])})
    async with watching(dear=dear) as watched:
        watched.dear("102")
        await until(lambda: watched.books_asked)
        await asyncio.sleep(0.1)
        assert watched.told == []


async def test_no_order_book_is_asked_for_while_nothing_crosses() -> None:
    async with watching() as watched:
        watched.dear("100.5")
        await asyncio.sleep(0.1)
        assert watched.books_asked == 0


async def test_a_difference_that_stays_is_not_weighed_with_every_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.prices.alarms.WEIGH_AGAIN_S", 60)
    async with watching() as watched:
        for tick in range(50):
            watched.dear(str(102 + tick / 1000))
            await asyncio.sleep(0.002)
        assert watched.books_asked == 2


async def test_a_gap_that_cannot_be_is_not_told() -> None:
    async with watching() as watched:
        watched.dear("150")
        await asyncio.sleep(0.1)
        assert watched.told == []


@pytest.mark.parametrize("settings", [{"symbols": ()}, {"venues": ("cheap",)}])
async def test_with_nothing_to_compare_there_is_nothing_to_do(settings: dict[str, tuple[str, ...]]) -> None:
    desk = PriceDesk(PriceSettings.model_validate({"venues": ("cheap", "dear"), "symbols": (BTC,), **settings}))
    alarms = Alarms(desk=desk, settings=DiscrepancySettings(), told=_never, tell=print, clock=datetime.now)
    async with asyncio.timeout(1):
        await alarms.run()


async def _never() -> dict[PairKey, Arm]:
    raise AssertionError("nobody needs to know")
