"""The venues that can be traded, by ccxt's ids, and those that closed."""

from collections.abc import Mapping
from types import MappingProxyType

from exchange.dialects.bitmex import BitmexDialect
from exchange.dialects.bybit import BybitDialect
from exchange.dialects.dialect import DialectKind
from exchange.errors import VenueError

DIALECTS: Mapping[str, DialectKind] = MappingProxyType({"bybit": BybitDialect, "bitmex": BitmexDialect})


def dialect_of(venue: str) -> DialectKind:
    """Raises VenueError for a venue without a dialect."""
    if venue not in DIALECTS:
        raise VenueError(f"no dialect speaks to {venue}; known are {', '.join(sorted(DIALECTS))}")
    return DIALECTS[venue]
