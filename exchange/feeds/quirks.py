"""What differs between venues where nothing tells it but reading: data, never a branch by name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from portfolio.prices.ticker import Venue


class Way(StrEnum):
    """Where a market's bid and ask come from. TICKERS: one call says all. BOTH: one call for the day's figures and one
    for bids and asks. SINGLE: each market by itself. DEPTH: one call for the day's figures, each order book by itself.
    """

    TICKERS = "tickers"
    BOTH = "both"
    SINGLE = "single"
    DEPTH = "depth"


class Stream(StrEnum):
    """What is subscribed to: best prices of many markets, tickers of many, or each market's ticker by itself."""

    BIDS_ASKS = "watchBidsAsks"
    TICKERS = "watchTickers"
    SINGLE = "watchTicker"
    NONE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirks:
    """`burst_s` is how much of the venue's pace may be saved up. `most_named` is how many markets one call may name;
    where more are wanted all are asked for. `needless` are parameters of requests that need not be made for spot.

    `stream` None is the first of its kinds that ccxt has for the venue.

    `open_is_today` tells that "open" is that of the UTC day, not of 24 hours ago, and `change_is_fraction` that the
    venue's percentage is none. `time_is_of_trade` tells that a single ticker bears the time of the last trade: bid and
    ask are newer.
    """

    way: Way | None = None
    contract_way: Way | None = None
    burst_s: float = 3.0
    most_named: int = 100
    kinds: tuple[str, ...] = ("spot",)
    needless: Mapping[str, str] = field(default_factory=dict)
    market_params: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    open_is_today: bool = False
    change_is_fraction: bool = False
    time_is_of_trade: bool = False
    stream: Stream | None = None
    book_limit: int | None = 100


_PLAIN = Quirks()
_QUIRKS: Mapping[Venue, Quirks] = MappingProxyType(
    {
        # Futures' tickers have no bid and ask there. The list of markets is a third as long without permissions.
        "binance": Quirks(contract_way=Way.BOTH, market_params={"showPermissionSets": "false"}),
        # Bids and asks of many at once need a key there; in public there are ten requests a second.
        "coinbase": Quirks(
            way=Way.SINGLE,
            contract_way=Way.SINGLE,
            burst_s=1.0,
            needless={"product_type": "FUTURE"},
            time_is_of_trade=True,
            stream=Stream.SINGLE,  # of many at once, there is news every five seconds only
        ),
        # https://docs.kraken.com/api-reference/market-data/get-ticker-information: "o" is today's opening price.
        # An order book counts for 1.2 requests there, of one a second: four of them may leave together.
        "kraken": Quirks(open_is_today=True, burst_s=4.0),
        "cryptocom": Quirks(most_named=1, change_is_fraction=True),
        # What ccxt calls bid and ask there are prices for an impact of some size.
        "hyperliquid": Quirks(
            way=Way.DEPTH, contract_way=Way.DEPTH, kinds=("spot", "swap"), book_limit=None, stream=Stream.NONE
        ),
    }
)


def quirks_of(venue: Venue) -> Quirks:
    return _QUIRKS.get(venue, _PLAIN)
