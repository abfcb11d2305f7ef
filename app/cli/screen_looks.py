"""Looking at markets from the command line: this process asks the venues."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

import structlog

from app.cli.screen_tables import Display, Shown
from app.cli.screen_wishes import Wish
from app.clock import now_utc
from app.prices.histories import Histories
from app.prices.looking import Eye, Look
from app.prices.reaching import accesses_of, load_feed
from app.prices.screen_settings import venues_of
from portfolio.prices.screening.screen import Screen


async def look_once(wish: Wish) -> Shown:
    """Every screen at every venue, all at once."""
    async with _eye(wish) as eye:
        return Shown(await asyncio.gather(*(_looked(eye, screen) for screen in wish.screens)))


@dataclass(frozen=True, slots=True)
class Watch:
    """Each screen is looked at as often as it says, and shown whenever one of them was."""

    wish: Wish
    display: Display

    async def run(self) -> None:
        """Until cancelled."""
        looks: dict[str, tuple[Look, ...]] = {}
        async with _eye(self.wish) as eye, asyncio.TaskGroup() as tasks:
            for screen in self.wish.screens:
                tasks.create_task(self._keep_looking(eye, screen, looks))

    async def _keep_looking(self, eye: Eye, screen: Screen, looks: dict[str, tuple[Look, ...]]) -> None:
        loop = asyncio.get_running_loop()
        while True:
            next_s = loop.time() + screen.every.total_seconds()
            _, looks[screen.id] = await _looked(eye, screen)
            self.display.show(Shown([(each, looks[each.id]) for each in self.wish.screens if each.id in looks]))
            await asyncio.sleep(max(0.0, next_s - loop.time()))


async def _looked(eye: Eye, screen: Screen) -> tuple[Screen, tuple[Look, ...]]:
    return screen, tuple(await asyncio.gather(*(eye.look(screen, venue) for venue in screen.venues)))


@contextlib.asynccontextmanager
async def _eye(wish: Wish) -> AsyncIterator[Eye]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    opened = await load_feed()
    feed = opened(accesses_of(wish.prices, venues_of(wish.screens)), lambda _: None)
    try:
        yield Eye(feed, Histories(feed, now_utc), now_utc)
    finally:
        await feed.close()
