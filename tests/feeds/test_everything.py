"""Asking about all markets at once beside those who want bid and ask of some: neither takes anything from the other."""

from collections.abc import Callable

import pytest

from tests.feeds.desks import Desk

MakeDesk = Callable[..., Desk]
SILENT = {"coinbase": ("BTC/USD", "ETH/USD"), "hyperliquid": ("BTC/USDC", "ETH/USDC")}
"""Venues that tell no bids and asks with what they tell of all markets."""


@pytest.mark.parametrize("venue", SILENT)
async def test_an_answer_about_everything_takes_no_bid_and_ask_away(desk: MakeDesk, venue: str) -> None:
    feed, (watched, other) = desk(venue).feed, SILENT[venue]
    (named,) = (await feed.ask(venue, [watched])).tickers
    told = {ticker.symbol: ticker for ticker in (await feed.ask(venue, None, 10)).tickers}
    assert named.bid is not None
    assert (told[watched].bid, told[watched].ask) == (named.bid, named.ask)
    assert other in told


@pytest.mark.parametrize("venue", SILENT)
async def test_whoever_names_a_market_gets_its_bid_and_ask_however_new_an_answer_without_is(
    desk: MakeDesk, venue: str
) -> None:
    feed, (_, other) = desk(venue).feed, SILENT[venue]
    told = {ticker.symbol: ticker for ticker in (await feed.ask(venue, None)).tickers}
    assert told[other].bid is None
    (named,) = (await feed.ask(venue, [other], 10)).tickers
    assert named.bid is not None
