"""What a strategy wants, before sizing and limits have had their say."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from portfolio.model.check import Reason
from portfolio.model.identifiers import ClientOrderId
from portfolio.model.order import OrderType, TimeInForce
from portfolio.model.protection import Protection
from portfolio.model.side import Side
from portfolio.model.signal import Size


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderIntent:
    """A wish for one order.

    With `after_previous` it waits for the wish before it, with `after` for a live order. A waiting entry leaves only
    once that order is FILLED; a waiting reduction leaves when it has ended, for what there is to reduce. With
    `replaces_exits` resting exits that stand in its way are cancelled first, and waited for.

    `protection` becomes reduce-only orders that wait for this one and close what it opened. What is not filled by
    `lapses_at` is cancelled.
    """

    side: Side
    size: Size
    order_type: OrderType = OrderType.MARKET
    price: Decimal | None = None
    stop_price: Decimal | None = None
    reduce_only: bool = False
    post_only: bool = False
    time_in_force: TimeInForce = TimeInForce.GTC
    expires_at: datetime | None = None
    after_previous: bool = False
    after: ClientOrderId | None = None
    replaces_exits: bool = False
    protection: Protection | None = None
    lapses_at: datetime | None = None

    @property
    def entry_price(self) -> Decimal | None:
        """Where the order would trade; None at the market."""
        return self.price if self.order_type.has_limit else self.stop_price


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """A strategy's whole answer.

    `cancel` asks for the strategy's live orders on the symbol to be cancelled first. `flatten` asks for the position
    to be closed, and closed again should an order already on its way fill later. `state` replaces the strategy's
    state when it is not None. `ignored` says why there is nothing to do; `denied` why the strategy refuses.
    """

    orders: tuple[OrderIntent, ...] = ()
    cancel: bool = False
    flatten: bool = False
    state: Mapping[str, Any] | None = None
    ignored: Reason | None = None
    denied: Reason | None = None
