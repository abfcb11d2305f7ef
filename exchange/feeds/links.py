"""How a driver listens: every ticker of every frame is heard, and a link that breaks is told of at once."""

import json
import time
from functools import partial
from typing import Any, Protocol

from ccxt.base.errors import NetworkError


class Line(Protocol):
    """Who listens to a driver's links."""

    def hear(self, told: list[Any]) -> None:
        """The tickers of one frame."""

    def on_link(self) -> None:
        """A link is there."""

    def lost(self, why: str) -> None:
        """A link is no more."""


class Links:
    """The part of a driver that listens, for its `line`."""

    def handle_message(self: Any, client: Any, message: Any) -> None:
        heard: list[Any] = []
        self.heard = heard
        try:
            with self.without_dates():
                super().handle_message(client, message)  # type: ignore[misc]
        finally:
            self.heard = None
        client.lastPong = int(time.time() * 1000)  # whatever is said shows that somebody is there
        if heard:
            self.line.hear(heard)

    def client(self: Any, url: str) -> Any:
        client = super().client(url)  # type: ignore[misc]
        client.handle_message = partial(_read, client)
        client.handle_text_or_binary_message = partial(_read_text, client)
        return client

    def on_connected(self: Any, client: Any, message: Any = None) -> None:
        super().on_connected(client, message)  # type: ignore[misc]
        self.line.on_link()

    def on_error(self: Any, client: Any, error: Any) -> None:
        super().on_error(client, error)  # type: ignore[misc]
        self.line.lost(f"the stream broke: {type(error).__name__}")

    def on_close(self: Any, client: Any, error: Any) -> None:
        super().on_close(client, error)  # type: ignore[misc]
        self.line.lost("the venue closed the stream")

    def ws_dial_delay(self: Any, url: str) -> float:
        """When a link is made again is for its keeper to say."""
        return 0.0


def _read(client: Any, message: Any) -> None:
    """A frame that cannot be read ends its link: ccxt would lose the link's reader and tell nobody."""
    try:
        type(client).handle_message(client, message)
    except Exception as error:  # noqa: BLE001 - it would end in the loop's own handler
        client.on_error(NetworkError(f"frame not understood: {type(error).__name__}"))


def _read_text(client: Any, data: Any) -> None:
    """A frame's numbers are exact, too."""
    text = data.decode() if client.decompressBinary and isinstance(data, bytes) else data
    is_json = isinstance(text, str) and text[:1] in {"{", "["}
    client.on_message_callback(client, json.loads(text, parse_float=str, parse_constant=str) if is_json else text)
