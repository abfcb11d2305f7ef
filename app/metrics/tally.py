"""Counts and distributions that cost next to nothing to add to: the writer adds, a scrape reads.

prometheus-client's own take a lock and walk every bucket for each observation, which an alert would feel. All of this
happens on the event loop, so plain numbers are enough.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily

Labels = tuple[str, ...]
MOST_SERIES = 1000
OTHER = "other"
"""The label of what came after so many: a plug-in may make up codes without end."""


class Tally:
    """A counter by labels. Those of `expected` are there from the beginning, so that an increase from nothing shows."""

    def __init__(self, name: str, text: str, labels: Sequence[str], expected: Iterable[Labels] = ()) -> None:
        self._name, self._text, self._labels = name, text, labels
        self.counts: defaultdict[Labels, int] = defaultdict(int, dict.fromkeys(expected, 0))

    def add(self, *labels: str) -> None:
        known = labels in self.counts or len(self.counts) < MOST_SERIES
        self.counts[labels if known else (OTHER,) * len(labels)] += 1

    def family(self) -> CounterMetricFamily:
        family = CounterMetricFamily(self._name, self._text, labels=self._labels)
        for labels, count in self.counts.items():
            family.add_metric(labels, count)
        return family


class Distribution:
    """How many observations were at most each bound, and their sum."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(self._bounds) + 1)
        self._sum = 0.0

    def add(self, value: float, times: int = 1) -> None:
        self._counts[bisect_left(self._bounds, value)] += times
        self._sum += value * times

    @property
    def count(self) -> int:
        return sum(self._counts)

    def add_to(self, family: HistogramMetricFamily, labels: Sequence[str]) -> None:
        """Another series of the family."""
        names = [*map(str, self._bounds), "+Inf"]
        family.add_metric(labels, list(zip(names, accumulate(self._counts), strict=True)), self._sum)
