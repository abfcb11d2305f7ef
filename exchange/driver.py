"""A ccxt driver whose requests leave by our own wire, and whose frames are heard here first."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import ccxt.async_support
import ccxt.pro
from ccxt.base.errors import BaseError, NetworkError

from exchange.connection import Environment, VenueAccess
from exchange.errors import NotSent, Unclear, VenueError
from exchange.wire import Passage, ask_once, open_session

HANG_UP_WITHIN_S = 0.5


class Clock:
    """The venue's time: this machine's, moved by what the venue's own answers say."""

    def __init__(self) -> None:
        self.offset_s = 0.0

    def now_ms(self) -> int:
        return int((time.time() + self.offset_s) * 1000)


def driver_class(venue: str) -> type[Any] | None:
    """ccxt's streaming class for the venue; None where this ccxt has none."""
    streaming: type[Any] | None = getattr(ccxt.pro, venue, None)
    return streaming or getattr(ccxt.async_support, venue, None)


def make_driver(
    access: VenueAccess, options: Mapping[str, Any], clock: Clock, hear: Callable[[str, Any], bool]
) -> tuple[Any, aiohttp.ClientSession]:
    """The driver and its session, both to be closed. `hear` gets each frame of a stream; True where ccxt need not."""
    base = driver_class(access.venue)
    if base is None:
        raise VenueError(f"ccxt {ccxt.pro.__version__} has no venue {access.venue}")
    session = open_session()
    driver = _recording(base)(
        {
            "apiKey": access.api_key.reveal(),
            "secret": access.api_secret.reveal(),
            "enableRateLimit": False,
            "timeout": int(access.send_timeout_s * 1000),
            "session": session,
            "options": {**options, "recvWindow": int(access.recv_window_s * 1000)},
            "streaming": {"keepAlive": 1500, "maxPingPongMisses": 2},
        }
    )
    driver.venue_clock = clock
    driver.hear = hear
    _point(driver, access)
    return driver, session


def _point(driver: Any, access: VenueAccess) -> None:
    """The driver speaks to the environment, or to the addresses that stand in for the venue's."""
    if access.environment is Environment.TESTNET and "test" in driver.urls:
        driver.set_sandbox_mode(True)
    api = driver.urls["api"]
    if access.rest_url is not None:
        rest = access.rest_url.rstrip("/")
        driver.urls["api"] = {key: value if key == "ws" else rest for key, value in api.items()}
    if access.ws_url is not None:
        driver.urls["api"]["ws"] = _replaced(api.get("ws"), access.ws_url.rstrip("/"))


def _replaced(urls: Any, base: str) -> Any:
    """The same addresses at another host; a path that the base has already is not said twice."""
    if isinstance(urls, dict):
        return {key: _replaced(value, base) for key, value in urls.items()}
    return base + urlsplit(str(urls)).path.removeprefix(urlsplit(base).path)


def _recording(base: type[Any]) -> type[Any]:
    """The class with four things of our own: how a request leaves, what the time is, who hears frames, and no pause
    before a link is made again, which is for the listener to keep."""

    class Recording(base):  # type: ignore[misc]
        async def fetch(self, url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
            """Raises VenueError for every answer that is no sound yes."""
            if self.session is None:
                raise NotSent("nothing was sent: the account's connections are closed")
            errand = _errand.get()
            text = body.encode() if isinstance(body, str) else body
            sent = self.prepare_request_headers(headers)
            record = await ask_once(self.session, method, url, sent, text or None, errand.timeout_s)
            errand.last = record
            errand.judge(record)
            return record.answer

        def milliseconds(self) -> int:
            return self.venue_clock.now_ms()  # type: ignore[no-any-return]

        def seconds(self) -> int:
            return self.venue_clock.now_ms() // 1000  # type: ignore[no-any-return]

        def client(self, url: str) -> Any:
            client = super().client(url)
            client.handle_message = partial(_read, client)
            return client

        def handle_message(self, client: Any, message: Any) -> None:
            if not self.hear(str(client.url), message):
                super().handle_message(client, message)
            client.lastPong = int(time.time() * 1000)  # ccxt compares it with this machine's clock

        def ws_dial_delay(self, url: str) -> float:
            return 0.0

    return Recording


def _read(client: Any, message: Any) -> None:
    """A frame that cannot be read ends its link: ccxt would lose the link's reader and tell nobody."""
    try:
        type(client).handle_message(client, message)
    except Exception as error:  # noqa: BLE001 - it would end in the loop's own handler
        client.on_error(NetworkError(f"frame not understood: {type(error).__name__}"))


@dataclass(slots=True)
class _Errand:
    """What a request made by ccxt, or several of them, are for."""

    timeout_s: float
    judge: Callable[[Passage], None]
    last: Passage | None = None


def _nothing(_: Passage) -> None: ...


_errand: ContextVar[_Errand] = ContextVar("errand", default=_Errand(5.0, _nothing))  # noqa: B039 - never written to


async def carry(
    request: Callable[[], Awaitable[Any]], timeout_s: float, judge: Callable[[Passage], None] = _nothing
) -> Passage:
    """The last answer. `judge` sees each as it comes, and raises for one that is not sound.

    Raises NotSent where nothing left, Unclear where no whole answer came or ccxt could not read it.
    """
    errand = _Errand(timeout_s, judge)
    token = _errand.set(errand)
    try:
        await request()
    except BaseError as error:
        if errand.last is None:
            raise NotSent(f"ccxt did not ask: {type(error).__name__}") from None
        raise Unclear(f"ccxt cannot read the venue's answer: {type(error).__name__}") from None
    finally:
        _errand.reset(token)
    if errand.last is None:
        raise NotSent("nothing was asked")
    return errand.last


async def hang_up(driver: Any, url: str) -> None:
    """The link is closed and forgotten, so that the next one begins anew."""
    client = driver.clients.pop(url, None)
    if client is not None:
        with contextlib.suppress(Exception):
            async with asyncio.timeout(HANG_UP_WITHIN_S):
                await client.close()


def moment(milliseconds: str | int | None) -> datetime | None:
    """A venue's time in milliseconds since 1970."""
    if milliseconds in (None, "", "0", 0):
        return None
    return datetime.fromtimestamp(int(str(milliseconds)) / 1000, UTC)
