"""What it costs to take from a venue's order book."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from portfolio.model.decimals import ZERO
from portfolio.prices.market import Market
from portfolio.prices.ticker import Venue

DEFAULT_TAKER_FEE = Decimal("0.006")
"""Where nobody says: what the dearest of the default venues takes from a small trader."""


class FeeSource(StrEnum):
    CONFIGURED = "CONFIGURED"
    VENUE = "VENUE"
    DEFAULT = "DEFAULT"


class TakerFee(NamedTuple):
    """A share of the notional, never below zero: a rebate is not counted on."""

    rate: Decimal
    source: FeeSource


def taker_fee(market: Market, configured: Mapping[Venue, Decimal]) -> TakerFee:
    """What the user says of the venue, else what the venue says of the market, else `DEFAULT_TAKER_FEE`."""
    if (said := configured.get(market.venue)) is not None:
        return TakerFee(max(ZERO, said), FeeSource.CONFIGURED)
    if market.taker_fee is not None and market.taker_fee.is_finite():
        return TakerFee(max(ZERO, market.taker_fee), FeeSource.VENUE)
    return TakerFee(DEFAULT_TAKER_FEE, FeeSource.DEFAULT)
