"""How many requests may be under way at a venue together, found out by how long each takes."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

FIRST, LEAST, MOST = 2.0, 1.0, 10.0
QUICK_S, SLOW_S = 1.0, 2.0


@dataclass(slots=True)
class Turns:
    """Slowly more while answers are quick, half as many once one was slow: then requests wait for their turn at the
    venue's pace, and one that waits too long counts as the venue's failure."""

    clock: Callable[[], float] = time.monotonic
    most: float = FIRST
    under_way: int = 0
    _waiting: deque[asyncio.Future[None]] = field(default_factory=deque)

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Within, a request may be under way."""
        await self._admitted()
        began_s = self.clock()
        try:
            yield
        finally:
            self.under_way -= 1
            self._learn(self.clock() - began_s)
            self._wake()

    async def _admitted(self) -> None:
        while self.under_way >= int(self.most):
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            try:
                await waiter
            except asyncio.CancelledError:
                if waiter.done() and not waiter.cancelled():
                    self._wake()
                raise
        self.under_way += 1

    def _learn(self, took_s: float) -> None:
        if took_s > SLOW_S:
            self.most = max(LEAST, self.most / 2)
        elif took_s < QUICK_S:
            self.most = min(MOST, self.most + 1 / self.most)

    def _wake(self) -> None:
        """As many go on as there is room for."""
        room = int(self.most) - self.under_way
        while room > 0 and self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                room -= 1
