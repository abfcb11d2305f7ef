"""A ccxt driver for public prices: its requests leave by our own wire, at our own pace, and its numbers are exact."""

from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

import ccxt.async_support
import ccxt.pro

from exchange.errors import VenueError
from exchange.feeds.fault import one_line
from exchange.feeds.links import Line, Links
from exchange.feeds.pace import Pace
from exchange.feeds.parsing import Parsing
from exchange.feeds.quirks import Quirks
from exchange.feeds.requests import Requests
from exchange.known import known_venues
from exchange.sources import SourceAccess

PING_EVERY_MS = 1500
PINGS_MISSED = 2


def demand_known(venue: str) -> None:
    """Raises VenueError, with the ids that were probably meant, for a venue that ccxt does not know."""
    if _base_of(venue) is None:
        near = get_close_matches(venue.lower(), known_venues(), n=3, cutoff=0.5)
        meant = f"; did you mean {', '.join(near)}?" if near else ""
        raise VenueError(f'ccxt {ccxt.pro.__version__} knows no venue "{one_line(venue)}"{meant}')


def _base_of(venue: str) -> type[Any] | None:
    if venue not in known_venues():
        return None
    streaming: type[Any] | None = getattr(ccxt.pro, venue, None)
    return streaming or getattr(ccxt.async_support, venue, None)


def make_driver(access: SourceAccess, quirks: Quirks, line: Line) -> Any:
    """The driver, without a session yet."""
    base = _base_of(access.venue)
    assert base is not None, "known_venues was asked before"
    driver = type(base.__name__, (Requests, Parsing, Links, base), {})(
        {
            "enableRateLimit": True,  # asks our own `throttle`, with the cost that ccxt knows
            "timeout": int(access.timeout_s * 1000),
            "options": dict(quirks.options),
            "streaming": {"keepAlive": PING_EVERY_MS, "maxPingPongMisses": PINGS_MISSED},
        }
    )
    driver.pace = Pace(float(driver.rateLimit) / 1000, quirks.burst_s)
    driver.needless = quirks.needless
    driver.line = line
    driver.home = None
    driver.known_codes = {}
    driver.timeout_on_exit = 0
    driver.has["fetchCurrencies"] = False  # what a market trades is in the list of markets
    _point(driver, access)
    return driver


def _point(driver: Any, access: SourceAccess) -> None:
    """The driver speaks to the venue, or to the addresses that stand in for it."""
    api = driver.urls["api"]
    if access.rest_url is not None:
        rest = access.rest_url.rstrip("/")
        rest_api = {key: value for key, value in api.items() if key != "ws"} if isinstance(api, dict) else api
        replaced = _replaced(rest_api, rest)
        driver.urls["api"] = {**replaced, "ws": api.get("ws")} if isinstance(api, dict) else replaced
    if access.ws_url is not None and isinstance(driver.urls["api"], dict):
        driver.urls["api"]["ws"] = _replaced(api.get("ws"), access.ws_url.rstrip("/"))


def _replaced(urls: Any, base: str) -> Any:
    """The same addresses at another host; a path that the base has already is not said twice."""
    if isinstance(urls, dict):
        return {key: _replaced(value, base) for key, value in urls.items()}
    return base + urlsplit(str(urls)).path.removeprefix(urlsplit(base).path)
