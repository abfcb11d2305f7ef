"""A simulated Bybit in this process, and the real driver that speaks to it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.simulators.bybit import BybitSimulator
from tests.simulators.bybit.driver import driver


@pytest.fixture
async def venue() -> AsyncIterator[BybitSimulator]:
    async with BybitSimulator() as simulator:
        yield simulator


@pytest.fixture
async def desk(venue: BybitSimulator) -> AsyncIterator[Any]:
    """A ccxt.pro.bybit that knows the markets and the kind of the account."""
    async with driver(venue) as exchange:
        await exchange.load_markets()
        await exchange.is_unified_enabled()
        yield exchange
