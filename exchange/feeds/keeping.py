"""Keeps what is watched at one venue fresh."""

import asyncio
import contextlib
import time
from collections.abc import Sequence

from exchange.feeds.source import Source
from portfolio.model.identifiers import Symbol


class Keeper:
    """Watches nothing until `watch` says what."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._watched: tuple[Symbol, ...] = ()
        self._changed = asyncio.Event()

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
                if not self._watched:
                    await self._changed.wait()
                else:
                    await self._ask_once()
        finally:
            self._source.standing.is_kept = False

    async def _ask_once(self) -> None:
        """One question for all of them, and the time until the next."""
        began_s = time.monotonic()
        await self._source.ask(self._watched, 0.0)
        refresh_s = self._source.access.refresh_s - (time.monotonic() - began_s)
        await self._rest(max(0.0, refresh_s, self._source.standing.rest_s))

    async def _rest(self, seconds: float) -> None:
        """Shorter where what is watched changes."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()
