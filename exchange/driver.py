"""A ccxt driver that tells what became of each request, whatever ccxt makes of it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import ccxt.async_support
import ccxt.pro
from ccxt.base.errors import BaseError

from exchange.connection import Environment, VenueAccess
from exchange.errors import NotSent, Unclear, VenueError
from exchange.wire import Passage, open_session, passage


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
    """The class with three things of our own: answers are kept as they came, time is the venue's, frames are heard."""

    class Recording(base):  # type: ignore[misc]
        def handle_errors(
            self,
            code: int,
            reason: str,
            url: str,
            method: str,
            headers: Mapping[str, str],
            body: str,
            response: Any,
            request_headers: Any,
            request_body: Any,
        ) -> None:
            """What came is kept; what it means is judged elsewhere."""
            now = passage.get()
            if now is not None:
                now.status, now.headers, now.answer = code, headers, response

        def handle_http_status_code(self, code: int, reason: str, url: str, method: str, body: str) -> None:
            """Statuses are judged elsewhere."""

        def milliseconds(self) -> int:
            return self.venue_clock.now_ms()  # type: ignore[no-any-return]

        def seconds(self) -> int:
            return self.venue_clock.now_ms() // 1000  # type: ignore[no-any-return]

        def handle_message(self, client: Any, message: Any) -> None:
            if not self.hear(str(client.url), message):
                super().handle_message(client, message)

    return Recording


async def carry(request: Callable[[], Awaitable[Any]], timeout_s: float) -> Passage:
    """What came back of one request. Raises NotSent where nothing left, Unclear where no whole answer came."""
    record = Passage(time.monotonic())
    token = passage.set(record)
    try:
        async with asyncio.timeout(timeout_s):
            await request()
    except TimeoutError:
        raise _lost(record, f"no answer within {timeout_s:g} s") from None
    except BaseError as error:
        if record.status is None:
            raise _lost(record, _cause(error)) from None
    except (aiohttp.ClientError, OSError) as error:
        raise _lost(record, type(error).__name__) from None
    finally:
        passage.reset(token)
    return record


def _lost(record: Passage, why: str) -> VenueError:
    """ccxt's own text is not passed on: it may hold an address with a signature."""
    error = Unclear(f"the answer was lost: {why}") if record.left else NotSent(f"nothing was sent: {why}")
    error.at_s = record.began_s
    return error


def _cause(error: BaseException) -> str:
    cause = error.__cause__
    return type(cause).__name__ if cause is not None else type(error).__name__


def moment(milliseconds: str | int | None) -> datetime | None:
    """A venue's time in milliseconds since 1970."""
    if milliseconds in (None, "", "0", 0):
        return None
    return datetime.fromtimestamp(int(str(milliseconds)) / 1000, UTC)
