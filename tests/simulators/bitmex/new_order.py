"""What a client may ask of an order, read as strictly as the venue reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from portfolio.model.order import OrderType, TimeInForce
from portfolio.model.side import Side
from tests.simulators.bitmex.contracts import CONTRACTS, Contract
from tests.simulators.bitmex.refusal import Refused, invalid

LONGEST_CLIENT_ID = 36
_FIELDS = {
    "symbol",
    "side",
    "orderQty",
    "price",
    "displayQty",
    "stopPx",
    "clOrdID",
    "clOrdLinkID",
    "ordType",
    "timeInForce",
    "execInst",
    "text",
}
_TYPES = {
    "Market": OrderType.MARKET,
    "Limit": OrderType.LIMIT,
    "Stop": OrderType.STOP,
    "StopLimit": OrderType.STOP_LIMIT,
    "MarketIfTouched": OrderType.TAKE_PROFIT,
}
_TIMES_IN_FORCE = {
    "Day": TimeInForce.GTC,
    "GoodTillCancel": TimeInForce.GTC,
    "ImmediateOrCancel": TimeInForce.IOC,
    "FillOrKill": TimeInForce.FOK,
}
_INSTRUCTIONS = {"ReduceOnly", "ParticipateDoNotInitiate", "LastPrice", "MarkPrice", "IndexPrice"}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """A valid POST /order. `wire` are the words it was asked in."""

    contract: Contract
    client_id: str
    side: Side
    order_type: OrderType
    quantity: Decimal
    price: Decimal | None
    stop_price: Decimal | None
    time_in_force: TimeInForce
    instructions: frozenset[str]
    wire: Mapping[str, Any]


def read_new_order(body: Mapping[str, Any]) -> NewOrder:
    """Raises Refused, in the venue's words, for what it would not read."""
    for name in body:
        if name not in _FIELDS:
            raise invalid(f"Unrecognized field {name}")
    contract = find_contract(body.get("symbol"))
    quantity = number(body, "orderQty", "Invalid orderQty")
    if quantity is None or not quantity:
        raise invalid("Invalid orderQty")
    side = _side(body, quantity)
    wire_type = body.get("ordType") or _default_type(body)
    if wire_type not in _TYPES:
        raise invalid("Unsupported ordType" if wire_type in ("LimitIfTouched", "Pegged") else "Invalid ordType")
    order_type = _TYPES[wire_type]
    price, stop_price = number(body, "price", "Invalid price"), number(body, "stopPx", "Invalid stopPx")
    check_terms(contract, order_type, abs(quantity), price, stop_price)
    return NewOrder(
        contract=contract,
        client_id=_client_id(body),
        side=side,
        order_type=order_type,
        quantity=abs(quantity) * contract.unit,
        price=price,
        stop_price=stop_price,
        time_in_force=_time_in_force(body),
        instructions=_instructions(body, order_type),
        wire={**body, "ordType": wire_type, "orderQty": int(abs(quantity))},
    )


def find_contract(symbol: Any) -> Contract:
    if symbol not in CONTRACTS:
        raise invalid("Invalid symbol") if symbol else invalid("'symbol' is a required arg.")
    return CONTRACTS[symbol]


def number(body: Mapping[str, Any], name: str, refusal: str) -> Decimal | None:
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise invalid(refusal)
    try:
        read = Decimal(str(value))
    except InvalidOperation:
        raise invalid(refusal) from None
    if not read.is_finite():
        raise invalid(refusal)
    return read


def check_terms(
    contract: Contract, order_type: OrderType, quantity: Decimal, price: Decimal | None, stop_price: Decimal | None
) -> None:
    """Lots, ticks, and which prices belong to the type."""
    if quantity % 1 or quantity % contract.document["lotSize"]:
        raise invalid(f"Order quantity must be a multiple of lot size: {contract.document['lotSize']}")
    if quantity > contract.document["maxOrderQty"]:
        raise invalid("Invalid orderQty: above maxOrderQty")
    if order_type.has_limit and price is None:
        raise invalid("Invalid price for ordType")
    if order_type.has_stop is not (stop_price is not None):
        raise invalid("Invalid stopPx for ordType")
    for value, refusal in ((price, "Invalid price"), (stop_price, "Invalid stopPx")):
        if value is not None and value <= 0:
            raise invalid(refusal)
        if value is not None and value % contract.instrument.tick:
            raise invalid(f"{refusal} tickSize")


def _side(body: Mapping[str, Any], quantity: Decimal) -> Side:
    """Buy by default; a negative quantity sells where no side is given, and contradicts one that is."""
    side = body.get("side") or ("Sell" if quantity < 0 else "Buy")
    if side not in ("Buy", "Sell"):
        raise invalid("Invalid side")
    if quantity < 0 and body.get("side"):
        raise invalid("Invalid orderQty")
    return Side.BUY if side == "Buy" else Side.SELL


def _default_type(body: Mapping[str, Any]) -> str:
    with_limit = body.get("price") is not None
    if body.get("stopPx") is not None:
        return "StopLimit" if with_limit else "Stop"
    return "Limit" if with_limit else "Market"


def _client_id(body: Mapping[str, Any]) -> str:
    client_id = body.get("clOrdID") or ""
    if not isinstance(client_id, str) or len(client_id) > LONGEST_CLIENT_ID:
        raise invalid("Invalid clOrdID")
    return client_id


def _time_in_force(body: Mapping[str, Any]) -> TimeInForce:
    wanted = body.get("timeInForce") or "GoodTillCancel"
    if wanted not in _TIMES_IN_FORCE:
        raise invalid("Unsupported timeInForce")
    return _TIMES_IN_FORCE[wanted]


def _instructions(body: Mapping[str, Any], order_type: OrderType) -> frozenset[str]:
    wanted = frozenset(item.strip() for item in str(body.get("execInst") or "").split(",") if item.strip())
    if wanted - _INSTRUCTIONS:
        raise invalid("Unsupported execInst")
    if "ParticipateDoNotInitiate" in wanted and not order_type.has_limit:
        raise invalid("Invalid ordType for execInst")
    return wanted


def known_id(body: Mapping[str, Any], *names: str) -> tuple[str, str]:
    """The first of the names that is given, and its value, which may come as a list of one."""
    for name in names:
        value = body.get(name)
        if isinstance(value, list):
            value = value[0] if value else None
        if value:
            return name, str(value)
    raise Refused(400, f"{' or '.join(names)} must be sent.")
