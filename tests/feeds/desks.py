"""A feed of the simulated venues, and what it told."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from exchange.feed import Feed
from exchange.sources import SourceAccess
from portfolio.prices.ports import News
from portfolio.prices.source import SourceState
from portfolio.prices.ticker import Ticker
from tests.simulators.public import PublicSimulator

BITCOIN = {
    "binance": "BTC/USDT",
    "coinbase": "BTC/USD",
    "kraken": "BTC/USD",
    "okx": "BTC/USDT",
    "hyperliquid": "BTC/USDC:USDC",
}
VENUES = tuple(BITCOIN)
STREAMING = ("binance", "coinbase", "kraken", "okx")


class Desk:
    """`news` is everything that the feed told, in order."""

    def __init__(self, world: PublicSimulator, *venues: str, **access: Any) -> None:
        self.world = world
        self.news: list[News] = []
        sources = [
            SourceAccess(venue=venue, rest_url=world.rest_url(venue), **self._stream(venue, access), **access)
            for venue in venues or VENUES
        ]
        self.feed = Feed(sources, self.news.append)

    def _stream(self, venue: str, access: dict[str, Any]) -> dict[str, str]:
        return {"ws_url": self.world.ws_url(venue)} if access.get("stream", True) else {}

    def tickers(self, venue: str, *, by_stream: bool | None = None) -> list[Ticker]:
        told = [each for each in self.news if isinstance(each, Ticker) and each.venue == venue]
        return [each for each in told if by_stream is None or each.by_stream is by_stream]

    def states(self, venue: str) -> list[SourceState]:
        return [each for each in self.news if isinstance(each, SourceState) and each.venue == venue]

    def asked(self, venue: str, endpoint: str = "") -> int:
        """How many requests the venue has got whose endpoint holds the text."""
        told = self.world.control.counters(venue)[venue]["endpoints"]
        return sum(count["requests"] for path, count in told.items() if endpoint in path)


async def until(is_so: Callable[[], object], within_s: float = 10.0) -> None:
    """Returns once it is so; raises AssertionError where it does not become so."""
    ends_s = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < ends_s, "it did not become so"
        await asyncio.sleep(0.02)
