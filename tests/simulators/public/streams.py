"""The streams of all venues: who listens to what, and each connection's frames in order, through the faults."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any

import orjson
from aiohttp import WSMsgType, web

from tests.simulators.public.faults import Fault, Faults
from tests.simulators.public.market import Market
from tests.simulators.public.sight import PLAIN, Sight
from tests.simulators.public.stamps import filled
from tests.simulators.public.wires.coinbase_bodies import SEQUENCE
from tests.simulators.public.wires.wire import Wire

_GARBAGE = (b'{"channel":"ticker","events":[{"type":', b'[[1,2,3],{"":null},"tick"]')
_MOST_WAITING = 20_000
_OVERTAKEN_AT_MOST_S = 1.0


class StreamLink:
    """One connection, with a writer of its own. A silent one stays open and says nothing."""

    def __init__(self, socket: web.WebSocketResponse, request: web.BaseRequest, wire: Wire, faults: Faults) -> None:
        self.wire = wire
        self.path = request.path
        self.topics: dict[str, set[str]] = {}
        self.is_silent = False
        self._socket = socket
        self._request = request
        self._faults = faults
        self._out: asyncio.Queue[bytes] = asyncio.Queue(_MOST_WAITING)
        self._held: bytes | None = None
        self._sent = 0

    def join(self, channel: str, market: Market) -> None:
        self.topics.setdefault(market.symbol, set()).add(channel)

    def leave(self, channel: str, market: Market) -> None:
        self.topics.get(market.symbol, set()).discard(channel)

    def say(self, frame: Any) -> None:
        """Something between the two of them: no fault strikes it."""
        self._put(frame.encode() if isinstance(frame, str) else orjson.dumps(frame))

    def show(self, channel: str, market: Market, frame: Any) -> None:
        body = frame if isinstance(frame, bytes) else orjson.dumps(frame)
        fault = self._faults.of_frame(self.wire.venue, channel, market.symbol)
        if fault is None:
            self._put(body)
        else:
            self._fail(fault, body)

    def _fail(self, fault: Fault, body: bytes) -> None:
        match fault.kind:
            case "cut":
                self.cut()
            case "silence":
                self.is_silent = True
            case "garbage":
                for frame in (*_GARBAGE, body):
                    self._put(frame)
            case "repeated":
                self._put(body)
                self._put(body)
            case "reordered":
                self._release()
                self._held = body
                asyncio.get_running_loop().call_later(_OVERTAKEN_AT_MOST_S, self._release)

    def _put(self, frame: bytes) -> None:
        try:
            self._out.put_nowait(frame)
        except asyncio.QueueFull:
            self.cut()
            return
        self._release()

    def _release(self) -> None:
        """A frame that was held back goes after the one that overtook it, or once nothing comes."""
        if self._held is not None:
            held, self._held = self._held, None
            self._out.put_nowait(held)

    def cut(self) -> None:
        """The connection is gone without a word."""
        if self._request.transport is not None:
            self._request.transport.abort()

    async def write(self) -> None:
        mark = str(SEQUENCE).encode()
        while True:
            frame = await self._out.get()
            if not self.is_silent:
                frame = filled(frame, self.wire.now_ms()).replace(mark, str(self._sent).encode())
                self._sent += 1
                await self._socket.send_str(frame.decode())


class Streams:
    """`opened` counts the connections of each venue, ever."""

    def __init__(self, wires: Mapping[str, Wire], faults: Faults) -> None:
        self._faults = faults
        self.links: set[StreamLink] = set()
        self.opened = dict.fromkeys(wires, 0)
        self.silent: set[str] = set()
        for wire in wires.values():
            wire.sight_of = partial(self._sight, wire.venue)

    def publish(self, market: Market, *, is_repeat: bool = False) -> None:
        """Whoever listens to the market hears what is true there now, each channel made once."""
        listeners: dict[str, list[StreamLink]] = {}
        for link in self.links:
            if link.wire.venue == market.venue:
                for channel in link.topics.get(market.symbol, ()):
                    if not (is_repeat and channel in link.wire.unrepeated):
                        listeners.setdefault(channel, []).append(link)
        for channel, links in listeners.items():
            frame = links[0].wire.frame(channel, market, self._sight(market.venue, channel))
            if frame is not None:
                body = orjson.dumps(frame)
                for link in links:
                    link.show(channel, market, body)

    def cut(self, venue: str = "*") -> None:
        for link in self._of(venue):
            link.cut()

    def silence(self, venue: str, *, is_silent: bool) -> None:
        """Nothing is sent on the streams of the venue, new ones included; they stay open."""
        for name in self.opened if venue == "*" else (venue,):
            (self.silent.add if is_silent else self.silent.discard)(name)
        for link in self._of(venue):
            link.is_silent = is_silent

    async def serve(self, request: web.BaseRequest, wire: Wire) -> web.StreamResponse:
        """One connection, until it ends."""
        socket = web.WebSocketResponse(compress=False, autoping=True)
        await socket.prepare(request)
        link = StreamLink(socket, request, wire, self._faults)
        link.is_silent = wire.venue in self.silent
        self.links.add(link)
        self.opened[wire.venue] += 1
        writer = asyncio.create_task(link.write())
        try:
            if (greeting := wire.greeting()) is not None:
                link.say(greeting)
            async for message in socket:
                if message.type is WSMsgType.TEXT and not link.is_silent:
                    wire.hear(link, "ping" if message.data == "ping" else orjson.loads(message.data))
        except (ConnectionError, orjson.JSONDecodeError):
            pass
        finally:
            writer.cancel()
            self.links.discard(link)
        return socket

    def _of(self, venue: str) -> list[StreamLink]:
        return [link for link in self.links if venue in ("*", link.wire.venue)]

    def _sight(self, venue: str, channel: str) -> Sight:
        faults = self._faults.of_quotes(venue, f"stream {channel}")
        return Sight(faults) if faults else PLAIN
