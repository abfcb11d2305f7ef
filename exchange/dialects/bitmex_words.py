"""BitMEX's JSON in the words of the model: pure functions, exact, from the venue's own figures.

Quantities are contracts, of which one is a dollar of XBTUSD and a millionth of a bitcoin of XBTUSDT; on spot they are
the smallest units of the coin. Money is in the smallest units of its currency: satoshi (XBt), millionths (USDt).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from exchange.dialects.reading import Raw, number, number_or_none
from exchange.errors import Refusal, Refused
from portfolio.model.decimals import ONE
from portfolio.model.fill import Cause, Funding, OrderReport, OutsideTrade, Trade, VenueReport
from portfolio.model.identifiers import Symbol
from portfolio.model.instrument import Family, Instrument
from portfolio.model.order import Order, OrderStatus, OrderType, PriceSource, TimeInForce
from portfolio.model.side import Side
from portfolio.model.venue import VenueOrder

PERPETUAL, SPOT = "FFWCSX", "IFXXXP"
_STATUSES = {
    "New": OrderStatus.OPEN,
    "PartiallyFilled": OrderStatus.OPEN,
    "PendingNew": OrderStatus.OPEN,
    "PendingCancel": OrderStatus.OPEN,
    "DoneForDay": OrderStatus.OPEN,
    "Stopped": OrderStatus.OPEN,
    "Untriggered": OrderStatus.OPEN,
    "Triggered": OrderStatus.OPEN,
    "Filled": OrderStatus.FILLED,
    "Rejected": OrderStatus.REJECTED,
    "Canceled": OrderStatus.CANCELED,
    "Expired": OrderStatus.EXPIRED,
}
_SIDES = {"Buy": Side.BUY, "Sell": Side.SELL}
_TYPES = {
    "Market": OrderType.MARKET,
    "Limit": OrderType.LIMIT,
    "Stop": OrderType.STOP,
    "StopLimit": OrderType.STOP_LIMIT,
    "MarketIfTouched": OrderType.TAKE_PROFIT,
    "LimitIfTouched": OrderType.STOP_LIMIT,
}
_WIRE_TYPES = {
    OrderType.MARKET: "Market",
    OrderType.LIMIT: "Limit",
    OrderType.STOP: "Stop",
    OrderType.STOP_LIMIT: "StopLimit",
    OrderType.TAKE_PROFIT: "MarketIfTouched",
}
_FORCES = {"ImmediateOrCancel": TimeInForce.IOC, "FillOrKill": TimeInForce.FOK}
# BitMEX knows no good-till-date: the desk itself cancels such an order when its time is over.
_WIRE_FORCES = {
    TimeInForce.GTC: "GoodTillCancel",
    TimeInForce.GTD: "GoodTillCancel",
    TimeInForce.IOC: "ImmediateOrCancel",
    TimeInForce.FOK: "FillOrKill",
}
_FORCED = ("Liquidation", "Deleverage", "ADL")
_CANCELED = "Canceled: "


@dataclass(frozen=True, slots=True)
class Currency:
    """`scale` is how many units of the wire one coin is."""

    code: str
    scale: Decimal


Currencies = Mapping[str, Currency]


@dataclass(frozen=True, slots=True)
class Market:
    """A symbol as BitMEX addresses it; `unit` is what one of its quantities is of the instrument's."""

    symbol: Symbol
    id: str
    unit: Decimal
    instrument: Instrument


def currencies_from(rows: Iterable[Raw]) -> dict[str, Currency]:
    """What /wallet/assets lists, by the wire's name; bitcoin is XBT there."""
    return {
        row["currency"]: Currency("BTC" if row["asset"] == "XBT" else row["asset"].upper(), 10 ** number(row["scale"]))
        for row in rows
    }


def market_of(market: Mapping[str, Any], currencies: Currencies) -> Market | None:
    """The market as ccxt loaded it; None for what is neither spot nor a linear or inverse perpetual.

    A quanto's profit is in a currency that neither its base nor its quote is: no instrument says that.
    """
    info: Raw = market["info"]
    lot, tick = number(info.get("lotSize")), number(info.get("tickSize"))
    if info.get("isQuanto") or info.get("typ") not in (PERPETUAL, SPOT) or not lot or not tick:
        return None
    is_spot = info["typ"] == SPOT
    unit = 1 / number(info["underlyingToPositionMultiplier"]) if is_spot else ONE
    margin = number(info.get("initMargin"))
    instrument = Instrument(
        symbol=market["symbol"],
        base=market["base"],
        quote=market["quote"],
        settle=market["quote"] if is_spot else market["settle"],
        family=Family.SPOT if is_spot else Family.INVERSE if info["isInverse"] else Family.LINEAR,
        contract_size=ONE if is_spot else _contract_size(info, currencies),
        lot=lot * unit,
        tick=tick,
        min_quantity=lot * unit,
        max_quantity=number(info.get("maxOrderQty")) * unit,
        max_leverage=ONE if is_spot or not margin else 1 / margin,
        maintenance_margin=number(info.get("maintMargin")),
        funding_rate=number(info.get("fundingRate")),
    )
    return Market(market["symbol"], info["symbol"], unit, instrument)


def _contract_size(info: Raw, currencies: Currencies) -> Decimal:
    """A contract's value in wire units is multiplier x price, or multiplier / price where inverse."""
    return abs(number(info["multiplier"])) / currencies[info["settlCurrency"]].scale


def creation(order: Order, market: Market) -> dict[str, Any]:
    """The body of POST /order. Raises Refused for a quantity that the wire cannot say."""
    body: dict[str, Any] = {
        "symbol": market.id,
        "side": "Buy" if order.side is Side.BUY else "Sell",
        "orderQty": wire_quantity(order.quantity, market),
        "ordType": _WIRE_TYPES[order.order_type],
        "clOrdID": order.client_order_id,
    }
    if order.order_type.has_limit and order.price is not None:
        body["price"] = float(order.price)
        body["timeInForce"] = _WIRE_FORCES[order.time_in_force]
    if order.stop_price is not None:
        body["stopPx"] = float(order.stop_price)
    if instructions := list(_instructions(order, market)):
        body["execInst"] = ",".join(instructions)
    return body


def _instructions(order: Order, market: Market) -> Iterable[str]:
    if order.reduce_only and not market.instrument.is_spot:
        yield "ReduceOnly"
    if order.post_only and order.order_type.has_limit:
        yield "ParticipateDoNotInitiate"
    if order.stop_price is not None:
        yield "LastPrice"


def wire_quantity(quantity: Decimal, market: Market) -> int:
    """Whole units of the wire: BitMEX's drivers cut what is over, so that something else would be traded."""
    units = quantity / market.unit
    if units % 1:
        raise Refused(Refusal.ORDER, "", f"the quantity is not a multiple of {market.instrument.lot}")
    return int(units)


def order_from(raw: Raw, market: Market) -> VenueOrder:
    """A row of /order."""
    order_type = _TYPES.get(raw["ordType"], OrderType.LIMIT)
    instructions = str(raw.get("execInst") or "")
    force = _FORCES.get(str(raw.get("timeInForce") or ""), TimeInForce.GTC)
    return VenueOrder(
        client_order_id=raw.get("clOrdID") or None,
        venue_order_id=raw["orderID"],
        symbol=market.symbol,
        side=_SIDES[raw["side"]],
        order_type=order_type,
        quantity=number(raw["orderQty"]) * market.unit,
        price=number_or_none(raw.get("price")) if order_type.has_limit else None,
        stop_price=number_or_none(raw.get("stopPx")) if order_type.has_stop else None,
        reduce_only="ReduceOnly" in instructions or "Close" in instructions,
        time_in_force=force if order_type.has_limit else TimeInForce.GTC,
        status=_STATUSES.get(raw["ordStatus"], OrderStatus.OPEN),
        filled=number(raw.get("cumQty")) * market.unit,
    )


def has_triggered(raw: Raw) -> bool:
    return bool(raw.get("triggered"))


def reason_of(raw: Raw) -> str:
    """Why the order ended, in BitMEX's words; empty where it does not say."""
    if reason := str(raw.get("ordRejReason") or ""):
        return reason
    first = str(raw.get("text") or "").partition("\n")[0]
    return first.removeprefix(_CANCELED)[:200] if first.startswith(_CANCELED) else ""


def position_of(raw: Raw) -> Decimal:
    """Signed contracts. `homeNotional`, which ccxt reads the side from, has no sign when it is zero."""
    return number(raw.get("currentQty"))


def reports_from(rows: Iterable[tuple[Raw, Market]], currencies: Currencies) -> list[VenueReport]:
    """Executions as reports, oldest first: those of one order together, where the oldest of them was."""
    reports: dict[str, VenueReport] = {}
    for raw, market in sorted(rows, key=lambda row: str(row[0]["timestamp"])):
        kind = raw.get("execType")
        if kind == "Funding":
            reports[raw["execID"]] = _funding(raw, market, currencies)
        elif kind != "Trade":
            continue
        elif is_forced(raw) or not raw.get("clOrdID"):
            reports[raw["execID"]] = _outside(raw, market, currencies)
        else:
            known = reports.get(raw["orderID"])
            earlier = known.trades if isinstance(known, OrderReport) else ()
            trades = (*earlier, _trade(raw, market, currencies))
            reports[raw["orderID"]] = _report(raw, market, trades)
    return list(reports.values())


def is_forced(raw: Raw) -> bool:
    """True where the venue closed a position by itself."""
    return str(raw.get("text") or "").startswith(_FORCED)


def _report(raw: Raw, market: Market, trades: tuple[Trade, ...]) -> OrderReport:
    return OrderReport(
        client_order_id=raw["clOrdID"],
        status=None,
        venue_order_id=raw["orderID"],
        trades=trades,
        order=order_from(raw, market),
        triggered=has_triggered(raw),
    )


def _trade(raw: Raw, market: Market, currencies: Currencies) -> Trade:
    """`lastPx` and `lastQty` are this execution's; `avgPx` and `price`, which ccxt takes, are the order's."""
    fee, currency = _fee(raw, market, currencies)
    return Trade(
        trade_id=raw["execID"],
        quantity=number(raw["lastQty"]) * market.unit,
        price=number(raw["lastPx"]),
        fee=fee,
        fee_currency=currency,
        source=PriceSource.LIQUIDATION if is_forced(raw) else PriceSource.VENUE,
        time=time_from(raw),
    )


def _fee(raw: Raw, market: Market, currencies: Currencies) -> tuple[Decimal, str]:
    """What was paid, in coins: on the wire it is in the smallest units of `settlCurrency`."""
    wire = raw.get("settlCurrency")
    currency = currencies[wire] if wire else _currency_named(market.instrument.settle, currencies)
    return number(raw.get("execComm")) / currency.scale, currency.code


def _currency_named(code: str, currencies: Currencies) -> Currency:
    return next(currency for currency in currencies.values() if currency.code == code)


def _outside(raw: Raw, market: Market, currencies: Currencies) -> OutsideTrade:
    cause = Cause.LIQUIDATION if is_forced(raw) else Cause.FOREIGN
    trade = _trade(raw, market, currencies)
    return OutsideTrade(symbol=market.symbol, side=_SIDES[raw["side"]], cause=cause, trade=trade)


def _funding(raw: Raw, market: Market, currencies: Currencies) -> Funding:
    """A positive `execComm` was paid; `commission` is the rate with the sign of who pays."""
    paid, currency = _fee(raw, market, currencies)
    return Funding(
        symbol=market.symbol,
        amount=-paid,
        currency=currency,
        rate=number(raw.get("commission")),
        price=number(raw.get("lastPx")),
        time=time_from(raw),
    )


def time_from(raw: Raw) -> datetime:
    return datetime.fromisoformat(str(raw.get("transactTime") or raw["timestamp"]))
