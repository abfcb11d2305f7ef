"""Which terms of an order go together."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, Protocol

from portfolio.model.order import OrderType, TimeInForce

_AT_ONCE = frozenset({TimeInForce.IOC, TimeInForce.FOK})


class Terms(Protocol):
    """What an alert or a strategy says of an order, side and quantity aside."""

    @property
    def order_type(self) -> OrderType: ...

    @property
    def price(self) -> Decimal | None: ...

    @property
    def stop_price(self) -> Decimal | None: ...

    @property
    def post_only(self) -> bool: ...

    @property
    def time_in_force(self) -> TimeInForce: ...

    @property
    def expires_at(self) -> datetime | None: ...


class Contradiction(NamedTuple):
    """The field that is wrong, or missing, and why."""

    field: str
    message: str


def contradiction(terms: Terms) -> Contradiction | None:
    """What is wrong with the terms; None where a venue can carry them out."""
    kind, force = terms.order_type, terms.time_in_force
    if kind.has_limit and not terms.price:
        return Contradiction("price", f"a {kind} order needs it")
    if kind.has_stop is not bool(terms.stop_price):
        wrong = "needs it" if kind.has_stop else "has none"
        return Contradiction("stop_price", f"a {kind} order {wrong}")
    if terms.post_only and (not kind.has_limit or force in _AT_ONCE):
        return Contradiction("post_only", "is for limit orders that rest")
    if force in _AT_ONCE and kind.has_stop:
        return Contradiction("time_in_force", f"{force} and {kind} contradict each other")
    if force is TimeInForce.GTD and terms.expires_at is None:
        return Contradiction("expires_at", "GTD needs it")
    if force is not TimeInForce.GTD and terms.expires_at is not None:
        return Contradiction("expires_at", f"goes with time_in_force GTD, not {force}")
    if force is TimeInForce.GTD and not kind.rests:
        return Contradiction("time_in_force", "GTD is for orders that rest")
    return None
