"""What happened, in the past tense: written with the change itself, published after the commit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from portfolio.model.identifiers import AccountId, ClientOrderId, StrategyId, Symbol


class EventKind(StrEnum):
    SIGNAL_ACCEPTED = "SignalAccepted"
    SIGNAL_DENIED = "SignalDenied"
    SIGNAL_IGNORED = "SignalIgnored"
    SIGNAL_REPEATED = "SignalRepeated"
    SIGNAL_CONFLICTED = "SignalConflicted"
    POSITION_GAP_FOUND = "PositionGapFound"
    ORDER_OPENED = "OrderOpened"
    ORDER_PARTIALLY_FILLED = "OrderPartiallyFilled"
    ORDER_FILLED = "OrderFilled"
    ORDER_CANCELED = "OrderCanceled"
    ORDER_EXPIRED = "OrderExpired"
    ORDER_REJECTED = "OrderRejected"
    ORDER_EXPIRED_UNSENT = "OrderExpiredUnsent"
    ORDER_BECAME_UNKNOWN = "OrderBecameUnknown"
    ORDER_NOT_ACCEPTED = "OrderNotAccepted"
    ORDER_TRIGGERED = "OrderTriggered"
    ORDER_AMENDED = "OrderAmended"
    ORDER_LAPSED = "OrderLapsed"
    ORDER_RELEASED = "OrderReleased"
    ORDER_RESENT = "OrderResent"
    ORDER_DENIED = "OrderDenied"
    CANCEL_REQUESTED = "CancelRequested"
    LATE_FILL = "LateFill"
    ORDER_UNRESOLVED = "OrderUnresolved"
    ORDER_MISMATCHED = "OrderMismatched"
    ORDER_ADOPTED = "OrderAdopted"
    ENDED_ORDER_FOUND = "EndedOrderFound"
    FOREIGN_ORDER_REPORTED = "ForeignOrderReported"
    POSITION_LIQUIDATED = "PositionLiquidated"
    FOREIGN_TRADE_BOOKED = "ForeignTradeBooked"
    POSITION_UNPROTECTED = "PositionUnprotected"
    PROTECTION_ATTACHED = "ProtectionAttached"
    PROTECTION_DETACHED = "ProtectionDetached"
    PROTECTION_TRADED = "ProtectionTraded"
    FUNDING_BOOKED = "FundingBooked"
    POSITION_ADJUSTED = "PositionAdjusted"
    BALANCE_ADJUSTED = "BalanceAdjusted"
    FOREIGN_POSITION_FOUND = "ForeignPositionFound"
    STRATEGY_FAILED = "StrategyFailed"
    STRATEGY_THROTTLED = "StrategyThrottled"
    LOSS_LIMIT_BREACHED = "LossLimitBreached"
    TRADING_HALTED = "TradingHalted"
    TRADING_RESUMED = "TradingResumed"
    FLATTEN_STARTED = "FlattenStarted"
    FLATTEN_GAVE_UP = "FlattenGaveUp"
    DAY_STARTED = "DayStarted"
    ACCOUNT_RECONCILED = "AccountReconciled"
    RECONCILIATION_FAILED = "ReconciliationFailed"
    VENUE_STATE_CHANGED = "VenueStateChanged"
    SCREEN_MATCHED = "ScreenMatched"
    DISCREPANCY_FOUND = "DiscrepancyFound"
    DISCREPANCY_ENDED = "DiscrepancyEnded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`origin` is the signal or command it belongs to, so that one id runs through the whole story."""

    kind: EventKind
    time: datetime
    origin: str | None = None
    client_order_id: ClientOrderId | None = None
    account: AccountId | None = None
    strategy: StrategyId | None = None
    symbol: Symbol | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
