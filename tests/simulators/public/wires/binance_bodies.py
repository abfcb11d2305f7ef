"""What Binance writes of its markets."""

from typing import Any

from tests.simulators.public.market import Market, delta
from tests.simulators.public.quote import Level, Quote, fixed
from tests.simulators.public.sight import Sight
from tests.simulators.public.stamps import day_before


def no_contracts(now_ms: int) -> dict[str, Any]:
    return {
        "timezone": "UTC",
        "serverTime": now_ms,
        "futuresType": "U_MARGINED",
        "rateLimits": [{"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 2400}],
        "exchangeFilters": [],
        "symbols": [],
    }


def listed(market: Market, _: Sight) -> dict[str, Any]:
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


def day(market: Market, sight: Sight) -> dict[str, Any]:
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


def best(market: Market, sight: Sight) -> dict[str, Any]:
    row = day(market, sight)
    return {name: row[name] for name in ("symbol", "bidPrice", "bidQty", "askPrice", "askQty")}


def levels(levels: tuple[Level, ...]) -> list[list[str | None]]:
    return [[fixed(price, 8), fixed(quantity, 8)] for price, quantity in levels]


def kline(bar: Any, period_s: int) -> list[Any]:
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


def ticker_frame(market: Market, quote: Quote) -> dict[str, Any]:
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


def depth_frame(market: Market, quote: Quote) -> dict[str, Any]:
    bids, asks = delta(market, quote, "depth")
    return {
        "e": "depthUpdate",
        "E": quote.time_ms,
        "s": market.id,
        "U": market.revision,
        "u": market.revision,
        "b": levels(bids),
        "a": levels(asks),
    }
