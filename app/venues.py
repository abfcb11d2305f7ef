"""Accounts at real venues: how each is reached, and what can be traded there."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TypeAlias

import structlog

from app.desk import Instruments, is_quoted
from app.settings import AccountSettings, Settings
from app.storage.venues import Place, load_instruments, save_instruments
from exchange.checkup import Trouble, missing_among
from exchange.connection import Credential, VenueAccess
from portfolio.model.identifiers import AccountId, Symbol
from portfolio.model.instrument import Instrument
from portfolio.model.venue import Condition

Told: TypeAlias = Mapping[AccountId, Mapping[Symbol, Instrument] | Trouble]

log = structlog.get_logger("venues")


NOTHING_HELD: Mapping[Symbol, Instrument] = MappingProxyType({})


class VenueUnknown(Exception):
    """Nothing can be traded at the venue before it has been reached once; the message names account and reason."""


class SymbolsUnknown(Exception):
    """Strategies list what their venue does not trade. `faults` has a line for each."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        self.faults = faults
        super().__init__("; ".join(faults))


def access_of(
    settings: Settings, account: AccountSettings, held: Mapping[Symbol, Instrument] = NOTHING_HELD
) -> VenueAccess:
    """How to reach the account, which is none on paper. `held` is what it has something in, by its books."""
    assert account.api_key is not None, account.id
    assert account.api_secret is not None, account.id
    switch_s = account.dead_mans_switch_s
    return VenueAccess(
        account=account.id,
        venue=account.venue,
        environment=account.environment,
        api_key=Credential(account.api_key.get_secret_value()),
        api_secret=Credential(account.api_secret.get_secret_value()),
        rest_url=account.rest_url,
        ws_url=account.ws_url,
        symbols=symbols_traded(settings, account),
        held=held,
        leverage=account.leverage,
        margin_mode=account.margin_mode,
        recv_window_s=float(account.recv_window_s),
        send_timeout_s=float(account.send_timeout_s),
        dead_mans_switch_s=None if switch_s is None else float(switch_s),
    )


def symbols_traded(settings: Settings, account: AccountSettings) -> frozenset[Symbol]:
    """Every symbol that a strategy of the account lists."""
    own = (strategy for strategy in settings.strategies if settings.account_of(strategy) == account.id)
    return frozenset(symbol for strategy in own for symbol in strategy.symbols)


def at_venues(settings: Settings) -> tuple[AccountSettings, ...]:
    """The accounts at real venues."""
    return tuple(account for account in settings.accounts if not account.is_paper)


def places_of(settings: Settings) -> dict[AccountId, Place]:
    """Where each account is."""
    return {account.id: place_of(account) for account in settings.accounts}


def place_of(account: AccountSettings) -> Place:
    return Place(account.venue) if account.is_paper else Place(account.venue, account.environment)


def remembered(settings: Settings) -> Instruments:
    """What real venues and those of feeds told the last time they were reached. Nothing is asked of them."""
    return load_instruments(settings.database_path) if any(map(is_quoted, settings.accounts)) else {}


def instruments_known(settings: Settings, told: Told, now: datetime) -> Instruments:
    """What each venue tells now, and what it told before of instruments it has no more; remembered for the next start.

    Where a venue cannot be reached, what it told the last time. Raises VenueUnknown where it never did, and
    SymbolsUnknown where a strategy lists what the venue has never had.
    """
    before = remembered(settings)
    known: dict[AccountId, Mapping[Symbol, Instrument]] = {}
    for account in at_venues(settings):
        answer = told[account.id]
        if isinstance(answer, Trouble):
            known[account.id] = _told_before(account, answer, before.get(account.id, {}))
            continue
        save_instruments(settings.database_path, account.id, answer, now)
        known[account.id] = {**before.get(account.id, {}), **answer}
    if faults := tuple(_missing(settings, known)):
        raise SymbolsUnknown(faults)
    return known


def _told_before(
    account: AccountSettings, trouble: Trouble, before: Mapping[Symbol, Instrument]
) -> Mapping[Symbol, Instrument]:
    what = f"account {account.id}: {place_of(account)} is {trouble.condition}: {trouble.detail}"
    if not before and trouble.condition is Condition.CLOSED:
        raise VenueUnknown(what)
    if not before:
        raise VenueUnknown(f"{what}; it has never told what can be traded there: start again when it answers")
    log.warning("started with the instruments of the last time", account=account.id, venue=what)
    return before


def _missing(settings: Settings, known: Instruments) -> list[str]:
    faults = []
    for strategy in settings.strategies:
        account = next(account for account in settings.accounts if account.id == settings.account_of(strategy))
        if not account.is_paper:
            for symbol, near in missing_among(frozenset(strategy.symbols), known[account.id]).items():
                faults.append(f"strategies.{strategy.id}.symbols: {place_of(account)} {lacking(symbol, near)}")
    return faults


def lacking(symbol: Symbol, near: tuple[Symbol, ...]) -> str:
    """What a venue does not have, and what it has instead."""
    return f"has no {symbol}" + (f"; the nearest it has: {', '.join(near)}" if near else "")
