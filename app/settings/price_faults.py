"""What must hold of [prices]: venues that there are, symbols that can be read, thresholds in their order."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from app.settings.faults import REQUIRED, Fault, Path, of_value
from app.settings.nearest import nearest
from app.settings.outline import rows
from app.settings.prices import DiscrepancySettings, PriceSettings
from app.settings.values import share_of_one
from exchange.instruments import COMMON_INSTRUMENTS
from exchange.known import known_venues
from portfolio.model.instrument import parse_symbol

_PATH = ("prices",)


def price_faults(tree: Mapping[str, Any]) -> Iterator[Fault]:
    """Every disagreement within the table; values that are not well formed are told elsewhere."""
    table = tree.get("prices")
    if not isinstance(table, Mapping):
        return
    listed = table.get("venues", list(PriceSettings.model_fields["venues"].default))
    venues = [venue for venue in listed if isinstance(venue, str)] if isinstance(listed, list) else []
    yield from _venues(venues)
    yield from _symbols(table.get("symbols"))
    yield from _assets(table.get("assets"))
    yield from _thresholds(table.get("discrepancies"))
    yield from _exchanges(table.get("exchanges"), [*venues, *_of_screens(tree), *_feeds(tree)])


def _venues(venues: list[str]) -> Iterator[Fault]:
    known, path = known_venues(), (*_PATH, "venues")
    if not venues:
        yield Fault(path, 'at least one venue is needed, such as ["binance"]')
    for place, venue in enumerate(venues):
        if venue in venues[:place]:
            yield of_value((*path, place), "listed twice", venue)
        elif venue and venue not in known:
            near = nearest(venue, known)
            yield of_value((*path, place), f'ccxt knows no such venue, the nearest is "{near}"', venue)


def _symbols(listed: Any) -> Iterator[Fault]:
    symbols = [symbol for symbol in listed if isinstance(symbol, str)] if isinstance(listed, list) else []
    path = (*_PATH, "symbols")
    for place, symbol in enumerate(symbols):
        if symbol in symbols[:place]:
            yield of_value((*path, place), "listed twice", symbol)
        elif symbol and parse_symbol(symbol) is None:
            near = nearest(symbol, COMMON_INSTRUMENTS)
            yield of_value((*path, place), f'not a unified symbol, the nearest common one is "{near}"', symbol)


def _assets(table: Any) -> Iterator[Fault]:
    """Each names a venue that there is, and a code of it."""
    known = known_venues()
    for name in table if isinstance(table, Mapping) else ():
        venue, colon, code = str(name).partition(":")
        path = (*_PATH, "assets", str(name))
        if not (colon and venue and code):
            yield Fault(path, 'expected a venue and its code, such as "kraken:LUNA"')
        elif venue not in known:
            yield of_value(path, f'ccxt knows no such venue, the nearest is "{nearest(venue, known)}"', venue)


def _thresholds(table: Any) -> Iterator[Fault]:
    """An event is armed again below where it was told, and told below where a gap is taken for an error."""
    if not isinstance(table, Mapping):
        return
    rearm, alert, absurd = (_ratio(table, key) for key in ("rearm_below", "alert_above", "absurd_above"))
    path = (*_PATH, "discrepancies")
    if rearm is not None and alert is not None and rearm > alert:
        yield Fault((*path, "rearm_below"), f"must not be above alert_above, which is {alert}", str(rearm))
    if alert is not None and absurd is not None and alert >= absurd:
        yield Fault((*path, "alert_above"), f"must be below absurd_above, which is {absurd}", str(alert))


def _feeds(tree: Mapping[str, Any]) -> list[str]:
    """The venues at whose prices paper accounts trade."""
    found = (account.get("feed") for _, account in rows(tree.get("accounts")))
    return [venue for venue in found if isinstance(venue, str)]


def _ratio(table: Mapping[str, Any], key: str) -> Decimal | None:
    return share_of_one(table.get(key, DiscrepancySettings.model_fields[key].default))


def _of_screens(tree: Mapping[str, Any]) -> Iterator[str]:
    for _, screen in rows(tree.get("screens")):
        listed = screen.get("venues")
        yield from (venue for venue in (listed if isinstance(listed, list) else []) if isinstance(venue, str))


def _exchanges(listed: Any, venues: list[str]) -> Iterator[Fault]:
    seen: set[str] = set()
    for index, row in rows(listed):
        path: Path = (*_PATH, "exchanges", index)
        venue = row.get("id")
        if isinstance(venue, str) and venue in seen:
            yield of_value((*path, "id"), "used twice", venue)
        elif isinstance(venue, str) and venue and venues and venue not in venues:
            near = nearest(venue, venues)
            what = f'is no venue of prices, a screen or a feed, the nearest is "{near}"'
            yield of_value((*path, "id"), what, venue)
        if isinstance(venue, str):
            seen.add(venue)
        if "ws_url" in row and "rest_url" not in row:
            yield Fault((*path, "rest_url"), f"{REQUIRED} with ws_url")
