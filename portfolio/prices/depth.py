"""The order book of one market at one venue."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from portfolio.model.identifiers import Symbol
from portfolio.prices.ticker import Venue


class Level(NamedTuple):
    """`quantity` is in the base currency, in contracts times the contract's size where it is one."""

    price: Decimal
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """The best levels of each side, the best first. `received_s` is this process's monotonic clock."""

    venue: Venue
    symbol: Symbol
    received_s: float
    venue_time: datetime | None = None
    bids: tuple[Level, ...] = ()
    asks: tuple[Level, ...] = ()
