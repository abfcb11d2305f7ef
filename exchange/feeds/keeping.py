"""Keeps what is watched at one venue fresh: by its stream, and by asking for what no stream has told."""

import asyncio
import contextlib
import math
import time
from collections.abc import Awaitable, Callable, Sequence

import structlog

from exchange.feeds.fault import Fault
from exchange.feeds.source import Source
from portfolio.model.identifiers import Symbol
from portfolio.prices.ticker import Ticker

log = structlog.get_logger("prices")

RECONNECT_AFTER_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
STEADY_AFTER_S = 15.0
MOST_STREAMED = 50
"""More markets than these are asked for in one call, where one call tells all."""
LOOK_EVERY_S = 0.5
DAY_EVERY_S = 30.0


class Keeper:
    """Watches nothing until `watch` says what."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._watched: tuple[Symbol, ...] = ()
        self._changed = asyncio.Event()
        self._due = asyncio.Event()
        self._asked_s: dict[Symbol, float] = {}
        self._doubted_s: float | None = None

    def watch(self, symbols: Sequence[Symbol]) -> None:
        """From now on these, and nothing else."""
        watched = tuple(dict.fromkeys(symbols))
        if watched != self._watched:
            self._watched = watched
            self._changed.set()

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                self._changed.clear()
                self._source.standing.is_kept = bool(self._watched)
                async with asyncio.TaskGroup() as tasks:
                    jobs = [tasks.create_task(self._again(each)) for each in (self._keep_asking, self._keep_listening)]
                    await self._changed.wait()
                    for job in jobs:
                        job.cancel()
        finally:
            self._source.standing.is_kept = False

    async def _again(self, job: Callable[[], Awaitable[None]]) -> None:
        """Nothing that goes wrong at one venue ends what is kept of the others."""
        while self._watched:
            try:
                await job()
            except Exception:
                log.exception("watching broke off", venue=self._source.access.venue)
            await asyncio.sleep(RECONNECT_AFTER_S[-1])

    # --- by asking -------------------------------------------------------------------------------------------------

    async def _keep_asking(self) -> None:
        """For what is older than the venue's `refresh_s`, and for all of it when a link is made or lost."""
        self._due.set()
        while True:
            if (rest_s := self._source.standing.rest_s) > 0:
                await asyncio.sleep(min(rest_s, LOOK_EVERY_S))
                continue
            everything = self._due.is_set()
            self._due.clear()
            if symbols := self._watched if everything else self._stale():
                await self._ask(symbols)
            await self._rest()
            self._demand_stream()

    def _stale(self) -> list[Symbol]:
        """A symbol that gets no answer is not asked for more often than others."""
        prices, refresh_s = self._source.prices, self._source.access.refresh_s - LOOK_EVERY_S
        now, day_s = time.monotonic(), max(DAY_EVERY_S, refresh_s)
        return [
            symbol
            for symbol in self._watched
            if now - self._asked_s.get(symbol, -math.inf) >= refresh_s
            and (prices.age_s(symbol) >= refresh_s or prices.day_age_s(symbol) >= day_s)
        ]

    async def _ask(self, symbols: Sequence[Symbol]) -> None:
        """Once; where that brings news of what a stream did not tell, the stream is in doubt."""
        prices, asked_s = self._source.prices, time.monotonic()
        former = {symbol: prices.latest(symbol) for symbol in symbols}
        self._asked_s.update(dict.fromkeys(symbols, asked_s))
        await self._source.ask(symbols, 0.0)
        if self._doubted_s is None and any(_is_news(old, prices.latest(symbol)) for symbol, old in former.items()):
            self._doubted_s = asked_s

    async def _rest(self) -> None:
        """Shorter where everything is to be asked for."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_EVERY_S):
                await self._due.wait()

    def _demand_stream(self) -> None:
        """A link that is up and tells nothing while prices change is made anew."""
        heard_s = self._source.streams.heard_s
        if self._doubted_s is None or not self._source.state.streams or heard_s > self._doubted_s:
            self._doubted_s = None
        elif time.monotonic() - heard_s >= self._source.access.refresh_s - LOOK_EVERY_S:
            self._doubted_s = None
            self._source.streams.lost("the stream is silent while prices change")

    # --- by listening ----------------------------------------------------------------------------------------------

    async def _keep_listening(self) -> None:
        """The link is made again and again, later each time it breaks at once."""
        source, tries = self._source, 0
        if not (source.access.has_stream and source.streams.is_there):
            await asyncio.Event().wait()
        while True:
            began_s = time.monotonic()
            try:
                await self._listen()
            except Fault as fault:
                tell = log.debug if tries else log.info  # once for each time that it goes down
                tell("stream down", venue=source.access.venue, error=fault.detail)
            tries = 0 if time.monotonic() - began_s > STEADY_AFTER_S else tries
            await asyncio.sleep(RECONNECT_AFTER_S[min(tries, len(RECONNECT_AFTER_S) - 1)])
            tries += 1

    async def _listen(self) -> None:
        """Until the link is lost; what it missed is asked for when it is made, what it will miss when it is lost."""
        source = self._source
        symbols = await source.traded(self._watched)
        if not symbols or (len(symbols) > MOST_STREAMED and source.is_in_one_call(symbols[0])):
            return
        source.when_linked = self._due.set
        try:
            await source.streams.listen(symbols)
        finally:
            if source.state.streams:
                source.standing.streams(by_itself=False)
                self._due.set()


def _is_news(former: Ticker | None, ticker: Ticker | None) -> bool:
    """An answer told another bid or ask than was known."""
    if former is None or ticker is None or ticker.by_stream:
        return False
    return (former.bid, former.ask) != (ticker.bid, ticker.ask)
