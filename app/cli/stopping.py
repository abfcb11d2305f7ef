"""A command that is told to stop cleans up first."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from app.cli.failure import CommandFailed


@contextmanager
def stopped_in_order() -> Iterator[None]:
    """Within, SIGTERM and SIGHUP end the command as any other failure does: through every `finally`."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, _: FrameType | None) -> None:
    raise CommandFailed(f"stopped by {signal.Signals(number).name}")
