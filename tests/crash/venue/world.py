"""What the venue does to a desk: prices that move, fills in pieces, requests and streams that go wrong."""

import asyncio
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from tests.crash.venue.alerts import MARKETS
from tests.simulators.bybit import RemoteBybit
from tests.simulators.bybit.faults import REQUEST_FAULTS, STREAM_FAULTS

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
        """One request in twenty goes wrong, each time in another way; one frame in twenty in each way."""
        for symbol in MARKETS:
            self._move(symbol)
        kinds = sorted(REQUEST_FAULTS - _BANS)
        for number, kind in enumerate(kinds):
            self._fault(kind, FAULTY / len(kinds), number)
        for number, kind in enumerate(sorted(STREAM_FAULTS)):
            self._fault(kind, CUT if kind.startswith("cut") else FAULTY, number)

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

    def _fault(self, kind: str, probability: float, number: int) -> None:
        seconds = _SECONDS.get(kind, 0)
        seed = self._seed * 100 + number
        self.venue.control("fault", kind=kind, times=None, probability=probability, seconds=seconds, seed=seed)
