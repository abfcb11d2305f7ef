"""Binance: spot prices; its perpetuals are there, and empty."""

from collections.abc import Callable
from typing import Any, ClassVar

import orjson

from tests.simulators.public.market import Market, book, delta
from tests.simulators.public.quote import fixed
from tests.simulators.public.sight import PLAIN, Sight
from tests.simulators.public.stamps import NOW_MS
from tests.simulators.public.wires.binance_bodies import (
    best,
    day,
    depth_frame,
    kline,
    levels,
    listed,
    no_contracts,
    ticker_frame,
)
from tests.simulators.public.wires.wire import Asked, Handler, Link, Refused, Wire

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_LIMITS = (
    {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000},
    {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 100},
    {"rateLimitType": "RAW_REQUESTS", "interval": "MINUTE", "intervalNum": 5, "limit": 61000},
)
_INVALID_SYMBOL = {"code": -1121, "msg": "Invalid symbol."}


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
        {"/api/v3/exchangeInfo", "/api/v3/ticker/24hr", "/api/v3/ticker/bookTicker", "/api/v3/depth"}
    )

    def market_id(self, market: Market) -> str:
        return market.base + market.quote_currency

    def routes(self) -> dict[str, Handler]:
        return {
            "/api/v3/ping": lambda asked: {},
            "/api/v3/time": lambda asked: {"serverTime": self.now_ms()},
            "/api/v3/exchangeInfo": self._exchange_info,
            "/api/v3/ticker/24hr": lambda asked: self._each(asked, "24hr", day),
            "/api/v3/ticker/bookTicker": lambda asked: self._each(asked, "book", best),
            "/api/v3/depth": self._depth,
            "/api/v3/klines": self._klines,
            "/fapi/v1/exchangeInfo": lambda asked: no_contracts(self.now_ms()) | {"assets": []},
            "/dapi/v1/exchangeInfo": lambda asked: no_contracts(self.now_ms()),
            "/eapi/v1/exchangeInfo": lambda asked: no_contracts(self.now_ms()) | {"optionSymbols": []},
            "/fapi/v1/ticker/24hr": lambda asked: [],
            "/dapi/v1/ticker/24hr": lambda asked: [],
            "/fapi/v1/ticker/bookTicker": lambda asked: [],
            "/sapi/v1/system/status": lambda asked: {"status": 0, "msg": "normal"},
        }

    # --- requests ------------------------------------------------------------------------------------------------

    def _exchange_info(self, asked: Asked) -> Any:
        return {
            "timezone": "UTC",
            "serverTime": NOW_MS,
            "rateLimits": list(_LIMITS),
            "exchangeFilters": [],
            "symbols": [self.row("info", market, PLAIN, listed) for market in self.markets],
        }

    def _each(self, asked: Asked, kind: str, make: Callable[[Market, Sight], Any]) -> Any:
        """One row for `symbol`, a list for `symbols` and for all."""
        if name := asked.one("symbol"):
            return self.row(kind, self._market(name), asked.sight, make)
        names = orjson.loads(asked.one("symbols")) if asked.one("symbols") else None
        markets = self.markets if names is None else [self._market(name) for name in names]
        return [self.row(kind, market, asked.sight, make) for market in markets]

    def _depth(self, asked: Asked) -> Any:
        market = self._market(asked.one("symbol"))
        bids, asks = book(asked.sight(market), market, min(asked.number("limit", 100), 5000))
        return {"lastUpdateId": market.revision, "bids": levels(bids), "asks": levels(asks)}

    def _klines(self, asked: Asked) -> Any:
        interval = asked.one("interval")
        if interval[-1:] not in _UNITS or not interval[:-1].isdigit():
            raise Refused(400, {"code": -1120, "msg": "Invalid interval."})
        period_s, started = int(interval[:-1]) * _UNITS[interval[-1]], asked.number("startTime", -1)
        bars = self.bars(
            self._market(asked.one("symbol")),
            asked.sight,
            period_s,
            None if started < 0 else -(-started // 1000),
            min(asked.number("limit", 500), 1000),
        )
        until_ms = asked.number("endTime", self.now_ms())
        return [kline(bar, period_s) for bar in bars if bar.start_s * 1000 <= until_ms]

    def _market(self, name: str) -> Market:
        if name not in self.by_id:
            raise Refused(400, _INVALID_SYMBOL)
        return self.by_id[name]

    # --- streams -------------------------------------------------------------------------------------------------

    def hear(self, link: Link, message: Any) -> None:
        params = [str(item) for item in message.get("params") or []]
        if message.get("method") == "SUBSCRIBE":
            link.say({"result": None, "id": message.get("id")})
            for name in params:
                for channel, market in self._meant(name):
                    if channel == "depth":
                        delta(market, market.quote, channel)  # from here on; what was before is asked for by request
                    self.subscribe(link, channel, market, is_told=channel != "depth")
        elif message.get("method") == "UNSUBSCRIBE":
            for name in params:
                for channel, market in self._meant(name):
                    link.leave(channel, market)
            link.say({"result": None, "id": message.get("id")})

    def _meant(self, name: str) -> list[tuple[str, Market]]:
        """`btcusdt@ticker`, `btcusdt@depth@100ms`; `!miniTicker@arr` is all."""
        if name.startswith("!"):
            return [(name[1:].partition("@")[0], market) for market in self.markets]
        symbol, _, channel = name.partition("@")
        market = self.by_id.get(symbol.upper())
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
                return {
                    "u": market.revision,
                    "s": market.id,
                    "b": fixed(quote.bid, 8),
                    "B": fixed(quote.bid_size, 8),
                    "a": fixed(quote.ask, 8),
                    "A": fixed(quote.ask_size, 8),
                }
            case "depth":
                return depth_frame(market, quote)
        return None
