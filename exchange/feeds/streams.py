"""One venue's stream of prices: subscribed to, and listened to until it is lost."""

import asyncio
import contextlib
import time
from collections import defaultdict, deque
from collections.abc import Coroutine, Sequence
from typing import Any

from ccxt.base.errors import BaseError

from exchange.feeds.asking import UNREADABLE, kind_of
from exchange.feeds.fault import Fault, told_by_ccxt, unreadable
from exchange.feeds.quirks import Quirks, Stream
from portfolio.model.identifiers import Symbol
from portfolio.prices.source import SourceStatus

HANG_UP_WITHIN_S = 0.5
FIRST_NEWS_WITHIN_S = 10.0


class Streams:
    """`heard_s` is when the last price came by itself, by the monotonic clock."""

    def __init__(self, driver: Any, quirks: Quirks) -> None:
        self._driver = driver
        self._kinds = _kinds_of(driver, quirks)
        self._lost: asyncio.Future[str] | None = None
        self.heard_s = 0.0

    @property
    def is_there(self) -> bool:
        """ccxt streams this venue's prices."""
        return bool(self._kinds)

    def note(self) -> None:
        self.heard_s = time.monotonic()

    def lost(self, why: str) -> None:
        if self._lost is not None and not self._lost.done():
            self._lost.set_result(why)

    async def listen(self, symbols: Sequence[Symbol]) -> None:
        """Until the stream is lost: raises Fault, which says why. Where nothing comes, another kind is next."""
        began_s = time.monotonic()
        self._lost = lost = asyncio.get_running_loop().create_future()
        tasks = [asyncio.create_task(each) for each in self._subscriptions(symbols)]
        try:
            waiting: set[asyncio.Future[Any]] = {lost, *tasks}
            while not lost.done():
                patience_s = None if self.heard_s > began_s else FIRST_NEWS_WITHIN_S
                done, waiting = await asyncio.wait(waiting, timeout=patience_s, return_when=asyncio.FIRST_COMPLETED)
                if not done and self.heard_s < began_s:
                    self._kinds.rotate(-1)
                    raise Fault(SourceStatus.TIMED_OUT, f"no price within {FIRST_NEWS_WITHIN_S:g} s of subscribing")
                for ended in done - {lost}:
                    if ended.cancelled():
                        raise Fault(SourceStatus.UNREACHABLE, "the stream was closed")
                    ended.result()
            raise Fault(SourceStatus.UNREACHABLE, lost.result())
        except BaseError as error:
            raise told_by_ccxt(error) from None
        except UNREADABLE as error:
            raise unreadable("the stream", error) from None
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._hang_up()

    def _subscriptions(self, symbols: Sequence[Symbol]) -> list[Coroutine[Any, Any, Any]]:
        """Each ends with the first news; all that follow are heard by the driver."""
        driver, stream = self._driver, self._kinds[0]
        if stream is Stream.SINGLE:
            return [driver.watch_ticker(symbol) for symbol in symbols]
        watch = driver.watch_bids_asks if stream is Stream.BIDS_ASKS else driver.watch_tickers
        kinds: defaultdict[str, list[Symbol]] = defaultdict(list)
        for symbol in symbols:
            kinds[kind_of(driver, symbol)].append(symbol)
        return [watch(each, {}) for each in kinds.values()]

    async def _hang_up(self) -> None:
        """Links are closed and forgotten, so that the next ones begin anew."""
        clients = list((self._driver.clients or {}).values())
        self._driver.clients = {}
        for client in clients:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(HANG_UP_WITHIN_S):
                    await client.close()


def _kinds_of(driver: Any, quirks: Quirks) -> deque[Stream]:
    """Those that can be subscribed to, the best first."""
    if quirks.stream is not None:
        return deque([quirks.stream] if quirks.stream is not Stream.NONE else [])
    kinds = (Stream.BIDS_ASKS, Stream.TICKERS, Stream.SINGLE)
    return deque(kind for kind in kinds if driver.has.get(kind.value))
