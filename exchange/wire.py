"""The way to a venue: one session that keeps its connections warm, and a record of what each request came to."""

import ssl
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import certifi

KEEP_ALIVE_S = 75.0
MOST_CONNECTIONS = 32


@dataclass(slots=True)
class Passage:
    """One request's fate, begun at `began_s` of the monotonic clock.

    `left` tells whether any byte of it did; `status` None means that no whole answer came.
    """

    began_s: float
    left: bool = False
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    answer: Any = None


passage: ContextVar[Passage | None] = ContextVar("passage", default=None)


async def _left(*_: Any) -> None:
    if (now := passage.get()) is not None:
        now.left = True


def open_session() -> aiohttp.ClientSession:
    """A session for one venue. Call it inside a running loop, and close it."""
    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(_left)
    trace.on_request_chunk_sent.append(_left)
    connector = aiohttp.TCPConnector(
        ssl=ssl.create_default_context(cafile=certifi.where()),
        keepalive_timeout=KEEP_ALIVE_S,
        limit=MOST_CONNECTIONS,
    )
    return aiohttp.ClientSession(connector=connector, trace_configs=[trace], cookie_jar=aiohttp.DummyCookieJar())
