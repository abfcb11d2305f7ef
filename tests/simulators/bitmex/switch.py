"""The dead man's switch: what happens unless the client is heard of again in time."""

import asyncio
from collections.abc import Callable


class Switch:
    def __init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None
        self.fired = 0

    def set(self, after_s: float, act: Callable[[], object]) -> None:
        """`act` is called after that long, in place of what was set before; 0 takes it away."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if after_s:
            self._timer = asyncio.get_running_loop().call_later(after_s, self._fire, act)

    def _fire(self, act: Callable[[], object]) -> None:
        self.fired += 1
        self._timer = None
        act()
