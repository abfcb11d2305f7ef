"""Sends many requests over a few connections that are kept, and reads the answers."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.fuzz.bodies import Malformed

CONNECTIONS = 8
ANSWER_WITHIN_S = 20


@dataclass(frozen=True, slots=True)
class Answered:
    sent: Malformed
    status: int
    content_type: str
    body: bytes


def wire(request: Malformed) -> bytes:
    """The request as bytes; a chunked one in pieces of seven bytes and more."""
    lines = [f"{name}: {value}" for name, value in request.headers.items()]
    length = "Transfer-Encoding: chunked" if request.is_chunked else f"Content-Length: {len(request.body)}"
    head = "\r\n".join(("POST /webhook HTTP/1.1", "Host: desk", *lines, length, "", "")).encode()
    return head + (_chunks(request.body) if request.is_chunked else request.body)


def _chunks(body: bytes) -> bytes:
    size = max(7, len(body) // 5)
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


async def send_all(port: int, requests: Iterator[Malformed], take: Callable[[Answered], None]) -> None:
    """Every request has been answered, and every answer taken."""
    async with asyncio.TaskGroup() as tasks:
        for _ in range(CONNECTIONS):
            tasks.create_task(_send_some(port, requests, take))


async def _send_some(port: int, requests: Iterator[Malformed], take: Callable[[Answered], None]) -> None:
    connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    for request in requests:
        if connection is None:
            connection = await asyncio.open_connection("127.0.0.1", port)
        reader, writer = connection
        async with asyncio.timeout(ANSWER_WITHIN_S):
            writer.write(wire(request))
            answered, is_over = await _read(reader, request)
        take(answered)
        if is_over or answered.status == 413:  # what is left of a body that is too long is nobody's next request
            writer.close()
            connection = None
    if connection is not None:
        connection[1].close()


async def _read(reader: asyncio.StreamReader, request: Malformed) -> tuple[Answered, bool]:
    """The answer, and whether it was the connection's last."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
    body = await reader.readexactly(int(headers["content-length"]))
    status = int(head[0].split()[1])
    return Answered(request, status, headers.get("content-type", ""), body), headers.get("connection") == "close"
