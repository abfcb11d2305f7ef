"""What must hold of accounts by their venue: keys that belong to it, and what real money asks for."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from app.settings.accounts import PAPER, AccountSettings
from app.settings.credentials import FILES
from app.settings.faults import REQUIRED, Fault, of_value
from app.settings.outline import Outline, Row
from exchange.connection import ATTACHING, VENUES, Environment

PAPER_ONLY = frozenset(
    {"balances", "feed", "fees", "slippage", "fill_ratio", "funding_rate", "funding_interval_h", "instruments"}
)
SHARED = frozenset({"id", "venue", "send_within_s", "leverage", "limits"})
VENUE_ONLY = frozenset(AccountSettings.model_fields) - PAPER_ONLY - SHARED
LIVE_LIMITS = ("max_order_notional", "max_exposure", "max_daily_loss", "price_collar")
_TOLD_BY_VENUE: Mapping[str, str] = MappingProxyType(
    {
        "balances": "tells the balances",
        "feed": "tells its own prices",
        "fees": "tells the fees",
        "instruments": "tells the instruments",
        "funding_rate": "tells the funding",
        "funding_interval_h": "tells the funding",
    }
)


def venue_faults(tree: Mapping[str, Any], outline: Outline) -> Iterator[Fault]:
    """Every disagreement between an account and its venue; a venue that is unknown is told elsewhere."""
    for account in outline.accounts:
        venue = account.table.get("venue")
        if venue == PAPER:
            yield from _on_paper(account, outline.currency)
        elif venue in VENUES:
            yield from _at_venue(account)
            yield from _live(tree, account)
    yield from _keys_used_twice(outline)


def _on_paper(account: Row, currency: str | None) -> Iterator[Fault]:
    for key in sorted(VENUE_ONLY & account.table.keys()):
        yield Fault(("accounts", account.index, key), f'is for a real venue, and this account is "{PAPER}"')
    balances = account.table.get("balances", {})
    if isinstance(balances, Mapping) and not balances:
        yield Fault(("accounts", account.index, "balances", currency or "USDT"), REQUIRED)


def _at_venue(account: Row) -> Iterator[Fault]:
    venue = account.table["venue"]
    for key in sorted(PAPER_ONLY & account.table.keys()):
        says = _TOLD_BY_VENUE.get(key)
        why = f"; {venue} {says}" if says else ""
        yield Fault(("accounts", account.index, key), f'is for venue = "{PAPER}"{why}')
    for file, key in FILES.items():
        if key not in account.table and file not in account.table:
            yield Fault(("accounts", account.index, key), f"{REQUIRED} at {venue}, here, in {file} or as a variable")
    if venue not in ATTACHING and account.table.get("attach_protection") in (True, "true"):
        yield Fault(("accounts", account.index, "attach_protection"), f"{venue} takes no stop along with an entry")
    if "ws_url" in account.table and "rest_url" not in account.table:
        yield Fault(("accounts", account.index, "rest_url"), f"{REQUIRED} with ws_url")


def _live(tree: Mapping[str, Any], account: Row) -> Iterator[Fault]:
    """Real money is traded within limits, and only where somebody has said so by name."""
    if account.table.get("environment") != Environment.LIVE:
        return
    path = ("accounts", account.index)
    confirmed = account.table.get("confirm_live")
    expected = f'expected the account\'s id, "{account.id}": it confirms that real money is traded'
    if account.id is not None and confirmed is None:
        yield Fault((*path, "confirm_live"), expected)
    elif account.id is not None and confirmed != account.id:
        yield of_value((*path, "confirm_live"), expected, confirmed)
    for limit in LIVE_LIMITS:
        if not (_has(account.table, limit) or _has(tree.get("portfolio"), limit)):
            what = f'{REQUIRED} where environment = "{Environment.LIVE}", here or in portfolio.limits'
            yield Fault((*path, "limits", limit), what)


def _has(table: Any, limit: str) -> bool:
    limits = table.get("limits") if isinstance(table, Mapping) else None
    return isinstance(limits, Mapping) and limit in limits


def _keys_used_twice(outline: Outline) -> Iterator[Fault]:
    """Two books of one account at a venue would each take the other's orders for a stranger's."""
    seen: dict[tuple[str, str, str], str | None] = {}
    for account in outline.accounts:
        table = account.table
        key = table.get("api_key")
        if not isinstance(key, str) or table.get("venue") not in VENUES:
            continue
        place = (str(table["venue"]), str(table.get("environment", Environment.TESTNET)), str(key))
        if place in seen:
            what = f'is that of "{seen[place]}" as well: an account of a venue stands here once'
            yield Fault(("accounts", account.index, "api_key"), what)
        seen.setdefault(place, account.id)
