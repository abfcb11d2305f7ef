"""The real ccxt driver, pointed at a simulator: nothing of it is patched, only its addresses are set."""

from typing import Any, Protocol

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


def driver(simulator: Addressed, key: str = API_KEY, secret: str = API_SECRET, **options: Any) -> Any:
    """A ccxt.pro.bybit, to be closed by the caller."""
    exchange = ccxt.pro.bybit(
        {"apiKey": key, "secret": secret, "enableRateLimit": False, "timeout": 5000, "options": options}
    )
    exchange.urls["api"] = urls(simulator)
    return exchange
