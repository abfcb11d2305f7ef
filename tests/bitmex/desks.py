"""The desk's own driver and dialect, pointed at a simulator."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from exchange.connection import Credential, Environment, VenueAccess
from exchange.dialects.bitmex import BitmexDialect
from exchange.driver import Clock, carry, make_driver
from exchange.limiter import Group
from tests.simulators.bitmex import BitmexSimulator


def access_to(simulator: BitmexSimulator, **changes: Any) -> VenueAccess:
    terms: dict[str, Any] = {
        "account": "main",
        "venue": "bitmex",
        "environment": Environment.LIVE,
        "api_key": Credential(simulator.key.id),
        "api_secret": Credential(simulator.key.secret),
        "rest_url": simulator.rest_url,
        "symbols": frozenset({"BTC/USD:BTC", "BTC/USDT:USDT", "BTC/USDT"}),
        **changes,
    }
    return VenueAccess(**terms)


@asynccontextmanager
async def dialect_of(simulator: BitmexSimulator, timeout_s: float = 1.0) -> AsyncIterator[BitmexDialect]:
    """The dialect with its markets loaded. Every request goes out at once, and what comes back is judged."""
    clock = Clock()
    driver, session = make_driver(access_to(simulator), BitmexDialect.options, clock, lambda *_: False)

    async def ask(
        group: Group, request: Callable[[], Awaitable[Any]], *, urgent: bool = False, within_s: float | None = None
    ) -> Any:
        passage = await carry(request, timeout_s)
        assert passage.status is not None
        if error := dialect.judge(passage.status, passage.headers, passage.answer):
            raise error
        return passage.answer

    dialect = BitmexDialect(driver, ask, clock)
    try:
        await dialect.load(access_to(simulator).symbols, {})
        yield dialect
    finally:
        await driver.close()
        await session.close()
