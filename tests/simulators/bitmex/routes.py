"""Every endpoint of the simulated venue, as a function of what is asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from tests.simulators.bitmex import account
from tests.simulators.bitmex.contracts import ASSETS
from tests.simulators.bitmex.new_order import check_terms, find_contract, known_id, number, read_new_order
from tests.simulators.bitmex.orders import Placed, told
from tests.simulators.bitmex.refusal import Refused, invalid
from tests.simulators.bitmex.signing import Key
from tests.simulators.bitmex.switch import Switch
from tests.simulators.bitmex.tables import select
from tests.simulators.bitmex.venue import Venue


@dataclass(frozen=True, slots=True)
class Asked:
    query: Mapping[str, str]
    body: Mapping[str, Any]


@dataclass(slots=True)
class Desk:
    """Everything that an endpoint may look at or change. Contracts in `closed` are no longer traded."""

    venue: Venue
    key: Key
    switch: Switch
    clock: Callable[[], datetime]
    leverage: dict[str, Decimal] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)


Endpoint: TypeAlias = Callable[[Desk, Asked], Any]


def list_instruments(desk: Desk, asked: Asked) -> Any:
    return select(account.instruments(desk.venue, desk.closed, desk.clock()), {"count": "500", **asked.query})


def list_active(desk: Desk, asked: Asked) -> Any:
    return account.instruments(desk.venue, desk.closed, desk.clock())


def list_assets(desk: Desk, asked: Asked) -> Any:
    return ASSETS


def place_order(desk: Desk, asked: Asked) -> Any:
    order = read_new_order(asked.body)
    if order.contract.wire in desk.closed:
        raise invalid("Instrument expired")
    return desk.venue.place(order).document()


def amend_order(desk: Desk, asked: Asked) -> Any:
    name, value = known_id(asked.body, "orderID", "origClOrdID")
    placed = desk.venue.find(name, value)
    if placed is None:
        raise invalid("Invalid orderID" if name == "orderID" else "Invalid origClOrdID")
    quantity = number(asked.body, "orderQty", "Invalid orderQty")
    price, stop_price = number(asked.body, "price", "Invalid price"), number(asked.body, "stopPx", "Invalid stopPx")
    contract, ticket = placed.asked.contract, placed.ticket
    if quantity in (None, ticket.quantity / contract.unit) and (
        price in (None, ticket.price) and stop_price in (None, ticket.stop_price)
    ):
        raise invalid("Invalid amend: orderQty, leavesQty, price, stopPx unchanged")
    whole = quantity if quantity is not None else ticket.quantity / contract.unit
    check_terms(contract, ticket.order_type, whole, price or ticket.price, stop_price or ticket.stop_price)
    wanted = None if quantity is None else quantity * contract.unit
    return desk.venue.amend(placed, wanted, price=price, stop_price=stop_price).document()


def cancel_order(desk: Desk, asked: Asked) -> Any:
    """A list, as many may be asked for; what cannot be canceled is in it with an `error`, and no error status."""
    name, value = known_id(asked.body, "orderID", "clOrdID")
    placed = desk.venue.find(name, value)
    if placed is None:
        raise Refused(404, "Not Found")
    if not placed.is_open:
        state = placed.document()["ordStatus"]
        return [{**placed.document(), "error": f"Unable to cancel order due to existing state: {state}"}]
    return [desk.venue.cancel(placed).document()]


def cancel_all(desk: Desk, asked: Asked) -> Any:
    symbol = asked.body.get("symbol")
    return [desk.venue.cancel(placed).document() for placed in _open(desk) if symbol in (None, _wire(placed))]


def cancel_all_after(desk: Desk, asked: Asked) -> Any:
    """`timeout` is in milliseconds; 0 takes the timer away."""
    timeout = number(asked.body, "timeout", "Invalid timeout")
    if timeout is None or timeout < 0:
        raise invalid("Invalid timeout")
    desk.switch.set(float(timeout) / 1000, lambda: [desk.venue.cancel(placed) for placed in _open(desk)])
    now = desk.clock()
    until = told(now + timedelta(milliseconds=float(timeout))) if timeout else 0
    return {"now": told(now), "cancelTime": until}


def list_orders(desk: Desk, asked: Asked) -> Any:
    return select([placed.document() for placed in desk.venue.orders.values()], asked.query)


def list_executions(desk: Desk, asked: Asked) -> Any:
    return select(desk.venue.executions, asked.query)


def list_positions(desk: Desk, asked: Asked) -> Any:
    rows = account.positions(desk.venue, desk.leverage, desk.clock())
    return select(rows, {"count": "500", **asked.query})


def set_leverage(desk: Desk, asked: Asked) -> Any:
    """0 is cross margin with all the leverage that the contract has."""
    contract = find_contract(asked.body.get("symbol"))
    leverage = number(asked.body, "leverage", "Invalid leverage")
    if leverage is None or not 0 <= leverage <= 100:
        raise invalid("Invalid leverage")
    desk.leverage[contract.wire] = leverage
    desk.venue.change_instrument(contract, max_leverage=leverage or contract.instrument.max_leverage)
    return _position(desk, contract.wire)


def set_cross_leverage(desk: Desk, asked: Asked) -> Any:
    """The position stays in the shared margin, with that much of leverage."""
    row = set_leverage(desk, asked)
    return {**row, "crossMargin": True}


def isolate(desk: Desk, asked: Asked) -> Any:
    contract = find_contract(asked.body.get("symbol"))
    body = {"symbol": contract.wire, "leverage": 100 if asked.body.get("enabled") else 0}
    return set_leverage(desk, Asked({}, body))


def tell_margin(desk: Desk, asked: Asked) -> Any:
    """A list for `all`, one object for a currency, XBt where none is named."""
    currency = asked.query.get("currency", "XBt")
    rows = account.margins(desk.venue, currency, desk.clock())
    if currency == "all":
        return rows
    if not rows:
        raise invalid("Invalid currency")
    return rows[0]


def list_transfers(desk: Desk, asked: Asked) -> Any:
    """Newest first, as the venue tells its wallet's history."""
    currency = asked.query.get("currency", "XBt")
    rows = [row for row in reversed(desk.venue.cash.history) if currency in ("all", row["currency"])]
    start, count = int(asked.query.get("start", 0)), int(asked.query.get("count", 100))
    return rows[start : start + count]


def list_keys(desk: Desk, asked: Asked) -> Any:
    return [
        {
            "id": desk.key.id,
            "name": "desk",
            "nonce": 0,
            "cidr": "0.0.0.0/0",
            "cidrs": ["0.0.0.0/0"],
            "permissions": list(desk.key.permissions),
            "enabled": desk.key.is_enabled,
            "userId": 1,
            "created": "2026-01-01T00:00:00.000Z",
        }
    ]


def _open(desk: Desk) -> list[Placed]:
    return [placed for placed in desk.venue.orders.values() if placed.is_open]


def _wire(placed: Placed) -> str:
    return placed.asked.contract.wire


def _position(desk: Desk, wire: str) -> dict[str, Any]:
    rows = account.positions(desk.venue, desk.leverage, desk.clock())
    empty = {"symbol": wire, "currentQty": 0, "leverage": float(desk.leverage[wire] or 100), "isOpen": False}
    return next((row for row in rows if row["symbol"] == wire), {**empty, "crossMargin": not desk.leverage[wire]})


PUBLIC: dict[str, Endpoint] = {
    "GET /instrument": list_instruments,
    "GET /instrument/active": list_active,
    "GET /wallet/assets": list_assets,
}
PRIVATE: dict[str, Endpoint] = {
    "POST /order": place_order,
    "PUT /order": amend_order,
    "DELETE /order": cancel_order,
    "GET /order": list_orders,
    "DELETE /order/all": cancel_all,
    "POST /order/cancelAllAfter": cancel_all_after,
    "GET /execution/tradeHistory": list_executions,
    "GET /position": list_positions,
    "POST /position/leverage": set_leverage,
    "POST /position/crossLeverage": set_cross_leverage,
    "POST /position/isolate": isolate,
    "GET /user/margin": tell_margin,
    "GET /user/walletHistory": list_transfers,
    "GET /apiKey": list_keys,
}
