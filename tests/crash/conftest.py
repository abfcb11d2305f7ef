"""What tests at a simulated venue share."""

from collections.abc import Iterator

import pytest

from tests.crash.venue.nursery import Nursery


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as nursery:
        yield nursery
