"""The markets of one venue: loaded once, only the kinds that are needed, by one load however many wait for it."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from types import MappingProxyType
from typing import Any

from ccxt.base.errors import BaseError

from exchange.feeds.errand import errand
from exchange.feeds.fault import Fault, told_by_ccxt, unreadable
from exchange.feeds.quirks import Quirks
from exchange.feeds.reading import market_of
from portfolio.model.identifiers import Symbol
from portfolio.prices.market import Market
from portfolio.prices.source import SourceStatus
from portfolio.prices.ticker import Venue

TICK_SIZE = 4
"""ccxt's name for precision given as a step."""


class Catalogue:
    """`blame` is told once of each load that fails, or that somebody waited for in vain."""

    def __init__(
        self, venue: Venue, driver: Any, quirks: Quirks, within_s: float, blame: Callable[[Fault], None]
    ) -> None:
        self._venue = venue
        self._driver = driver
        self._quirks = quirks
        self._within_s = within_s
        self._blame = blame
        self._kinds = _kinds_of(driver)
        self._is_loaded = self._has_contracts = False
        self._load: asyncio.Task[None] | None = None
        self._is_blamed = False
        self.markets: Mapping[Symbol, Market] = MappingProxyType({})

    async def need(self, symbols: Iterable[Symbol], until_s: float) -> bool:
        """True once the markets are there that the symbols may be among; False where `blame` has been told why not."""
        contracts = any(":" in symbol for symbol in symbols)
        while not self._is_loaded or (contracts and not self._has_contracts):
            load = self._load
            if load is None:
                load = self._load = asyncio.create_task(self._fetch(contracts=contracts))
                self._is_blamed = False
                load.add_done_callback(self._forget)
            await asyncio.wait({load}, timeout=max(0.0, until_s - time.monotonic()))
            if not load.done():
                self._blame_once(Fault(SourceStatus.TIMED_OUT, "the list of markets did not come in time"))
            if not load.done() or load.cancelled() or self._is_blamed:
                return False
        return True

    def close(self) -> None:
        if self._load is not None:
            self._load.cancel()

    def _forget(self, _: object) -> None:
        self._load = None

    def _blame_once(self, fault: Fault) -> None:
        if not self._is_blamed:
            self._is_blamed = True
            self._blame(fault)

    async def _fetch(self, *, contracts: bool) -> None:
        """The load outlives the question that it was begun for, but not by much."""
        try:
            with errand(time.monotonic() + self._within_s):
                async with asyncio.timeout(self._within_s):
                    self._driver.opened()
                    await _in_a_thread(partial(self._list, contracts=contracts))
        except Fault as fault:
            self._blame_once(fault)
        except TimeoutError:
            self._blame_once(Fault(SourceStatus.TIMED_OUT, f"no list of markets within {self._within_s:g} s"))
        except BaseError as error:
            self._blame_once(told_by_ccxt(error))
        except Exception as error:  # noqa: BLE001 - the top of a task: whatever a venue answers ends as a state
            self._blame_once(unreadable("the list of markets", error))
        else:
            self._is_loaded = True
            self._has_contracts = contracts or not self._kinds

    def _list(self, *, contracts: bool) -> None:
        """In a thread, with a loop of its own: thousands of markets take long to read, and nobody shall wait for it."""
        driver = self._driver
        if self._kinds:
            named = _as_dict(driver.options.get("fetchMarkets"))
            driver.options["fetchMarkets"] = {**named, "types": self._types(contracts)}
        driver.needless = {} if contracts else self._quirks.needless
        asyncio.run(driver.load_markets(True, dict(self._quirks.market_params)))
        self._take(driver.markets)

    def _types(self, contracts: bool) -> list[str]:
        if contracts:
            return [kind for kind in self._kinds if kind != "option"]
        return [kind for kind in self._kinds if kind in self._quirks.kinds] or list(self._kinds)

    def _take(self, listed: Any) -> None:
        steps_are_sizes = self._driver.precisionMode == TICK_SIZE
        read = [market_of(self._venue, raw, steps_are_sizes=steps_are_sizes) for raw in dict(listed or {}).values()]
        markets = {market.symbol: market for market in read if market is not None}
        if not markets:
            raise Fault(SourceStatus.GARBLED, "the list of markets is empty")
        self.markets = MappingProxyType(markets)


async def _in_a_thread(job: Callable[[], None]) -> None:
    """One of its own: the loop's threads look up addresses, which the job itself waits for."""
    executor = ThreadPoolExecutor(1, "markets")
    try:
        await asyncio.get_running_loop().run_in_executor(executor, copy_context().run, job)
    finally:
        executor.shutdown(wait=False)


def _as_dict(options: Any) -> dict[str, Any]:
    return dict(options) if isinstance(options, dict) else {}


def _kinds_of(driver: Any) -> tuple[str, ...]:
    """The kinds of markets that ccxt lists apart; none where one list has all."""
    kinds = _as_dict(driver.options.get("fetchMarkets")).get("types")
    return tuple(kinds) if isinstance(kinds, list) else ()
