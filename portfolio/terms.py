"""Which terms of an order go together."""

from datetime import datetime
from decimal import Decimal
from typing import Protocol

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


def contradiction(terms: Terms) -> str | None:
    """What is wrong with the terms; None where a venue can carry them out."""
    kind, force = terms.order_type, terms.time_in_force
    if kind.has_limit and not terms.price:
        return f"a {kind} order needs a price"
    if kind.has_stop is not bool(terms.stop_price):
        return f"a {kind} order {'needs a' if kind.has_stop else 'has no'} stop_price"
    if terms.post_only and (not kind.has_limit or force in _AT_ONCE):
        return "post_only is for limit orders that rest"
    if force in _AT_ONCE and kind.has_stop:
        return f"{force} and {kind} contradict each other"
    if (force is TimeInForce.GTD) is not (terms.expires_at is not None):
        return "GTD and expires_at go together"
    if force is TimeInForce.GTD and not kind.rests:
        return "GTD is for orders that rest"
    return None
