"""The way to a venue: one session that keeps its connections warm, and one request with what became of it.

A request goes out once: redirects are not followed, nothing is repeated, and no logger sees a header.
"""

import asyncio
import json
import os
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import SimpleNamespace
from typing import Any

import aiohttp
import certifi
import orjson
from yarl import URL

from exchange.errors import NotSent, Unclear, VenueError

KEEP_ALIVE_S = 75.0
MOST_CONNECTIONS = 32
LARGEST_ANSWER = 32 * 2**20
BEGINNING = 1000


@dataclass(slots=True)
class Passage:
    """One request's fate, begun at `began_s` of the monotonic clock.

    `left` tells whether any byte of it may have; `status` None means that no whole answer came. `answer` is the JSON,
    None where the body is none, and `begins` how the body begins.
    """

    began_s: float
    left: bool = False
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    answer: Any = None
    begins: str = ""


def exact_json(text: bytes) -> Any:
    """The JSON, with each number that has a point or an exponent as the text that it was; None where it is none."""
    try:
        return json.loads(text, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None


async def _left(_: aiohttp.ClientSession, context: SimpleNamespace, __: Any) -> None:
    if isinstance(record := context.trace_request_ctx, Passage):
        record.left = True


@cache
def trusted() -> ssl.SSLContext:
    """Made once: to read the authorities takes longer than most answers."""
    return ssl.create_default_context(cafile=certifi.where())


def open_session() -> aiohttp.ClientSession:
    """A session for one venue. Call it inside a running loop, and close it."""
    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(_left)
    connector = aiohttp.TCPConnector(
        ssl=trusted(),
        keepalive_timeout=KEEP_ALIVE_S,
        limit=MOST_CONNECTIONS,
    )
    return aiohttp.ClientSession(connector=connector, trace_configs=[trace], cookie_jar=aiohttp.DummyCookieJar())


async def ask_once(
    session: aiohttp.ClientSession,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None,
    timeout_s: float,
    read: Callable[[bytes], Any] | None = None,
) -> Passage:
    """A whole answer, whatever it says, as `read` reads it (None: as JSON).

    Raises NotSent where nothing left, Unclear where no whole answer came.
    """
    record = Passage(time.monotonic())
    try:
        async with (
            asyncio.timeout(timeout_s),
            session.request(
                method,
                URL(url, encoded=True),
                data=body,
                headers=headers,
                allow_redirects=False,
                trace_request_ctx=record,
            ) as response,
        ):
            text = await _body_of(response)
    except TimeoutError:
        error = _lost(record, f"no answer within {timeout_s:g} s")
        error.timed_out = True
        raise error from None
    except (aiohttp.ClientError, OSError, EOFError, RuntimeError, ValueError) as error:
        raise _lost(record, _reason(error)) from None
    record.headers = dict(response.headers)
    record.answer = (read or _json)(text)
    record.begins = text[:BEGINNING].decode(errors="replace")
    record.status = response.status
    return record


async def _body_of(response: aiohttp.ClientResponse) -> bytes:
    parts, size = [], 0
    async for part in response.content.iter_any():
        size += len(part)
        if size > LARGEST_ANSWER:
            response.close()
            raise aiohttp.ClientPayloadError("larger than any answer")
        parts.append(part)
    return b"".join(parts)


def _json(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _reason(error: Exception) -> str:
    """What the system says of it, else its kind: other texts may hold an address with a signature."""
    if isinstance(error, OSError) and isinstance(error.errno, int):
        said = os.strerror(error.errno) if error.errno > 0 else error.strerror
        return str(said or type(error).__name__)
    return type(error).__name__


def _lost(record: Passage, why: str) -> VenueError:
    """The library's own text is not passed on: it may hold an address with a signature."""
    error = Unclear(f"the answer was lost: {why}") if record.left else NotSent(f"nothing was sent: {why}")
    error.at_s = record.began_s
    return error
