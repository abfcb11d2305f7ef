"""Every case runs over paper and Bybit; over BitMEX too in the environment that has it."""

from collections.abc import AsyncIterator

import pytest

from tests.contract.subject import Subject
from tests.contract.venues import ALL, DISTANT


@pytest.fixture(params=ALL)
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    async with ALL[request.param]() as subject:
        yield subject


@pytest.fixture(params=DISTANT)
async def distant(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    async with DISTANT[request.param]() as subject:
        yield subject
