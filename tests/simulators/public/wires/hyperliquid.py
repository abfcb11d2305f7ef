"""Hyperliquid: every question is a POST to one path; perpetuals in USDC and a few spot markets."""

from collections.abc import Mapping
from typing import Any, ClassVar

from tests.simulators.public.market import Market, book
from tests.simulators.public.quote import Level, Quote, told
from tests.simulators.public.sight import PLAIN, Sight
from tests.simulators.public.stamps import NOW_MS
from tests.simulators.public.wires.wire import Asked, Handler, Link, Refused, Wire

_PERIODS = {"1m": 60, "5m": 300, "15m": 900, "1h": 3600, "4h": 14400, "1d": 86400}
_WRAPPED = {"BTC": "UBTC", "ETH": "UETH", "SOL": "USOL"}
_DEPTH = 20


class Hyperliquid(Wire):
    venue: ClassVar[str] = "hyperliquid"
    unavailable: ClassVar[tuple[int, Any]] = (500, None)
    keeps: ClassVar[frozenset[str]] = frozenset()

    def market_id(self, market: Market) -> str:
        """A perpetual is its coin, a spot market `@` and a number."""
        if market.settle:
            return market.base
        return f"@{[item for item in self.markets if not item.settle].index(market) + 1}"

    @property
    def _perpetuals(self) -> list[Market]:
        return [market for market in self.markets if market.settle]

    @property
    def _spots(self) -> list[Market]:
        return [market for market in self.markets if not market.settle]

    def routes(self) -> dict[str, Handler]:
        return {"/info": self._info}

    def endpoint(self, path: str, body: Any) -> str:
        """The kind of the question belongs to it."""
        return f"{path} {body.get('type')}" if isinstance(body, Mapping) else path

    # --- requests ------------------------------------------------------------------------------------------------

    def _info(self, asked: Asked) -> Any:
        question = asked.body if isinstance(asked.body, Mapping) else {}
        match question.get("type"):
            case "exchangeStatus":
                return {"specialStatuses": None, "time": self.now_ms()}
            case "spotMeta":
                return self._spot_meta()
            case "spotMetaAndAssetCtxs":
                empty = {"coin": "PURR/USDC", "dayNtlVlm": "0.0", "markPx": "0.1", "midPx": "0.1", "prevDayPx": "0.1"}
                return [self._spot_meta(), [empty, *(_context(market, asked.sight) for market in self._spots)]]
            case "metaAndAssetCtxs":
                contexts = [self.row("context", market, asked.sight, _context) for market in self._perpetuals]
                universe = [self.row("meta", market, PLAIN, _meta) for market in self._perpetuals]
                return [{"universe": universe, "marginTables": [], "collateralToken": 0}, contexts]
            case "perpDexs":
                return [None]
            case "l2Book":
                return _book_told(self._market(question.get("coin")), asked.sight)
            case "candleSnapshot":
                return self._candles(question.get("req") or {}, asked.sight)
            case "allMids":
                return {market.id: _middle(asked.sight(market)) for market in self.markets}
        raise Refused(422, "Failed to deserialize the JSON body into the target type")

    def _spot_meta(self) -> dict[str, Any]:
        names = ["USDC", "PURR", *(_WRAPPED.get(market.base, market.base) for market in self._spots)]
        tokens = [
            {
                "name": name,
                "szDecimals": 5,
                "weiDecimals": 8,
                "index": index,
                "tokenId": f"0x{index:032x}",
                "isCanonical": index < 2,
                "evmContract": None,
                "fullName": None,
            }
            for index, name in enumerate(names)
        ]
        purr = {"name": "PURR/USDC", "tokens": [1, 0], "index": 0, "isCanonical": True}
        universe = [
            {"name": market.id, "tokens": [number + 2, 0], "index": number + 1, "isCanonical": False}
            for number, market in enumerate(self._spots)
        ]
        return {"tokens": tokens, "universe": [purr, *universe]}

    def _candles(self, asked: Mapping[str, Any], sight: Sight) -> Any:
        market, interval = self._market(asked.get("coin")), str(asked.get("interval"))
        if interval not in _PERIODS:
            raise Refused(422, "Failed to deserialize the JSON body into the target type")
        period_s, end_ms = _PERIODS[interval], int(asked.get("endTime") or self.now_ms())
        bars = self.bars(market, sight, period_s, int(asked.get("startTime") or 0) // 1000, 5000)
        return [
            {
                "t": bar.start_s * 1000,
                "T": (bar.start_s + period_s) * 1000 - 1,
                "s": market.id,
                "i": interval,
                "o": told(bar.open),
                "c": told(bar.close),
                "h": told(bar.high),
                "l": told(bar.low),
                "v": told(bar.volume),
                "n": 46,
            }
            for bar in bars
            if bar.start_s * 1000 <= end_ms
        ]

    def _market(self, coin: Any) -> Market:
        if coin not in self.by_id:
            raise Refused(500, None)
        return self.by_id[coin]

    # --- streams -------------------------------------------------------------------------------------------------

    def hear(self, link: Link, message: Any) -> None:
        if message.get("method") == "ping":
            link.say({"channel": "pong"})
            return
        wanted = message.get("subscription") or {}
        channel, is_over = str(wanted.get("type")), message.get("method") == "unsubscribe"
        markets = self.markets if channel == "allMids" else [self.by_id.get(str(wanted.get("coin")))]
        if channel not in ("allMids", "activeAssetCtx", "l2Book") or None in markets:
            link.say({"channel": "error", "data": f"Invalid subscription {message}"})
            return
        link.say({"channel": "subscriptionResponse", "data": {"method": message.get("method"), "subscription": wanted}})
        for market in markets:
            assert market is not None
            if is_over:
                link.leave(channel, market)
            else:
                self.subscribe(link, channel, market)

    def frame(self, channel: str, market: Market, sight: Sight, *, is_first: bool = False) -> Any:
        match channel:
            case "allMids":
                return {"channel": channel, "data": {"mids": {market.id: _middle(sight(market))}}}
            case "activeAssetCtx":
                name = channel if market.settle else "activeSpotAssetCtx"
                return {"channel": name, "data": {"coin": market.id, "ctx": _context(market, sight)}}
            case "l2Book":
                return {"channel": channel, "data": _book_told(market, sight)}
        return None


def _meta(market: Market, _: Sight) -> dict[str, Any]:
    return {
        "szDecimals": min(5, market.lot_decimals),
        "name": market.base,
        "maxLeverage": 40,
        "marginTableId": 56,
    }


def _context(market: Market, sight: Sight) -> dict[str, Any]:
    quote = sight(market)
    middle = _middle(quote)
    context = {
        "prevDayPx": told(quote.open),
        "dayNtlVlm": told(round(quote.turnover, 6)),
        "markPx": told(quote.last),
        "midPx": middle,
        "dayBaseVlm": told(quote.volume),
    }
    if not market.settle:
        return {"coin": market.id, "circulatingSupply": "21000000.0", "totalSupply": "21000000.0", **context}
    impact = None if quote.bid is None or quote.ask is None else [told(quote.bid), told(quote.ask)]
    oracle = {"funding": "0.0000125", "openInterest": "1000.0", "oraclePx": told(quote.last), "premium": "0.0"}
    return {**oracle, **context, "impactPxs": impact}


def _middle(quote: Quote) -> str | None:
    if quote.bid is None or quote.ask is None:
        return None
    if isinstance(quote.bid, str) or isinstance(quote.ask, str):
        return told(quote.bid)
    return told((quote.bid + quote.ask) / 2)


def _book_told(market: Market, sight: Sight) -> dict[str, Any]:
    quote = sight(market)
    bids, asks = book(quote, market, _DEPTH)
    return {"coin": market.id, "time": quote.time_ms, "levels": [_levels(bids), _levels(asks)]}


def _levels(levels: tuple[Level, ...]) -> list[dict[str, Any]]:
    return [{"px": told(price), "sz": told(quantity), "n": 1} for price, quantity in levels]


__all__ = ["NOW_MS", "Hyperliquid"]
