"""What every test begins with."""

import decimal

import pytest

import portfolio  # sets the precision that everything is reckoned with


@pytest.fixture(autouse=True)
def own_arithmetic() -> None:
    """Drivers that a test before called by hand may have changed how decimals are rounded."""
    assert portfolio
    decimal.setcontext(decimal.DefaultContext.copy())
