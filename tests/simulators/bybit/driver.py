"""The real ccxt driver, pointed at a simulator: nothing of it is patched, only its addresses are set."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any, Protocol

import aiohttp
import ccxt.pro

from tests.simulators.bybit.server import API_KEY, API_SECRET


class Addressed(Protocol):
    @property
    def rest_url(self) -> str: ...

    @property
    def ws_url(self) -> str: ...


def urls(simulator: Addressed) -> dict[str, Any]:
    """What `exchange.urls["api"]` has to be."""
    rest, stream = simulator.rest_url, simulator.ws_url
    private = f"{stream}/v5/private"
    return {
        **dict.fromkeys(("spot", "futures", "v2", "public", "private"), rest),
        "ws": {
            "public": {name: f"{stream}/v5/public/{name}" for name in ("spot", "linear", "inverse", "option")},
            "private": {
                "spot": {"unified": private, "nonUnified": private},
                "contract": private,
                "usdc": private,
                "trade": f"{stream}/v5/trade",
            },
        },
    }


@contextlib.asynccontextmanager
async def driver(
    simulator: Addressed, key: str = API_KEY, secret: str = API_SECRET, timeout_ms: int = 5000, **options: Any
) -> AsyncIterator[Any]:
    """A ccxt.pro.bybit, closed afterwards without the quarter of a second that ccxt waits by itself."""
    async with aiohttp.ClientSession() as session:
        told = {"apiKey": key, "secret": secret, "timeout": timeout_ms, "options": options, "session": session}
        exchange = ccxt.pro.bybit({"enableRateLimit": False, **told})
        exchange.urls["api"] = urls(simulator)
        exchange.timeout_on_exit = 0
        try:
            yield exchange
        finally:
            await exchange.close()
