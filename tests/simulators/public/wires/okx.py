"""OKX: everything in one envelope, numbers as text, times as text too."""

from typing import Any, ClassVar

from tests.simulators.public.market import Market, book, delta
from tests.simulators.public.quote import Level, Quote, told
from tests.simulators.public.sight import PLAIN, Sight
from tests.simulators.public.wires.wire import Asked, Handler, Link, Refused, Wire

_UNITS = {"s": 1, "m": 60, "H": 3600, "D": 86400, "W": 604800}
_CHANNELS = ("tickers", "bbo-tbt", "books5", "books")


class Okx(Wire):
    venue: ClassVar[str] = "okx"
    too_many: ClassVar[Any] = {"msg": "Too Many Requests", "code": "50011"}
    unavailable: ClassVar[tuple[int, Any]] = (
        503,
        {"code": "50001", "data": [], "msg": "Service temporarily unavailable. Please try again later."},
    )
    keeps: ClassVar[frozenset[str]] = frozenset(
        {"/api/v5/public/instruments", "/api/v5/market/tickers", "/api/v5/market/ticker", "/api/v5/market/books"}
    )
    everything: ClassVar[str] = "instType=SPOT"
    unrepeated: ClassVar[frozenset[str]] = frozenset({"books"})

    def market_id(self, market: Market) -> str:
        return f"{market.base}-{market.quote_currency}"

    def routes(self) -> dict[str, Handler]:
        return {
            "/api/v5/public/time": lambda asked: _good([{"ts": str(self.now_ms())}]),
            "/api/v5/system/status": lambda asked: _good([]),
            "/api/v5/public/instruments": self._instruments,
            "/api/v5/market/tickers": self._tickers,
            "/api/v5/market/ticker": lambda asked: _good([_day(self._market(asked.one("instId")), asked.sight)]),
            "/api/v5/market/books": self._books,
            "/api/v5/market/books-full": self._books,
            "/api/v5/market/candles": self._candles,
            "/api/v5/market/history-candles": self._candles,
        }

    # --- requests ------------------------------------------------------------------------------------------------

    def _instruments(self, asked: Asked) -> Any:
        is_spot = _kind(asked) == "SPOT"
        return _good([self.row("listed", market, PLAIN, _listed) for market in self.markets] if is_spot else [])

    def _tickers(self, asked: Asked) -> Any:
        is_spot = _kind(asked) == "SPOT"
        return _good([self.row("day", market, asked.sight, _day) for market in self.markets] if is_spot else [])

    def _books(self, asked: Asked) -> Any:
        market = self._market(asked.one("instId"))
        quote = asked.sight(market)
        bids, asks = book(quote, market, asked.number("sz", 1))
        return _good([{"asks": _levels(asks), "bids": _levels(bids), "ts": _time(quote), "seqId": market.revision}])

    def _candles(self, asked: Asked) -> Any:
        """The newest first; `before` and `after` bound them by time, both left out."""
        bar = asked.one("bar", "1m").removesuffix("utc")
        if bar[-1:] not in _UNITS or not bar[:-1].isdigit():
            raise Refused(200, _wrong("51000", "Parameter bar error"))
        period_s, most = int(bar[:-1]) * _UNITS[bar[-1]], min(asked.number("limit", 100), 300)
        after_ms, before_ms = asked.number("after", self.now_ms() + 1), asked.number("before", -1)
        newest_s = min(after_ms, self.now_ms()) // 1000
        first_s = before_ms // 1000 + 1 if before_ms >= 0 else newest_s // period_s * period_s - (most - 1) * period_s
        bars = self.bars(self._market(asked.one("instId")), asked.sight, period_s, first_s, 10_000)
        rows = [item for item in bars if before_ms < item.start_s * 1000 < after_ms]
        now_s = self.now_ms() // 1000
        return _good([_candle(item, is_over=item.start_s + period_s <= now_s) for item in rows[-most:][::-1]])

    def _market(self, name: str) -> Market:
        if name not in self.by_id:
            raise Refused(200, _wrong("51001", "Instrument ID, Instrument ID code, or Spread ID doesn't exist."))
        return self.by_id[name]

    # --- streams -------------------------------------------------------------------------------------------------

    def hear(self, link: Link, message: Any) -> None:
        if message == "ping":
            link.say("pong")
            return
        operation = message.get("op")
        for arg in message.get("args") or []:
            channel, market = str(arg.get("channel")), self.by_id.get(str(arg.get("instId")))
            if operation not in ("subscribe", "unsubscribe") or channel not in _CHANNELS or market is None:
                text = f"Wrong URL or channel:{channel},instId:{arg.get('instId')} doesn't exist."
                link.say({"event": "error", "msg": text, "code": "60018", "connId": "a4d3ae55"})
                continue
            link.say({"event": operation, "arg": arg, "connId": "a4d3ae55"})
            if operation == "unsubscribe":
                link.leave(channel, market)
            else:
                self.subscribe(link, channel, market)

    def frame(self, channel: str, market: Market, sight: Sight, *, is_first: bool = False) -> Any:
        quote, arg = sight(market), {"channel": channel, "instId": market.id}
        if channel == "tickers":
            return {"arg": arg, "data": [_day(market, sight)]}
        if channel in ("bbo-tbt", "books5"):
            bids, asks = book(quote, market, 1 if channel == "bbo-tbt" else 5)
            more = {"instId": market.id} if channel == "books5" else {}
            row = {"asks": _levels(asks), "bids": _levels(bids), "ts": _time(quote), "seqId": market.revision}
            return {"arg": arg, "data": [row | more]}
        changes = delta(market, quote, channel)
        bids, asks = book(quote, market) if is_first else changes
        row = {"asks": _levels(asks), "bids": _levels(bids), "ts": _time(quote), "checksum": 0}
        row |= {"prevSeqId": -1 if is_first else market.revision - 1, "seqId": market.revision}
        return {"arg": arg, "action": "snapshot" if is_first else "update", "data": [row]}


def _kind(asked: Asked) -> str:
    return asked.one("instType")


def _good(data: list[Any]) -> dict[str, Any]:
    return {"code": "0", "msg": "", "data": data}


def _wrong(code: str, message: str) -> dict[str, Any]:
    return {"code": code, "msg": message, "data": []}


def _listed(market: Market, _: Sight) -> dict[str, Any]:
    return {
        "alias": "",
        "baseCcy": market.base,
        "category": "1",
        "ctMult": "",
        "ctType": "",
        "ctVal": "",
        "ctValCcy": "",
        "expTime": "",
        "instFamily": "",
        "instId": market.id,
        "instType": "SPOT",
        "lever": "10",
        "listTime": "1548133413000",
        "lotSz": told(market.lot),
        "maxLmtAmt": "20000000",
        "maxLmtSz": "9999999999",
        "maxMktAmt": "1000000",
        "maxMktSz": "1000000",
        "minSz": told(market.lot),
        "optType": "",
        "quoteCcy": market.quote_currency,
        "ruleType": "normal",
        "settleCcy": "",
        "state": "live",
        "stk": "",
        "tickSz": told(market.tick),
        "uly": "",
    }


def _day(market: Market, sight: Sight) -> dict[str, Any]:
    quote = sight(market)
    return {
        "instType": "SPOT",
        "instId": market.id,
        "last": told(quote.last),
        "lastSz": told(market.lot),
        "askPx": told(quote.ask),
        "askSz": told(quote.ask_size),
        "bidPx": told(quote.bid),
        "bidSz": told(quote.bid_size),
        "open24h": told(quote.open),
        "high24h": told(quote.high),
        "low24h": told(quote.low),
        "volCcy24h": told(round(quote.turnover, 8)),
        "vol24h": told(quote.volume),
        "ts": _time(quote),
        "sodUtc0": told(quote.midnight),
        "sodUtc8": told(quote.midnight),
    }


def _candle(bar: Any, *, is_over: bool) -> list[str | None]:
    turnover = told(round(bar.volume * bar.close, 8))
    prices = [told(value) for value in (bar.open, bar.high, bar.low, bar.close, bar.volume)]
    return [str(bar.start_s * 1000), *prices, turnover, turnover, "1" if is_over else "0"]


def _levels(levels: tuple[Level, ...]) -> list[list[str | None]]:
    return [[told(price), told(quantity), "0", "1"] for price, quantity in levels]


def _time(quote: Quote) -> str | None:
    return None if quote.time_ms is None else str(quote.time_ms)
