"""The real driver, unpatched, pointed at a simulator."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import ccxt.async_support

from tests.simulators.bitmex import BitmexSimulator


@asynccontextmanager
async def driver_of(simulator: BitmexSimulator, **options: Any) -> AsyncIterator[Any]:
    settings = {
        "apiKey": simulator.key.id,
        "secret": simulator.key.secret,
        "enableRateLimit": False,
        "timeout": 1000,
        **options,
    }
    driver = ccxt.async_support.bitmex(settings)
    for name in driver.urls["api"]:
        driver.urls["api"][name] = simulator.rest_url
    try:
        yield driver
    finally:
        await driver.close()
