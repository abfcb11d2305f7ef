"""One market of one venue: what it is, and what is true there now."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.simulators.public.past import Past
from tests.simulators.public.quote import Level, Quote, Said

DEPTH = 50


@dataclass(slots=True, kw_only=True, eq=False)
class Market:
    """`revision` counts the quotes; `rows` are answers about the present one, kept ready. A pinned market stays where
    it was put. Sizes are in the base currency, whatever a contract is. `shown` is the book that each channel has told
    of."""

    venue: str
    symbol: str
    base: str
    quote_currency: str
    settle: str | None
    contract_size: Decimal
    base_name: str
    decimals: int
    lot_decimals: int
    factor: float
    past: Past
    volume: Decimal
    quote: Quote
    id: str = ""
    revision: int = 1
    is_pinned: bool = False
    rows: dict[str, Any] = field(default_factory=dict)
    shown: dict[str, tuple[tuple[Level, ...], tuple[Level, ...]]] = field(default_factory=dict)

    @property
    def tick(self) -> Decimal:
        return Decimal(1).scaleb(-self.decimals)

    @property
    def lot(self) -> Decimal:
        return Decimal(1).scaleb(-self.lot_decimals)


def book(quote: Quote, market: Market, depth: int = DEPTH) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
    """Bids and asks, the best first: as they were set, else made up from the best of each side."""
    bids = quote.bids or _ladder(quote.bid, quote.bid_size, -market.tick, min(depth, DEPTH))
    asks = quote.asks or _ladder(quote.ask, quote.ask_size, market.tick, min(depth, DEPTH))
    return bids[:depth], asks[:depth]


def delta(
    market: Market, quote: Quote, channel: str, depth: int = DEPTH
) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
    """What has changed since the channel told of it last: a level that is gone has the quantity 0."""
    fresh = book(quote, market, depth)
    before, market.shown[channel] = market.shown.get(channel, fresh), fresh
    bids, asks = (_changes(dict(old), dict(new)) for old, new in zip(before, fresh, strict=True))
    return bids, asks


def _changes(old: dict[Said, Said], new: dict[Said, Said]) -> tuple[Level, ...]:
    gone = tuple((price, Decimal(0)) for price in old if price not in new)
    return gone + tuple((price, size) for price, size in new.items() if old.get(price) != size)


def _ladder(best: Any, size: Any, step: Decimal, depth: int) -> tuple[Level, ...]:
    """Each level is farther from the best than the one before, and as large again by a tenth."""
    if best is None or size is None:
        return ()
    if not isinstance(best, Decimal) or not isinstance(size, Decimal):
        return ((best, size),)
    step = max(abs(step), round(abs(best) / 20000, -_exponent(step))) * (1 if step > 0 else -1)
    levels = ((best + step * number, size + size * number / 10) for number in range(depth))
    return tuple((price, amount) for price, amount in levels if price > 0 or best <= 0)


def _exponent(step: Decimal) -> int:
    exponent = step.as_tuple().exponent
    assert isinstance(exponent, int)
    return exponent
