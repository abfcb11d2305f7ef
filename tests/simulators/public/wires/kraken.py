"""Kraken: pairs in its own spelling, a ticker without a time, streams of version 2 with numbers for numbers."""

from typing import Any, ClassVar

from tests.simulators.public.market import Market, book, delta
from tests.simulators.public.quote import fixed
from tests.simulators.public.sight import PLAIN, Sight
from tests.simulators.public.stamps import iso
from tests.simulators.public.wires.kraken_bodies import (
    MONEY,
    OLD,
    SPELT,
    altname,
    asset,
    checksum,
    day,
    good,
    levels,
    listed,
    named,
    ticker_frame,
)
from tests.simulators.public.wires.wire import MINUTE_S, Asked, Handler, Link, Refused, Wire

_MOST_CANDLES = 720
_BOOKS = frozenset({"book-10", "book-25", "book-100", "book-500", "book-1000"})
_PERIODS = (1, 5, 15, 30, 60, 240, 1440, 10080, 21600)


class Kraken(Wire):
    venue: ClassVar[str] = "kraken"
    too_many: ClassVar[Any] = {"error": ["EAPI:Rate limit exceeded"]}
    unavailable: ClassVar[tuple[int, Any]] = (200, {"error": ["EService:Unavailable"]})
    keeps: ClassVar[frozenset[str]] = frozenset({"/0/public/AssetPairs", "/0/public/Ticker", "/0/public/Assets"})
    unrepeated: ClassVar[frozenset[str]] = _BOOKS

    def market_id(self, market: Market) -> str:
        """`XXBTZUSD` of the old coins in old money, else the short spelling: `SOLUSD`, `XBTUSDT`."""
        base, quote = asset(market.base), asset(market.quote_currency)
        is_old = (base in OLD or base == "ZEUR") and (quote in OLD or quote in MONEY.values())
        if is_old or (market.base == "USDT" and market.quote_currency == "USD"):
            return base + quote
        return altname(market)

    def routes(self) -> dict[str, Handler]:
        return {
            "/0/public/Time": lambda asked: good({"unixtime": self.now_ms() // 1000, "rfc1123": ""}),
            "/0/public/SystemStatus": lambda asked: good({"status": "online", "timestamp": iso(self.now_ms())}),
            "/0/public/Assets": self._assets,
            "/0/public/AssetPairs": self._pairs,
            "/0/public/Ticker": self._ticker,
            "/0/public/Depth": self._depth,
            "/0/public/OHLC": self._candles,
        }

    def no_route(self, asked: Asked) -> Refused:
        return Refused(200, {"error": ["EGeneral:Unknown method"]})

    # --- requests ------------------------------------------------------------------------------------------------

    def _assets(self, asked: Asked) -> Any:
        codes = sorted({code for market in self.markets for code in (market.base, market.quote_currency)})
        return good(
            {
                asset(code): {
                    "aclass": "currency",
                    "altname": SPELT.get(code, code),
                    "decimals": 4 if code in MONEY else 10,
                    "display_decimals": 2 if code in MONEY else 5,
                    "status": "enabled",
                }
                for code in codes
            }
        )

    def _pairs(self, asked: Asked) -> Any:
        return good({market.id: self.row("pair", market, PLAIN, listed) for market in self.markets})

    def _ticker(self, asked: Asked) -> Any:
        names = asked.one("pair")
        markets = self.markets if not names else [self._market(name) for name in names.split(",")]
        return good({market.id: self.row("ticker", market, asked.sight, day) for market in markets})

    def _depth(self, asked: Asked) -> Any:
        market = self._market(asked.one("pair"))
        bids, asks = book(asked.sight(market), market, min(asked.number("count", 100), 500))
        now_s = self.now_ms() // 1000
        return good({market.id: {"asks": levels(asks, market, now_s), "bids": levels(bids, market, now_s)}})

    def _candles(self, asked: Asked) -> Any:
        """At most 720 of the latest, later than `since`; the last one runs."""
        market, minutes, since_s = (
            self._market(asked.one("pair")),
            asked.number("interval", 1),
            asked.number("since", 0),
        )
        if minutes not in _PERIODS:
            raise Refused(200, {"error": ["EGeneral:Invalid arguments"]})
        bars = self.bars(market, asked.sight, minutes * MINUTE_S, None, _MOST_CANDLES)
        rows: list[list[Any]] = [
            [
                bar.start_s,
                *(fixed(price, market.decimals) for price in (bar.open, bar.high, bar.low, bar.close, bar.close)),
                fixed(bar.volume, 8),
                5,
            ]
            for bar in bars
            if bar.start_s > since_s
        ]
        return good({market.id: rows, "last": bars[-2].start_s if len(bars) > 1 else 0})

    def _market(self, name: str) -> Market:
        found = self.by_id.get(name) or next((item for item in self.markets if altname(item) == name), None)
        if found is None:
            raise Refused(200, {"error": ["EQuery:Unknown asset pair"]})
        return found

    # --- streams -------------------------------------------------------------------------------------------------

    def greeting(self) -> Any:
        system = {"version": "2.0.10", "system": "online", "api_version": "v2", "connection_id": 6447481662169813000}
        return {"channel": "status", "type": "update", "data": [system]}

    def hear(self, link: Link, message: Any) -> None:
        params, method = message.get("params") or {}, message.get("method")
        if method == "ping":
            link.say({"method": "pong", "req_id": message.get("req_id"), "time_in": iso(self.now_ms())})
            return
        named = str(params.get("channel"))
        channel = f"book-{params.get('depth', 10)}" if named == "book" else named
        by_symbol = {market.symbol: market for market in self.markets}
        for symbol in params.get("symbol") or []:
            market = by_symbol.get(str(symbol))
            reply = {"method": method, "req_id": message.get("req_id"), "success": market is not None}
            if market is None or channel not in {"ticker", *_BOOKS}:
                link.say(reply | {"success": False, "error": f"Currency pair not supported {symbol}", "symbol": symbol})
            else:
                link.say(reply | {"result": {"channel": named, "snapshot": True, "symbol": symbol}})
                if method == "unsubscribe":
                    link.leave(channel, market)
                else:
                    self.subscribe(link, channel, market)

    def frame(self, channel: str, market: Market, sight: Sight, *, is_first: bool = False) -> Any:
        quote, kind = sight(market), "snapshot" if is_first else "update"
        if channel == "ticker":
            return {"channel": channel, "type": kind, "data": [ticker_frame(market, quote)]}
        if channel in _BOOKS:
            depth = int(channel.removeprefix("book-"))
            changes = delta(market, quote, channel, depth)
            bids, asks = book(quote, market, depth) if is_first else changes
            row: dict[str, Any] = {"symbol": market.symbol, "bids": named(bids), "asks": named(asks)}
            row["checksum"] = checksum(quote, market)
            if not is_first:
                row["timestamp"] = iso(quote.time_ms)
            return {"channel": "book", "type": kind, "data": [row]}
        return None
