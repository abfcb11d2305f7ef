"""The streams: private topics after a signed login, public prices without; each connection has a writer of its own."""

import asyncio
import hmac
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import orjson
from aiohttp import WSMsgType, web

from tests.simulators.bybit.clock import VenueClock
from tests.simulators.bybit.faults import Faults
from tests.simulators.bybit.signing import ApiKey, signature

PRIVATE_TOPICS = frozenset(
    {"order", "execution", "position", "wallet", "execution.fast", "greeks", "dcp.future", "dcp.spot", "dcp.option"}
)


class Connection:
    """`topics` are what it has subscribed to; what is sent goes out in order, through the faults."""

    def __init__(self, socket: web.WebSocketResponse, request: web.BaseRequest, path: str, faults: Faults) -> None:
        self.socket = socket
        self.path = path
        self.topics: set[str] = set()
        self.key: ApiKey | None = None
        self._request = request
        self._faults = faults
        self._out: asyncio.Queue[bytes] = asyncio.Queue()
        self._held: bytes | None = None
        self.is_silent = False

    @property
    def is_private(self) -> bool:
        return self.path == "/v5/private"

    def send(self, frame: bytes, topic: str = "") -> None:
        fault = self._faults.of_frame(topic) if topic else None
        match fault.kind if fault else None:
            case None:
                self._put(frame)
            case "frame_duplicated":
                self._put(frame)
                self._put(frame)
            case "frame_delayed":
                assert fault is not None
                asyncio.get_running_loop().call_later(fault.seconds, self._put, frame)
            case "frame_reordered":
                self._release()
                self._held = frame
                asyncio.get_running_loop().call_later(1, self._release)
            case "frame_lost":
                pass
            case "cut_before_frame":
                self.cut()
            case "cut_after_frame":
                self._put(frame)
                asyncio.get_running_loop().call_later(0.05, self.cut)

    def _put(self, frame: bytes) -> None:
        self._out.put_nowait(frame)
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
        while True:
            frame = await self._out.get()
            if not self.is_silent:
                await self.socket.send_str(frame.decode())


class Streams:
    """`snapshot` answers what a public topic begins with; None for a topic that there is not."""

    def __init__(
        self,
        clock: VenueClock,
        keys: Mapping[str, ApiKey],
        faults: Faults,
        snapshot: Callable[[str, str], bytes | None],
        joined: Callable[[str], None],
        left: Callable[[str], None],
    ) -> None:
        self._clock = clock
        self._keys = keys
        self._faults = faults
        self._snapshot = snapshot
        self._joined = joined
        self._left = left
        self.connections: set[Connection] = set()
        self.opened = 0
        self.signatures: set[str] = set()
        self.is_silent = False

    # --- what the venue says -------------------------------------------------------------------------------------

    def hears(self, topic: str) -> bool:
        return any(item.is_private and topic in item.topics for item in self.connections)

    def publish(self, topic: str, rows: list[dict[str, Any]]) -> None:
        """Every private stream that subscribed gets the rows."""
        frame = orjson.dumps({"id": str(uuid4()), "topic": topic, "creationTime": self._clock.now_ms(), "data": rows})
        for connection in list(self.connections):
            if connection.is_private and topic in connection.topics:
                connection.send(frame, topic)

    def publish_public(self, category: str, topic: str, frame: Callable[[], bytes]) -> None:
        path = f"/v5/public/{category}"
        listeners = [item for item in self.connections if item.path == path and topic in item.topics]
        made = frame() if listeners else b""
        for connection in listeners:
            connection.send(made, topic)

    def cut_all(self, *, private_only: bool = False) -> None:
        for connection in list(self.connections):
            if connection.is_private or not private_only:
                connection.cut()

    def silence(self, *, is_silent: bool) -> None:
        """Nothing is sent or answered on any stream; the connections stay open."""
        self.is_silent = is_silent
        for connection in self.connections:
            connection.is_silent = is_silent

    # --- what clients say ----------------------------------------------------------------------------------------

    async def serve(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        """One connection, until it ends."""
        socket = web.WebSocketResponse(compress=False, autoping=True)
        await socket.prepare(request)
        connection = Connection(socket, request, path, self._faults)
        connection.is_silent = self.is_silent
        self.connections.add(connection)
        self.opened += 1
        writer = asyncio.create_task(connection.write())
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._take(connection, orjson.loads(message.data))
        except (ConnectionError, orjson.JSONDecodeError):
            pass
        finally:
            writer.cancel()
            self.connections.discard(connection)
            for topic in connection.topics:
                if topic.startswith("dcp."):
                    self._left(topic)
        return socket

    def _take(self, connection: Connection, message: dict[str, Any]) -> None:
        if connection.is_silent:
            return
        operation, request_id = message.get("op"), message.get("req_id")
        match operation:
            case "ping":
                connection.send(self._pong(connection, request_id))
            case "auth":
                self._authenticate(connection, message)
            case "subscribe":
                self._subscribe(connection, list(message.get("args") or []), request_id)
            case "unsubscribe":
                connection.topics -= set(message.get("args") or [])
                connection.send(_reply("unsubscribe", "", request_id))
            case _:
                connection.send(_reply(str(operation), "error:invalid op", request_id, is_good=False))

    def _pong(self, connection: Connection, request_id: object) -> bytes:
        if connection.is_private:
            args = [str(self._clock.now_ms())]
            return orjson.dumps({"req_id": request_id, "op": "pong", "args": args, "conn_id": str(uuid4())})
        return _reply("ping", "pong", request_id)

    def _authenticate(self, connection: Connection, message: dict[str, Any]) -> None:
        """Login: the signature of `GET/realtime` and a time that has not passed."""
        args = [*(message.get("args") or []), "", "", ""]
        key, expires, sign = self._keys.get(str(args[0])), str(args[1]), str(args[2])
        self.signatures.add(sign)
        is_good = (
            key is not None
            and not key.expired
            and expires.isdigit()
            and int(expires) > self._clock.now_ms()
            and hmac.compare_digest(signature(key.secret, f"GET/realtime{expires}"), sign)
        )
        if is_good:
            connection.key = key
            connection.send(_reply("auth", "", message.get("req_id")))
        else:
            why = "Request expired" if key and expires.isdigit() and int(expires) <= self._clock.now_ms() else ""
            text = (why or "Params Error") if key else "10003:API key is invalid."
            connection.send(_reply("auth", text, message.get("req_id"), is_good=False))

    def _subscribe(self, connection: Connection, topics: list[str], request_id: object) -> None:
        if connection.is_private:
            if connection.key is None:
                connection.send(_reply("subscribe", "Request not authorized", request_id, is_good=False))
                return
            bad = [topic for topic in topics if topic not in PRIVATE_TOPICS]
            snapshots: list[tuple[str, bytes]] = []
        else:
            category = connection.path.rpartition("/")[2]
            made = [(topic, self._snapshot(category, topic)) for topic in topics]
            bad = [topic for topic, frame in made if frame is None]
            snapshots = [(topic, frame) for topic, frame in made if frame]
        if bad:
            text = f"error:handler not found,topic:{bad[0]}"
            connection.send(_reply("subscribe", text, request_id, is_good=False))
            return
        for topic in topics:
            if topic.startswith("dcp.") and topic not in connection.topics:
                self._joined(topic)
        connection.topics |= set(topics)
        connection.send(_reply("subscribe", "", request_id))
        for topic, frame in snapshots:
            connection.send(frame, topic)


def _reply(operation: str, text: str, request_id: object, *, is_good: bool = True) -> bytes:
    reply = {"success": is_good, "ret_msg": text, "op": operation, "conn_id": str(uuid4())}
    return orjson.dumps(reply if request_id is None else reply | {"req_id": str(request_id)})
