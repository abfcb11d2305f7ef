"""Asks the venues for what it takes to value a wallet, all at once."""

import asyncio
from collections.abc import Iterable

from app.prices.desk import PriceDesk
from portfolio.prices.ports import PriceFeed
from portfolio.prices.source import SourceState
from portfolio.prices.ticker import Venue
from portfolio.prices.valuing import value_symbols


async def ask_for_values(desk: PriceDesk, pairs: Iterable[tuple[str, str]]) -> None:
    """What the venues say of the coins in the currencies is on the board, as fresh as is not yet stale; nothing is
    raised for what venues do. Each pair is a coin and a currency."""
    wanted = {pair for pair in pairs if pair[0] != pair[1]}
    if not wanted:
        return
    feed = await desk.feed()
    async with asyncio.TaskGroup() as tasks:
        for venue in desk.venues:
            tasks.create_task(_ask(desk, feed, venue, wanted))


async def _ask(desk: PriceDesk, feed: PriceFeed, venue: Venue, wanted: set[tuple[str, str]]) -> None:
    listing = await feed.markets(venue)
    if isinstance(listing, SourceState):
        return
    desk.listings[venue] = listing
    symbols = dict.fromkeys(
        symbol
        for coin, currency in sorted(wanted)
        for symbol in value_symbols([coin], currency, venue, listing, desk.terms)
    )
    if symbols:
        await feed.ask(venue, list(symbols), float(desk.settings.max_age_s) / 2)
