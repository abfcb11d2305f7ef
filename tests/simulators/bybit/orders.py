"""Orders and executions as the venue keeps them, and as its JSON tells them."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from portfolio.model.decimals import ZERO, plain
from portfolio.model.side import Side
from tests.simulators.bybit.instruments import Listing

OPEN = frozenset({"New", "PartiallyFilled", "Untriggered", "Triggered", "Created"})
_AVERAGE_STEP = Decimal("1E-8")


@dataclass(slots=True, kw_only=True, eq=False)
class OrderRecord:
    """`quantity` is in the instrument's units; `sent_quantity` is what was written on the request.

    `is_foreign` is true for an order that no request with the account's key made.
    """

    order_id: str
    link_id: str
    listing: Listing
    side: Side
    order_type: str
    quantity: Decimal
    sent_quantity: str
    price: Decimal | None
    time_in_force: str
    created_ms: int
    updated_ms: int
    reduce_only: bool = False
    close_on_trigger: bool = False
    trigger_price: Decimal | None = None
    trigger_direction: int = 0
    trigger_by: str = ""
    order_filter: str = "Order"
    stop_order_type: str = ""
    create_type: str = "CreateByUser"
    market_unit: str = ""
    take_profit: Decimal | None = None
    stop_loss: Decimal | None = None
    status: str = "New"
    filled: Decimal = ZERO
    value: Decimal = ZERO
    fees: dict[str, Decimal] = field(default_factory=dict)
    reject_reason: str = "EC_NoError"
    cancel_type: str = "UNKNOWN"
    is_foreign: bool = False
    visible_ms: int = 0
    position: int = 0
    """The place among all orders ever."""
    ended_as: int = -1
    """The place among the orders that have ended."""

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def remaining(self) -> Decimal:
        return self.quantity - self.filled

    @property
    def leaves(self) -> Decimal:
        return self.remaining if self.is_open else ZERO

    @property
    def average(self) -> str:
        if not self.filled or not self.value:
            return ""
        is_inverse = self.listing.instrument.is_inverse
        average = self.filled / self.value if is_inverse else self.value / self.filled
        return plain(average.quantize(_AVERAGE_STEP))

    def told(self) -> dict[str, Any]:
        """The order as queries and the stream say it."""
        fees = {currency: plain(fee) for currency, fee in self.fees.items()}
        return {
            "symbol": self.listing.id,
            "category": self.listing.category,
            "orderId": self.order_id,
            "orderLinkId": self.link_id,
            "side": self.side.value.capitalize(),
            "orderType": self.order_type,
            "orderStatus": self.status,
            "price": _text(self.price, "0"),
            "qty": self.sent_quantity,
            "timeInForce": self.time_in_force,
            "reduceOnly": self.reduce_only,
            "closeOnTrigger": self.close_on_trigger,
            "leavesQty": plain(self.leaves),
            "leavesValue": plain(self._leaves_value()),
            "cumExecQty": plain(self.filled),
            "cumExecValue": plain(self.value),
            "cumExecFee": next(iter(fees.values()), "0"),
            "cumFeeDetail": fees,
            "avgPrice": self.average,
            "rejectReason": self.reject_reason,
            "cancelType": self.cancel_type,
            "createType": self.create_type,
            "stopOrderType": self.stop_order_type,
            "triggerPrice": _text(self.trigger_price, ""),
            "triggerDirection": self.trigger_direction,
            "triggerBy": self.trigger_by,
            "takeProfit": _text(self.take_profit, ""),
            "stopLoss": _text(self.stop_loss, ""),
            "tpTriggerBy": "",
            "slTriggerBy": "",
            "tpLimitPrice": "",
            "slLimitPrice": "",
            "tpslMode": "Full" if self.take_profit or self.stop_loss else "",
            "lastPriceOnCreated": "",
            "positionIdx": 0,
            "isLeverage": "0" if self.listing.is_spot else "",
            "marketUnit": self.market_unit,
            "orderIv": "",
            "blockTradeId": "",
            "placeType": "",
            "smpType": "None",
            "smpGroup": 0,
            "smpOrderId": "",
            "slippageTolerance": "0",
            "slippageToleranceType": "UNKNOWN",
            "ocoTriggerBy": "",
            "createdTime": str(self.created_ms),
            "updatedTime": str(self.updated_ms),
        }

    def _leaves_value(self) -> Decimal:
        price = self.price or self.trigger_price
        return abs(self.listing.instrument.value(self.leaves, price)) if price and self.leaves else ZERO


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExecutionRecord:
    """`sequence` is the venue's cross sequence: it grows with every event."""

    execution_id: str
    order: OrderRecord
    quantity: Decimal
    price: Decimal
    value: Decimal
    fee: Decimal
    fee_currency: str
    fee_rate: Decimal
    is_maker: bool
    kind: str
    time_ms: int
    leaves: Decimal
    closed: Decimal
    profit: Decimal
    sequence: int

    def told(self, *, is_streamed: bool) -> dict[str, Any]:
        order = self.order
        entry: dict[str, Any] = {
            "symbol": order.listing.id,
            "orderId": order.order_id,
            "orderLinkId": order.link_id,
            "side": order.side.value.capitalize(),
            "orderPrice": _text(order.price, "0"),
            "orderQty": order.sent_quantity,
            "leavesQty": plain(self.leaves),
            "orderType": order.order_type if self.kind == "Trade" else "UNKNOWN",
            "stopOrderType": order.stop_order_type or "UNKNOWN",
            "createType": order.create_type,
            "execFee": plain(self.fee),
            "feeCurrency": self.fee_currency if order.listing.is_spot else "",
            "execId": self.execution_id,
            "execPrice": plain(self.price),
            "execQty": plain(self.quantity),
            "execType": self.kind,
            "execValue": plain(self.value),
            "execTime": str(self.time_ms),
            "isMaker": self.is_maker,
            "feeRate": plain(self.fee_rate),
            "tradeIv": "",
            "markIv": "",
            "markPrice": plain(self.price),
            "indexPrice": "",
            "underlyingPrice": "",
            "blockTradeId": "",
            "closedSize": plain(self.closed),
            "seq": self.sequence,
            "extraFees": "",
        }
        if is_streamed:
            entry |= {
                "category": order.listing.category,
                "isLeverage": "0",
                "marketUnit": order.market_unit,
                "execPnl": plain(self.profit),
                "feeCoin": self.fee_currency,
            }
        return entry


def _text(number: Decimal | None, absent: str) -> str:
    return absent if number is None else plain(number)
