"""An order and an execution as the venue remembers them, and as it tells them."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from exchange.ticket import Execution, Ticket
from portfolio.model.decimals import ZERO
from portfolio.model.order import OrderStatus
from portfolio.model.side import Side
from tests.simulators.bitmex.contracts import SCALES, WIRE_CODES, Contract
from tests.simulators.bitmex.new_order import NewOrder

VIA_API = "Submitted via API."
ACCOUNT = 1455728
_STATUS = {
    OrderStatus.OPEN: "New",
    OrderStatus.PARTIALLY_FILLED: "PartiallyFilled",
    OrderStatus.FILLED: "Filled",
    OrderStatus.CANCELED: "Canceled",
    OrderStatus.EXPIRED: "Expired",
    OrderStatus.REJECTED: "Rejected",
}


@dataclass(slots=True)
class Placed:
    """`ticket.id` is the venue's own id; `cost` the signed value of what was executed, for the average price."""

    asked: NewOrder
    ticket: Ticket
    created_at: datetime
    updated_at: datetime
    order_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: OrderStatus = OrderStatus.OPEN
    text: str = VIA_API
    cost: Decimal = ZERO

    @property
    def is_open(self) -> bool:
        return self.status in (OrderStatus.OPEN, OrderStatus.PARTIALLY_FILLED)

    @property
    def average(self) -> float | None:
        signed = self.ticket.side.signed(self.ticket.filled)
        price = self.asked.contract.instrument.average_price(signed, self.cost)
        return float(round(price, 4)) if price is not None else None

    def document(self) -> dict[str, Any]:
        """As GET /order tells it: an inverse order's quantities are in dollars, a spot order's in satoshi."""
        contract, ticket, wire = self.asked.contract, self.ticket, self.asked.wire
        return {
            "orderID": self.order_id,
            "clOrdID": self.asked.client_id,
            "clOrdLinkID": "",
            "account": ACCOUNT,
            "symbol": contract.wire,
            "side": side_of(ticket.side),
            "simpleOrderQty": None,
            "orderQty": units(contract, ticket.quantity),
            "price": _number(ticket.price),
            "displayQty": None,
            "stopPx": _number(ticket.stop_price),
            "pegOffsetValue": None,
            "pegPriceType": "",
            "currency": contract.document["quoteCurrency"],
            "settlCurrency": contract.document["settlCurrency"],
            "ordType": wire["ordType"],
            "timeInForce": wire.get("timeInForce") or _usual_time_in_force(wire["ordType"]),
            "execInst": wire.get("execInst") or "",
            "contingencyType": "",
            "exDestination": "XBME",
            "ordStatus": _STATUS[self.status],
            "triggered": "StopOrderTriggered" if ticket.triggered else "",
            "workingIndicator": self.is_open and not ticket.waits_for_trigger,
            "ordRejReason": "",
            "simpleLeavesQty": None,
            "leavesQty": units(contract, ticket.remaining) if self.is_open else 0,
            "simpleCumQty": None,
            "cumQty": units(contract, ticket.filled),
            "avgPx": self.average,
            "multiLegReportingType": "SingleSecurity",
            "text": self.text,
            "transactTime": told(self.updated_at),
            "timestamp": told(self.updated_at),
        }

    def execution(self, execution: Execution, fee: int, *, is_maker: bool, now: datetime) -> dict[str, Any]:
        """As /execution/tradeHistory tells it: `avgPx` is the order's so far, `lastPx` this execution's own."""
        contract, order = self.asked.contract, self.document()
        instrument, price = contract.instrument, execution.price
        value = abs(instrument.value(execution.quantity, price))
        scale = SCALES[WIRE_CODES[instrument.settle]]
        coins = value if instrument.is_inverse else execution.quantity * instrument.contract_size
        is_buy = self.ticket.side is Side.BUY
        return {
            **order,
            "execID": str(uuid.uuid4()),
            "trdMatchID": str(uuid.uuid4()),
            "execType": "Trade",
            "lastQty": units(contract, execution.quantity),
            "lastPx": float(price),
            "lastMkt": "XBME",
            "lastLiquidityInd": "AddedLiquidity" if is_maker else "RemovedLiquidity",
            "currency": contract.document["quoteCurrency"],
            "settlCurrency": WIRE_CODES[execution.fee_currency],
            "commission": contract.document["makerFee" if is_maker else "takerFee"],
            "execCost": round(value * scale) * (-1 if is_buy == instrument.is_inverse else 1),
            "execComm": fee,
            "homeNotional": float(coins if is_buy else -coins),
            "foreignNotional": float(coins * price * (-1 if is_buy else 1)),
            "transactTime": told(now),
            "timestamp": told(now),
        }


def units(contract: Contract, quantity: Decimal) -> int:
    return int(quantity / contract.unit)


def side_of(side: Side) -> str:
    return "Buy" if side is Side.BUY else "Sell"


def told(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03d}Z"


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _usual_time_in_force(order_type: str) -> str:
    return "ImmediateOrCancel" if order_type in ("Market", "Stop", "MarketIfTouched") else "GoodTillCancel"
