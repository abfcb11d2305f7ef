"""What it takes to reach a venue's public prices. Standard library only: to import this loads no ccxt."""

from dataclasses import dataclass

from portfolio.prices.ticker import Venue

DEFAULT_VENUES = ("binance", "coinbase", "kraken")


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
