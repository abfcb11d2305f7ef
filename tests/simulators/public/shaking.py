"""An answer on its way out: as it should be, or broken by a fault."""

import asyncio
import socket
import struct
import time
from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import web

from tests.simulators.public.faults import Fault
from tests.simulators.public.wires.wire import Wire

_HTML = "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n</body>\r\n</html>\r\n"
_PAGES = {
    "html_502": (502, "502 Bad Gateway"),
    "html_200": (200, "Just a moment..."),
    "http_403": (403, "403 Forbidden"),
}
FOR_EVER_S = 3600.0


async def shaken(fault: Fault, request: web.BaseRequest, wire: Wire, body: bytes) -> web.StreamResponse:
    """What the client gets instead of a sound answer."""
    match fault.kind:
        case "timeout":
            await hold(request, fault.seconds or FOR_EVER_S)
            return sound(body)
        case "reset_before_headers":
            return _reset(request)
        case "reset_after_headers" | "truncated":
            return await _broken_off(request, body, is_reset=fault.kind == "reset_after_headers")
        case "wrong_root":
            return sound(b"{}" if body.startswith(b"[") else b"[]")
        case "missing_keys":
            return sound(orjson.dumps(_halved(orjson.loads(body))))
    return _refusal(fault, wire)


def _refusal(fault: Fault, wire: Wire) -> web.Response:
    """Whole answers that say nothing of what was asked."""
    retry = {"Retry-After": f"{fault.seconds:g}"} if fault.seconds else {}
    match fault.kind:
        case "error_500":
            return sound(orjson.dumps({"error": "Internal Server Error"}), 500)
        case "http_429":
            return sound(orjson.dumps(wire.too_many), 429, retry)
        case "http_418":
            until = wire.now_ms() + int(fault.seconds * 1000)
            banned = {"code": -1003, "msg": f"Way too much request weight used; IP banned until {until}."}
            return sound(orjson.dumps(banned), 418, retry)
        case "venue_error":
            status, words = wire.unavailable
            return sound(orjson.dumps(words), status)
        case "html_502" | "html_200" | "http_403":
            return _page(*_PAGES[fault.kind])
    return sound(b"")


def sound(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(body=body, status=status, headers=headers, content_type="application/json", charset="utf-8")


async def hold(request: web.BaseRequest, seconds: float) -> None:
    """That long, or until the client has gone."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and request.transport is not None and not request.transport.is_closing():
        await asyncio.sleep(0.02)


def _halved(value: Any) -> Any:
    """Every object without every second of its keys."""
    if isinstance(value, dict):
        return {key: _halved(item) for number, (key, item) in enumerate(value.items()) if number % 2 == 0}
    return [_halved(item) for item in value] if isinstance(value, list) else value


def _page(status: int, title: str) -> web.Response:
    return web.Response(text=_HTML.format(title), status=status, content_type="text/html")


def _reset(request: web.BaseRequest) -> web.Response:
    """The connection ends with a reset instead of an answer."""
    if transport := request.transport:
        if sock := transport.get_extra_info("socket"):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()


async def _broken_off(request: web.BaseRequest, body: bytes, *, is_reset: bool) -> web.Response:
    """The headers, and half of the body where it is not a reset; then the end."""
    if transport := request.transport:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        transport.write(head.encode() + (b"" if is_reset else body[: len(body) // 2]))
        if not is_reset:
            transport.close()
            return web.Response()
        await asyncio.sleep(0.02)  # the headers are on their way before the reset overtakes them
    return _reset(request)
