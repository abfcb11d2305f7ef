"""A venue that nobody had in mind is asked and listened to by the same code."""

import asyncio
import contextlib
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from exchange.feed import Feed
from exchange.feeds import streams
from exchange.sources import SourceAccess
from portfolio.prices.depth import Depth
from portfolio.prices.ports import News
from portfolio.prices.source import SourceState
from portfolio.prices.ticker import Ticker
from tests.feeds.desks import until
from tests.simulators.bybit import BybitSimulator

SPOT, LINEAR = "BTC/USDT", "BTC/USDT:USDT"


async def test_bybit_tells_spot_and_contracts_together() -> None:
    async with BybitSimulator() as venue:
        venue.control.price(SPOT, "64000.1", "64000.5")
        venue.control.price(LINEAR, "64010.1", "64010.5")
        feed = Feed([SourceAccess(venue="bybit", rest_url=venue.rest_url)], lambda _: None)
        told = await feed.ask("bybit", [SPOT, LINEAR])
        assert {ticker.symbol: ticker.bid for ticker in told.tickers} == {
            SPOT: Decimal("64000.1"),
            LINEAR: Decimal("64010.1"),
        }
        markets = await feed.markets("bybit")
        assert not isinstance(markets, SourceState)
        assert markets[LINEAR].settle == "USDT"
        assert markets[LINEAR].contract_size == Decimal(1)
        book = await feed.order_book("bybit", LINEAR)
        assert isinstance(book, Depth)
        assert book.bids[0].price == Decimal("64010.1")
        await feed.close()


async def test_where_one_stream_tells_nothing_another_is_listened_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulator has no stream of best prices, only of tickers."""
    monkeypatch.setattr(streams, "FIRST_NEWS_WITHIN_S", 1.0)
    news: list[News] = []
    async with BybitSimulator() as venue:
        venue.control.price(LINEAR, "64010.1", "64010.5")
        access = SourceAccess(venue="bybit", rest_url=venue.rest_url, ws_url=venue.ws_url, refresh_s=30.0)
        feed = Feed([access], news.append)
        feed.watch({"bybit": [LINEAR]})
        running = asyncio.create_task(feed.run())
        await until(lambda: feed.state("bybit").streams)
        venue.control.price(LINEAR, "64020.1", "64020.5")
        await until(lambda: any(isinstance(each, Ticker) and each.bid == Decimal("64020.1") for each in news))
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await feed.close()


def _instrument(base: str, quote: str) -> dict[str, Any]:
    return {
        "symbol": f"{base}_{quote}",
        "inst_type": "CCY_PAIR",
        "display_name": f"{base}/{quote}",
        "base_ccy": base,
        "quote_ccy": quote,
        "quote_decimals": 2,
        "quantity_decimals": 4,
        "price_tick_size": "0.01",
        "qty_tick_size": "0.0001",
        "tradable": True,
    }


async def test_numbers_that_are_no_text_keep_their_digits_and_a_fraction_is_no_percentage() -> None:
    """Crypto.com names one market or all, and calls a fraction of the price its change."""
    asked: list[str] = []

    async def instruments(_: web.Request) -> web.Response:
        listed = [_instrument("BTC", "USDT"), _instrument("ETH", "USDT"), _instrument("SOL", "USDT")]
        return web.json_response({"code": 0, "result": {"data": listed}})

    async def tickers(request: web.Request) -> web.Response:
        asked.append(request.query_string)
        rows = ",".join(
            f'{{"i":"{base}_USDT","b":64000.12345678901234567,"k":64001.1,"a":64000.5,"c":"-0.0154","h":65000,"l":63000,'
            f'"v":"12.5","t":1763715600000}}'
            for base in ("BTC", "ETH", "SOL")
        )
        return web.Response(text=f'{{"code":0,"result":{{"data":[{rows}]}}}}', content_type="application/json")

    app = web.Application()
    app.router.add_get("/exchange/v1/public/get-instruments", instruments)
    app.router.add_get("/exchange/v1/public/get-tickers", tickers)
    async with TestServer(app) as server:
        feed = Feed([SourceAccess(venue="cryptocom", rest_url=str(server.make_url("/")))], lambda _: None)
        told = await feed.ask("cryptocom", ["BTC/USDT", "SOL/USDT"])
        assert [ticker.symbol for ticker in told.tickers] == ["BTC/USDT", "SOL/USDT"], told.state
        assert told.tickers[0].bid == Decimal("64000.12345678901234567")
        assert told.tickers[0].change_24h == Decimal("-0.0154")
        assert asked == [""]
        await feed.close()
