"""Executions: a Trade is the venue's report, a Fill is the trade booked to a strategy."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from portfolio.model.identifiers import AccountId, ClientOrderId, StrategyId, Symbol
from portfolio.model.order import OrderStatus, PriceSource
from portfolio.model.side import Side
from portfolio.model.venue import VenueCondition, VenueOrder


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
    """What a venue said of an order: its status, if told, and executions, which may repeat earlier ones.

    `triggered` tells that the market has reached the order's stop price. `order` is the venue's own description: with
    it the executions of an order that the desk does not know can be booked. `mismatch` says in what the venue's order
    with this id is another than the desk's; empty where it is not. `amended` is the answer to an amendment: True where
    the order is as asked now, False where the venue would not or could not; None in any other report.
    """

    client_order_id: ClientOrderId
    status: OrderStatus | None
    venue_order_id: str | None = None
    trades: tuple[Trade, ...] = ()
    reason: str = ""
    sent_at: datetime | None = None
    triggered: bool = False
    order: VenueOrder | None = None
    mismatch: str = ""
    amended: bool | None = None

    def with_mismatch(self, mismatch: str) -> "OrderReport":
        return replace(self, mismatch=mismatch)

    def without_status(self) -> "OrderReport":
        """The same executions; what became of the order is told later."""
        return replace(self, status=None)


class Cause(StrEnum):
    """Why a venue traded without an order of ours; PROTECTION is a stop or take-profit of the venue's own."""

    LIQUIDATION = "liquidation"
    PROTECTION = "protection"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideTrade:
    """An execution on the account that no order of ours caused."""

    symbol: Symbol
    side: Side
    cause: Cause
    trade: Trade


@dataclass(frozen=True, slots=True, kw_only=True)
class Funding:
    """A payment between longs and shorts: `amount` is positive when received. Unique by account, symbol and time."""

    symbol: Symbol
    amount: Decimal
    currency: str
    rate: Decimal
    price: Decimal
    time: datetime


VenueReport: TypeAlias = OrderReport | OutsideTrade | Funding | VenueCondition


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """`client_order_id` is None for what a venue traded without an order of ours."""

    trade_id: str
    client_order_id: ClientOrderId | None
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


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingShare:
    """One strategy's part of a funding payment."""

    account: AccountId
    strategy: StrategyId
    symbol: Symbol
    amount: Decimal
    currency: str
    rate: Decimal
    price: Decimal
    time: datetime
