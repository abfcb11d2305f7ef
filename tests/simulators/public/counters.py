"""What was asked: how often, how much of it at once, and when."""

import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

REMEMBERED = 10_000


@dataclass(slots=True)
class Count:
    """`most` is how many were under way at once at most."""

    requests: int = 0
    under_way: int = 0
    most: int = 0

    def entered(self) -> None:
        self.requests += 1
        self.under_way += 1
        self.most = max(self.most, self.under_way)

    def left(self) -> None:
        self.under_way -= 1

    def told(self) -> dict[str, int]:
        return {"requests": self.requests, "under_way": self.under_way, "most_at_once": self.most}


@dataclass(slots=True)
class Entry:
    """`at_s` is the monotonic clock, of this machine's boot; `took_s` None while it is under way."""

    venue: str
    endpoint: str
    target: str
    at_s: float
    took_s: float | None = None


@dataclass(slots=True)
class Counters:
    """By endpoint, by the whole target with its query, and by venue."""

    by_endpoint: dict[tuple[str, str], Count] = field(default_factory=lambda: defaultdict(Count))
    by_target: dict[tuple[str, str], Count] = field(default_factory=lambda: defaultdict(Count))
    by_venue: dict[str, Count] = field(default_factory=lambda: defaultdict(Count))
    entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    def entered(self, venue: str, endpoint: str, target: str) -> Entry:
        entry = Entry(venue, endpoint, target, time.monotonic())
        self.entries.append(entry)
        for count in self._of(entry):
            count.entered()
        return entry

    def left(self, entry: Entry) -> None:
        entry.took_s = time.monotonic() - entry.at_s
        for count in self._of(entry):
            count.left()

    def told(self, venue: str = "*", *, by_target: bool = False) -> dict[str, Any]:
        """By venue: `total`, and each endpoint."""
        counts = self.by_target if by_target else self.by_endpoint
        answer: dict[str, Any] = {}
        for name, total in self.by_venue.items():
            if venue in ("*", name):
                answer[name] = {
                    "total": total.told(),
                    "endpoints": {path: count.told() for (owner, path), count in counts.items() if owner == name},
                }
        return answer

    def forget(self) -> None:
        """Counts begin anew; what is under way stays under way."""
        self.entries.clear()
        for counts in (self.by_endpoint, self.by_target, self.by_venue):
            for count in counts.values():
                count.requests, count.most = 0, count.under_way

    def _of(self, entry: Entry) -> tuple[Count, Count, Count]:
        return (
            self.by_endpoint[entry.venue, entry.endpoint],
            self.by_target[entry.venue, entry.target],
            self.by_venue[entry.venue],
        )
