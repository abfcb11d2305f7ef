"""An order, its states and the transitions between them. The diagram in docs/uml is generated from TRANSITIONS."""

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter
from typing import Any

from portfolio.model.attachment import Attached
from portfolio.model.check import Reason
from portfolio.model.decimals import ZERO
from portfolio.model.errors import IllegalTransition
from portfolio.model.guard import Guard
from portfolio.model.identifiers import AccountId, ClientOrderId, SignalId, StrategyId, Symbol
from portfolio.model.side import Side


class OrderType(StrEnum):
    """STOP and TAKE_PROFIT become market orders, STOP_LIMIT a limit order, once the market reaches `stop_price`."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    TAKE_PROFIT = "take_profit"

    @property
    def has_limit(self) -> bool:
        """True where `price` is the worst that the order may get."""
        return self in (OrderType.LIMIT, OrderType.STOP_LIMIT)

    @property
    def rests(self) -> bool:
        """True for an order that may stay for long: when it trades nobody knows."""
        return self is not OrderType.MARKET

    @property
    def has_stop(self) -> bool:
        """True where the order waits for the market to reach `stop_price`."""
        return self in (OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TAKE_PROFIT)


class TimeInForce(StrEnum):
    """How long an order rests: until cancelled, not at all (what cannot trade at once, or all of it), until a time."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    GTD = "GTD"


class PriceSource(StrEnum):
    """Where a price came from; VENUE is what a real venue traded at, LIQUIDATION what it closed a position at."""

    QUOTE = "quote"
    SIGNAL = "signal"
    LAST = "last"
    VENUE = "venue"
    LIQUIDATION = "liquidation"


class OrderStatus(StrEnum):
    """DENIED is ours and was never sent; REJECTED is the venue's."""

    DENIED = "DENIED"
    PENDING = "PENDING"
    SUBMITTED = "SUBMITTED"
    UNKNOWN = "UNKNOWN"
    OPEN = "OPEN"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    PENDING_CANCEL = "PENDING_CANCEL"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"
    EXPIRED_UNSENT = "EXPIRED_UNSENT"
    NOT_ACCEPTED = "NOT_ACCEPTED"


_S = OrderStatus
TRANSITIONS: dict[OrderStatus, frozenset[OrderStatus]] = {
    _S.PENDING: frozenset(
        {
            _S.SUBMITTED,
            _S.OPEN,
            _S.PARTIALLY_FILLED,
            _S.FILLED,
            _S.CANCELED,
            _S.EXPIRED,
            _S.REJECTED,
            _S.EXPIRED_UNSENT,
            _S.UNKNOWN,
        }
    ),
    _S.SUBMITTED: frozenset(
        {
            _S.OPEN,
            _S.PARTIALLY_FILLED,
            _S.FILLED,
            _S.CANCELED,
            _S.EXPIRED,
            _S.REJECTED,
            _S.UNKNOWN,
            _S.PENDING_CANCEL,
        }
    ),
    _S.UNKNOWN: frozenset(
        {_S.OPEN, _S.PARTIALLY_FILLED, _S.FILLED, _S.CANCELED, _S.EXPIRED, _S.REJECTED, _S.NOT_ACCEPTED}
    ),
    _S.OPEN: frozenset({_S.PARTIALLY_FILLED, _S.FILLED, _S.CANCELED, _S.EXPIRED, _S.PENDING_CANCEL}),
    _S.PARTIALLY_FILLED: frozenset({_S.FILLED, _S.CANCELED, _S.EXPIRED, _S.PENDING_CANCEL}),
    _S.PENDING_CANCEL: frozenset({_S.CANCELED, _S.PARTIALLY_FILLED, _S.FILLED, _S.OPEN, _S.EXPIRED}),
}
AT_VENUE = frozenset({_S.SUBMITTED, _S.OPEN, _S.PARTIALLY_FILLED})
RESTING = frozenset({_S.OPEN, _S.PARTIALLY_FILLED, _S.PENDING_CANCEL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A wish that was written down. `quantity` and `filled` are unsigned; `cost` is the sum of price x quantity.

    `stop_price` is what the market has to reach first, `triggered` whether it has. `expires_at` goes with GTD.

    `origin` is the signal or command it stems from. `is_exit` orders reduce a position and are never denied by an
    exposure limit. An order with `after` waits for that one and has no `send_by` until it is
    released. `send_by` is the last moment it may leave. What is not filled by `lapses_at` is cancelled by the desk.

    `guard` ties a leg to the entry that it protects; `quantity` is what the venue was last known to have. `attached` is
    the protection that an entry takes along to its venue.
    """

    client_order_id: ClientOrderId
    origin: str
    signal_id: SignalId | None
    account: AccountId
    strategy: StrategyId
    symbol: Symbol
    side: Side
    order_type: OrderType
    quantity: Decimal
    price: Decimal | None
    reduce_only: bool
    is_exit: bool
    time_in_force: TimeInForce
    status: OrderStatus
    reference_price: Decimal
    reference_source: PriceSource
    reservation_price: Decimal
    created_at: datetime
    updated_at: datetime
    send_by: datetime | None
    after: ClientOrderId | None = None
    filled: Decimal = ZERO
    cost: Decimal = ZERO
    cancel_requested: bool = False
    venue_order_id: str | None = None
    sent_at: datetime | None = None
    reasons: tuple[Reason, ...] = ()
    stop_price: Decimal | None = None
    post_only: bool = False
    expires_at: datetime | None = None
    triggered: bool = False
    guard: Guard | None = None
    lapses_at: datetime | None = None
    attached: Attached | None = None

    @property
    def remaining(self) -> Decimal:
        return self.quantity - self.filled

    @property
    def most_remaining(self) -> Decimal:
        """What may still trade, counting what the order is about to grow to."""
        return self.remaining if self.guard is None else max(self.quantity, self.guard.most) - self.filled

    @property
    def is_live(self) -> bool:
        """True while the order can still trade, as far as anybody knows."""
        return self.status in TRANSITIONS

    @property
    def is_waiting(self) -> bool:
        """True for a leg that has not left because the order before it is not FILLED."""
        return self.after is not None and self.send_by is None and self.status is OrderStatus.PENDING

    @property
    def rests(self) -> bool:
        return self.order_type is not OrderType.MARKET

    @property
    def is_in_doubt(self) -> bool:
        """True where a process that starts cannot know whether the venue has the order."""
        return self.status is OrderStatus.UNKNOWN or (self.status is OrderStatus.PENDING and not self.is_waiting)

    @property
    def is_adopted(self) -> bool:
        """True for an order that was found at its venue and never decided here."""
        return self.reference_source is PriceSource.VENUE

    def moved_to(self, status: OrderStatus, now: datetime) -> "Order":
        """The order in its new status. Raises IllegalTransition where the table has no such arrow."""
        if status not in TRANSITIONS.get(self.status, ()):
            raise IllegalTransition(f"{self.client_order_id}: {self.status} -> {status}")
        return self.but(status=status, updated_at=now)

    def but(self, **changes: Any) -> "Order":
        """The same order with other values, in a third of the time of `dataclasses.replace`: an order changes often."""
        copy = object.__new__(Order)
        assign = object.__setattr__
        for name, value in zip(_FIELDS, _values_of(self), strict=True):
            assign(copy, name, value)
        for name, value in changes.items():
            assign(copy, name, value)
        return copy


_FIELDS: tuple[str, ...] = tuple(field.name for field in fields(Order))
_values_of = attrgetter(*_FIELDS)


@dataclass(frozen=True, slots=True)
class OrderTransition:
    """One line of an order's history; `previous` is None for its first."""

    client_order_id: ClientOrderId
    previous: OrderStatus | None
    status: OrderStatus
    time: datetime
    reason: str
