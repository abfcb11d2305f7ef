"""Looking at markets from the command line: this process asks the venues."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import structlog

from app.cli.screen_progress import Progress
from app.cli.screen_tables import Display, Shown
from app.cli.screen_wishes import Wish
from app.clock import now_utc
from app.prices.histories import Histories
from app.prices.looking import Eye, Look
from app.prices.reaching import accesses_of, load_feed
from app.prices.screen_settings import venues_of
from portfolio.prices.screening.screen import Screen
from portfolio.prices.ticker import Venue

Looks: TypeAlias = dict[tuple[str, Venue], Look]


async def look_once(wish: Wish) -> Shown:
    """Every screen at every venue, all at once."""
    looks: Looks = {}
    with Progress() as progress:
        async with _eye(wish, progress) as eye, asyncio.TaskGroup() as tasks:
            for screen, venue in _everywhere(wish):
                tasks.create_task(_look(eye, screen, venue, looks))
    return _shown(wish, looks)


@dataclass(frozen=True, slots=True)
class Watch:
    """Each screen is looked at as often as it says, and shown whenever a venue was; none waits for another."""

    wish: Wish
    display: Display

    async def run(self) -> None:
        """Until cancelled."""
        looks: Looks = {}
        async with _eye(self.wish) as eye, asyncio.TaskGroup() as tasks:
            for screen, venue in _everywhere(self.wish):
                tasks.create_task(self._keep_looking(eye, screen, venue, looks))

    async def _keep_looking(self, eye: Eye, screen: Screen, venue: Venue, looks: Looks) -> None:
        loop = asyncio.get_running_loop()
        while True:
            next_s = loop.time() + screen.every.total_seconds()
            await _look(eye, screen, venue, looks)
            self.display.show(_shown(self.wish, looks))
            await asyncio.sleep(max(0.0, next_s - loop.time()))


async def _look(eye: Eye, screen: Screen, venue: Venue, looks: Looks) -> None:
    looks[screen.id, venue] = await eye.look(screen, venue)


def _everywhere(wish: Wish) -> Iterator[tuple[Screen, Venue]]:
    return ((screen, venue) for screen in wish.screens for venue in screen.venues)


def _shown(wish: Wish, looks: Looks) -> Shown:
    """Each screen with the looks there have been, in the order of its venues."""
    return Shown(
        [
            (screen, [looks[screen.id, venue] for venue in screen.venues if (screen.id, venue) in looks])
            for screen in wish.screens
        ]
    )


@contextlib.asynccontextmanager
async def _eye(wish: Wish, progress: Progress | None = None) -> AsyncIterator[Eye]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    opened = await load_feed()
    feed = opened(accesses_of(wish.prices, venues_of(wish.screens)), lambda _: None)
    try:
        histories = Histories(feed, now_utc)
        yield Eye(feed, histories, now_utc, progress.note) if progress else Eye(feed, histories, now_utc)
    finally:
        await feed.close()
