"""The venues' public side in this process, and feeds that speak to it by the real drivers."""

import contextlib
from collections.abc import AsyncIterator, Callable

import pytest

from tests.feeds.desks import Desk
from tests.simulators.public import PublicSimulator


@pytest.fixture
async def world() -> AsyncIterator[PublicSimulator]:
    async with PublicSimulator() as simulator:
        yield simulator


@pytest.fixture
async def desk(world: PublicSimulator) -> AsyncIterator[Callable[..., Desk]]:
    """Makes desks, and closes them."""
    async with contextlib.AsyncExitStack() as stack:

        def make(*venues: str, **access: object) -> Desk:
            made = Desk(world, *venues, **access)
            stack.push_async_callback(made.feed.close)
            return made

        yield make
