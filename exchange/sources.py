"""What it takes to reach a venue's public prices. Standard library only: to import this loads no ccxt."""

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from portfolio.prices.ticker import Venue

DEFAULT_VENUES = ("binance", "coinbase", "kraken")


@cache
def known_venues() -> tuple[Venue, ...]:
    """Every venue that the installed ccxt speaks to, by its id: told by ccxt's files, without importing any."""
    spec = find_spec("ccxt")
    folders = spec.submodule_search_locations if spec else None
    found = (file for folder in folders or () for file in Path(folder, "async_support").glob("*.py"))
    return tuple(sorted(file.stem for file in found if not file.stem.startswith("_")))


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceAccess:
    """One venue by ccxt's id. `rest_url` and `ws_url` take the place of the venue's own addresses; with a `rest_url`
    and no `ws_url` there is no stream.

    `timeout_s` bounds one question with all that it needs, the list of markets included. `refresh_s` is how often a
    venue without a stream is asked for what is watched.
    """

    venue: Venue
    rest_url: str | None = None
    ws_url: str | None = None
    timeout_s: float = 5.0
    refresh_s: float = 5.0
    stream: bool = True

    @property
    def has_stream(self) -> bool:
        return self.stream and (self.rest_url is None or self.ws_url is not None)
