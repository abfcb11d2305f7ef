"""Executions: a Trade is the venue's report, a Fill is the trade booked to a strategy."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from portfolio.model.identifiers import AccountId, ClientOrderId, StrategyId, Symbol
from portfolio.model.order import OrderStatus, PriceSource
from portfolio.model.side import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """One execution as the venue tells it. `trade_id` is unique on its account; a negative `fee` is a rebate."""

    trade_id: str
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_currency: str
    source: PriceSource
    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReport:
    """What a venue said of an order: its status, if told, and executions, which may repeat earlier ones."""

    client_order_id: ClientOrderId
    status: OrderStatus | None
    venue_order_id: str | None = None
    trades: tuple[Trade, ...] = ()
    reason: str = ""
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    trade_id: str
    client_order_id: ClientOrderId
    account: AccountId
    strategy: StrategyId
    symbol: Symbol
    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_currency: str
    source: PriceSource
    time: datetime
