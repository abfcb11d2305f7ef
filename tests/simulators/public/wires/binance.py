"""Binance: spot prices; its perpetuals are there, and empty."""

from collections.abc import Callable
from typing import Any, ClassVar

import orjson

from tests.simulators.public.market import Market, book, delta
from tests.simulators.public.quote import Level, Quote, fixed
from tests.simulators.public.sight import PLAIN, Sight
from tests.simulators.public.stamps import NOW_MS, day_before
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
            "/api/v3/ticker/24hr": lambda asked: self._each(asked, "24hr", _day),
            "/api/v3/ticker/bookTicker": lambda asked: self._each(asked, "book", _best),
            "/api/v3/depth": self._depth,
            "/api/v3/klines": self._klines,
            "/fapi/v1/exchangeInfo": lambda asked: _no_contracts(self.now_ms()) | {"assets": []},
            "/dapi/v1/exchangeInfo": lambda asked: _no_contracts(self.now_ms()),
            "/eapi/v1/exchangeInfo": lambda asked: _no_contracts(self.now_ms()) | {"optionSymbols": []},
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
            "symbols": [self.row("info", market, PLAIN, _listed) for market in self.markets],
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
        return {"lastUpdateId": market.revision, "bids": _levels(bids), "asks": _levels(asks)}

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
        return [_kline(bar, period_s) for bar in bars if bar.start_s * 1000 <= until_ms]

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
                return _ticker_frame(market, quote)
            case "miniTicker":
                full = _ticker_frame(market, quote)
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
                return _depth_frame(market, quote)
        return None


def _no_contracts(now_ms: int) -> dict[str, Any]:
    return {
        "timezone": "UTC",
        "serverTime": now_ms,
        "futuresType": "U_MARGINED",
        "rateLimits": [{"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 2400}],
        "exchangeFilters": [],
        "symbols": [],
    }


def _listed(market: Market, _: Sight) -> dict[str, Any]:
    tick, lot = fixed(market.tick, 8), fixed(market.lot, 8)
    return {
        "symbol": market.id,
        "status": "TRADING",
        "baseAsset": market.base,
        "baseAssetPrecision": 8,
        "quoteAsset": market.quote_currency,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"],
        "icebergAllowed": True,
        "ocoAllowed": True,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": True,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": True,
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": "1000000.00000000", "tickSize": tick},
            {"filterType": "LOT_SIZE", "minQty": lot, "maxQty": "9000000.00000000", "stepSize": lot},
            {
                "filterType": "NOTIONAL",
                "minNotional": "5.00000000",
                "applyMinToMarket": True,
                "maxNotional": "9000000.00000000",
                "applyMaxToMarket": False,
                "avgPriceMins": 5,
            },
        ],
        "permissions": [],
        "permissionSets": [["SPOT", "MARGIN"]],
        "defaultSelfTradePreventionMode": "EXPIRE_MAKER",
        "allowedSelfTradePreventionModes": ["EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"],
    }


def _day(market: Market, sight: Sight) -> dict[str, Any]:
    quote = sight(market)
    return {
        "symbol": market.id,
        "priceChange": fixed(quote.change, 8),
        "priceChangePercent": format(quote.change_percent, ".3f"),
        "weightedAvgPrice": format(quote.average, ".8f"),
        "prevClosePrice": fixed(quote.open, 8),
        "lastPrice": fixed(quote.last, 8),
        "lastQty": fixed(market.lot, 8),
        "bidPrice": fixed(quote.bid, 8),
        "bidQty": fixed(quote.bid_size, 8),
        "askPrice": fixed(quote.ask, 8),
        "askQty": fixed(quote.ask_size, 8),
        "openPrice": fixed(quote.open, 8),
        "highPrice": fixed(quote.high, 8),
        "lowPrice": fixed(quote.low, 8),
        "volume": fixed(quote.volume, 8),
        "quoteVolume": format(quote.turnover, ".8f"),
        "openTime": day_before(quote.time_ms),
        "closeTime": quote.time_ms,
        "firstId": 1,
        "lastId": market.revision,
        "count": market.revision,
    }


def _best(market: Market, sight: Sight) -> dict[str, Any]:
    row = _day(market, sight)
    return {name: row[name] for name in ("symbol", "bidPrice", "bidQty", "askPrice", "askQty")}


def _levels(levels: tuple[Level, ...]) -> list[list[str | None]]:
    return [[fixed(price, 8), fixed(quantity, 8)] for price, quantity in levels]


def _kline(bar: Any, period_s: int) -> list[Any]:
    return [
        bar.start_s * 1000,
        *(fixed(value, 8) for value in (bar.open, bar.high, bar.low, bar.close, bar.volume)),
        (bar.start_s + period_s) * 1000 - 1,
        format(bar.volume * bar.close, ".8f"),
        40,
        format(bar.volume / 2, ".8f"),
        format(bar.volume * bar.close / 2, ".8f"),
        "0",
    ]


def _ticker_frame(market: Market, quote: Quote) -> dict[str, Any]:
    return {
        "e": "24hrTicker",
        "E": quote.time_ms,
        "s": market.id,
        "p": fixed(quote.change, 8),
        "P": format(quote.change_percent, ".3f"),
        "w": format(quote.average, ".8f"),
        "x": fixed(quote.open, 8),
        "c": fixed(quote.last, 8),
        "Q": fixed(market.lot, 8),
        "b": fixed(quote.bid, 8),
        "B": fixed(quote.bid_size, 8),
        "a": fixed(quote.ask, 8),
        "A": fixed(quote.ask_size, 8),
        "o": fixed(quote.open, 8),
        "h": fixed(quote.high, 8),
        "l": fixed(quote.low, 8),
        "v": fixed(quote.volume, 8),
        "q": format(quote.turnover, ".8f"),
        "O": day_before(quote.time_ms),
        "C": quote.time_ms,
        "F": 1,
        "L": market.revision,
        "n": market.revision,
    }


def _depth_frame(market: Market, quote: Quote) -> dict[str, Any]:
    bids, asks = delta(market, quote, "depth")
    return {
        "e": "depthUpdate",
        "E": quote.time_ms,
        "s": market.id,
        "U": market.revision,
        "u": market.revision,
        "b": _levels(bids),
        "a": _levels(asks),
    }
