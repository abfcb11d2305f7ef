"""What a limit has counted so far: moments within a window, or how often on one day."""

from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Tally:
    """`times` are the last moments something happened, oldest first; `count` is how often it did on `day`, in UTC.

    Time never runs backwards in here: after a clock was set back, what happens counts as of the latest moment known,
    so that no window ends early and no day begins twice.
    """

    times: tuple[datetime, ...] = ()
    day: date | None = None
    count: int = 0

    def within(self, span: timedelta, now: datetime) -> int:
        """How many of the moments are less than `span` ago, those that are yet to come among them."""
        return len(self.times) - bisect_right(self.times, now - span)

    def with_moment(self, now: datetime, span: timedelta, most: int) -> "Tally":
        """It happened once more; what is older than `span` is forgotten, and all but the newest `most`."""
        latest = max(now, self.times[-1]) if self.times else now
        kept = self.times[bisect_right(self.times, latest - span) :]
        return replace(self, times=(*kept, latest)[-most:])

    @property
    def latest(self) -> datetime | None:
        return self.times[-1] if self.times else None

    def today(self, now: datetime) -> int:
        """How often it happened today, or on a later day that has been counted already."""
        return self.count if self.day is not None and self.day >= now.astimezone(UTC).date() else 0

    def with_another_today(self, now: datetime) -> "Tally":
        today = now.astimezone(UTC).date()
        if self.day is not None and self.day >= today:
            return replace(self, count=self.count + 1)
        return replace(self, day=today, count=1)

    def no_later_than(self, now: datetime) -> "Tally":
        """What was counted by a clock that ran ahead counts as of `now`."""
        today = now.astimezone(UTC).date()
        day = min(self.day, today) if self.day is not None else None
        return replace(self, times=tuple(min(time, now) for time in self.times), day=day)


NO_TALLY = Tally()
