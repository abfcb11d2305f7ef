"""How one venue does as a source, told whenever it changes."""

import time
from collections.abc import Callable
from dataclasses import replace

from exchange.feeds.fault import Fault
from portfolio.prices.source import SourceState, SourceStatus
from portfolio.prices.ticker import Venue

BACK_OFF_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)


class Standing:
    """`is_kept` tells whether the venue is asked again without anybody asking: only then is there a next try, but for
    a pause that the venue asks for, which everybody keeps."""

    def __init__(
        self, venue: Venue, tell: Callable[[SourceState], None], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.state = SourceState(venue=venue)
        self.is_kept = False
        self._tell = tell
        self._monotonic = monotonic

    def answered(self, latency_s: float | None) -> None:
        """The venue answered in full, or told a price by itself (`latency_s` None)."""
        now, state = self._monotonic(), self.state
        self._become(
            replace(
                state,
                status=SourceStatus.LIVE,
                detail="",
                at_s=state.at_s if state.status is SourceStatus.LIVE else now,
                answered_s=now,
                next_try_s=None,
                latency_s=state.latency_s if latency_s is None else latency_s,
                failures=0,
            )
        )

    def failed(self, fault: Fault) -> None:
        """A question was not answered, which says nothing of a venue whose prices come by themselves."""
        if self.state.streams:
            return
        now, state = self._monotonic(), self.state
        failures = state.failures + 1
        back_off_s = BACK_OFF_S[min(failures, len(BACK_OFF_S)) - 1] if self.is_kept else 0.0
        rest_s = max(back_off_s, fault.pause_s)
        self._become(
            replace(
                state,
                status=fault.status,
                detail=fault.detail,
                at_s=now if state.status is not fault.status else state.at_s,
                next_try_s=now + rest_s if rest_s else None,
                failures=failures,
            )
        )

    def streams(self, *, by_itself: bool) -> None:
        self._become(replace(self.state, streams=by_itself))

    def after(self, fault: Fault | None) -> SourceState:
        """How the venue does, told to whoever asked what came to this end."""
        if fault is None or self.state.status is not SourceStatus.LIVE:
            return self.state
        return replace(self.state, status=fault.status, detail=fault.detail)

    @property
    def rest_s(self) -> float:
        """How long until the next try."""
        return max(0.0, (self.state.next_try_s or 0.0) - self._monotonic())

    def _become(self, state: SourceState) -> None:
        """Nobody is told that a venue answered once more."""
        former, self.state = self.state, state
        if replace(former, answered_s=None, latency_s=None) != replace(state, answered_s=None, latency_s=None):
            self._tell(state)
