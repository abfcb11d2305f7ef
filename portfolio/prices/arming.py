"""When a difference is worth telling: once above a threshold, and again only after it was gone."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from portfolio.model.decimals import ZERO
from portfolio.prices.discrepancy import PairKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Fractions, net of fees. `rearm_below` is at most `alert_above`."""

    alert_above: Decimal
    rearm_below: Decimal
    cooldown: timedelta


class EndCause(StrEnum):
    """BELOW: it is smaller than `rearm_below`. LOST: for a cooldown's time nobody could tell how large it is."""

    BELOW = "BELOW"
    LOST = "LOST"


@dataclass(frozen=True, slots=True)
class Opened:
    """The difference has crossed `alert_above`."""

    key: PairKey
    at: datetime
    net: Decimal


@dataclass(frozen=True, slots=True)
class Ended:
    """The difference told at `opened_at` is over; `peak` is the largest it was seen at, net."""

    key: PairKey
    at: datetime
    opened_at: datetime
    peak: Decimal
    cause: EndCause


Turn: TypeAlias = Opened | Ended


@dataclass(frozen=True, slots=True)
class Arm:
    """One pair's state: when it was last told, whether that is still open, its peak, and when a figure was last seen.

    What is known of a pair that was told before a restart is put together from its history.
    """

    opened_at: datetime | None = None
    is_open: bool = False
    peak: Decimal = ZERO
    seen_at: datetime | None = None

    @classmethod
    def restored(cls, opened_at: datetime, peak: Decimal, *, is_open: bool) -> "Arm":
        """As of the pair's last telling; until it is seen again an open one counts as seen when it was told."""
        return cls(opened_at, is_open, peak, opened_at)

    def is_spent(self, rules: Thresholds, now: datetime) -> bool:
        """Whether there is nothing left to remember."""
        return not self.is_open and (self.opened_at is None or now - self.opened_at >= rules.cooldown)

    def seen(self, key: PairKey, net: Decimal | None, rules: Thresholds, now: datetime) -> tuple["Arm", Turn | None]:
        """After a look at the pair; `net` is None where it cannot be told, or is not to be believed."""
        if self.is_open:
            return self._while_open(key, net, rules, now)
        is_armed = self.opened_at is None or now - self.opened_at >= rules.cooldown
        if net is None or net <= rules.alert_above or not is_armed:
            return self, None
        return Arm(now, True, net, now), Opened(key, now, net)

    def _while_open(
        self, key: PairKey, net: Decimal | None, rules: Thresholds, now: datetime
    ) -> tuple["Arm", Turn | None]:
        assert self.opened_at is not None
        if net is None:
            is_lost = now - (self.seen_at or self.opened_at) >= rules.cooldown
            return self._ended(key, now, EndCause.LOST) if is_lost else (self, None)
        if net < rules.rearm_below:
            return self._ended(key, now, EndCause.BELOW)
        return replace(self, peak=max(self.peak, net), seen_at=now), None

    def _ended(self, key: PairKey, now: datetime, cause: EndCause) -> tuple["Arm", Turn]:
        assert self.opened_at is not None
        return replace(self, is_open=False), Ended(key, now, self.opened_at, self.peak, cause)
