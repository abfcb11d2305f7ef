"""What stands before the venue: request limits, maintenance and faults, which decide what a client gets to see."""

import asyncio
import socket
import struct
import time
from collections import Counter, defaultdict
from typing import Any

import orjson
from aiohttp import web

from tests.simulators.bybit.actions import Actions
from tests.simulators.bybit.answers import envelope
from tests.simulators.bybit.clock import VenueClock
from tests.simulators.bybit.faults import Fault, Faults
from tests.simulators.bybit.limits import EVERYTHING, RequestLimits, Verdict
from tests.simulators.bybit.rest import Rest

_HTML = "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n</body>\r\n</html>\r\n"
_TOO_MANY = "Too many visits. Exceeded the API Rate Limit."
_CODES = {"code_10000": (10000, "Server Timeout"), "code_10016": (10016, "Internal System Error.")}
_NOES = {
    "refused_funds": (200, 110007, "ab not enough for new order"),
    "refused_400": (400, 10001, "params error: one of them is wrong"),
    "refused_expired": (200, 33004, "Your api key has expired."),
}
_PAGES = {"html_502": (502, "502 Bad Gateway"), "html_200": (200, "Welcome")}


class Edge:
    """`requests` are the arrival times by endpoint; `received` and `arrived_ns` how often and when first a client order
    id came; `signatures` what requests were signed with.
    """

    def __init__(self, clock: VenueClock, rest: Rest, actions: Actions, limits: RequestLimits, faults: Faults) -> None:
        self._clock = clock
        self._rest = rest
        self._actions = actions
        self.limits = limits
        self._faults = faults
        self.maintenance = "off"
        self.requests: dict[str, list[int]] = defaultdict(list)
        self.received: Counter[str] = Counter()
        self.arrived_ns: dict[str, int] = {}
        self.signatures: set[str] = set()

    async def serve(self, request: web.BaseRequest, path: str, query: str) -> web.StreamResponse:
        arrived_ns = time.time_ns()
        body = await request.read() if request.method == "POST" else b""
        now_ms = self._clock.now_ms()
        self.requests[path].append(now_ms)
        if sign := request.headers.get("X-BAPI-SIGN"):
            self.signatures.add(sign)
        if path == "/v5/order/create":
            self._note_arrival(body, arrived_ns)
        verdict = self.limits.see(path, now_ms)
        if verdict.refusal:
            return self._over(verdict)
        if path == "/v5/system/status":
            return _json(envelope(0, "OK", self._status(now_ms), now_ms), verdict.headers)
        if self.maintenance == "http":
            return _page(503, "503 Service Temporarily Unavailable")
        if self.maintenance == "code":
            return _json(envelope(10016, "The service is under maintenance.", {}, now_ms), verdict.headers)
        fault = self._faults.of_request(path)
        if fault is None:
            status, answer = self._rest.answer(request.method, path, query, body, request.headers)
            return _json(answer, verdict.headers, status)
        return await self._faulty(fault, request, path, query, body, verdict.headers)

    def _note_arrival(self, body: bytes, arrived_ns: int) -> None:
        """An order's request is on the wire, whatever becomes of it."""
        try:
            link_id = orjson.loads(body).get("orderLinkId")
        except (orjson.JSONDecodeError, AttributeError):
            return
        if link_id:
            self.received[str(link_id)] += 1
            self.arrived_ns.setdefault(str(link_id), arrived_ns)

    def _status(self, now_ms: int) -> dict[str, Any]:
        """What the status page says: it stays up through maintenance."""
        if self.maintenance == "off":
            return {"list": []}
        event = {
            "id": "f9d6842d-5331-11f0-8fd3-c241b123dd9e",
            "title": "System maintenance",
            "state": "ongoing",
            "begin": str(now_ms - 60_000),
            "end": str(now_ms + 3_600_000),
            "href": "",
            "serviceTypes": [1, 2, 3, 4, 5],
            "product": [1, 2, 3, 4],
            "uidSuffix": [],
            "maintainType": 1,
            "env": 1,
        }
        return {"list": [event]}

    def _over(self, verdict: Verdict) -> web.Response:
        """Refused for its frequency, in the words that the window was closed with."""
        now_ms = self._clock.now_ms()
        if verdict.refusal == "10006":
            return _json(envelope(10006, _TOO_MANY, {}, now_ms), verdict.headers)
        if verdict.refusal == "403":
            return _page(403, "403, access too frequent. Please try again in a while.")
        wait_s = max(1, -(-(verdict.until_ms - now_ms) // 1000))
        more = {"Retry-After": str(wait_s)} if verdict.is_told else {}
        return _json(b'{"retCode":429,"retMsg":"System level frequency protection"}', more, 429)

    # --- faults --------------------------------------------------------------------------------------------------

    async def _faulty(
        self, fault: Fault, request: web.BaseRequest, path: str, query: str, body: bytes, headers: dict[str, str]
    ) -> web.StreamResponse:
        kind, is_before = fault.kind, fault.kind.endswith("_before_accept")
        checked_ms = self._clock.now_ms() if kind == "late_accept" else None
        if kind in ("slow_before_accept", "late_accept"):
            await asyncio.sleep(fault.seconds)
        if kind == "timeout_before_accept" or (is_before and not kind.startswith("slow")):
            return await self._shown(fault, request, b"", 200, headers)
        if kind in ("overloaded_503", "http_429", "http_403", "code_10006"):
            return self._turned_away(fault, path, headers)
        if kind == "refused_401":
            return web.Response(status=401, headers=headers)
        if kind in _NOES:
            status, code, message = _NOES[kind]
            return _json(envelope(code, message, {}, self._clock.now_ms()), headers, status)
        if kind == "repeated_request":
            self._rest.answer(request.method, path, query, body, request.headers)
        status, answer = self._rest.answer(
            request.method,
            path,
            query,
            body,
            request.headers,
            is_repeated=kind == "repeated_rows",
            checked_ms=checked_ms,
        )
        if kind == "unseen" and self._actions.last_created is not None:
            self._actions.last_created.visible_ms = self._clock.now_ms() + int(fault.seconds * 1000)
        return await self._shown(fault, request, answer, status, headers)

    async def _shown(
        self, fault: Fault, request: web.BaseRequest, answer: bytes, status: int, headers: dict[str, str]
    ) -> web.StreamResponse:
        """What the client gets of an answer, or instead of one."""
        what = fault.kind.removesuffix("_after_accept").removesuffix("_before_accept")
        match what:
            case "timeout" | "lost":
                await _hold(request, fault.seconds if what == "timeout" and fault.seconds else 3600)
                return _json(answer, headers, status)
            case "reset":
                return _reset(request)
            case "truncated":
                return _truncated(request, answer)
            case "html_502" | "html_200":
                return _page(*_PAGES[what])
            case "empty_200":
                return web.Response(body=b"")
            case "json_500" | "json_504":
                code = int(what[-3:])
                return _json(orjson.dumps({"error": {"message": f"{code} upstream", "name": "HTTPError"}}), {}, code)
            case "code_10000" | "code_10016":
                return _json(envelope(*_CODES[what], {}, self._clock.now_ms()), headers)
            case "slow":
                if fault.kind == "slow_after_accept":
                    await asyncio.sleep(fault.seconds)
        return _json(answer, headers, status)

    def _turned_away(self, fault: Fault, path: str, headers: dict[str, str]) -> web.Response:
        """Not handled; what is told to be closed is closed."""
        now_ms = self._clock.now_ms()
        if fault.kind == "overloaded_503":
            return _json(
                b'{"retCode":10016,"retMsg":"The system is currently overloaded. Please try again later."}', {}, 503
            )
        answer = {"code_10006": "10006", "http_403": "403", "http_429": "429"}[fault.kind]
        is_told = answer == "10006" or (answer == "429" and bool(fault.seconds))
        until_ms = now_ms + int((fault.seconds or 1) * 1000)
        name = path if answer == "10006" else EVERYTHING
        self.limits.close(name, until_ms, now_ms, is_told=is_told, answer=answer)
        told = {"X-Bapi-Limit-Status": "0", "X-Bapi-Limit-Reset-Timestamp": str(until_ms)}
        return self._over(Verdict(headers | told, answer, until_ms, is_told))


def _json(body: bytes, headers: dict[str, str], status: int = 200) -> web.Response:
    return web.Response(body=body, status=status, headers=headers, content_type="application/json", charset="utf-8")


def _page(status: int, title: str) -> web.Response:
    return web.Response(text=_HTML.format(title), status=status, content_type="text/html")


async def _hold(request: web.BaseRequest, seconds: float) -> None:
    """That long, or until the client has gone."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and request.transport is not None and not request.transport.is_closing():
        await asyncio.sleep(0.02)


def _reset(request: web.BaseRequest) -> web.Response:
    """The connection ends with a reset instead of an answer."""
    if transport := request.transport:
        if sock := transport.get_extra_info("socket"):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()


def _truncated(request: web.BaseRequest, answer: bytes) -> web.Response:
    """Half of the body that the header promised, and then the end of the connection."""
    if transport := request.transport:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}\r\n\r\n"
        transport.write(head.encode() + answer[: len(answer) // 2])
        transport.close()
    return web.Response()
