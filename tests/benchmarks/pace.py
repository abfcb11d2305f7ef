"""Requests at a steady pace, whatever answers take: two kinds in turns, so that what disturbs one disturbs both."""

import asyncio
import json
import re
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import uvloop

from tests.benchmarks.load import HOST, NotAccepted

ANSWERED_WITHIN_S = 10.0
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)

Made: TypeAlias = Callable[[], bytes]
"""Makes a request when it is sent: what that takes belongs to its time."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request with its answer. `began_ns` is since 1970, `took_s` until the last byte of the answer."""

    began_ns: int
    took_s: float
    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stream:
    """Requests to one server, each answered with `status`."""

    port: int
    status: bytes
    requests: Sequence[Made]


def pace(first: Stream, second: Stream, every_s: float) -> tuple[list[Sent], list[Sent]]:
    """One of each stream in every interval, half an interval apart. Raises NotAccepted, OSError or TimeoutError."""
    return uvloop.run(_pace(first, second, every_s))


async def _pace(first: Stream, second: Stream, every_s: float) -> tuple[list[Sent], list[Sent]]:
    start_s = asyncio.get_running_loop().time() + every_s
    return await asyncio.gather(_send_all(first, start_s, every_s), _send_all(second, start_s + every_s / 2, every_s))


async def _send_all(stream: Stream, start_s: float, every_s: float) -> list[Sent]:
    line, loop = _Line(stream), asyncio.get_running_loop()
    under_way = []
    for number, made in enumerate(stream.requests):
        await asyncio.sleep(start_s + number * every_s - loop.time())
        under_way.append(loop.create_task(_within(line.send(made))))
    sent = await asyncio.gather(*under_way)
    line.close()
    return sent


async def _within(work: Coroutine[Any, Any, Sent]) -> Sent:
    async with asyncio.timeout(ANSWERED_WITHIN_S):
        return await work


class _Line:
    """As many connections to one server as are needed at once; they are kept."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def send(self, made: Made) -> Sent:
        reader, writer = self._free.pop() if self._free else await asyncio.open_connection(HOST, self._stream.port)
        began_ns, began_s = time.time_ns(), time.perf_counter()
        writer.write(made())
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        assert length is not None
        answer = await reader.readexactly(int(length[1]))
        took_s = time.perf_counter() - began_s
        self._free.append((reader, writer))
        if head[9:12] != self._stream.status:
            raise NotAccepted(answer.decode())
        return Sent(began_ns, took_s, json.loads(answer))

    def close(self) -> None:
        for _, writer in self._free:
            writer.close()
