"""The markets of a venue, contracts included where somebody asks for them."""

from collections.abc import Iterable

from portfolio.model.identifiers import Symbol
from portfolio.prices.ports import PriceFeed
from portfolio.prices.resolving import Listing, resolve
from portfolio.prices.source import SourceState
from portfolio.prices.terms import PriceTerms
from portfolio.prices.ticker import Venue


async def listing_of(
    feed: PriceFeed, venue: Venue, symbols: Iterable[Symbol], terms: PriceTerms
) -> Listing | SourceState:
    """Not every venue tells of its contracts before one is asked for: that is done here, once."""
    listing = await feed.markets(venue)
    if isinstance(listing, SourceState):
        return listing
    contracts = [symbol for symbol in symbols if ":" in symbol and resolve(symbol, venue, listing, terms) is None]
    if contracts and all(":" not in symbol for symbol in listing):
        await feed.ask(venue, contracts)
        return await feed.markets(venue)
    return listing
