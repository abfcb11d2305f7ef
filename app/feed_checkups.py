"""Feeds of paper accounts asked before anything is traded: whether they answer, trade what is listed, and quote it."""

import asyncio
import time
from collections.abc import Iterator, Mapping

from app.checkups import Findings
from app.feeds import missing_of, stepless_of, symbols_at, symbols_quoted, without_steps
from app.prices.desk import PriceDesk
from app.settings import AccountSettings, Settings
from app.venues import lacking
from portfolio.model.decimals import plain
from portfolio.model.identifiers import Symbol
from portfolio.prices.board import age_s
from portfolio.prices.market import Market
from portfolio.prices.ports import Told
from portfolio.prices.source import SourceState
from portfolio.prices.ticker import Ticker, Venue

MAY_REST_S = 5.0
"""What was asked for a moment ago is not asked for again."""


async def check_up_feeds(settings: Settings, prices: PriceDesk) -> list[Findings]:
    """Every paper account with a feed, all at the same time. Nothing is kept."""
    fed = [(account, account.feed) for account in settings.accounts if account.feed is not None]
    try:
        return await asyncio.gather(*(_check_up(settings, account, venue, prices) for account, venue in fed))
    finally:
        await prices.close()


async def _check_up(settings: Settings, account: AccountSettings, venue: Venue, prices: PriceDesk) -> Findings:
    markets = await prices.listing_of(venue, symbols_at(settings, venue))
    if isinstance(markets, SourceState):
        return _found(account, faults=(_trouble(markets),))
    wanted = [symbol for symbol in symbols_quoted(settings, account, (), markets) if symbol in markets]
    told = await (await prices.feed()).ask(venue, wanted, MAY_REST_S)
    return _found(
        account,
        facts=(f"reachable, has {len(markets)} markets", *_facts(told)),
        warnings=tuple(_warnings(wanted, told)),
        faults=tuple(_faults(settings, account, markets)),
    )


def _found(
    account: AccountSettings,
    facts: tuple[str, ...] = (),
    warnings: tuple[str, ...] = (),
    faults: tuple[str, ...] = (),
) -> Findings:
    place = f"paper, at the prices of {account.feed}"
    return Findings(
        account=account.id, place=place, facts=facts, warnings=warnings, faults=faults, balances=account.balances
    )


def _trouble(state: SourceState) -> str:
    return f"tells nothing: {state.status}{f', {state.detail}' if state.detail else ''}"


def _facts(told: Told) -> Iterator[str]:
    now_s = time.monotonic()
    for ticker in told.tickers:
        if _is_quote(ticker):
            bid, ask = (plain(price) if price is not None else "" for price in (ticker.bid, ticker.ask))
            yield f"{ticker.symbol} {bid} / {ask}, {age_s(ticker, now_s):.1f} s old"


def _is_quote(ticker: Ticker) -> bool:
    return ticker.bid is not None and ticker.ask is not None and 0 < ticker.bid <= ticker.ask


def _warnings(wanted: list[Symbol], told: Told) -> Iterator[str]:
    quoted = {ticker.symbol for ticker in told.tickers if _is_quote(ticker)}
    if silent := [symbol for symbol in wanted if symbol not in quoted]:
        why = f" ({_trouble(told.state)})" if told.state.detail else ""
        yield f"tells no bid and ask of {', '.join(silent)} now{why}: nothing is opened there without"


def _faults(settings: Settings, account: AccountSettings, markets: Mapping[Symbol, Market]) -> Iterator[str]:
    for symbol, near in missing_of(settings, account, markets).items():
        yield lacking(symbol, near)
    for symbol in stepless_of(settings, account, markets):
        yield without_steps(symbol)
