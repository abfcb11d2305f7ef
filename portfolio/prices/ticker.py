"""What one venue says of one of its markets at one moment."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from portfolio.model.identifiers import Symbol

Venue: TypeAlias = str
"""A venue by ccxt's id: "binance"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticker:
    """Prices in the quote currency; None for what the venue does not say.

    `change_24h` is a fraction, 0.05 is +5 %. `volume_24h` is in the quote currency. `venue_time` is when the venue says
    this was true, None where it sends no time. `received_s` is this process's monotonic clock, `received_at` its UTC.
    """

    venue: Venue
    symbol: Symbol
    received_s: float
    received_at: datetime
    venue_time: datetime | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None
    bid_size: Decimal | None = None
    ask_size: Decimal | None = None
    last: Decimal | None = None
    change_24h: Decimal | None = None
    high_24h: Decimal | None = None
    low_24h: Decimal | None = None
    volume_24h: Decimal | None = None
    by_stream: bool = False
