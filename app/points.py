"""The named points of a signal's path, told to a probe: for tests that stop the process there."""

from collections.abc import Callable
from enum import StrEnum
from typing import TypeAlias


class Point(StrEnum):
    SIGNAL_QUEUED = "signal queued"
    BATCH_DECIDED = "batch decided"
    BATCH_WRITTEN = "batch written, not committed"
    BATCH_COMMITTED = "batch committed, nobody told"
    CALLERS_ANSWERED = "callers answered, orders on their way"
    ORDER_SENDING = "order about to be sent"
    ORDER_SENT = "venue has answered, report not queued"
    REPORT_QUEUED = "report queued, not decided"


Probe: TypeAlias = Callable[[Point], None]


def both(one: Probe, other: Probe) -> Probe:
    """Both are told of each point, `one` first."""
    if other is no_probe:
        return one

    def tell(point: Point) -> None:
        one(point)
        other(point)

    return tell


def no_probe(_: Point) -> None:
    """Nothing happens."""
