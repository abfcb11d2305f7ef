"""An order as a venue keeps it, and what a venue says of one."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from portfolio.model.decimals import ZERO
from portfolio.model.identifiers import Symbol
from portfolio.model.order import OrderStatus, OrderType, PriceSource, TimeInForce
from portfolio.model.side import Side


@dataclass(frozen=True, slots=True)
class MarketPrice:
    """What a symbol trades at."""

    bid: Decimal
    ask: Decimal
    source: PriceSource

    def for_side(self, side: Side) -> Decimal:
        """What an order of that side gets at once."""
        return self.ask if side is Side.BUY else self.bid

    @property
    def mark(self) -> Decimal:
        """What a position is valued at."""
        return self.bid if self.bid == self.ask else (self.bid + self.ask) / 2

    @classmethod
    def single(cls, price: Decimal, source: PriceSource) -> "MarketPrice":
        return cls(price, price, source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """`executions` counts those so far; `at` is the price of a market order where it is not the venue's own."""

    id: str
    symbol: Symbol
    side: Side
    order_type: OrderType
    quantity: Decimal
    price: Decimal | None = None
    stop_price: Decimal | None = None
    reduce_only: bool = False
    post_only: bool = False
    time_in_force: TimeInForce = TimeInForce.GTC
    expires_at: datetime | None = None
    at: MarketPrice | None = None
    filled: Decimal = ZERO
    executions: int = 0
    triggered: bool = False

    @property
    def remaining(self) -> Decimal:
        return self.quantity - self.filled

    @property
    def waits_for_trigger(self) -> bool:
        return self.order_type.has_stop and not self.triggered

    def is_expired(self, now: datetime) -> bool:
        return self.expires_at is not None and now >= self.expires_at


@dataclass(frozen=True, slots=True)
class Execution:
    """`number` counts the executions of its order from 1."""

    number: int
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_currency: str
    source: PriceSource


@dataclass(frozen=True, slots=True)
class Update:
    """What has become of an order: it as it is now, its status, and what was executed just now."""

    ticket: Ticket
    status: OrderStatus
    executions: tuple[Execution, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Liquidation:
    """A position that the venue closed, because the margin did not carry it."""

    symbol: Symbol
    side: Side
    execution: Execution
