"""The real ccxt drivers, pointed at a simulator: nothing of them is patched, only their addresses are set."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiohttp
import ccxt.pro


class Addressed(Protocol):
    def rest_url(self, venue: str) -> str: ...

    def ws_url(self, venue: str) -> str: ...


def urls(simulator: Addressed, venue: str, own: dict[str, Any]) -> dict[str, Any]:
    """What `exchange.urls["api"]` has to be: every address keeps its path."""
    rest, stream = simulator.rest_url(venue), simulator.ws_url(venue)
    return {key: _moved(value, stream if key == "ws" else rest) for key, value in own.items()}


def _moved(address: Any, base: str) -> Any:
    if isinstance(address, dict):
        return {key: _moved(value, base) for key, value in address.items()}
    return base + urlsplit(str(address)).path


@contextlib.asynccontextmanager
async def driver(simulator: Addressed, venue: str, timeout_ms: int = 5000, **options: Any) -> AsyncIterator[Any]:
    """A ccxt.pro exchange, closed afterwards without the quarter of a second that ccxt waits by itself."""
    async with aiohttp.ClientSession() as session:
        told = {"enableRateLimit": False, "timeout": timeout_ms, "options": options, "session": session}
        exchange = getattr(ccxt.pro, venue)(told)
        exchange.urls["api"] = urls(simulator, venue, exchange.urls["api"])
        exchange.timeout_on_exit = 0
        try:
            yield exchange
        finally:
            await exchange.close()
