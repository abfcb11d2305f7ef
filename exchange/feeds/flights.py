"""Requests under way, so that nobody asks for what somebody else is being told already."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Iterable
from typing import Any


class Flights:
    """Each is a task of its own: a caller that goes away ends none of them."""

    def __init__(self) -> None:
        self._tasks: dict[Hashable, asyncio.Task[Any]] = {}

    def under_way(self, key: Hashable) -> asyncio.Task[Any] | None:
        return self._tasks.get(key)

    def join(self, key: Hashable, begin: Callable[[], Coroutine[Any, Any, Any]]) -> asyncio.Task[Any]:
        """What is under way for the key, else a new one."""
        return self._tasks.get(key) or self.begin([key], begin())

    def begin(self, keys: Iterable[Hashable], job: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """It is under way for all of the keys until it ends."""
        named = tuple(keys)
        task = asyncio.create_task(job)
        self._tasks.update(dict.fromkeys(named, task))
        task.add_done_callback(lambda ended: self._forget(named, ended))
        return task

    def _forget(self, keys: tuple[Hashable, ...], ended: asyncio.Task[Any]) -> None:
        for key in keys:
            if self._tasks.get(key) is ended:
                del self._tasks[key]

    async def close(self) -> None:
        tasks = set(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
