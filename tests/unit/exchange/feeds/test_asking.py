"""By which way a venue tells bids and asks is found out once."""

from collections.abc import Iterable
from typing import Any

import pytest

from exchange.feeds.asking import Asker, Raw
from exchange.feeds.fault import Fault
from exchange.feeds.quirks import Quirks, Way
from portfolio.prices.source import SourceStatus

SYMBOLS = ["BTC/USD", "ETH/USD"]
BEST = {"bid": "10", "ask": "11"}


class Driver:
    """What it says of each market by each call; `calls` are those that were made."""

    def __init__(self, **says: Any) -> None:
        self.markets = {symbol: {"type": "spot", "subType": None} for symbol in SYMBOLS}
        self.has = {"fetchTickers": True, "fetchBidsAsks": "bids_asks" in says, "fetchTicker": "ticker" in says}
        self.says = says
        self.calls: list[str] = []

    async def fetch_tickers(self, symbols: Any, params: Any) -> dict[str, Any]:
        self.calls.append(f"tickers {len(symbols) if symbols else 'all'}")
        return dict.fromkeys(SYMBOLS, self.says["tickers"])

    async def fetch_bids_asks(self, symbols: Any, params: Any) -> dict[str, Any]:
        self.calls.append("bids_asks")
        return dict.fromkeys(SYMBOLS, self.says["bids_asks"])

    async def fetch_ticker(self, symbol: str) -> dict[str, Any]:
        self.calls.append(f"ticker {symbol}")
        said = self.says["ticker"]
        if isinstance(said, dict) and symbol in said:
            raise said[symbol]
        return {"symbol": symbol, **said}

    async def fetch_order_book(self, symbol: str) -> dict[str, Any]:
        self.calls.append(f"book {symbol}")
        return {"bids": [["10", "1"]], "asks": [["11", "1"]], "timestamp": None}


async def told(driver: Driver, quirks: Quirks | None = None, asker: Asker | None = None) -> dict[str, Any]:
    taken: dict[str, Any] = {}

    def take(raws: Iterable[Raw]) -> bool:
        found = {raw["symbol"]: raw for raw in raws if raw.get("bid") or raw.get("last")}
        taken.update(found)
        return bool(found)

    await (asker or Asker(driver, quirks or Quirks())).ask(SYMBOLS, take)
    return {symbol: (raw.get("bid"), raw.get("last")) for symbol, raw in taken.items()}


EVERYTHING = dict.fromkeys(SYMBOLS, ("10", "10.5"))
LAST = {"last": "10.5"}


async def test_one_call_that_says_all_is_enough() -> None:
    driver = Driver(tickers={**BEST, **LAST}, ticker=BEST)
    assert await told(driver) == EVERYTHING
    assert driver.calls == ["tickers 2"]


async def test_bids_and_asks_of_another_call_join_the_figures_of_the_day() -> None:
    driver = Driver(tickers=LAST, bids_asks=BEST, ticker=BEST)
    asker = Asker(driver, Quirks())
    assert await told(driver, asker=asker) == EVERYTHING
    driver.calls.clear()
    assert await told(driver, asker=asker) == EVERYTHING
    assert sorted(driver.calls) == ["bids_asks", "tickers 2"]


async def test_else_each_market_is_asked_for_by_itself() -> None:
    driver = Driver(tickers=LAST, ticker=BEST)
    assert await told(driver) == EVERYTHING
    assert "ticker BTC/USD" in driver.calls


async def test_and_where_nothing_else_tells_them_each_order_book() -> None:
    driver = Driver(tickers=LAST)
    assert await told(driver) == EVERYTHING
    assert "book BTC/USD" in driver.calls


async def test_an_answer_without_any_price_is_no_reason_to_ask_otherwise() -> None:
    driver = Driver(tickers={"bid": None, "last": None}, ticker=BEST)
    with pytest.raises(Fault) as caught:
        await told(driver)
    assert caught.value.status is SourceStatus.GARBLED
    assert driver.calls == ["tickers 2"]


async def test_one_market_that_fails_is_no_fault_of_the_others_and_most_of_them_are_one() -> None:
    broken = Fault(SourceStatus.FAILED, "HTTP 404")
    quirks = Quirks(way=Way.SINGLE)
    driver = Driver(tickers=LAST, ticker={**BEST, "ETH/USD": broken})
    assert (await told(driver, quirks)).keys() == {"BTC/USD"}
    driver = Driver(tickers=LAST, ticker={"BTC/USD": broken, "ETH/USD": broken})
    with pytest.raises(Fault, match="2 of 2 not answered: HTTP 404"):
        await told(driver, quirks)


async def test_more_markets_than_one_call_may_name_are_all_asked_for() -> None:
    driver = Driver(tickers={**BEST, **LAST})
    await told(driver, Quirks(most_named=1))
    assert driver.calls == ["tickers all"]
