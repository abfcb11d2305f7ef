"""How a venue does as a source of prices."""

from dataclasses import dataclass
from enum import StrEnum

from portfolio.prices.ticker import Venue


class SourceStatus(StrEnum):
    """LIVE has answered or streamed; the others say why there is nothing new, each with its next try.

    UNKNOWN is not asked yet. GARBLED answered what nobody can read.
    """

    UNKNOWN = "UNKNOWN"
    LIVE = "LIVE"
    TIMED_OUT = "TIMED_OUT"
    UNREACHABLE = "UNREACHABLE"
    FAILED = "FAILED"
    RATE_LIMITED = "RATE_LIMITED"
    GARBLED = "GARBLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """`at_s`, `answered_s` and `next_try_s` are the monotonic clock: when this became so, when the venue last answered
    in full, and when it is asked again (None: when somebody asks). `latency_s` is of the last answer. `failures` counts
    those in a row. `detail` is one clear line, empty while LIVE. `streams` tells whether prices come by themselves."""

    venue: Venue
    status: SourceStatus = SourceStatus.UNKNOWN
    detail: str = ""
    at_s: float = 0.0
    answered_s: float | None = None
    next_try_s: float | None = None
    latency_s: float | None = None
    failures: int = 0
    streams: bool = False
