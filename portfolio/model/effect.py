"""What leaves the house, and only after the commit."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from portfolio.model.identifiers import AccountId, ClientOrderId, Symbol
from portfolio.model.order import Order, PriceSource


@dataclass(frozen=True, slots=True)
class SendOrder:
    order: Order


@dataclass(frozen=True, slots=True)
class CancelAtVenue:
    order: Order


@dataclass(frozen=True, slots=True)
class AmendOrder:
    """`order` is as it should be at its venue now: quantity and prices."""

    order: Order


@dataclass(frozen=True, slots=True)
class DetachProtection:
    """The venue is to close the position by itself no more, nor what `entry` still fills where that `rests`."""

    account: AccountId
    symbol: Symbol
    entry: ClientOrderId
    rests: bool


@dataclass(frozen=True, slots=True)
class ShowPrice:
    """A price the book has seen, for a paper exchange that matches resting orders against it."""

    account: AccountId
    symbol: Symbol
    bid: Decimal
    ask: Decimal
    source: PriceSource


Effect: TypeAlias = SendOrder | CancelAtVenue | AmendOrder | DetachProtection | ShowPrice
