"""The prices of many markets of one venue in as few requests as it allows."""

import asyncio
import math
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, TypeAlias

from ccxt.base.errors import ArgumentsRequired, BadRequest, BaseError, NotSupported

from exchange.feeds.fault import Fault, told_by_ccxt, unreadable
from exchange.feeds.prices import Raw
from exchange.feeds.quirks import Quirks, Way
from exchange.feeds.reading import positive
from portfolio.model.identifiers import Symbol
from portfolio.prices.source import SourceStatus

Take: TypeAlias = Callable[[Iterable[Raw]], bool]
"""Takes what came, and says whether there was any price."""

MOST_AT_ONCE = 20
DAY_HOLDS_S = 15.0
DAY_MAY_LAG_S = 1.0
"""A bid and an ask wait so long for the day's figures, which were asked for together with them."""
_NEXT = {Way.TICKERS: Way.BOTH, Way.BOTH: Way.SINGLE, Way.SINGLE: Way.DEPTH}
_NEEDED = {Way.TICKERS: ("fetchTickers",), Way.BOTH: ("fetchTickers", "fetchBidsAsks"), Way.SINGLE: ("fetchTicker",)}
_CANNOT = (NotSupported, ArgumentsRequired, BadRequest)


class Asker:
    """Finds out by which way a venue tells bids and asks, and keeps to it."""

    def __init__(self, driver: Any, quirks: Quirks) -> None:
        self._driver = driver
        self._quirks = quirks
        self._ways: dict[str, Way] = {}
        self._days: dict[str, tuple[float, dict[Symbol, dict[str, Any]]]] = {}
        self._busy = asyncio.Semaphore(MOST_AT_ONCE)

    def is_in_one_call(self, symbol: Symbol) -> bool:
        return self._way(kind_of(self._driver, symbol)) in {Way.TICKERS, Way.BOTH}

    async def ask(self, symbols: Sequence[Symbol], take: Take) -> None:
        """`take` gets what came, as it comes. Raises Fault where most of it did not."""
        kinds: defaultdict[str, list[Symbol]] = defaultdict(list)
        for symbol in symbols:
            kinds[kind_of(self._driver, symbol)].append(symbol)
        await _all(self._ask_kind(kind, named, take) for kind, named in kinds.items())

    async def ask_all(self, symbols: Iterable[Symbol], take: Take) -> None:
        """Every market in as many calls as there are kinds of them, with what one call tells."""
        kinds = sorted({kind_of(self._driver, symbol) for symbol in symbols})
        await _all(self._ask_all_of(kind, take) for kind in kinds)

    async def _ask_all_of(self, kind: str, take: Take) -> None:
        if not self._driver.has.get("fetchTickers"):
            raise Fault(SourceStatus.FAILED, "the venue tells no prices of all its markets at once")
        found = await (self._both(kind, None) if self._way(kind) is Way.BOTH else self._tickers(kind, None))
        if not take(found.values()):
            raise Fault(SourceStatus.GARBLED, "the answer has no price")

    async def _ask_kind(self, kind: str, symbols: list[Symbol], take: Take) -> None:
        way = self._way(kind)
        while not await self._by(way, kind, symbols, take):
            if (following := self._after(way)) is None:
                raise _without_price(symbols)
            way = following
        self._ways[kind] = way

    async def _by(self, way: Way, kind: str, symbols: list[Symbol], take: Take) -> bool:
        """False where the venue tells bids and asks some other way. Raises Fault where it tells no price at all."""
        try:
            return await self._ask_by(way, kind, symbols, take)
        except _CANNOT as error:
            if kind in self._ways:
                raise told_by_ccxt(error) from None
            return False

    async def _ask_by(self, way: Way, kind: str, symbols: list[Symbol], take: Take) -> bool:
        match way:
            case Way.TICKERS:
                found = await self._tickers(kind, symbols)
            case Way.BOTH:
                found = await self._both(kind, symbols)
            case Way.SINGLE:
                return await self._one_by_one(kind, symbols, self._single, take)
            case Way.DEPTH:
                return await self._one_by_one(kind, symbols, self._best, take)
        told = [found[symbol] for symbol in symbols if symbol in found]
        is_best_told = any(positive(raw.get(side)) for raw in told for side in ("bid", "ask"))
        if not is_best_told and kind not in self._ways and any(positive(raw.get("last")) for raw in told):
            return False
        if not take(told):
            raise _without_price(symbols)
        return True

    async def _tickers(self, kind: str, symbols: list[Symbol] | None) -> dict[Symbol, dict[str, Any]]:
        return _by_symbol(await self._driver.fetch_tickers(*self._named(kind, symbols)))

    async def _both(self, kind: str, symbols: list[Symbol] | None) -> dict[Symbol, dict[str, Any]]:
        named = self._named(kind, symbols)
        day, best = await asyncio.gather(self._driver.fetch_tickers(*named), self._driver.fetch_bids_asks(*named))
        merged = _by_symbol(day)
        for symbol, raw in _by_symbol(best).items():
            merged[symbol] = _with_best(merged.get(symbol, raw), raw)
        return merged

    def _named(self, kind: str, symbols: list[Symbol] | None) -> tuple[list[Symbol] | None, dict[str, str]]:
        """Few markets by name; for many, all of their kind are asked for."""
        if symbols is not None and len(symbols) <= self._quirks.most_named:
            return symbols, {}
        sort, _, sub_kind = kind.partition(":")
        if sort == "spot" and all(market["type"] == "spot" for market in self._driver.markets.values()):
            return None, {}
        return None, {"type": sort, "subType": sub_kind} if sub_kind else {"type": sort}

    async def _single(self, symbol: Symbol) -> Raw:
        raw: Raw = await self._driver.fetch_ticker(symbol)
        return {**raw, "timestamp": None} if self._quirks.time_is_of_trade else raw

    async def _best(self, symbol: Symbol) -> Raw:
        book = await self._driver.fetch_order_book(symbol)
        bid, ask = ((book.get(side) or [(None, None)])[0] for side in ("bids", "asks"))
        return {
            "bid": bid[0],
            "bidVolume": bid[1],
            "ask": ask[0],
            "askVolume": ask[1],
            "timestamp": book.get("timestamp"),
        }

    async def _one_by_one(
        self, kind: str, symbols: list[Symbol], ask: Callable[[Symbol], Coroutine[Any, Any, Raw]], take: Take
    ) -> bool:
        """Each by itself, at the venue's pace; one that fails is no fault of the others, but most of them are one."""
        day = asyncio.create_task(self._day_of(kind, symbols))
        faults: list[Fault] = []

        async def one(symbol: Symbol) -> None:
            async with self._busy:
                try:
                    raw = await ask(symbol)
                except Fault as fault:
                    faults.append(fault)
                except BaseError as error:
                    faults.append(told_by_ccxt(error))
                except UNREADABLE as error:
                    faults.append(unreadable(f"the price of {symbol}", error))
                else:
                    await asyncio.wait({day}, timeout=DAY_MAY_LAG_S)
                    told = day.result().get(symbol, {}) if day.done() else {}
                    best = {key: value for key, value in raw.items() if value is not None}
                    if not take([{**told, **best, "symbol": symbol}]):
                        faults.append(_without_price([symbol]))

        try:
            await asyncio.gather(*(one(symbol) for symbol in symbols))
        finally:
            day.cancel()
        _demand_most(faults, len(symbols))
        return True

    async def _day_of(self, kind: str, symbols: list[Symbol]) -> dict[Symbol, dict[str, Any]]:
        """What one call tells of all, without bid, ask and time, not asked for again at once; nothing where it fails:
        prices count more."""
        told_s, told = self._days.get(kind, (-math.inf, {}))
        if time.monotonic() - told_s < DAY_HOLDS_S and told.keys() >= set(symbols):
            return told
        if not self._driver.has.get("fetchTickers"):
            return {}
        try:
            found = await self._tickers(kind, symbols)
        except (Fault, BaseError, *UNREADABLE):
            return {}
        told = {symbol: {**raw, **_NO_PRICES} for symbol, raw in found.items()}
        self._days[kind] = (time.monotonic(), told)
        return told

    def _way(self, kind: str) -> Way:
        if (known := self._ways.get(kind)) is not None:
            return known
        told = self._quirks.way if kind.startswith("spot") else self._quirks.contract_way
        if told is not None:
            return told
        return Way.TICKERS if self._can(Way.TICKERS) else self._after(Way.TICKERS) or Way.DEPTH

    def _after(self, way: Way) -> Way | None:
        following = _NEXT.get(way)
        while following is not None and not self._can(following):
            following = _NEXT.get(following)
        return following

    def _can(self, way: Way) -> bool:
        return all(self._driver.has.get(each) for each in _NEEDED.get(way, ()))


_NO_PRICES = dict.fromkeys(("bid", "bidVolume", "ask", "askVolume", "timestamp"))
UNREADABLE = (KeyError, TypeError, ValueError, ArithmeticError, AttributeError, IndexError, AssertionError)


async def _all(questions: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Every question is answered or has failed; the first fault is raised then."""
    outcomes = await asyncio.gather(*questions, return_exceptions=True)
    for outcome in outcomes:
        if outcome is not None:
            raise outcome


def _demand_most(faults: list[Fault], asked: int) -> None:
    """Raises Fault where the venue wants to be left alone, or did not answer for more than half."""
    hasty = next((fault for fault in faults if fault.status is SourceStatus.RATE_LIMITED), None)
    if hasty is None and 2 * len(faults) <= asked:
        return
    fault = hasty or faults[0]
    few = f"{len(faults)} of {asked} not answered: " if asked > 1 else ""
    raise Fault(fault.status, few + fault.detail, fault.pause_s)


def kind_of(driver: Any, symbol: Symbol) -> str:
    """As ccxt sorts them: "spot", "swap:linear", "future:inverse"."""
    market = driver.markets[symbol]
    return f"{market['type']}:{market['subType']}" if market.get("subType") else str(market["type"])


def _by_symbol(told: Any) -> dict[Symbol, dict[str, Any]]:
    return {symbol: raw if raw.get("symbol") == symbol else {**raw, "symbol": symbol} for symbol, raw in told.items()}


def _with_best(day: Raw, best: Raw) -> dict[str, Any]:
    """The day's figures with the bid and ask of another answer, and its time where it has one."""
    prices = {key: best.get(key) for key in ("bid", "bidVolume", "ask", "askVolume")}
    return {**day, **prices, "timestamp": best.get("timestamp") or day.get("timestamp")}


def _without_price(symbols: Sequence[Symbol]) -> Fault:
    return Fault(SourceStatus.GARBLED, f"the answer has no price of {_listed(symbols)}")


def _listed(symbols: Sequence[Symbol]) -> str:
    return ", ".join(symbols[:3]) + (f" and {len(symbols) - 3} more" if len(symbols) > 3 else "")
