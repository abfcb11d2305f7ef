"""The disk alone, for comparison: no durable answer can be faster than this."""

import os
import time
from pathlib import Path
from statistics import median

_WRITES = 40
_PAGE = b"x" * 4096


def sync_ms(folder: Path) -> float:
    """The median time to append a page to a file and have it on disk."""
    path = folder / "disk"
    with path.open("wb", buffering=0) as file:
        times = [_append(file.fileno()) for _ in range(_WRITES)]
    path.unlink()
    return median(times) * 1000


def _append(descriptor: int) -> float:
    started = time.perf_counter()
    os.write(descriptor, _PAGE)
    os.fsync(descriptor)
    return time.perf_counter() - started
