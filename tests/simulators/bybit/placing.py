"""What an order must be like to be taken: every check that needs no look at the account."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import uuid4

from portfolio.model.decimals import plain
from portfolio.model.side import Side
from tests.simulators.bybit.answers import Refused
from tests.simulators.bybit.instruments import Listing
from tests.simulators.bybit.orders import OrderRecord

Params = Mapping[str, Any]
LINK_ID = re.compile(r"[A-Za-z0-9_-]{1,36}\Z")
_TIMES = ("GTC", "IOC", "FOK", "PostOnly")
_UNSUPPORTED = ("tpOrderType", "slOrderType", "tpLimitPrice", "slLimitPrice")


def parsed(params: Params, listing: Listing, number: int, now_ms: int) -> OrderRecord:
    """The order that the request asks for. Raises Refused with Bybit's code for what is wrong in it."""
    order_type, side = _one_of(params, "orderType", ("Market", "Limit")), _one_of(params, "side", ("Buy", "Sell"))
    time_in_force = params.get("timeInForce") or ("IOC" if order_type == "Market" else "GTC")
    if time_in_force not in _TIMES:
        raise Refused(10001, "timeInForce invalid")
    link_id = str(params.get("orderLinkId") or "")
    if link_id and not LINK_ID.match(link_id):
        raise Refused(10001, "params error: OrderLinkId invalid")
    price = _price(params, "price", listing) if order_type == "Limit" else None
    if order_type == "Limit" and price is None:
        raise Refused(10001, "params error: Price invalid")
    is_quote = listing.is_spot and order_type == "Market" and _is_in_quote(params, side)
    quantity = quantity_of(params, listing, is_quote=is_quote)
    trigger_price = _price(params, "triggerPrice", listing)
    record = OrderRecord(
        order_id=_order_id(listing, number, now_ms),
        link_id=link_id,
        listing=listing,
        side=Side(side.lower()),
        order_type=order_type,
        quantity=quantity,
        sent_quantity=plain(quantity),
        price=price,
        time_in_force="IOC" if order_type == "Market" else time_in_force,
        created_ms=now_ms,
        updated_ms=now_ms,
        reduce_only=_flag(params, "reduceOnly"),
        close_on_trigger=_flag(params, "closeOnTrigger"),
        trigger_price=trigger_price,
        trigger_direction=int(params.get("triggerDirection") or 0),
        trigger_by=str(params.get("triggerBy") or ("LastPrice" if trigger_price else "")),
        order_filter=str(params.get("orderFilter") or ("StopOrder" if trigger_price else "Order")),
        stop_order_type="Stop" if trigger_price else "",
        market_unit=("quoteCoin" if is_quote else "baseCoin") if listing.is_spot and order_type == "Market" else "",
        take_profit=_price(params, "takeProfit", listing),
        stop_loss=_price(params, "stopLoss", listing),
        position=number,
    )
    _check_extras(params, record)
    return record


def quantity_of(params: Params, listing: Listing, *, is_quote: bool = False) -> Decimal:
    """The quantity of the request; of quote coins where that is how it is told."""
    item, is_spot = listing.instrument, listing.is_spot
    quantity = _decimal(params.get("qty"))
    if quantity is None or quantity <= 0:
        raise Refused(10001, "Qty invalid")
    if is_quote:
        return quantity
    if quantity % item.lot:
        raise Refused(170137, "Order volume decimal too long.") if is_spot else Refused(10001, "Qty invalid")
    if quantity < item.min_quantity:
        low = "The number of contracts exceeds minimum limit allowed"
        raise Refused(170136, "Order quantity exceeded lower limit.") if is_spot else Refused(10001, low)
    if quantity > item.max_quantity:
        high = f"The number of contracts exceeds maximum limit allowed: too large, order_qty:{plain(quantity)}"
        raise Refused(170135, "Order quantity exceeded upper limit.") if is_spot else Refused(10001, high)
    return quantity


def check_value(record: OrderRecord, price: Decimal) -> None:
    """The order is worth the minimum; a reduction may be worth less."""
    listing, item = record.listing, record.listing.instrument
    value = record.quantity if record.market_unit == "quoteCoin" else item.quote_value(record.quantity, price)
    if value < item.min_cost and not record.reduce_only:
        if listing.is_spot:
            raise Refused(170140, "Order value exceeded lower limit.")
        raise Refused(110094, f"Order does not meet minimum order value {plain(item.min_cost)}USDT")


def _check_extras(params: Params, record: OrderRecord) -> None:
    has_protection = record.take_profit or record.stop_loss
    if any(params.get(name) not in (None, "", "Market") for name in _UNSUPPORTED) or (
        has_protection and (record.listing.is_spot or params.get("tpslMode") == "Partial")
    ):
        raise Refused(110067, "this simulator takes takeProfit and stopLoss for a whole position, at market, only")
    if has_protection and record.reduce_only:
        raise Refused(110017, "Reduce-only rule not satisfied")
    if record.listing.is_spot:
        if record.reduce_only:
            record.reduce_only = False
        if record.order_filter == "tpslOrder":
            raise Refused(170227, "This feature is not supported.")
    elif record.trigger_price and record.trigger_direction not in (1, 2):
        raise Refused(10001, "TriggerDirection invalid")


def price_of(params: Params, name: str, listing: Listing) -> Decimal | None:
    return _price(params, name, listing)


def _price(params: Params, name: str, listing: Listing) -> Decimal | None:
    text = params.get(name)
    if text in (None, "", "0"):
        return None
    price = _decimal(text)
    if price is None or price <= 0:
        raise Refused(10001, f"params error: {name} invalid")
    if price % listing.instrument.tick:
        raise (
            Refused(170134, "Order price has too many decimals.")
            if listing.is_spot
            else Refused(10001, f"params error: {name} invalid")
        )
    return price


def _is_in_quote(params: Params, side: str) -> bool:
    """A spot market buy counts in quote coins unless it says otherwise."""
    unit = params.get("marketUnit")
    return unit == "quoteCoin" or (not unit and side == "Buy")


def _one_of(params: Params, name: str, allowed: tuple[str, ...]) -> str:
    value = params.get(name)
    if value not in allowed:
        raise Refused(10001, f"{name[0].upper()}{name[1:]} invalid")
    return str(value)


def _flag(params: Params, name: str) -> bool:
    return params.get(name) in (True, "true")


def _decimal(text: object) -> Decimal | None:
    """Numbers are sent as text; a JSON number is taken as it was written."""
    try:
        number = Decimal(str(text))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _order_id(listing: Listing, number: int, now_ms: int) -> str:
    """Spot counts, contracts draw: as the real ids look."""
    return str(2_000_000_000_000_000_000 + now_ms * 1000 + number) if listing.is_spot else str(uuid4())
