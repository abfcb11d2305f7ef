"""The gateways of the accounts at real venues: made, connected together, and closed."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from app.clock import now_utc
from app.desk import NOTHING_TOLD, Instruments
from app.settings import AccountSettings, Settings
from app.venues import access_of, at_venues, instruments_known
from exchange.checkup import Trouble
from exchange.quotes import QuoteBoard
from portfolio.model.identifiers import AccountId, Symbol
from portfolio.model.instrument import Instrument

if TYPE_CHECKING:
    from exchange.opening import Account

log = structlog.get_logger("venues")


@dataclass(frozen=True, slots=True)
class Connections:
    """Every real account's gateway, the board that they put quotes on, and what can be traded through them."""

    quotes: QuoteBoard = field(default_factory=QuoteBoard)
    gateways: "Mapping[AccountId, Account]" = field(default_factory=dict)
    instruments: Instruments = field(default_factory=lambda: NOTHING_TOLD)

    async def close(self) -> None:
        await asyncio.gather(*(gateway.close() for gateway in self.gateways.values()))


async def connect(settings: Settings) -> Connections:
    """Each venue was asked what it trades. Raises VenueUnknown and SymbolsUnknown, and leaves nothing open then."""
    accounts = at_venues(settings)
    if not accounts:
        return Connections()
    quotes = QuoteBoard()
    gateways = {account.id: _gateway(settings, account, quotes) for account in accounts}
    try:
        answers = await asyncio.gather(*(_reach(account, gateway) for account, gateway in gateways.items()))
        instruments = instruments_known(settings, dict(zip(gateways, answers, strict=True)), now_utc())
    except BaseException:
        await Connections(quotes, gateways).close()
        raise
    return Connections(quotes, gateways, instruments)


def _gateway(settings: Settings, account: AccountSettings, quotes: QuoteBoard) -> "Account":
    from exchange.opening import open_account  # noqa: PLC0415 - ccxt takes a second and 100 MB: only where it is needed

    return open_account(access_of(settings, account), quotes)


async def _reach(account: AccountId, gateway: "Account") -> Mapping[Symbol, Instrument] | Trouble:
    told = await gateway.reach()
    if isinstance(told, Trouble):
        log.warning("venue not reached", account=account, condition=told.condition.value, reason=told.detail)
    return told
