"""How long outcomes stayed unknown, while somebody was there to find them out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from tests.crash.books import Books


@dataclass(slots=True)
class Uptime:
    """When the service ran, by the wall clock."""

    spans: list[tuple[float, float]] = field(default_factory=list)

    def within(self, begin: float, end: float) -> float:
        return sum(max(0.0, min(end, until) - max(begin, since)) for since, until in self.spans)


def seconds_in_doubt(books: Books, uptime: Uptime) -> list[float]:
    """Of every order that became unknown: until it was anything else, ascending; infinite where it still is."""
    steps: dict[str, list[tuple[str, float]]] = {}
    for step in books.transitions:
        at = datetime.fromisoformat(step["time"]).timestamp()
        steps.setdefault(step["client_order_id"], []).append((step["status"], at))
    spans = []
    for chain in steps.values():
        ended = [*chain, ("", float("inf"))]
        spans += [uptime.within(at, after) for (status, at), (_, after) in pairwise(ended) if status == "UNKNOWN"]
    return sorted(spans)


def percentile(ascending: Sequence[float], share: float) -> float:
    return ascending[min(len(ascending) - 1, int(len(ascending) * share))] if ascending else 0.0
