"""Load on a server: keep-alive connections that send the next request once the last is answered."""

import asyncio
import re
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import uvloop

HOST = "127.0.0.1"
ROUND_AT_MOST_S = 30.0
_ACCEPTED = b"202"
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class NotAccepted(Exception):
    """A request was answered with something else than 202."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of load has shown. Times are in seconds, from the first byte out to the last byte in.

    `began_ns` is since 1970.
    """

    began_ns: int
    elapsed_s: float
    answered_after_s: tuple[float, ...]
    answer: bytes

    @property
    def per_second(self) -> float:
        return len(self.answered_after_s) / self.elapsed_s

    @property
    def median_s(self) -> float:
        return statistics.median(self.answered_after_s)


def drive(port: int, requests: Sequence[bytes], connections: int) -> Round:
    """Every request was answered 202. The connections are open before the clock starts.

    Raises NotAccepted, or OSError or TimeoutError where an answer is missing.
    """
    return uvloop.run(_drive(port, requests, connections))


async def _drive(port: int, requests: Sequence[bytes], connections: int) -> Round:
    loop = asyncio.get_running_loop()
    waiting = iter(requests)
    opened = [await loop.create_connection(lambda: _Connection(waiting), HOST, port) for _ in range(connections)]
    clients = [client for _, client in opened]
    await asyncio.sleep(0.05)  # the server has accepted them all
    async with asyncio.timeout(ROUND_AT_MOST_S):
        began_ns, started = time.time_ns(), time.perf_counter()
        for client in clients:
            client.send_next()
        await asyncio.gather(*(client.finished for client in clients))
        elapsed_s = time.perf_counter() - started
    for transport, _ in opened:
        transport.close()
    times = tuple(one for client in clients for one in client.answered_after_s)
    assert len(times) == len(requests)
    return Round(began_ns, elapsed_s, times, clients[0].answer)


class _Connection(asyncio.Protocol):
    """Reads of an answer only what tells where it ends: all else would take time from the server."""

    def __init__(self, waiting: Iterator[bytes]) -> None:
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.answered_after_s: list[float] = []
        self.answer = b""
        self._waiting = waiting
        self._received = b""
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def send_next(self) -> None:
        request = next(self._waiting, None)
        if request is None:
            self.finished.set_result(None)
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head_ends = self._received.find(b"\r\n\r\n")
        length = _LENGTH.search(self._received, 0, head_ends) if head_ends > 0 else None
        if length is None or len(self._received) < head_ends + 4 + int(length[1]):
            return
        self.answered_after_s.append(time.perf_counter() - self._sent_at)
        status, self.answer = self._received[9:12], self._received[head_ends + 4 :]
        self._received = b""
        if status == _ACCEPTED:
            self.send_next()
        else:
            self.finished.set_exception(NotAccepted(self.answer.decode()))

    def connection_lost(self, error: Exception | None) -> None:
        if not self.finished.done():
            self.finished.set_exception(ConnectionResetError(f"the server closed the connection: {error}"))
