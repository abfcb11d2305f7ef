"""What Kraken writes of its markets, in its own spelling."""

from typing import Any
from zlib import crc32

from tests.simulators.public.market import Market, book
from tests.simulators.public.quote import Level, Quote, Said, fixed, numeral
from tests.simulators.public.sight import Sight

_OWN = {"BTC": "XXBT", "ETH": "XETH", "XRP": "XXRP", "LTC": "XLTC", "XLM": "XXLM", "ETC": "XETC", "DOGE": "XXDG"}
MONEY = {"USD": "ZUSD", "EUR": "ZEUR"}
SPELT = {"BTC": "XBT", "DOGE": "XDG"}
OLD = frozenset({"XXBT", "XETH", "XXRP", "XLTC", "XXLM", "XETC"})
_FEES = [[0, 0.4], [10000, 0.35], [50000, 0.24], [100000, 0.22], [250000, 0.2]]
_MAKER_FEES = [[0, 0.25], [10000, 0.2], [50000, 0.14], [100000, 0.12], [250000, 0.08]]


def asset(code: str) -> str:
    return _OWN.get(code) or MONEY.get(code) or code


def altname(market: Market) -> str:
    return SPELT.get(market.base, market.base) + SPELT.get(market.quote_currency, market.quote_currency)


def good(result: Any) -> dict[str, Any]:
    return {"error": [], "result": result}


def listed(market: Market, _: Sight) -> dict[str, Any]:
    base, quote = (SPELT.get(code, code) for code in (market.base, market.quote_currency))
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


def day(market: Market, sight: Sight) -> dict[str, Any]:
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


def levels(levels: tuple[Level, ...], market: Market, now_s: int) -> list[list[Any]]:
    return [[fixed(price, market.decimals), fixed(quantity, 3), now_s] for price, quantity in levels]


def named(levels: tuple[Level, ...]) -> list[dict[str, Any]]:
    return [{"price": numeral(price), "qty": numeral(quantity)} for price, quantity in levels]


def ticker_frame(market: Market, quote: Quote) -> dict[str, Any]:
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


def checksum(quote: Quote, market: Market) -> int:
    """Of the ten best levels, as Kraken sums them up."""
    bids, asks = book(quote, market, 10)
    text = "".join(
        _digits(price, market.decimals) + _digits(quantity, 8) for levels in (asks, bids) for price, quantity in levels
    )
    return crc32(text.encode())


def _digits(number: Said, places: int) -> str:
    return (fixed(number, places) or "").replace(".", "").lstrip("0")
