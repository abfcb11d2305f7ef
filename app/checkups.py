"""Real venues asked about their accounts before anything is traded: what is right, what is doubtful, what is wrong."""

import asyncio
import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum, auto
from typing import TypeAlias

from app.settings import AccountSettings, Settings
from app.venues import access_of, at_venues, lacking, place_of
from exchange.address import Addresses
from exchange.checkup import Checked, KeyRights, Trouble, VenueCheckup
from exchange.connection import CLOSED, Environment, VenueAccess
from exchange.errors import VenueError
from exchange.quotes import QuoteBoard
from portfolio.model.decimals import plain
from portfolio.model.venue import Condition

Connect: TypeAlias = Callable[[VenueAccess, Addresses], Checked]


class _Kind(Enum):
    FACT = auto()
    WARNING = auto()
    FAULT = auto()


_FACT, _WARNING, _FAULT = _Kind.FACT, _Kind.WARNING, _Kind.FAULT
Finding: TypeAlias = tuple[_Kind, str]

CHECK_WITHIN_S = 30.0
MOST_SKEW_S = 2.0
SOON = timedelta(days=14)
_TROUBLE = {
    Condition.UNREACHABLE: "cannot be reached: ",
    Condition.MAINTENANCE: "is under maintenance: ",
    Condition.RATE_LIMITED: "takes no more requests for now: ",
    Condition.CLOCK_SKEWED: "does not agree with this machine's clock: ",
    Condition.KEY_REFUSED: "does not accept the key: ",
    Condition.CLOSED: "",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a check of one account found. With a fault nothing should be traded. `balances` None were not told."""

    account: str
    place: str
    facts: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    balances: Mapping[str, Decimal] | None = None


def connect_gateway(access: VenueAccess, addresses: Addresses) -> Checked:
    """Loaded by name: ccxt takes seconds. Raises VenueError where it does not know the venue."""
    opening = importlib.import_module("exchange.opening")
    gateway: Checked = opening.open_account(access, QuoteBoard(), addresses)
    return gateway


async def check_up_venues(settings: Settings, now: datetime, connect: Connect = connect_gateway) -> list[Findings]:
    """Every account at a real venue, all at the same time. Nothing is changed there."""
    addresses = Addresses()

    def at_one_address(access: VenueAccess) -> Checked:
        return connect(access, addresses)

    checks = (_check_up(settings, account, now, at_one_address) for account in at_venues(settings))
    return await asyncio.gather(*checks)


async def _check_up(
    settings: Settings, account: AccountSettings, now: datetime, connect: Callable[[VenueAccess], Checked]
) -> Findings:
    closure, place = CLOSED.get(account.venue), str(place_of(account))
    if closure is not None and account.rest_url is None:
        return Findings(account=account.id, place=place, faults=(f"{account.venue} {closure}",))
    access = access_of(settings, account)
    found = findings_of(account, await _asked(access, connect), now)
    told = (f"{account.venue} {closure}",) if closure is not None and not found.faults else ()
    return Findings(
        account=account.id,
        place=place,
        facts=_cleared(access, found.facts),
        warnings=(*told, *_cleared(access, found.warnings)),
        faults=_cleared(access, found.faults),
        balances=found.balances,
    )


async def _asked(access: VenueAccess, connect: Callable[[VenueAccess], Checked]) -> VenueCheckup | Trouble:
    """The venue's answer, or why there is none."""
    try:
        connection = connect(access)
    except VenueError as error:
        return Trouble(Condition.UNREACHABLE, error.detail)
    try:
        async with asyncio.timeout(CHECK_WITHIN_S):
            return await connection.check_up(access.symbols)
    except TimeoutError:
        return Trouble(Condition.UNREACHABLE, f"no answer within {CHECK_WITHIN_S:g} s")
    finally:
        await connection.close()


def findings_of(account: AccountSettings, answer: VenueCheckup | Trouble, now: datetime) -> Findings:
    """What the answer means for the account."""
    place = str(place_of(account))
    if isinstance(answer, Trouble):
        what = _TROUBLE.get(answer.condition, "does not work: ")
        return Findings(account=account.id, place=place, faults=(what + answer.detail,))
    said_of = (_clock, _rights, _expiry, _modes, _markets, _money)
    told = [finding for say in said_of for finding in say(account, answer, now)]
    return Findings(
        account=account.id,
        place=place,
        facts=tuple(text for kind, text in told if kind is _FACT),
        warnings=tuple(text for kind, text in told if kind is _WARNING),
        faults=tuple(text for kind, text in told if kind is _FAULT),
        balances={balance.currency: balance.amount for balance in answer.balances},
    )


def _clock(_: AccountSettings, answer: VenueCheckup, __: datetime) -> Iterator[Finding]:
    skew_s = abs(answer.skew_s)
    side = "behind" if answer.skew_s > 0 else "ahead of"
    if skew_s > MOST_SKEW_S:
        yield _FAULT, f"this machine's clock is {skew_s:.1f} s {side} the venue's: have it set by NTP"
    else:
        yield _FACT, f"reachable, clocks {skew_s:.2f} s apart"


def _rights(_: AccountSettings, answer: VenueCheckup, __: datetime) -> Iterator[Finding]:
    key = answer.key
    if key.can_withdraw:
        yield _FAULT, "the key may withdraw: make one at the venue that may trade and nothing else"
    if key.read_only:
        yield _FAULT, "the key is read-only: make one at the venue that may trade"
    elif key.can_trade is False:
        yield _FAULT, "the key may not trade: give it the right to place orders at the venue"
    elif key.can_trade and key.can_withdraw is False:
        yield _FACT, "the key may trade and not withdraw"
    elif not key.can_withdraw:
        yield _WARNING, f"the venue does not tell whether the key may {_untold(key)}: look it up there"


def _untold(key: KeyRights) -> str:
    return " or ".join(
        word for word, known in (("trade", key.can_trade), ("withdraw", key.can_withdraw)) if known is None
    )


def _expiry(_: AccountSettings, answer: VenueCheckup, now: datetime) -> Iterator[Finding]:
    expires_at = answer.key.expires_at
    if expires_at is None:
        return
    if expires_at <= now:
        yield _FAULT, f"the key expired on {expires_at:%Y-%m-%d %H:%M} UTC"
    else:
        yield _WARNING if expires_at - now < SOON else _FACT, f"the key expires on {expires_at:%Y-%m-%d %H:%M} UTC"


def _modes(account: AccountSettings, answer: VenueCheckup, _: datetime) -> Iterator[Finding]:
    if answer.hedge_mode:
        yield _FAULT, "the account is in hedge mode: switch it to one-way mode at the venue"
    elif answer.hedge_mode is False:
        yield _FACT, "one-way mode"
    if answer.margin_mode is not None:
        is_same = answer.margin_mode == account.margin_mode
        yield _FACT, f"margin mode {answer.margin_mode}{'' if is_same else f'; serve sets {account.margin_mode}'}"
    if answer.detail:
        yield _FACT, answer.detail


def _markets(_: AccountSettings, answer: VenueCheckup, __: datetime) -> Iterator[Finding]:
    for symbol, near in answer.missing.items():
        yield _FAULT, lacking(symbol, near)
    if not answer.missing:
        yield _FACT, "every symbol can be traded"


def _money(account: AccountSettings, answer: VenueCheckup, _: datetime) -> Iterator[Finding]:
    held = [f"{plain(balance.amount)} {balance.currency}" for balance in answer.balances if balance.amount]
    if held:
        yield _FACT, f"balance {', '.join(held)}"
    else:
        yield _WARNING, "the account holds nothing yet"
    if account.environment is Environment.LIVE:
        yield _WARNING, "this is real money"


def _cleared(access: VenueAccess, lines: tuple[str, ...]) -> tuple[str, ...]:
    """The lines without the key or its secret, should the venue have repeated them."""
    for credential in (access.api_secret, access.api_key):
        lines = tuple(line.replace(credential.reveal(), "…") for line in lines)
    return lines
