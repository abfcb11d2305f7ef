"""Senders that repeat an alert, byte by byte the same, until somebody answers it: patient TradingViews."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeAlias

from tests.crash.alerts import alerts

AGAIN_AFTER_S = 0.03
ANSWER_WITHIN_S = 10
PAUSE_S = 0.03
Alerts: TypeAlias = Callable[[Random, int], Iterator[bytes]]


@dataclass(slots=True)
class Ledger:
    """What the senders were told: the first answer to each body, and every promise that was broken."""

    answers: dict[bytes, dict[str, Any]] = field(default_factory=dict)
    firsts: set[bytes] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)
    repeats: int = 0
    refused: int = 0

    def enter(self, body: bytes, status: int, answer: dict[str, Any]) -> None:
        """Every answer to the same body says the same, and at most one of them that it is the first."""
        duplicate = answer.pop("duplicate", None)
        if status != (202 if answer.get("status") == "accepted" and not duplicate else 200):
            self.broken.append(f"{body!r} was answered {status} {answer}")
            return
        first = self.answers.setdefault(body, answer)
        if answer != first:
            self.broken.append(f"{body!r} was answered {first}, then {answer}")
        if not duplicate:
            if body in self.firsts:
                self.broken.append(f"{body!r} was decided twice: {answer}")
            self.firsts.add(body)
        self.repeats += bool(duplicate)


class Line:
    """A connection to the server that is opened anew whenever it broke."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer. Raises OSError or EOFError where there was none."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                return await self._post(body)
        except BaseException:
            self.close()
            raise

    async def _post(self, body: bytes) -> tuple[int, bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(b"POST /webhook HTTP/1.1\r\nhost: desk\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        return int(head.split()[1]), await reader.readexactly(length)

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


class Sender:
    def __init__(self, number: int, seed: int, port: int, ledger: Ledger, mix: Alerts, pause_s: float) -> None:
        self._random = Random(f"{seed}-{number}")
        self._alerts = mix(self._random, number)
        self._pause_s = pause_s
        self._lines = (Line(port), Line(port))
        self._ledger = ledger
        self._sent: list[bytes] = []

    async def run(self, stop: asyncio.Event) -> None:
        """Alert after alert, some twice at once, some again later, until `stop`; none is left unanswered."""
        while not stop.is_set():
            body = next(self._alerts)
            twice = self._random.random() < 0.1
            await asyncio.gather(*(self._send(line, body) for line in self._lines[: 1 + twice]))
            self._sent.append(body)
            if self._random.random() < 0.15:
                await self._send(self._lines[0], self._random.choice(self._sent))
            await asyncio.sleep(self._random.uniform(0, self._pause_s))
        for line in self._lines:
            line.close()

    async def _send(self, line: Line, body: bytes) -> None:
        while True:
            with contextlib.suppress(OSError, EOFError):
                status, answer = await line.post(body)
                if status < 500:
                    self._ledger.enter(body, status, json.loads(answer))
                    return
                self._ledger.refused += 1
            await asyncio.sleep(max(AGAIN_AFTER_S, self._pause_s / 4))


@contextlib.asynccontextmanager
async def stream_of_alerts(
    port: int, seed: int, senders: int, mix: Alerts = alerts, pause_s: float = PAUSE_S
) -> AsyncIterator[Ledger]:
    """Alerts arrive all the time; on the way out every one of them has been answered."""
    ledger, stop = Ledger(), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for number in range(senders):
            tasks.create_task(Sender(number, seed, port, ledger, mix, pause_s).run(stop))
        try:
            yield ledger
        finally:
            stop.set()
