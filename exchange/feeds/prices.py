"""What a venue last said of each of its markets, put together from answers and streams."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from exchange.feeds.reading import TickerReader
from portfolio.model.identifiers import Symbol
from portfolio.prices.market import Market
from portfolio.prices.ports import Tell
from portfolio.prices.ticker import Ticker

Raw: TypeAlias = Mapping[str, Any]

CHANGE_HOLDS_S = 60.0
BOOK_HOLDS_S = 10.0
"""A bid and an ask that were told so lately outlive an answer that tells neither, as those about all markets may."""


class Prices:
    """Whoever tells it, and however often: a bid and an ask are never replaced by older ones."""

    def __init__(self, reader: TickerReader, tell: Tell) -> None:
        self._reader = reader
        self._tell = tell
        self._tickers: dict[Symbol, Ticker] = {}
        self._days: dict[Symbol, Ticker] = {}
        self._changes: dict[Symbol, tuple[Decimal, float]] = {}

    def latest(self, symbol: Symbol) -> Ticker | None:
        return self._tickers.get(symbol)

    def age_s(self, symbol: Symbol) -> float:
        """Since receipt."""
        ticker = self._tickers.get(symbol)
        return time.monotonic() - ticker.received_s if ticker is not None else float("inf")

    def day_age_s(self, symbol: Symbol) -> float:
        """Since the last price and the figures of the day were received."""
        day = self._days.get(symbol)
        return time.monotonic() - day.received_s if day is not None else float("inf")

    def answered(self, told: Iterable[Raw], markets: Mapping[Symbol, Market], asked_s: float) -> bool:
        """An answer to what was asked at `asked_s`: what a stream has told since is newer. True where there was any
        price; a market without one keeps what was known, which grows old."""
        now, now_utc, has_prices = time.monotonic(), datetime.now(UTC), False
        for raw in told:
            if (market := markets.get(raw["symbol"])) is None:
                continue
            ticker = self._reader.read(raw, market, now, now_utc)
            if ticker.bid is None and ticker.ask is None and ticker.last is None:
                continue
            has_prices = True
            if ticker.change_24h is None and (change := self._change_told(market.symbol, now)) is not None:
                ticker = replace(ticker, change_24h=change)
            if ticker.last is not None:
                self._days[market.symbol] = ticker
            former = self._tickers.get(market.symbol)
            is_former_better = former is not None and (
                (former.by_stream and former.received_s >= asked_s) or _tells_less(ticker, former)
            )
            self._put(_with_day(former, ticker) if former is not None and is_former_better else ticker)
        return has_prices

    def streamed(self, told: Iterable[Raw], markets: Mapping[Symbol, Market]) -> bool:
        """True where there was a bid or an ask; one that tells neither brings the day's figures alone."""
        now, now_utc, has_prices = time.monotonic(), datetime.now(UTC), False
        for raw in told:
            if (market := markets.get(raw["symbol"])) is None:
                continue
            ticker = self._reader.read(raw, market, now, now_utc, by_stream=True)
            if ticker.change_24h is not None:
                self._changes[market.symbol] = (ticker.change_24h, now)
            if ticker.last is not None:
                self._days[market.symbol] = ticker
            if ticker.bid is not None or ticker.ask is not None:
                has_prices = True
                self._put(_with_day(ticker, self._days.get(market.symbol)) if ticker.last is None else ticker)
        return has_prices

    def _change_told(self, symbol: Symbol, now_s: float) -> Decimal | None:
        """By the stream, where an answer does not say it."""
        change, told_s = self._changes.get(symbol, (None, 0.0))
        return change if now_s - told_s <= CHANGE_HOLDS_S else None

    def _put(self, ticker: Ticker) -> None:
        self._tickers[ticker.symbol] = ticker
        self._tell(ticker)


def _tells_less(ticker: Ticker, former: Ticker) -> bool:
    """True where the bid and ask of before are lost with it, and are not old yet."""
    if ticker.bid is not None or ticker.ask is not None or (former.bid is None and former.ask is None):
        return False
    return ticker.received_s - former.received_s <= BOOK_HOLDS_S


def _with_day(ticker: Ticker, day: Ticker | None) -> Ticker:
    if day is None:
        return ticker
    return replace(
        ticker,
        last=day.last,
        change_24h=day.change_24h,
        high_24h=day.high_24h,
        low_24h=day.low_24h,
        volume_24h=day.volume_24h,
    )
