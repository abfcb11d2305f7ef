"""How fast a venue is asked: a bucket for each group of an account's endpoints, fed by what the venue says of its own
limits, and with them what the account shares with others at its address.

Cancels and reductions keep a reserve, a pause that the venue asks for is kept to the end, and too many errors in a
minute stop everything else before the venue does.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from exchange.address import Address
from exchange.bucket import Bucket, Rate, Silence
from exchange.errors import Crowded, Throttled

LONGEST_RESET_S = 60.0


class Group(StrEnum):
    """Endpoints that a venue counts together."""

    TRADE = "trade"
    QUERY = "query"
    PUBLIC = "public"
    PROTECTION = "protection"


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a venue's answer said: how many requests are left until `reset_in_s`.

    `per_second` is what the venue grants this account, where it tells.
    """

    left: int | None = None
    reset_in_s: float | None = None
    per_second: float | None = None


class Limiter:
    """One for each account at a venue. Requests of a group leave in the order they came, urgent ones first."""

    def __init__(
        self,
        rates: Mapping[Group, Rate],
        address: Address | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Without an address the account is alone at its own."""
        self._monotonic = monotonic
        self._address = address or Address(monotonic=monotonic)
        now_s = monotonic()
        self._buckets = {group: Bucket(rate, now_s) for group, rate in rates.items()}
        self._reset_at_s = dict.fromkeys(rates, now_s)
        self._silence = Silence()
        self._lines = {(group, urgent): asyncio.Lock() for group in rates for urgent in (False, True)}

    async def admit(self, group: Group, *, urgent: bool, within_s: float) -> None:
        """The request may leave now. Raises Throttled for a pause that the venue or the error budget asks for and
        Crowded for a line of our own, where they would take longer than `within_s`."""
        deadline = self._monotonic() + within_s
        try:
            async with asyncio.timeout(within_s):
                await self._lines[group, urgent].acquire()
        except TimeoutError:
            raise Crowded(f"more requests wait than the venue takes in {within_s:g} s", 1.0) from None
        try:
            await self._take(group, urgent=urgent, deadline=deadline)
        finally:
            self._lines[group, urgent].release()

    async def _take(self, group: Group, *, urgent: bool, deadline: float) -> None:
        """The first in line waits for what it needs."""
        bucket = self._buckets[group]
        while True:
            now_s = self._monotonic()
            closed_s = self._closed_s(group, urgent=urgent)
            wait_s = max(bucket.wait_s(now_s, urgent=urgent), self._address.wait_s(urgent=urgent))
            if max(closed_s, wait_s) <= 0:
                bucket.take(now_s)
                self._address.take()
                return
            if now_s + closed_s > deadline:
                raise Throttled(f"nothing may be sent for {closed_s:.1f} s", closed_s)
            if now_s + wait_s > deadline:
                raise Crowded(f"the venue's limit leaves no room for {wait_s:.1f} s", wait_s)
            await asyncio.sleep(max(closed_s, wait_s))

    def _closed_s(self, group: Group, *, urgent: bool) -> float:
        """How long a pause lasts yet that this account was asked for, or its whole address."""
        now_s = self._monotonic()
        own_s = max(self._silence.left_s(now_s, urgent=urgent), self._reset_at_s[group] - now_s)
        return max(own_s, self._address.closed_s(urgent=urgent))

    def learn(self, group: Group, allowance: Allowance) -> None:
        """The venue's own count is nearer the truth."""
        if allowance.per_second is not None:
            self._buckets[group].grant(allowance.per_second)
        if allowance.left is None:
            return
        self._buckets[group].hold(allowance.left)
        if allowance.left <= 0 and allowance.reset_in_s is not None:
            reset_at_s = self._monotonic() + min(allowance.reset_in_s, LONGEST_RESET_S)
            self._reset_at_s[group] = max(self._reset_at_s[group], reset_at_s)

    def pause(self, pause_s: float, began_s: float, *, by_address: bool) -> float:
        """The venue has turned a request away that was made at `began_s`: everything of the account waits, or
        everything from this address. Answers how long, which is longer each time."""
        silence = self._address.silence if by_address else self._silence
        return silence.ask(pause_s, began_s, self._monotonic())

    def passed(self, began_s: float) -> None:
        """The venue has not turned away a request that was made at `began_s`."""
        self._silence.end(began_s)
        self._address.silence.end(began_s)

    def count_error(self) -> None:
        """An answer that venues count against whoever caused it."""
        self._address.count_error()
