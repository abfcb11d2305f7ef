"""Binance: spot markets and linear perpetuals, which have addresses and shapes of their own; inverse ones are empty."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, ClassVar

import orjson

from tests.simulators.public.market import Market, book, delta
from tests.simulators.public.sight import PLAIN, Sight
from tests.simulators.public.stamps import NOW_MS
from tests.simulators.public.wires.binance_bodies import (
    best,
    best_frame,
    contracts_told,
    day,
    depth_frame,
    kline,
    levels,
    listed,
    perpetual_listed,
    ticker_frame,
)
from tests.simulators.public.wires.wire import Asked, Handler, Link, Refused, Wire

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_LIMITS = (
    {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000},
    {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 100},
    {"rateLimitType": "RAW_REQUESTS", "interval": "MINUTE", "intervalNum": 5, "limit": 61000},
)
Make = Callable[[Market, Sight], Any]


class Binance(Wire):
    venue: ClassVar[str] = "binance"
    too_many: ClassVar[Any] = {
        "code": -1003,
        "msg": "Too many requests; current limit is 6000 request weight per 1 MINUTE.",
    }
    unavailable: ClassVar[tuple[int, Any]] = (
        503,
        {"code": -1001, "msg": "Internal error; unable to process your request."},
    )
    unrepeated: ClassVar[frozenset[str]] = frozenset({"depth"})
    keeps: ClassVar[frozenset[str]] = frozenset(
        {
            f"{prefix}/{path}"
            for prefix in ("/api/v3", "/fapi/v1")
            for path in ("exchangeInfo", "ticker/24hr", "ticker/bookTicker")
        }
    )

    def __init__(self, markets: Iterable[Market], now_ms: Callable[[], int]) -> None:
        super().__init__(markets, now_ms)
        self._spots = {market.id: market for market in self.markets if market.settle is None}
        self._perpetuals = {market.id: market for market in self.markets if market.settle is not None}

    def market_id(self, market: Market) -> str:
        """A perpetual is called as the spot market: where it is asked for tells which."""
        return market.base + market.quote_currency

    def routes(self) -> dict[str, Handler]:
        empty = contracts_told(NOW_MS, [])
        return {
            **self._routes_of("/api/v3", self._spots_info, lambda: self._spots),
            **self._routes_of("/fapi/v1", self._perpetuals_info, lambda: self._perpetuals),
            "/api/v3/ping": lambda asked: {},
            "/dapi/v1/exchangeInfo": lambda asked: empty,
            "/eapi/v1/exchangeInfo": lambda asked: empty | {"optionSymbols": []},
            "/dapi/v1/ticker/24hr": lambda asked: [],
            "/dapi/v1/ticker/bookTicker": lambda asked: [],
            "/sapi/v1/system/status": lambda asked: {"status": 0, "msg": "normal"},
        }

    def _routes_of(
        self, prefix: str, info: Handler, listed_there: Callable[[], Mapping[str, Market]]
    ) -> dict[str, Handler]:
        def told(answer: Callable[[Asked, Mapping[str, Market]], Any]) -> Handler:
            return lambda asked: answer(asked, listed_there())

        return {
            f"{prefix}/time": lambda asked: {"serverTime": self.now_ms()},
            f"{prefix}/exchangeInfo": info,
            f"{prefix}/ticker/24hr": told(partial(self._each, "day", day)),
            f"{prefix}/ticker/bookTicker": told(partial(self._each, "best", best)),
            f"{prefix}/depth": told(self._depth),
            f"{prefix}/klines": told(self._klines),
        }

    # --- requests ------------------------------------------------------------------------------------------------

    def _spots_info(self, asked: Asked) -> Any:
        return {
            "timezone": "UTC",
            "serverTime": NOW_MS,
            "rateLimits": list(_LIMITS),
            "exchangeFilters": [],
            "symbols": [self.row("info", market, PLAIN, listed) for market in self._spots.values()],
        }

    def _perpetuals_info(self, asked: Asked) -> Any:
        rows = [self.row("info", market, PLAIN, perpetual_listed) for market in self._perpetuals.values()]
        return contracts_told(NOW_MS, rows)

    def _each(self, kind: str, make: Make, asked: Asked, listed_there: Mapping[str, Market]) -> Any:
        """One row for `symbol`, a list for `symbols` and for all."""
        if name := asked.one("symbol"):
            return self.row(kind, _of(listed_there, name), asked.sight, make)
        names = orjson.loads(asked.one("symbols")) if asked.one("symbols") else list(listed_there)
        return [self.row(kind, _of(listed_there, name), asked.sight, make) for name in names]

    def _depth(self, asked: Asked, listed_there: Mapping[str, Market]) -> Any:
        market = _of(listed_there, asked.one("symbol"))
        quote = asked.sight(market)
        bids, asks = book(quote, market, min(asked.number("limit", 100), 5000))
        times = {} if market.settle is None else {"E": quote.time_ms, "T": quote.time_ms}
        return {"lastUpdateId": market.revision, **times, "bids": levels(bids, market), "asks": levels(asks, market)}

    def _klines(self, asked: Asked, listed_there: Mapping[str, Market]) -> Any:
        market, interval = _of(listed_there, asked.one("symbol")), asked.one("interval")
        if interval[-1:] not in _UNITS or not interval[:-1].isdigit():
            raise Refused(400, {"code": -1120, "msg": "Invalid interval."})
        period_s, started = int(interval[:-1]) * _UNITS[interval[-1]], asked.number("startTime", -1)
        first_s = None if started < 0 else -(-started // 1000)
        bars = self.bars(market, asked.sight, period_s, first_s, min(asked.number("limit", 500), 1000))
        until_ms = asked.number("endTime", self.now_ms())
        return [kline(bar, period_s) for bar in bars if bar.start_s * 1000 <= until_ms]

    # --- streams -------------------------------------------------------------------------------------------------

    def hear(self, link: Link, message: Any) -> None:
        params = [str(item) for item in message.get("params") or []]
        if message.get("method") == "SUBSCRIBE":
            link.say({"result": None, "id": message.get("id")})
            for name in params:
                for channel, market in self._meant(link, name):
                    if channel == "depth":
                        delta(market, market.quote, channel)  # from here on; what was before is asked for by request
                    self.subscribe(link, channel, market, is_told=channel != "depth")
        elif message.get("method") == "UNSUBSCRIBE":
            for name in params:
                for channel, market in self._meant(link, name):
                    link.leave(channel, market)
            link.say({"result": None, "id": message.get("id")})

    def _meant(self, link: Link, name: str) -> list[tuple[str, Market]]:
        """`btcusdt@ticker`, `btcusdt@depth@100ms`; `!miniTicker@arr` is all. Perpetuals have paths of two kinds."""
        is_contracts = any(part in link.path for part in ("/public/ws", "/market/ws"))
        listed_there = self._perpetuals if is_contracts else self._spots
        if name.startswith("!"):
            return [(name[1:].partition("@")[0], market) for market in listed_there.values()]
        symbol, _, channel = name.partition("@")
        market = listed_there.get(symbol.upper())
        return [] if market is None else [(channel.partition("@")[0], market)]

    def frame(self, channel: str, market: Market, sight: Sight, *, is_first: bool = False) -> Any:
        quote = sight(market)
        match channel:
            case "ticker":
                return ticker_frame(market, quote)
            case "miniTicker":
                full = ticker_frame(market, quote)
                return {name: full[name] for name in ("E", "s", "c", "o", "h", "l", "v", "q")} | {"e": "24hrMiniTicker"}
            case "bookTicker":
                return best_frame(market, quote)
            case "depth":
                return depth_frame(market, quote)
        return None


def _of(listed_there: Mapping[str, Market], name: str) -> Market:
    if name not in listed_there:
        raise Refused(400, {"code": -1121, "msg": "Invalid symbol."})
    return listed_there[name]
