"""OKX: everything in one envelope, numbers as text, times as text too."""

from decimal import Decimal
from typing import Any, ClassVar

from tests.simulators.public.market import Market, book, delta
from tests.simulators.public.past import Bar
from tests.simulators.public.quote import Level, Quote, Said, told
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
        return f"{market.base}-{market.quote_currency}" + ("-SWAP" if market.settle else "")

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
        return _good([self.row("listed", market, PLAIN, _listed) for market in self._of_kind(asked)])

    def _tickers(self, asked: Asked) -> Any:
        return _good([self.row("day", market, asked.sight, _day) for market in self._of_kind(asked)])

    def _of_kind(self, asked: Asked) -> list[Market]:
        return [market for market in self.markets if _kind(market) == asked.one("instType")]

    def _books(self, asked: Asked) -> Any:
        market = self._market(asked.one("instId"))
        quote = asked.sight(market)
        bids, asks = book(quote, market, asked.number("sz", 1))
        return _good(
            [
                {
                    "asks": _levels(asks, market),
                    "bids": _levels(bids, market),
                    "ts": _time(quote),
                    "seqId": market.revision,
                }
            ]
        )

    def _candles(self, asked: Asked) -> Any:
        """The newest first; `before` and `after` bound them by time, both left out."""
        bar = asked.one("bar", "1m").removesuffix("utc")
        if bar[-1:] not in _UNITS or not bar[:-1].isdigit():
            raise Refused(200, _wrong("51000", "Parameter bar error"))
        period_s, most = int(bar[:-1]) * _UNITS[bar[-1]], min(asked.number("limit", 100), 300)
        after_ms, before_ms = asked.number("after", self.now_ms() + 1), asked.number("before", -1)
        newest_s = min(after_ms, self.now_ms()) // 1000
        first_s = before_ms // 1000 + 1 if before_ms >= 0 else newest_s // period_s * period_s - (most - 1) * period_s
        market = self._market(asked.one("instId"))
        bars = self.bars(market, asked.sight, period_s, first_s, 10_000)
        rows = [item for item in bars if before_ms < item.start_s * 1000 < after_ms]
        now_s = self.now_ms() // 1000
        return _good([_candle(item, market, is_over=item.start_s + period_s <= now_s) for item in rows[-most:][::-1]])

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
            row = {
                "asks": _levels(asks, market),
                "bids": _levels(bids, market),
                "ts": _time(quote),
                "seqId": market.revision,
            }
            return {"arg": arg, "data": [row | more]}
        changes = delta(market, quote, channel)
        bids, asks = book(quote, market) if is_first else changes
        row = {"asks": _levels(asks, market), "bids": _levels(bids, market), "ts": _time(quote), "checksum": 0}
        row |= {"prevSeqId": -1 if is_first else market.revision - 1, "seqId": market.revision}
        return {"arg": arg, "action": "snapshot" if is_first else "update", "data": [row]}


def _kind(market: Market) -> str:
    return "SWAP" if market.settle else "SPOT"


def _good(data: list[Any]) -> dict[str, Any]:
    return {"code": "0", "msg": "", "data": data}


def _wrong(code: str, message: str) -> dict[str, Any]:
    return {"code": code, "msg": message, "data": []}


def _listed(market: Market, _: Sight) -> dict[str, Any]:
    pair, size = f"{market.base}-{market.quote_currency}", told(market.contract_size)
    is_swap = market.settle is not None
    lot = told(market.lot / market.contract_size)
    return {
        "alias": "",
        "baseCcy": "" if is_swap else market.base,
        "category": "1",
        "ctMult": "1" if is_swap else "",
        "ctType": "linear" if is_swap else "",
        "ctVal": size if is_swap else "",
        "ctValCcy": market.base if is_swap else "",
        "expTime": "",
        "instFamily": pair if is_swap else "",
        "instId": market.id,
        "instType": _kind(market),
        "lever": "100" if is_swap else "10",
        "listTime": "1548133413000",
        "lotSz": lot,
        "maxLmtAmt": "20000000",
        "maxLmtSz": "100000000",
        "maxMktAmt": "" if is_swap else "1000000",
        "maxMktSz": "1000000",
        "minSz": lot,
        "optType": "",
        "quoteCcy": "" if is_swap else market.quote_currency,
        "ruleType": "normal",
        "settleCcy": market.settle or "",
        "state": "live",
        "stk": "",
        "tickSz": told(market.tick),
        "uly": pair if is_swap else "",
    }


def _day(market: Market, sight: Sight) -> dict[str, Any]:
    quote = sight(market)
    return {
        "instType": "SPOT",
        "instId": market.id,
        "last": told(quote.last),
        "lastSz": told(market.lot),
        "askPx": told(quote.ask),
        "askSz": told(_sized(quote.ask_size, market)),
        "bidPx": told(quote.bid),
        "bidSz": told(_sized(quote.bid_size, market)),
        "open24h": told(quote.open),
        "high24h": told(quote.high),
        "low24h": told(quote.low),
        "volCcy24h": told(quote.volume if market.settle else round(quote.turnover, 8)),
        "vol24h": told(_sized(quote.volume, market)),
        "ts": _time(quote),
        "sodUtc0": told(quote.midnight),
        "sodUtc8": told(quote.midnight),
    }


def _candle(bar: Bar, market: Market, *, is_over: bool) -> list[str | None]:
    prices = [told(value) for value in (bar.open, bar.high, bar.low, bar.close)]
    turnover = told(round(bar.volume * bar.close, 8))
    volumes = [told(_sized(bar.volume, market)), told(bar.volume) if market.settle else turnover, turnover]
    return [str(bar.start_s * 1000), *prices, *volumes, "1" if is_over else "0"]


def _levels(levels: tuple[Level, ...], market: Market) -> list[list[str | None]]:
    return [[told(price), told(_sized(quantity, market)), "0", "1"] for price, quantity in levels]


def _sized(quantity: Said, market: Market) -> Said:
    """In contracts, where it is one."""
    return quantity / market.contract_size if isinstance(quantity, Decimal) else quantity


def _time(quote: Quote) -> str | None:
    return None if quote.time_ms is None else str(quote.time_ms)
