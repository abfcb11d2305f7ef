"""Disconnect-cancel-all: every order goes when no private stream has been there for a while."""

import asyncio
from collections.abc import Callable

TOPICS = {"DERIVATIVES": "dcp.future", "SPOT": "dcp.spot", "OPTIONS": "dcp.option"}
CATEGORIES = {"DERIVATIVES": ("linear", "inverse"), "SPOT": ("spot",), "OPTIONS": ("option",)}


class DisconnectionSwitch:
    """It guards a product once a window is set and a stream has subscribed to the product's topic, as on Bybit."""

    def __init__(self, cancel: Callable[[tuple[str, ...]], None]) -> None:
        self._cancel = cancel
        self.windows: dict[str, int] = {}
        self._listeners: dict[str, int] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self.acted = 0

    def set(self, product: str, window_s: int) -> None:
        self.windows[product] = window_s

    def joined(self, topic: str) -> None:
        """A private stream subscribed to the topic."""
        self._listeners[topic] = self._listeners.get(topic, 0) + 1
        if timer := self._timers.pop(topic, None):
            timer.cancel()

    def left(self, topic: str) -> None:
        """A stream that had subscribed is gone; with the last one the time begins to run."""
        self._listeners[topic] -= 1
        product = next((name for name, of in TOPICS.items() if of == topic), None)
        if product in self.windows and not self._listeners[topic]:
            window = self.windows[product]
            self._timers[topic] = asyncio.get_running_loop().call_later(window, self._act, product)

    def _act(self, product: str) -> None:
        self.acted += 1
        self._cancel(CATEGORIES[product])
