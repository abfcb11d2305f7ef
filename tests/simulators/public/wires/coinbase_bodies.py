"""What Coinbase writes of its markets."""

from datetime import UTC, datetime
from typing import Any

from tests.simulators.public.coins import MONEY
from tests.simulators.public.market import Market
from tests.simulators.public.quote import Level, Quote, told
from tests.simulators.public.sight import Sight

_FIATS = ("USD", "EUR")
_NAMES = {"BTC": "Bitcoin"} | {coin.code: coin.name for coin in MONEY}
SEQUENCE = 1_333_333_333_333
"""Stands for the number of a frame on its connection."""


def product(market: Market, sight: Sight) -> dict[str, Any]:
    quote = sight(market)
    return {
        "product_id": market.id,
        "price": told(quote.last),
        "price_percentage_change_24h": format(quote.change_percent, ".14f"),
        "volume_24h": told(quote.volume),
        "volume_percentage_change_24h": "1.5",
        "base_increment": told(market.lot),
        "quote_increment": told(market.tick),
        "quote_min_size": "1",
        "quote_max_size": "150000000",
        "base_min_size": told(market.lot),
        "base_max_size": "1000000",
        "base_name": market.base_name,
        "quote_name": _NAMES[market.quote_currency],
        "watched": False,
        "is_disabled": False,
        "new": False,
        "status": "online",
        "cancel_only": False,
        "limit_only": False,
        "post_only": False,
        "trading_disabled": False,
        "auction_mode": False,
        "product_type": "SPOT",
        "quote_currency_id": market.quote_currency,
        "base_currency_id": market.base,
        "fcm_trading_session_details": None,
        "mid_market_price": "",
        "alias": "",
        "alias_to": [],
        "base_display_symbol": market.base,
        "quote_display_symbol": market.quote_currency,
        "view_only": False,
        "price_increment": told(market.tick),
        "display_name": market.id,
        "product_venue": "CBE",
        "approximate_quote_24h_volume": format(quote.turnover, ".2f"),
        "new_at": "2023-01-01T00:00:00Z",
    }


def ticker_frame(market: Market, quote: Quote) -> dict[str, Any]:
    return {
        "type": "ticker",
        "product_id": market.id,
        "price": told(quote.last),
        "volume_24_h": told(quote.volume),
        "low_24_h": told(quote.low),
        "high_24_h": told(quote.high),
        "low_52_w": told(quote.low),
        "high_52_w": told(quote.high),
        "price_percent_chg_24_h": format(quote.change_percent, ".14f"),
        "best_bid": told(quote.bid),
        "best_bid_quantity": told(quote.bid_size),
        "best_ask": told(quote.ask),
        "best_ask_quantity": told(quote.ask_size),
    }


def event(channel: str, time: str | None, event: dict[str, Any]) -> dict[str, Any]:
    return {"channel": channel, "client_id": "", "timestamp": time, "sequence_num": SEQUENCE, "events": [event]}


def updates(side: str, levels: tuple[Level, ...], time: str | None) -> list[dict[str, Any]]:
    return [
        {"side": side, "event_time": time, "price_level": told(price), "new_quantity": told(quantity)}
        for price, quantity in levels
    ]


def levels(levels: tuple[Level, ...]) -> list[dict[str, Any]]:
    return [{"price": told(price), "size": told(quantity)} for price, quantity in levels]


def fiats() -> list[dict[str, str]]:
    return [{"id": coin.code, "name": coin.name, "min_size": "0.01"} for coin in MONEY if coin.code in _FIATS]


def time_told(now_ms: int) -> dict[str, Any]:
    now = datetime.fromtimestamp(now_ms // 1000, UTC)
    return {"iso": now.strftime("%Y-%m-%dT%H:%M:%SZ"), "epoch": now_ms // 1000}


def brokerage_time(now_ms: int) -> dict[str, Any]:
    told_time = time_told(now_ms)
    return {"iso": told_time["iso"], "epochSeconds": str(told_time["epoch"]), "epochMillis": str(now_ms)}


def wrong(message: str) -> dict[str, str]:
    return {"error": "INVALID_ARGUMENT", "error_details": message, "message": message}
