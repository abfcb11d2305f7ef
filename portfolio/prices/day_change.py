"""What a price has become of what it was 24 hours ago, where the ticker itself does not say it."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from portfolio.model.decimals import ONE


class ChangeSource(StrEnum):
    """Who says how a price has changed: the venue, or its candles and the last price."""

    TICKER = "TICKER"
    CANDLES = "CANDLES"


@dataclass(frozen=True, slots=True)
class DayAgo:
    """A market's price of 24 hours ago, in its own quote currency. After `until_s` of the monotonic clock it is that of
    too long ago."""

    price: Decimal
    until_s: float


def change_since(then: Decimal | None, now: Decimal | None) -> Decimal | None:
    """As a fraction; None where either price is missing or none."""
    return None if then is None or now is None or then <= 0 or now <= 0 else now / then - ONE
