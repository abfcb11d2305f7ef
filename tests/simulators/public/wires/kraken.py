"""Kraken: pairs in its own spelling, a ticker without a time, streams of version 2 with numbers for numbers."""

from typing import Any, ClassVar
from zlib import crc32

from tests.simulators.public.market import Market, book, delta
from tests.simulators.public.quote import Level, Quote, Said, fixed, numeral
from tests.simulators.public.sight import PLAIN, Sight
from tests.simulators.public.stamps import iso
from tests.simulators.public.wires.wire import MINUTE_S, Asked, Handler, Link, Refused, Wire

_MOST_CANDLES = 720
_BOOKS = frozenset({"book-10", "book-25", "book-100", "book-500", "book-1000"})
_PERIODS = (1, 5, 15, 30, 60, 240, 1440, 10080, 21600)
_OWN = {"BTC": "XXBT", "ETH": "XETH", "XRP": "XXRP", "LTC": "XLTC", "XLM": "XXLM", "ETC": "XETC", "DOGE": "XXDG"}
_MONEY = {"USD": "ZUSD", "EUR": "ZEUR"}
_SPELT = {"BTC": "XBT", "DOGE": "XDG"}
_OLD = frozenset({"XXBT", "XETH", "XXRP", "XLTC", "XXLM", "XETC"})
_FEES = [[0, 0.4], [10000, 0.35], [50000, 0.24], [100000, 0.22], [250000, 0.2]]
_MAKER_FEES = [[0, 0.25], [10000, 0.2], [50000, 0.14], [100000, 0.12], [250000, 0.08]]


class Kraken(Wire):
    venue: ClassVar[str] = "kraken"
    too_many: ClassVar[Any] = {"error": ["EAPI:Rate limit exceeded"]}
    unavailable: ClassVar[tuple[int, Any]] = (200, {"error": ["EService:Unavailable"]})
    keeps: ClassVar[frozenset[str]] = frozenset({"/0/public/AssetPairs", "/0/public/Ticker", "/0/public/Assets"})
    unrepeated: ClassVar[frozenset[str]] = _BOOKS

    def market_id(self, market: Market) -> str:
        """`XXBTZUSD` of the old coins in old money, else the short spelling: `SOLUSD`, `XBTUSDT`."""
        base, quote = asset(market.base), asset(market.quote_currency)
        is_old = (base in _OLD or base == "ZEUR") and (quote in _OLD or quote in _MONEY.values())
        if is_old or (market.base == "USDT" and market.quote_currency == "USD"):
            return base + quote
        return altname(market)

    def routes(self) -> dict[str, Handler]:
        return {
            "/0/public/Time": lambda asked: _good({"unixtime": self.now_ms() // 1000, "rfc1123": ""}),
            "/0/public/SystemStatus": lambda asked: _good({"status": "online", "timestamp": iso(self.now_ms())}),
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
        return _good(
            {
                asset(code): {
                    "aclass": "currency",
                    "altname": _SPELT.get(code, code),
                    "decimals": 4 if code in _MONEY else 10,
                    "display_decimals": 2 if code in _MONEY else 5,
                    "status": "enabled",
                }
                for code in codes
            }
        )

    def _pairs(self, asked: Asked) -> Any:
        return _good({market.id: self.row("pair", market, PLAIN, _listed) for market in self.markets})

    def _ticker(self, asked: Asked) -> Any:
        names = asked.one("pair")
        markets = self.markets if not names else [self._market(name) for name in names.split(",")]
        return _good({market.id: self.row("ticker", market, asked.sight, _day) for market in markets})

    def _depth(self, asked: Asked) -> Any:
        market = self._market(asked.one("pair"))
        bids, asks = book(asked.sight(market), market, min(asked.number("count", 100), 500))
        now_s = self.now_ms() // 1000
        return _good({market.id: {"asks": _levels(asks, market, now_s), "bids": _levels(bids, market, now_s)}})

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
        return _good({market.id: rows, "last": bars[-2].start_s if len(bars) > 1 else 0})

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
            return {"channel": channel, "type": kind, "data": [_ticker_frame(market, quote)]}
        if channel in _BOOKS:
            depth = int(channel.removeprefix("book-"))
            changes = delta(market, quote, channel, depth)
            bids, asks = book(quote, market, depth) if is_first else changes
            row: dict[str, Any] = {"symbol": market.symbol, "bids": _named(bids), "asks": _named(asks)}
            row["checksum"] = _checksum(quote, market)
            if not is_first:
                row["timestamp"] = iso(quote.time_ms)
            return {"channel": "book", "type": kind, "data": [row]}
        return None


def asset(code: str) -> str:
    return _OWN.get(code) or _MONEY.get(code) or code


def altname(market: Market) -> str:
    return _SPELT.get(market.base, market.base) + _SPELT.get(market.quote_currency, market.quote_currency)


def _good(result: Any) -> dict[str, Any]:
    return {"error": [], "result": result}


def _listed(market: Market, _: Sight) -> dict[str, Any]:
    base, quote = (_SPELT.get(code, code) for code in (market.base, market.quote_currency))
    return {
        "altname": altname(market),
        "wsname": f"{base}/{quote}",
        "aclass_base": "currency",
        "base": asset(market.base),
        "aclass_quote": "currency",
        "quote": asset(market.quote_currency),
        "lot": "unit",
        "cost_decimals": 5,
        "pair_decimals": market.decimals,
        "lot_decimals": 8,
        "lot_multiplier": 1,
        "leverage_buy": [],
        "leverage_sell": [],
        "fees": _FEES,
        "fees_maker": _MAKER_FEES,
        "fee_volume_currency": "ZUSD",
        "margin_call": 80,
        "margin_stop": 40,
        "ordermin": fixed(market.lot, 0),
        "costmin": "0.5",
        "tick_size": fixed(market.tick, 0),
        "status": "online",
    }


def _day(market: Market, sight: Sight) -> dict[str, Any]:
    """Today's figures since midnight, and those of the last 24 hours."""
    quote, places = sight(market), market.decimals
    today = fixed(quote.volume / 2, 8)
    average = format(quote.average, f".{places}f")
    return {
        "a": [fixed(quote.ask, places), "1", fixed(quote.ask_size, 3)],
        "b": [fixed(quote.bid, places), "1", fixed(quote.bid_size, 3)],
        "c": [fixed(quote.last, places), fixed(market.lot, 8)],
        "v": [today, fixed(quote.volume, 8)],
        "p": [average, average],
        "t": [3907, 10056],
        "l": [fixed(quote.low, places), fixed(quote.low, places)],
        "h": [fixed(quote.high, places), fixed(quote.high, places)],
        "o": fixed(quote.midnight, places),
    }


def _levels(levels: tuple[Level, ...], market: Market, now_s: int) -> list[list[Any]]:
    return [[fixed(price, market.decimals), fixed(quantity, 3), now_s] for price, quantity in levels]


def _named(levels: tuple[Level, ...]) -> list[dict[str, Any]]:
    return [{"price": numeral(price), "qty": numeral(quantity)} for price, quantity in levels]


def _ticker_frame(market: Market, quote: Quote) -> dict[str, Any]:
    return {
        "symbol": market.symbol,
        "bid": numeral(quote.bid),
        "bid_qty": numeral(quote.bid_size),
        "ask": numeral(quote.ask),
        "ask_qty": numeral(quote.ask_size),
        "last": numeral(quote.last),
        "volume": numeral(quote.volume),
        "vwap": numeral(round(quote.average, market.decimals)),
        "low": numeral(quote.low),
        "high": numeral(quote.high),
        "change": numeral(quote.change),
        "change_pct": numeral(round(quote.change_percent, 2)),
    }


def _checksum(quote: Quote, market: Market) -> int:
    """Of the ten best levels, as Kraken sums them up."""
    bids, asks = book(quote, market, 10)
    text = "".join(
        _digits(price, market.decimals) + _digits(quantity, 8) for levels in (asks, bids) for price, quantity in levels
    )
    return crc32(text.encode())


def _digits(number: Said, places: int) -> str:
    return (fixed(number, places) or "").replace(".", "").lstrip("0")
