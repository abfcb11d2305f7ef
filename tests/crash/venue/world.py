"""What the venue does to a desk: prices that move, fills in pieces, requests and streams that go wrong."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any

from tests.crash.venue.alerts import MARKETS
from tests.simulators.bybit import RemoteBybit
from tests.simulators.bybit.faults import REQUEST_FAULTS, STREAM_FAULTS

CREATE = "/v5/order/create"
TABLE: Mapping[str, tuple[str, ...]] = {
    "time-out after accept": ("timeout_after_accept",),
    "reset after or before accept": ("reset_after_accept", "reset_before_accept"),
    "502 with HTML": ("html_502_after_accept",),
    "500 or 504 with JSON, truncated body": (
        "json_500_after_accept",
        "json_504_after_accept",
        "truncated_after_accept",
    ),
    "200 with HTML or an empty body": ("html_200_after_accept", "empty_200_after_accept"),
    "503 overloaded": ("overloaded_503",),
    "429": ("http_429",),
    "400 duplicate id, no funds, other": ("repeated_request", "refused_funds", "refused_400"),
    "401 expired, bad signature": ("refused_401", "refused_expired"),
}
"""What may become of an order's creation: each row happens to one in twenty, evenly among its kinds."""
BAND = 0.002
"""How far prices move from their centre: what is held is worth that much more or less, and no order is to blame."""
FAULTY = 0.05
CUT = 0.0004
_SECONDS = {
    "timeout_after_accept": 6,
    "timeout_before_accept": 6,
    "slow_after_accept": 0.8,
    "slow_before_accept": 0.8,
    "late_accept": 1,
    "unseen": 1,
    "http_429": 0.5,
    "code_10006": 0.5,
    "frame_delayed": 0.4,
    "frame_reordered": 0.2,
}
_BANS = frozenset({"http_403"})
"""A ban lasts a minute: proven by itself."""


class World:
    """Everything that goes wrong is drawn from `seed`; `faults` tells in the end how often each did."""

    def __init__(self, venue: RemoteBybit, seed: int) -> None:
        self.venue = venue
        self._seed = seed
        self._random = Random(f"world-{seed}")
        self.faults: list[dict[str, Any]] = []

    def begin(self) -> None:
        """Of each twenty creations of orders one goes wrong in each way of the table, and one in another way; of all
        other requests one in twenty, each time in another way; of frames one in twenty in each way."""
        for symbol in MARKETS:
            self._move(symbol)
        for kind, probability in self._creations():
            self._fault(kind, probability, CREATE)
        kinds = sorted(REQUEST_FAULTS - _BANS)
        for kind in kinds:
            self._fault(kind, FAULTY / len(kinds), f"!{CREATE}")
        for kind in sorted(STREAM_FAULTS):
            self._fault(kind, CUT if kind.startswith("cut") else FAULTY, "*")

    @staticmethod
    def _creations() -> Iterator[tuple[str, float]]:
        """Kinds of faults and the chance of each among the creations that none before it has struck."""
        rest = sorted(REQUEST_FAULTS - _BANS - {kind for kinds in TABLE.values() for kind in kinds})
        spared = 1.0
        for kinds in (*TABLE.values(), rest):
            for kind in kinds:
                share = FAULTY / len(kinds)
                yield kind, share / spared
                spared -= share

    def end(self) -> None:
        """Nothing goes wrong any more, and prices stand."""
        self.faults = self.venue.control("summary")["faults"]
        self.venue.control("clear_faults")
        self.venue.control("streams", do="speak")
        self.venue.control("split", pieces=1, delay_s=0)
        for symbol, market in MARKETS.items():
            self.venue.control("price", symbol=symbol, bid=str(market.centre), ask=str(market.centre + market.tick))

    async def go_round(self) -> None:
        """Until cancelled."""
        for what in self._course():
            what()
            await asyncio.sleep(0.1)

    def _course(self) -> Iterator[Callable[[], object]]:
        turn = 0
        while True:
            turn += 1
            yield lambda: self._move(self._random.choice(list(MARKETS)))
            if turn % 20 == 0:
                yield self._split
            if turn % 150 == 0:
                yield self._disturb_streams
            if turn % 163 == 0:
                yield lambda: self.venue.control("streams", do="speak")
            if turn % 400 == 0:
                yield lambda: self.venue.control("restart", down_s=0.3)

    def _move(self, symbol: str) -> None:
        market = MARKETS[symbol]
        bid = market.near(self._random.uniform(-BAND, BAND) * 0.95)
        self.venue.control("price", symbol=symbol, bid=str(bid), ask=str(bid + market.tick))

    def _split(self) -> None:
        pieces = self._random.choice((1, 1, 2, 3, 7, 20))
        self.venue.control("split", pieces=pieces, delay_s=self._random.choice((0, 0.01, 0.04)))

    def _disturb_streams(self) -> None:
        self.venue.control("streams", do=self._random.choice(("cut", "silence")))

    def _fault(self, kind: str, probability: float, endpoint: str) -> None:
        more = {"probability": probability, "seconds": _SECONDS.get(kind, 0), "seed": self._seed}
        self.venue.control("fault", kind=kind, endpoint=endpoint, times=None, **more)
