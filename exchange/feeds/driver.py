"""A ccxt driver for public prices: its requests leave by our own wire, at our own pace, and its numbers are exact."""

import json
import time
from collections.abc import Mapping
from contextvars import ContextVar
from decimal import Decimal
from difflib import get_close_matches
from functools import partial
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiohttp
import ccxt.async_support
import ccxt.pro
from ccxt.base.errors import BaseError, NetworkError

from exchange.errors import VenueError
from exchange.feeds.errand import errand_now
from exchange.feeds.fault import Fault, one_line, told_by_ccxt, unreadable, unsent, words_of
from exchange.feeds.pace import Pace, retry_after_s
from exchange.feeds.quirks import Quirks
from exchange.known import known_venues
from exchange.sources import SourceAccess
from exchange.wire import Passage, ask_once, exact_json, open_session
from portfolio.prices.source import SourceStatus

PING_EVERY_MS = 1500
PINGS_MISSED = 2
_group: ContextVar[str] = ContextVar("group_of_endpoints", default="")


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


class Line(Protocol):
    """Who listens to a driver's streams."""

    def hear(self, told: list[Any]) -> None:
        """The tickers of one frame."""

    def on_link(self) -> None:
        """A link is there."""

    def lost(self, why: str) -> None:
        """A link is no more."""


def make_driver(access: SourceAccess, quirks: Quirks, line: Line) -> Any:
    """The driver, without a session yet."""
    base = _base_of(access.venue)
    assert base is not None, "known_venues was asked before"
    driver = type(base.__name__, (_Public, base), {})(
        {
            "enableRateLimit": True,  # asks our own `throttle`, with the cost that ccxt knows
            "timeout": int(access.timeout_s * 1000),
            "options": dict(quirks.options),
            "streaming": {"keepAlive": PING_EVERY_MS, "maxPingPongMisses": PINGS_MISSED},
        }
    )
    interval_s = quirks.interval_s if quirks.interval_s is not None else float(driver.rateLimit) / 1000
    driver.pace = Pace(interval_s, quirks.burst_s)
    driver.needless = quirks.needless
    driver.timeout_on_exit = 0
    driver.line = line
    driver.has["fetchCurrencies"] = False  # what a market trades is in the list of markets
    _point(driver, access)
    return driver


def session_of(driver: Any) -> aiohttp.ClientSession:
    """The driver's own, made at its first use, inside the running loop."""
    if driver.session is None:
        driver.session = open_session()
        driver.own_session = True
        driver.open()
    session: aiohttp.ClientSession = driver.session
    return session


def _point(driver: Any, access: SourceAccess) -> None:
    """The driver speaks to the venue, or to the addresses that stand in for it."""
    api = driver.urls["api"]
    if access.rest_url is not None:
        rest = access.rest_url.rstrip("/")
        rest_api = {k: v for k, v in api.items() if k != "ws"} if isinstance(api, dict) else api
        replaced = _replaced(rest_api, rest)
        driver.urls["api"] = {**replaced, "ws": api.get("ws")} if isinstance(api, dict) else replaced
    if access.ws_url is not None and isinstance(driver.urls["api"], dict):
        driver.urls["api"]["ws"] = _replaced(api.get("ws"), access.ws_url.rstrip("/"))


def _replaced(urls: Any, base: str) -> Any:
    """The same addresses at another host; a path that the base has already is not said twice."""
    if isinstance(urls, dict):
        return {key: _replaced(value, base) for key, value in urls.items()}
    return base + urlsplit(str(urls)).path.removeprefix(urlsplit(base).path)


class _Public:
    """What is ours of a driver: how a request leaves and when, how numbers are read, who hears of tickers."""

    number = Decimal
    heard: list[Any] | None = None

    def calculate_rate_limiter_cost(
        self: Any, api: Any, method: Any, path: Any, params: Any, config: Any = None
    ) -> tuple[str, float]:
        cost = super().calculate_rate_limiter_cost(api, method, path, params, config or {})  # type: ignore[misc]
        return str(api), float(cost or 0)

    async def throttle(self: Any, cost: tuple[str, float] | None = None) -> None:
        group, weight = cost or ("", 1.0)
        _group.set(group)
        await self.pace.admit(group, weight, errand_now().until_s)

    async def fetch(self: Any, url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
        """The venue's sound answer. Raises Fault for any other."""
        if any(part in url for part in self.needless):
            return {}
        errand = errand_now()
        sent = self.prepare_request_headers(headers)
        text = body.encode() if isinstance(body, str) else body
        if (left_s := errand.left_s()) <= 0:
            raise Fault(SourceStatus.TIMED_OUT, "no time was left to ask")
        try:
            passage = await ask_once(session_of(self), method, url, sent, text or None, left_s, exact_json)
        except VenueError as error:
            raise unsent(error) from None
        _judge(self, passage, url, method, sent)
        errand.passages += 1
        errand.took_s = max(errand.took_s, time.monotonic() - passage.began_s)
        return passage.answer

    def parse_number(self: Any, value: Any, default: Any = None) -> Any:
        """Exact, and finite."""
        try:
            number = Decimal(value if isinstance(value, str | int | Decimal) else str(value))
        except (ArithmeticError, ValueError):
            return default
        return number if number.is_finite() else default

    def parse_order_book_bid_ask(self: Any, bidask: Any, priceKey: Any = 0, amountKey: Any = 1, *_: Any) -> Any:  # noqa: N803
        return [self.safe_number(bidask, priceKey), self.safe_number(bidask, amountKey)]

    def safe_ticker(self: Any, ticker: Any, market: Any = None) -> Any:
        """As the venue's own parser made it: what ccxt would compute besides costs twenty times as much."""
        if self.heard is not None:
            self.heard.append(ticker)
        return ticker

    def parse_tickers(self: Any, tickers: Any, symbols: Any = None, params: Any = None) -> Any:
        """By symbol; of those that are not wanted, most are not even parsed."""
        wanted = errand_now().wanted
        rows = list(tickers.items()) if isinstance(tickers, dict) else [(None, row) for row in tickers]
        parsed = {}
        for market_id, row in _chosen(self, rows, wanted):
            market = self.safe_market(market_id) if market_id is not None else None
            ticker = self.parse_ticker(row, market) if market is not None else self.parse_ticker(row)
            parsed[ticker["symbol"]] = ticker
        return parsed

    def handle_message(self: Any, client: Any, message: Any) -> None:
        heard: list[Any] = []
        self.heard = heard
        try:
            super().handle_message(client, message)  # type: ignore[misc]
        finally:
            self.heard = None
        client.lastPong = int(time.time() * 1000)
        if heard:
            self.line.hear(heard)

    def client(self: Any, url: str) -> Any:
        client = super().client(url)  # type: ignore[misc]
        client.handle_message = partial(_read, client)
        client.handle_text_or_binary_message = partial(_read_text, client)
        return client

    def on_connected(self: Any, client: Any, message: Any = None) -> None:
        super().on_connected(client, message)  # type: ignore[misc]
        self.line.on_link()

    def on_error(self: Any, client: Any, error: Any) -> None:
        super().on_error(client, error)  # type: ignore[misc]
        self.line.lost(f"the stream broke: {type(error).__name__}")

    def on_close(self: Any, client: Any, error: Any) -> None:
        super().on_close(client, error)  # type: ignore[misc]
        self.line.lost("the venue closed the stream")

    def ws_dial_delay(self: Any, url: str) -> float:
        return 0.0


def _read(client: Any, message: Any) -> None:
    """A frame that cannot be read ends its link: ccxt would lose the link's reader and tell nobody."""
    try:
        type(client).handle_message(client, message)
    except Exception as error:  # noqa: BLE001 - it would end in the loop's own handler
        client.on_error(NetworkError(f"frame not understood: {type(error).__name__}"))


def _read_text(client: Any, data: Any) -> None:
    """A frame's numbers are exact, too."""
    text = data.decode() if client.decompressBinary and isinstance(data, bytes) else data
    is_json = isinstance(text, str) and text[:1] in {"{", "["}
    client.on_message_callback(client, json.loads(text, parse_float=str, parse_constant=str) if is_json else text)


def _chosen(driver: Any, rows: list[Any], wanted: frozenset[str] | None) -> list[Any]:
    """The rows whose market is wanted, where the venue's id of it stands in them under a name that can be found."""
    if wanted is None or len(rows) <= len(wanted):
        return rows
    ids = {driver.markets[symbol]["id"] for symbol in wanted if symbol in driver.markets}
    if rows[0][0] is not None:
        return [row for row in rows if row[0] in ids]
    key = _key_of_ids(driver, rows)
    return rows if key is None else [row for row in rows if isinstance(row[1], dict) and row[1].get(key) in ids]


def _key_of_ids(driver: Any, rows: list[Any]) -> str | None:
    for _, row in rows[:5]:
        for key, value in row.items() if isinstance(row, dict) else ():
            if isinstance(value, str) and value in driver.markets_by_id:
                return str(key)
    return None


def _judge(driver: Any, passage: Passage, url: str, method: str, sent: Mapping[str, str]) -> None:
    """Raises Fault for an answer that is no sound yes."""
    status, headers, answer = passage.status or 0, passage.headers, passage.answer
    pace: Pace = driver.pace
    pause_s = pace.answered(_group.get(), status, headers, passage.began_s)
    said = words_of(answer) if status >= 400 or isinstance(answer, dict) else ""
    if pause_s:
        raise Fault(SourceStatus.RATE_LIMITED, f"HTTP {status}{': ' + said if said else ''}", pause_s)
    if status >= 400:
        pace.count_error()
    _heed_ccxt(driver, passage, url, method, sent, said)
    if status == 403 and answer is None:
        pause_s = pace.slow_down(retry_after_s(headers), passage.began_s)
        raise Fault(SourceStatus.RATE_LIMITED, "HTTP 403", pause_s)
    if not 200 <= status < 300:
        raise Fault(SourceStatus.FAILED, f"HTTP {status}{': ' + said if said else ''}")
    if answer is None:
        kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "no type")
        raise Fault(SourceStatus.GARBLED, f"the answer is no JSON ({kind.split(';')[0]})")


def _heed_ccxt(driver: Any, passage: Passage, url: str, method: str, sent: Mapping[str, str], said: str) -> None:
    """ccxt knows each venue's own codes of errors, also in answers with status 200."""
    if passage.answer is None:
        return
    try:
        driver.handle_errors(
            passage.status, "", url, method, passage.headers, passage.begins, passage.answer, sent, None
        )
    except BaseError as error:
        fault = told_by_ccxt(error, said)
        if fault.status is SourceStatus.FAILED and not said and passage.status == 200:
            raise unreadable("the answer", error) from None
        if fault.status is SourceStatus.RATE_LIMITED:
            fault.pause_s = driver.pace.slow_down(retry_after_s(passage.headers), passage.began_s)
        raise fault from None
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise unreadable("the answer", error) from None
