"""What fetching one after the other and at once has taken, and how near the one comes to what the other allows."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from portfolio.model.identifiers import Symbol
from portfolio.prices.ticker import Venue


@dataclass(frozen=True, slots=True)
class Request:
    """One order book of a venue's own market: its best bid and ask are the price, and it is always one request."""

    venue: Venue
    symbol: Symbol


@dataclass(frozen=True, slots=True)
class Timing:
    """`fault` is why there was no answer; empty where there was."""

    request: Request
    took_s: float
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Lap:
    """All requests once. `cpu_s` is what this process used of the processors meanwhile."""

    timings: tuple[Timing, ...]
    wall_s: float
    cpu_s: float

    @property
    def sum_s(self) -> float:
        return sum(timing.took_s for timing in self.timings)

    @property
    def longest_s(self) -> float:
        return max(timing.took_s for timing in self.timings)

    @property
    def faults(self) -> tuple[Timing, ...]:
        return tuple(timing for timing in self.timings if timing.fault)


@dataclass(frozen=True, slots=True)
class Pair:
    """The same requests one after the other, then at once."""

    alone: Lap
    together: Lap

    @property
    def bound(self) -> float:
        """No speed-up passes it: together they take as long as the longest of them takes alone."""
        return self.alone.sum_s / self.alone.longest_s

    @property
    def speed_up(self) -> float:
        return self.alone.wall_s / self.together.wall_s

    @property
    def share(self) -> float:
        """Of the bound that was reached; above 1 where the venues themselves were quicker the second time."""
        return self.speed_up / self.bound

    @property
    def is_whole(self) -> bool:
        """Every request was answered both times."""
        return not self.alone.faults and not self.together.faults


@dataclass(frozen=True, slots=True)
class Compared:
    """Medians over the pairs; there is one at least."""

    requests: tuple[Request, ...]
    pairs: tuple[Pair, ...]

    @property
    def sum_s(self) -> float:
        return median(pair.alone.sum_s for pair in self.pairs)

    @property
    def longest_s(self) -> float:
        return median(pair.alone.longest_s for pair in self.pairs)

    @property
    def alone_s(self) -> float:
        return median(pair.alone.wall_s for pair in self.pairs)

    @property
    def together_s(self) -> float:
        return median(pair.together.wall_s for pair in self.pairs)

    @property
    def alone_cpu_s(self) -> float:
        return median(pair.alone.cpu_s for pair in self.pairs)

    @property
    def together_cpu_s(self) -> float:
        return median(pair.together.cpu_s for pair in self.pairs)

    @property
    def bound(self) -> float:
        return median(pair.bound for pair in self.pairs)

    @property
    def speed_up(self) -> float:
        return median(pair.speed_up for pair in self.pairs)

    @property
    def share(self) -> float:
        return median(pair.share for pair in self.pairs)

    def latencies_s(self, request: Request) -> tuple[float, float]:
        """Of the request alone, and among all others."""
        return (
            median(_took_s(pair.alone.timings, request) for pair in self.pairs),
            median(_took_s(pair.together.timings, request) for pair in self.pairs),
        )


def _took_s(timings: Sequence[Timing], request: Request) -> float:
    return next(timing.took_s for timing in timings if timing.request == request)
