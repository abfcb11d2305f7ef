"""The answer to a signal: what was accepted, denied or ignored, and every figure that led there."""

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from portfolio.model.check import Check, Reason
from portfolio.model.gap import Gap
from portfolio.model.identifiers import AccountId, ClientOrderId, SignalId, Symbol
from portfolio.model.order import Order, OrderStatus, OrderType
from portfolio.model.side import Side


class Outcome(StrEnum):
    ACCEPTED = "accepted"
    DENIED = "denied"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class DecidedOrder:
    """An order as it was decided, for the answer: its later life is in the orders."""

    client_order_id: ClientOrderId
    account: AccountId
    symbol: Symbol
    side: Side
    type: OrderType
    quantity: Decimal
    price: Decimal | None
    status: OrderStatus
    stop_price: Decimal | None = None

    @classmethod
    def of(cls, order: Order) -> "DecidedOrder":
        return cls(
            order.client_order_id,
            order.account,
            order.symbol,
            order.side,
            order.order_type,
            order.quantity,
            order.price,
            order.status,
            order.stop_price,
        )


@dataclass(frozen=True, slots=True)
class OrderChecks:
    """Every control's figure for one order."""

    client_order_id: ClientOrderId
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    signal_id: SignalId
    status: Outcome
    family: str
    orders: tuple[DecidedOrder, ...] = ()
    reasons: tuple[Reason, ...] = ()
    checks: tuple[OrderChecks, ...] = ()
    canceled: tuple[ClientOrderId, ...] = ()
    duplicate: bool = False
    gap: Gap | None = None

    def repeated(self) -> "Decision":
        """The same answer for an alert that came again."""
        return replace(self, duplicate=True)
