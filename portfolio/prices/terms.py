"""What the user has said of prices: which currencies stand for one another, how old is too old, what is absurd."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from portfolio.prices.assets import Assets
from portfolio.prices.ticker import Venue


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTerms:
    """`fees` are taker fees by venue that take the place of what the venue says. `absurd_above` is a fraction. `venues`
    are in the order in which their rates between currencies are preferred; those that it leaves out come last."""

    equivalents: tuple[str, ...] = ("USD", "USDT", "USDC")
    max_age_s: float = 10.0
    frozen_after_s: float = 300.0
    absurd_above: Decimal = Decimal("0.1")
    fees: Mapping[Venue, Decimal] = field(default_factory=dict)
    assets: Assets = field(default_factory=Assets)
    venues: tuple[Venue, ...] = ()
