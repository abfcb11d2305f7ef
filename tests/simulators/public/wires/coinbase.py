"""Coinbase Advanced Trade, without a key. Its list of products tells the last price, and neither bid nor ask."""

from typing import Any, ClassVar

from tests.simulators.public.market import Market, book, delta
from tests.simulators.public.quote import told
from tests.simulators.public.sight import Sight
from tests.simulators.public.stamps import iso
from tests.simulators.public.wires.coinbase_bodies import (
    brokerage_time,
    event,
    fiats,
    levels,
    product,
    ticker_frame,
    time_told,
    updates,
    wrong,
)
from tests.simulators.public.wires.wire import Asked, Handler, Link, Refused, Wire

_PRODUCTS = "/api/v3/brokerage/market/products"
_PERIODS = {
    "ONE_MINUTE": 60,
    "FIVE_MINUTE": 300,
    "FIFTEEN_MINUTE": 900,
    "THIRTY_MINUTE": 1800,
    "ONE_HOUR": 3600,
    "TWO_HOUR": 7200,
    "SIX_HOUR": 21600,
    "ONE_DAY": 86400,
}
_MOST_CANDLES = 350


class Coinbase(Wire):
    venue: ClassVar[str] = "coinbase"
    too_many: ClassVar[Any] = {
        "error": "RATE_LIMIT_EXCEEDED",
        "error_details": "Rate limit exceeded",
        "message": "Rate limit exceeded",
    }
    unavailable: ClassVar[tuple[int, Any]] = (
        503,
        {"error": "UNAVAILABLE", "error_details": "upstream unavailable", "message": "upstream unavailable"},
    )
    keeps: ClassVar[frozenset[str]] = frozenset({_PRODUCTS, f"{_PRODUCTS}/{{product}}/ticker"})
    unrepeated: ClassVar[frozenset[str]] = frozenset({"level2"})

    def market_id(self, market: Market) -> str:
        return f"{market.base}-{market.quote_currency}"

    def routes(self) -> dict[str, Handler]:
        return {
            "/v2/time": lambda asked: {"data": time_told(self.now_ms())},
            "/v2/currencies": lambda asked: {"data": fiats()},
            "/v2/currencies/crypto": self._cryptos,
            "/v2/exchange-rates": self._rates,
            "/api/v3/brokerage/time": lambda asked: brokerage_time(self.now_ms()),
            _PRODUCTS: self._products,
            f"{_PRODUCTS}/{{product}}": lambda asked: product(self._market(asked), asked.sight),
            f"{_PRODUCTS}/{{product}}/ticker": self._ticker,
            f"{_PRODUCTS}/{{product}}/candles": self._candles,
            "/api/v3/brokerage/market/product_book": self._book,
        }

    # --- requests ------------------------------------------------------------------------------------------------

    def _cryptos(self, asked: Asked) -> Any:
        names = {market.base: market.base_name for market in self.markets}
        return {
            "data": [
                {
                    "asset_id": f"{number:08d}-0000-4000-8000-000000000000",
                    "code": code,
                    "name": name,
                    "color": "#0433FF",
                    "sort_index": number,
                    "exponent": 8,
                    "type": "crypto",
                    "address_regex": "",
                }
                for number, (code, name) in enumerate(sorted(names.items()))
            ]
        }

    def _rates(self, asked: Asked) -> Any:
        rates = {"USD": "1"}
        for market in self.markets:
            if market.quote_currency == "USD" and not isinstance(market.quote.last, (str, type(None))):
                rates[market.base] = format(1 / market.quote.last, ".10f")
        return {"data": {"currency": "USD", "rates": rates}}

    def _products(self, asked: Asked) -> Any:
        if asked.one("product_type") == "FUTURE":
            return {"products": [], "num_products": 0}
        names = asked.query.get("product_ids")
        wanted = self.markets if not names else [self.by_id[name] for name in names if name in self.by_id]
        return {
            "products": [self.row("product", market, asked.sight, product) for market in wanted],
            "num_products": len(wanted),
        }

    def _ticker(self, asked: Asked) -> Any:
        market = self._market(asked)
        quote = asked.sight(market)
        trade = {
            "trade_id": str(market.revision),
            "product_id": market.id,
            "price": told(quote.last),
            "size": told(market.lot),
            "time": iso(quote.time_ms),
            "side": "BUY",
            "bid": "",
            "ask": "",
            "exchange": "CBE",
        }
        return {"trades": [trade], "best_bid": told(quote.bid), "best_ask": told(quote.ask)}

    def _candles(self, asked: Asked) -> Any:
        """The newest first, as many as there are between start and end."""
        market, period_s = self._market(asked), _PERIODS.get(asked.one("granularity"))
        start_s, end_s = asked.number("start", -1), asked.number("end", self.now_ms() // 1000)
        if period_s is None or start_s < 0:
            raise Refused(400, wrong("start, end and granularity argument is required"))
        if (end_s - start_s) // period_s > _MOST_CANDLES:
            raise Refused(400, wrong("number of candles requested should be less than 350 "))
        bars = self.bars(market, asked.sight, period_s, start_s, _MOST_CANDLES)
        rows = [
            {
                "start": str(bar.start_s),
                "low": told(bar.low),
                "high": told(bar.high),
                "open": told(bar.open),
                "close": told(bar.close),
                "volume": told(bar.volume),
            }
            for bar in bars
            if bar.start_s <= end_s
        ]
        return {"candles": rows[::-1]}

    def _book(self, asked: Asked) -> Any:
        market = self._market(asked, "product_id")
        quote = asked.sight(market)
        bids, asks = book(quote, market, asked.number("limit", 1000))
        priced = {"product_id": market.id, "bids": levels(bids), "asks": levels(asks), "time": iso(quote.time_ms)}
        return {"pricebook": priced, "last": told(quote.last)}

    def _market(self, asked: Asked, name: str = "product") -> Market:
        found = self.by_id.get(asked.one(name))
        if found is None:
            details = "valid product_id is required"
            raise Refused(404, {"error": "NOT_FOUND", "error_details": details, "message": details})
        return found

    # --- streams -------------------------------------------------------------------------------------------------

    def hear(self, link: Link, message: Any) -> None:
        channel = str(message.get("channel"))
        named = [self.by_id.get(str(item)) for item in message.get("product_ids") or []]
        if message.get("type") == "subscribe" and None in named:
            link.say({"type": "error", "message": "failed to subscribe: invalid product_id"})
            return
        markets = [market for market in named if market is not None]
        if message.get("type") == "unsubscribe":
            for market in markets:
                link.leave(channel, market)
            self._confirm(link)
        elif message.get("type") == "subscribe" and channel in ("ticker", "ticker_batch", "level2", "heartbeats"):
            for market in markets:
                self.subscribe(link, channel, market)
            self._confirm(link)
        else:
            link.say({"type": "error", "message": f"failed to subscribe: unknown channel {channel}"})

    def _confirm(self, link: Link) -> None:
        subscriptions: dict[str, list[str]] = {}
        for symbol, channels in sorted(link.topics.items()):
            for channel in channels:
                subscriptions.setdefault(channel, []).append(symbol.replace("/", "-"))
        link.say(event("subscriptions", iso(self.now_ms()), {"subscriptions": subscriptions}))

    def frame(self, channel: str, market: Market, sight: Sight, *, is_first: bool = False) -> Any:
        quote, kind = sight(market), "snapshot" if is_first else "update"
        if channel in ("ticker", "ticker_batch"):
            return event(channel, iso(quote.time_ms), {"type": kind, "tickers": [ticker_frame(market, quote)]})
        if channel == "level2":
            changes = delta(market, quote, channel)
            bids, asks = book(quote, market) if is_first else changes
            time = iso(quote.time_ms)
            rows = [*updates("bid", bids, time), *updates("offer", asks, time)]
            return event("l2_data", time, {"type": kind, "product_id": market.id, "updates": rows})
        return None
