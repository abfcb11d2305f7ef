"""How long a connection is kept for a caller that is silent, gone, or may ask again."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import hypercorn.asyncio.run as hypercorn_run
import pytest
from hypercorn.asyncio import serve
from hypercorn.config import Config

from app import connections
from app.connections import Connection, accept_as

ASKED = b"GET / HTTP/1.1\r\nhost: desk\r\n\r\n"
FIRST_REQUEST_WITHIN_S = 0.3
KEEP_ALIVE_S = 30


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hypercorn_run, "TCPServer", hypercorn_run.TCPServer)
    monkeypatch.setattr(connections, "FIRST_REQUEST_WITHIN_S", FIRST_REQUEST_WITHIN_S)


async def _hello(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"hi"})


@asynccontextmanager
async def _connected() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A caller's end of a new connection."""
    accept_as(Connection)
    listener = socket.create_server(("127.0.0.1", 0))
    port, stop, config = listener.getsockname()[1], asyncio.Event(), Config()
    config.bind, config.keep_alive_timeout = [f"fd://{listener.detach()}"], KEEP_ALIVE_S
    server = asyncio.create_task(serve(_hello, config, shutdown_trigger=stop.wait))  # type: ignore[arg-type]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        stop.set()
        await server


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nhost: "])
async def test_a_caller_that_asks_nothing_is_not_waited_for(said: bytes) -> None:
    async with _connected() as (reader, writer):
        writer.write(said)
        assert await asyncio.wait_for(reader.read(), 10 * FIRST_REQUEST_WITHIN_S) == b""


async def test_a_caller_that_has_gone_holds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "FIRST_REQUEST_WITHIN_S", KEEP_ALIVE_S)
    async with _connected() as (reader, writer):
        writer.write_eof()
        assert await asyncio.wait_for(reader.read(), 3) == b""


async def test_a_caller_that_was_answered_may_ask_again_later() -> None:
    async with _connected() as (reader, writer):
        for _ in range(2):
            writer.write(ASKED)
            assert (await reader.readuntil(b"hi")).startswith(b"HTTP/1.1 200")
            await asyncio.sleep(2 * FIRST_REQUEST_WITHIN_S)
