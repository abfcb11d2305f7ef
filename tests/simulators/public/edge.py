"""What a request meets: it is counted, delayed, failed where a fault says so, and answered."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from urllib.parse import parse_qs

import orjson
from aiohttp import web

from tests.simulators.public.counters import Counters
from tests.simulators.public.faults import Faults
from tests.simulators.public.shaking import shaken, sound
from tests.simulators.public.sight import PLAIN, Sight
from tests.simulators.public.stamps import filled
from tests.simulators.public.wires.wire import Asked, Wire

KEPT_ANSWERS = 200


@dataclass(frozen=True, slots=True)
class Latency:
    """`venue` and `endpoint` are patterns."""

    venue: str
    endpoint: str
    seconds: float


class Edge:
    """Of all venues. `latencies`: the last one that fits is it. `made` counts the answers that were not ready."""

    def __init__(self, wires: Mapping[str, Wire], faults: Faults, counters: Counters) -> None:
        self._wires = wires
        self._faults = faults
        self._counters = counters
        self._kept: dict[tuple[str, str, bytes], tuple[int, bytes]] = {}
        self.latencies: list[Latency] = []
        self.made = 0

    def warm(self) -> None:
        """What is asked for most is ready before the first request: it takes as long as any other."""
        for wire in self._wires.values():
            for path in sorted(wire.keeps):
                if "{" not in path:
                    self._answer(wire, path, (path, wire.everything, b""), None)

    def forget(self, venue: str) -> None:
        """A price of the venue has changed: no answer of it is ready any more."""
        if self._kept:
            self._kept = {key: kept for key, kept in self._kept.items() if key[0] != venue}

    async def serve(self, request: web.BaseRequest, venue: str, path: str, query: str) -> web.StreamResponse:
        """The answer leaves when its latency is over, counted from the arrival; a client that goes away ends it."""
        arrived_s, wire = asyncio.get_running_loop().time(), self._wires[venue]
        sent = await request.read() if request.method == "POST" else b""
        body = _parsed(sent)
        endpoint = wire.endpoint(path, body)
        target = f"{endpoint}?{query}" if query else f"{path} {sent.decode(errors='replace')}" if sent else endpoint
        entry = self._counters.entered(venue, endpoint, target)
        try:
            fault = self._faults.of_request(venue, endpoint)
            status, answer = self._answer(wire, endpoint, (path, query, sent), body)
            await self._wait(arrived_s, venue, endpoint)
            answer = filled(answer, wire.now_ms())
            if fault is not None:
                return await shaken(fault, request, wire, answer)
            return sound(answer, status)
        finally:
            self._counters.left(entry)

    def _answer(self, wire: Wire, endpoint: str, target: tuple[str, str, bytes], body: object) -> tuple[int, bytes]:
        path, query, sent = target
        faults = self._faults.of_quotes(wire.venue, endpoint)
        key = (wire.venue, f"{path}?{query}", sent)
        if not faults and key in self._kept:
            return self._kept[key]
        self.made += 1
        sight = Sight(faults) if faults else PLAIN
        status, answer, is_kept = wire.answer(Asked(path=path, query=parse_qs(query), body=body, sight=sight))
        if is_kept and not faults and len(self._kept) < KEPT_ANSWERS:
            self._kept[key] = status, answer
        return status, answer

    async def _wait(self, arrived_s: float, venue: str, endpoint: str) -> None:
        fitting = (
            item.seconds
            for item in reversed(self.latencies)
            if fnmatchcase(venue, item.venue) and fnmatchcase(endpoint, item.endpoint)
        )
        left_s = arrived_s + next(fitting, 0.0) - asyncio.get_running_loop().time()
        if left_s > 0:
            await asyncio.sleep(left_s)


def _parsed(body: bytes) -> object:
    try:
        return orjson.loads(body) if body else None
    except orjson.JSONDecodeError:
        return None
