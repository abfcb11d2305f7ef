"""From settings to what it takes to reach the venues, and to compare what they say."""

import asyncio
import importlib
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from app.settings.prices import PriceSettings, PriceVenue
from exchange.sources import SourceAccess
from portfolio.prices.assets import Assets
from portfolio.prices.ports import PriceFeed, Tell
from portfolio.prices.terms import PriceTerms
from portfolio.prices.ticker import Venue

OpenFeed: TypeAlias = Callable[[Sequence[SourceAccess], Tell], PriceFeed]


def accesses_of(settings: PriceSettings, venues: Iterable[Venue]) -> tuple[SourceAccess, ...]:
    """How each venue is reached, with what the settings say of it where they do."""
    own = {row.id: row for row in settings.exchanges}
    return tuple(_access(settings, own.get(venue) or PriceVenue(id=venue)) for venue in venues)


def timeout_of(settings: PriceSettings, venue: Venue) -> float:
    """How long the venue may take to answer, in seconds."""
    own = next((row.timeout_s for row in settings.exchanges if row.id == venue), None)
    return float(own or settings.timeout_s)


def _access(settings: PriceSettings, row: PriceVenue) -> SourceAccess:
    return SourceAccess(
        venue=row.id,
        rest_url=row.rest_url,
        ws_url=row.ws_url,
        timeout_s=float(row.timeout_s or settings.timeout_s),
        refresh_s=float(row.refresh_s or settings.refresh_s),
        stream=row.stream,
    )


def terms_of(settings: PriceSettings) -> PriceTerms:
    return PriceTerms(
        equivalents=settings.equivalents,
        max_age_s=float(settings.max_age_s),
        frozen_after_s=float(settings.frozen_after_s),
        absurd_above=settings.discrepancies.absurd_above,
        fees={row.id: row.taker_fee for row in settings.exchanges if row.taker_fee is not None},
        assets=Assets.spelt(settings.assets),
        venues=settings.venues,
    )


async def load_feed() -> OpenFeed:
    """Loaded by name and beside the event loop: ccxt takes a second and 100 MB, and meanwhile the desk may trade."""
    module = await asyncio.to_thread(importlib.import_module, "exchange.feed")
    opened: OpenFeed = module.Feed
    return opened
