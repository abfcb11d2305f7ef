"""A market as a venue lists it."""

from dataclasses import dataclass
from decimal import Decimal

from portfolio.model.identifiers import Symbol
from portfolio.prices.ticker import Venue


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """`taker_fee` is a fraction, None where the venue does not say. `base` and `quote` are unified currency codes;
    `settle` None is spot. `base_name` is what the venue calls the coin in words, where it does.

    `lot` is the step of quantities, in contracts where it is one, `tick` the step of prices; `min_quantity` as `lot`,
    `min_cost` in the quote currency. None for what the venue does not say."""

    venue: Venue
    symbol: Symbol
    base: str
    quote: str
    settle: str | None = None
    taker_fee: Decimal | None = None
    contract_size: Decimal | None = None
    base_name: str | None = None
    lot: Decimal | None = None
    tick: Decimal | None = None
    min_quantity: Decimal | None = None
    min_cost: Decimal | None = None
    is_active: bool = True
