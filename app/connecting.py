"""The gateways of the accounts at real venues: made, connected together, and closed."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from app.clock import now_utc
from app.desk import NOTHING_TOLD, Instruments
from app.feeds import Answers, fed_instruments, feeds_of, symbols_at
from app.prices.desk import PriceDesk
from app.prices.reaching import OpenFeed
from app.prices.screen_settings import screens_of, venues_of
from app.settings import Settings
from app.storage.venues import load_held
from app.venues import NOTHING_HELD, Told, access_of, at_venues, instruments_known
from exchange.address import Addresses
from exchange.checkup import Trouble
from exchange.connection import VenueAccess
from exchange.quotes import QuoteBoard
from portfolio.model.identifiers import AccountId, Symbol
from portfolio.model.instrument import Instrument

if TYPE_CHECKING:
    from exchange.opening import Account

log = structlog.get_logger("venues")


@dataclass(frozen=True, slots=True)
class Connections:
    """Every real account's gateway, the board that they put quotes on, what can be traded through them or on paper at a
    venue's prices, and the desk that keeps public prices, where one was needed already."""

    quotes: QuoteBoard = field(default_factory=QuoteBoard)
    gateways: "Mapping[AccountId, Account]" = field(default_factory=dict)
    instruments: Instruments = field(default_factory=lambda: NOTHING_TOLD)
    prices: PriceDesk | None = None

    async def close(self) -> None:
        prices = () if self.prices is None else (self.prices.close(),)
        await asyncio.gather(*(gateway.close() for gateway in self.gateways.values()), *prices)


async def connect(settings: Settings) -> Connections:
    """Each venue was asked what it trades, and so was each feed. Raises VenueUnknown and SymbolsUnknown, and leaves
    nothing open then."""
    accounts, feeds = at_venues(settings), feeds_of(settings)
    held = load_held(settings.database_path) if accounts else {}
    accesses = {account.id: access_of(settings, account, held.get(account.id, NOTHING_HELD)) for account in accounts}
    quotes, addresses, prices = QuoteBoard(), Addresses(), price_desk(settings) if feeds else None
    gateways = {account: _gateway(access, quotes, addresses) for account, access in accesses.items()}
    try:
        told, listings = await asyncio.gather(_reach_all(gateways), _listings(settings, prices))
        now = now_utc()
        instruments = {**instruments_known(settings, told, now), **fed_instruments(settings, listings, now)}
    except BaseException:
        await Connections(quotes, gateways, prices=prices).close()
        raise
    return Connections(quotes, gateways, instruments, prices)


def price_desk(settings: Settings, open_feed: OpenFeed | None = None) -> PriceDesk:
    """The one desk of a process that keeps public prices, of every venue that the configuration speaks of."""
    screens = screens_of(settings.screens, settings.prices)
    also = (*feeds_of(settings), *venues_of(screens))
    return PriceDesk(settings.prices, open_feed, also, settings.portfolio.currency)


def _gateway(access: VenueAccess, quotes: QuoteBoard, addresses: Addresses) -> "Account":
    from exchange.opening import open_account  # noqa: PLC0415 - ccxt takes a second and 100 MB: only where it is needed

    return open_account(access, quotes, addresses)


async def _reach_all(gateways: "Mapping[AccountId, Account]") -> Told:
    answers = await asyncio.gather(*(_reach(account, gateway) for account, gateway in gateways.items()))
    return dict(zip(gateways, answers, strict=True))


async def _reach(account: AccountId, gateway: "Account") -> Mapping[Symbol, Instrument] | Trouble:
    told = await gateway.reach()
    if isinstance(told, Trouble):
        log.warning("venue not reached", account=account, condition=told.condition.value, reason=told.detail)
    return told


async def _listings(settings: Settings, prices: PriceDesk | None) -> Answers:
    if prices is None:
        return {}
    feeds = feeds_of(settings)
    answers = await asyncio.gather(*(prices.listing_of(venue, symbols_at(settings, venue)) for venue in feeds))
    return dict(zip(feeds, answers, strict=True))
