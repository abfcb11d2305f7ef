"""Files that somebody else replaces while the server runs: noticed once their change is over."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import TypeAlias

LOOK_EVERY_S = 1.0
State: TypeAlias = tuple[tuple[int, int, int] | None, ...]


async def changes(
    files: Callable[[], Sequence[Path]], hurry: asyncio.Event, every_s: float = LOOK_EVERY_S
) -> AsyncIterator[None]:
    """Yields after each change of the files, once they have been the same for two looks; at once when hurried."""
    known = before = state_of(files())
    while True:
        hurried = await _hurried(hurry, every_s)
        now = state_of(files())
        is_settled = now == before
        before = now
        if hurried or (now != known and is_settled):
            known = now
            yield


def state_of(files: Sequence[Path]) -> State:
    """What tells one version of the files from another; links are followed, as certbot's are."""
    return tuple(map(_state, files))


def _state(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


async def _hurried(hurry: asyncio.Event, within_s: float) -> bool:
    try:
        async with asyncio.timeout(within_s):
            await hurry.wait()
    except TimeoutError:
        return False
    hurry.clear()
    return True
