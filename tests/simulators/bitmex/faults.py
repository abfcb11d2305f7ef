"""What can go wrong between a client and the venue: an answer that is lost or broken, or a request that is."""

import asyncio
import random
import socket
import struct
from collections import deque
from collections.abc import Awaitable, Callable

from aiohttp import web

from tests.simulators.bitmex.pace import too_many
from tests.simulators.bitmex.refusal import Refused

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
LONGEST_SILENCE_S = 60.0
_HTML = "<html><head><title>502 Bad Gateway</title></head><body>cloudfront</body></html>"

# After: the venue has done what it was asked. Before: it has not, and never will.
AFTER = (
    "silence_after",
    "reset_after",
    "html_502_after",
    "json_500_after",
    "json_504_after",
    "truncated_after",
    "html_200_after",
    "empty_200_after",
)
BEFORE = ("silence_before", "reset_before", "overloaded", "unavailable", "too_many", "too_many_untold")
LATE = ("late",)
ALL = (*AFTER, *BEFORE, *LATE)


class Faults:
    """The next ones of an endpoint, in order, or a share of all its requests. An endpoint is "POST /order"."""

    def __init__(self, seed: int = 1) -> None:
        self._next: dict[str, deque[str]] = {}
        self._rates: dict[str, dict[str, float]] = {}
        self._random = random.Random(seed)
        self.late_s = 1.0
        self._late: set[asyncio.Task[None]] = set()
        self.happened: dict[str, int] = {}

    def next(self, fault: str, times: int = 1, endpoint: str = "POST /order") -> None:
        if fault not in ALL:
            raise ValueError(f"no fault is called {fault}: {', '.join(ALL)}")
        self._next.setdefault(endpoint, deque()).extend([fault] * times)

    def rate(self, fault: str, share: float, endpoint: str = "POST /order") -> None:
        """From now on that share of the endpoint's requests; 0 ends it."""
        if fault not in ALL:
            raise ValueError(f"no fault is called {fault}: {', '.join(ALL)}")
        self._rates.setdefault(endpoint, {})[fault] = share

    def pick(self, endpoint: str) -> str | None:
        waiting = self._next.get(endpoint)
        fault = waiting.popleft() if waiting else self._drawn(endpoint)
        if fault:
            self.happened[fault] = self.happened.get(fault, 0) + 1
        return fault

    def _drawn(self, endpoint: str) -> str | None:
        point = self._random.random()
        for fault, share in self._rates.get(endpoint, {}).items():
            if point < share:
                return fault
            point -= share
        return None

    async def _take_late(self, request: web.Request, handler: Handler) -> None:
        """The request was on its way for long: the venue meets it when the client may have given up."""
        await asyncio.sleep(self.late_s)
        await handler(request)

    async def strike(self, fault: str, request: web.Request, handler: Handler) -> web.StreamResponse:
        if fault in BEFORE:
            return await _before(fault, request)
        if fault in LATE:
            self._late.add(task := asyncio.create_task(self._take_late(request, handler)))
            task.add_done_callback(self._late.discard)
            await asyncio.shield(task)
            return _reset(request)
        return await _after(fault, request, await handler(request))


async def _before(fault: str, request: web.Request) -> web.StreamResponse:
    if fault == "silence_before":
        await asyncio.sleep(LONGEST_SILENCE_S)
        return _reset(request)
    if fault == "reset_before":
        return _reset(request)
    if fault == "overloaded":
        raise Refused(503, "The system is currently overloaded. Please try again later.")
    if fault == "unavailable":
        raise Refused(503, "Service unavailable")
    if fault == "too_many":
        raise too_many(1)
    refusal = too_many(1)
    refusal.headers.clear()
    raise refusal


async def _after(fault: str, request: web.Request, answer: web.StreamResponse) -> web.StreamResponse:
    assert isinstance(answer, web.Response)
    match fault:
        case "silence_after":
            await asyncio.sleep(LONGEST_SILENCE_S)
            return _reset(request)
        case "html_502_after":
            return web.Response(status=502, text=_HTML, content_type="text/html")
        case "json_500_after":
            return web.json_response({"error": {"message": "Server Error", "name": "HTTPError"}}, status=500)
        case "json_504_after":
            return web.json_response({"error": {"message": "Gateway Time-out", "name": "HTTPError"}}, status=504)
        case "html_200_after":
            return web.Response(status=200, text=_HTML, content_type="text/html")
        case "empty_200_after":
            return web.Response(status=200, body=b"", content_type="application/json")
        case "truncated_after":
            return await _truncated(request, answer)
    return _reset(request)


async def _truncated(request: web.Request, answer: web.Response) -> web.StreamResponse:
    """Half of the body that the headers promise, and the end."""
    body = answer.body
    assert isinstance(body, bytes)
    cut = web.StreamResponse(headers={"Content-Length": str(len(body)), "Content-Type": "application/json"})
    await cut.prepare(request)
    await cut.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return cut


def _reset(request: web.Request) -> web.Response:
    """The connection is reset; what is returned goes nowhere."""
    if request.transport is not None:
        connection = request.transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
    return web.Response()
