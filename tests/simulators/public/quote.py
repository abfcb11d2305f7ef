"""What a venue says of a market at one moment."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from portfolio.model.decimals import plain
from tests.simulators.public.stamps import NOW_MS

Said: TypeAlias = Decimal | str | None
"""A number, None where there is none; text is what a faulty venue writes in its place."""
NULL = "\0"
"""Written as null, where a number belongs."""
Level: TypeAlias = tuple[Said, Said]
"""Price and quantity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """`time_ms` is NOW_MS for "at this moment". Without `bids` and `asks` the book is made up from the best prices.

    The figures of the last 24 hours are `open`, `high`, `low` and `volume`, in the base currency; `midnight` is the
    price at which the day began, UTC.
    """

    bid: Said
    ask: Said
    bid_size: Said
    ask_size: Said
    last: Said
    open: Decimal
    high: Said
    low: Said
    volume: Decimal
    midnight: Decimal
    time_ms: int | None = NOW_MS
    bids: tuple[Level, ...] = ()
    asks: tuple[Level, ...] = ()

    @property
    def change(self) -> Decimal:
        return self.last - self.open if isinstance(self.last, Decimal) else Decimal(0)

    @property
    def change_percent(self) -> Decimal:
        return self.change / self.open * 100

    @property
    def average(self) -> Decimal:
        """What the day's average price is taken for."""
        return (self.open + self.last) / 2 if isinstance(self.last, Decimal) else self.open

    @property
    def turnover(self) -> Decimal:
        return self.volume * self.average


def fixed(number: Said, decimals: int) -> str | None:
    """With that many decimals at least, as Binance and Kraken write numbers; there being none is a zero to them."""
    if isinstance(number, str):
        return None if number == NULL else number
    exponent = (number or Decimal(0)).as_tuple().exponent
    return format(number or Decimal(0), f".{max(decimals, -exponent if isinstance(exponent, int) else 0)}f")


def told(number: Said) -> str | None:
    """As short as it goes, as Coinbase and OKX write numbers; there being none is empty text to them."""
    if isinstance(number, str):
        return None if number == NULL else number
    return "" if number is None else plain(number)


def numeral(number: Said) -> float | str | None:
    """A JSON number: of so few digits that it comes back as it was."""
    if isinstance(number, str):
        return None if number == NULL else number
    return float(number or 0)
