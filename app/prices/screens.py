"""The screens of the running desk: markets are looked at again and again, and each match is told once."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import NamedTuple, TypeAlias

from app.prices.histories import Histories
from app.prices.looking import Eye, Look
from app.prices.supervising import supervised
from portfolio.model.command import Command, NotePrices
from portfolio.model.decimals import plain
from portfolio.model.identifiers import Symbol
from portfolio.model.notice import Notice, NoticeKind
from portfolio.prices.ports import PriceFeed
from portfolio.prices.screening.recall import Recall
from portfolio.prices.screening.screen import Match, Screen, named_figures
from portfolio.prices.ticker import Venue


class Earlier(NamedTuple):
    """A match that was told of before."""

    screen: str
    venue: Venue
    symbol: Symbol
    at: datetime


Told: TypeAlias = Callable[[], Awaitable[Iterable[Earlier]]]


@dataclass(slots=True, kw_only=True)
class ScreenDesk:
    """`told` says what was told before this process began. `looks` are the last ones, by screen and venue."""

    screens: tuple[Screen, ...]
    feed: Callable[[], Awaitable[PriceFeed]]
    tell: Callable[[Command], None]
    told: Told
    clock: Callable[[], datetime]
    looks: dict[tuple[str, Venue], Look] = field(default_factory=dict)

    async def run(self) -> None:
        """Looks until cancelled; without a screen there is nothing to do. No venue waits for another."""
        if self.screens:
            await supervised("the screens", self._look_everywhere)

    def looks_of(self, screen: Screen) -> list[Look]:
        """Those there have been, in the order of the screen's venues."""
        return [self.looks[screen.id, venue] for venue in screen.venues if (screen.id, venue) in self.looks]

    async def _look_everywhere(self) -> None:
        recalls = _recalls(self.screens, await self.told())
        feed = await self.feed()
        eye = Eye(feed, Histories(feed, self.clock), self.clock)
        async with asyncio.TaskGroup() as tasks:
            for screen in self.screens:
                for venue in screen.venues:
                    work = partial(self._keep_looking, eye, screen, venue, recalls[screen.id])
                    tasks.create_task(supervised(f"screen {screen.id} at {venue}", work), name=f"screen {screen.id}")

    async def _keep_looking(self, eye: Eye, screen: Screen, venue: Venue, recall: Recall) -> None:
        loop = asyncio.get_running_loop()
        while True:
            next_s = loop.time() + screen.every.total_seconds()
            look = await eye.look(screen, venue)
            self.looks[screen.id, venue] = look
            if news := recall.news(look.matches, ((venue, symbol) for symbol in look.ended), look.at):
                self.tell(NotePrices(tuple(_notice(screen, match) for match in news)))
            await asyncio.sleep(max(0.0, next_s - loop.time()))


def _recalls(screens: Iterable[Screen], told: Iterable[Earlier]) -> Mapping[str, Recall]:
    places: defaultdict[str, list[Earlier]] = defaultdict(list)
    for each in told:
        places[each.screen].append(each)
    return {
        screen.id: Recall(screen.again_after, [((each.venue, each.symbol), each.at) for each in places[screen.id]])
        for screen in screens
    }


def _notice(screen: Screen, match: Match) -> Notice:
    figures = {name: plain(figure) for name, figure in named_figures(screen.rules, match.findings)}
    detail = {"screen": screen.id, "venue": match.venue, "says": match.says, **figures}
    return Notice(kind=NoticeKind.SCREEN_MATCHED, symbol=match.symbol, detail=detail)
