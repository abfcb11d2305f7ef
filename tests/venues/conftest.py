from collections.abc import AsyncIterator

import pytest

from tests.simulators.bybit import BybitSimulator
from tests.venues.desks import INVERSE, LINEAR, SPOT, shorten


@pytest.fixture
async def venue() -> AsyncIterator[BybitSimulator]:
    async with BybitSimulator() as simulator:
        for symbol in (LINEAR, INVERSE, SPOT):
            simulator.control.price(symbol, "64000", "64000.5")
        yield simulator


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    shorten(monkeypatch)
