"""What Binance writes of its markets."""

from typing import Any

from tests.simulators.public.market import Market, delta
from tests.simulators.public.quote import Level, Quote, fixed, told
from tests.simulators.public.sight import Sight
from tests.simulators.public.stamps import day_before


def contracts_told(now_ms: int, rows: list[Any]) -> dict[str, Any]:
    return {
        "timezone": "UTC",
        "serverTime": now_ms,
        "futuresType": "U_MARGINED",
        "rateLimits": [{"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 2400}],
        "exchangeFilters": [],
        "assets": [{"asset": "USDT", "marginAvailable": True, "autoAssetExchange": "-10000"}],
        "symbols": rows,
    }


def perpetual_listed(market: Market, _: Sight) -> dict[str, Any]:
    tick, lot = told(market.tick), told(market.lot)
    return {
        "symbol": market.id,
        "pair": market.id,
        "contractType": "PERPETUAL",
        "deliveryDate": 4133404800000,
        "onboardDate": 1569398400000,
        "status": "TRADING",
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": market.base,
        "quoteAsset": market.quote_currency,
        "marginAsset": market.settle,
        "pricePrecision": market.decimals,
        "quantityPrecision": market.lot_decimals,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": "4529764", "tickSize": tick},
            {"filterType": "LOT_SIZE", "minQty": lot, "maxQty": "1000000", "stepSize": lot},
            {"filterType": "MIN_NOTIONAL", "notional": "5"},
        ],
        "orderTypes": ["LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET"],
        "timeInForce": ["GTC", "IOC", "FOK", "GTX", "GTD"],
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
    """A perpetual's says nothing of bid and ask."""
    quote, places = sight(market), _places(market)
    best_prices = {
        "prevClosePrice": fixed(quote.open, places),
        "bidPrice": fixed(quote.bid, places),
        "bidQty": fixed(quote.bid_size, places),
        "askPrice": fixed(quote.ask, places),
        "askQty": fixed(quote.ask_size, places),
    }
    return {
        "symbol": market.id,
        "priceChange": fixed(quote.change, places),
        "priceChangePercent": format(quote.change_percent, ".3f"),
        "weightedAvgPrice": format(quote.average, f".{places}f"),
        "lastPrice": fixed(quote.last, places),
        "lastQty": told(market.lot),
        **(best_prices if market.settle is None else {}),
        "openPrice": fixed(quote.open, places),
        "highPrice": fixed(quote.high, places),
        "lowPrice": fixed(quote.low, places),
        "volume": fixed(quote.volume, places),
        "quoteVolume": format(quote.turnover, f".{places}f"),
        "openTime": day_before(quote.time_ms),
        "closeTime": quote.time_ms,
        "firstId": 1,
        "lastId": market.revision,
        "count": market.revision,
    }


def best(market: Market, sight: Sight) -> dict[str, Any]:
    """A spot market's has no time."""
    quote, places = sight(market), _places(market)
    row = {
        "symbol": market.id,
        "bidPrice": fixed(quote.bid, places),
        "bidQty": fixed(quote.bid_size, places),
        "askPrice": fixed(quote.ask, places),
        "askQty": fixed(quote.ask_size, places),
    }
    return row if market.settle is None else row | {"time": quote.time_ms, "lastUpdateId": market.revision}


def levels(rows: tuple[Level, ...], market: Market) -> list[list[str | None]]:
    return [[fixed(price, _places(market)), fixed(quantity, _places(market))] for price, quantity in rows]


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
    places = _places(market)
    best_prices = {
        "x": fixed(quote.open, places),
        "b": fixed(quote.bid, places),
        "B": fixed(quote.bid_size, places),
        "a": fixed(quote.ask, places),
        "A": fixed(quote.ask_size, places),
    }
    return {
        "e": "24hrTicker",
        "E": quote.time_ms,
        "s": market.id,
        "p": fixed(quote.change, places),
        "P": format(quote.change_percent, ".3f"),
        "w": format(quote.average, f".{places}f"),
        "c": fixed(quote.last, places),
        "Q": told(market.lot),
        **(best_prices if market.settle is None else {}),
        "o": fixed(quote.open, places),
        "h": fixed(quote.high, places),
        "l": fixed(quote.low, places),
        "v": fixed(quote.volume, places),
        "q": format(quote.turnover, f".{places}f"),
        "O": day_before(quote.time_ms),
        "C": quote.time_ms,
        "F": 1,
        "L": market.revision,
        "n": market.revision,
    }


def best_frame(market: Market, quote: Quote) -> dict[str, Any]:
    places = _places(market)
    contract = {"e": "bookTicker", "T": quote.time_ms, "E": quote.time_ms}
    return {
        **(contract if market.settle is not None else {}),
        "u": market.revision,
        "s": market.id,
        "b": fixed(quote.bid, places),
        "B": fixed(quote.bid_size, places),
        "a": fixed(quote.ask, places),
        "A": fixed(quote.ask_size, places),
    }


def depth_frame(market: Market, quote: Quote) -> dict[str, Any]:
    bids, asks = delta(market, quote, "depth")
    contract = {"T": quote.time_ms, "pu": market.revision - 1}
    return {
        "e": "depthUpdate",
        "E": quote.time_ms,
        **(contract if market.settle is not None else {}),
        "s": market.id,
        "U": market.revision,
        "u": market.revision,
        "b": levels(bids, market),
        "a": levels(asks, market),
    }


def _places(market: Market) -> int:
    """Spot numbers always have eight decimals."""
    return 8 if market.settle is None else market.decimals
