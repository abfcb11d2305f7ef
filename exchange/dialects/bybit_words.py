"""Bybit's v5 JSON in the words of the model: pure functions, exact, from the venue's own strings.

Quantities are coins on linear contracts and spot, USD on inverse ones; a contract's size is one in each.
https://bybit-exchange.github.io/docs/v5/enum
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from exchange.dialects.reading import Raw, number, number_or_none
from exchange.driver import moment
from portfolio.model.attachment import Attached
from portfolio.model.decimals import ONE, ZERO
from portfolio.model.fill import Cause, Funding, OrderReport, OutsideTrade, Trade, VenueReport
from portfolio.model.identifiers import Symbol
from portfolio.model.instrument import Family, Instrument
from portfolio.model.order import Order, OrderStatus, OrderType, PriceSource, TimeInForce
from portfolio.model.side import Side
from portfolio.model.venue import VenueOrder

_STATUSES = {
    "Created": OrderStatus.OPEN,
    "New": OrderStatus.OPEN,
    "PartiallyFilled": OrderStatus.OPEN,
    "Untriggered": OrderStatus.OPEN,
    "Triggered": OrderStatus.OPEN,
    "Active": OrderStatus.OPEN,
    "PendingCancel": OrderStatus.OPEN,
    "Filled": OrderStatus.FILLED,
    "Rejected": OrderStatus.REJECTED,
    "Cancelled": OrderStatus.CANCELED,
    "PartiallyFilledCanceled": OrderStatus.CANCELED,
    "Deactivated": OrderStatus.CANCELED,
    "Expired": OrderStatus.EXPIRED,
}
_SIDES = {"Buy": Side.BUY, "Sell": Side.SELL}
_AT_WORK = frozenset({"Triggered", "New", "PartiallyFilled", "Filled"})
_WITHOUT_REASON = frozenset({"", "EC_NoError", "UNKNOWN", "NoError"})
_FORCED = frozenset({"BustTrade", "AdlTrade", "SessionSettlePnL", "Delivery", "Settle"})
_PROTECTING = frozenset({"StopLoss", "TakeProfit", "PartialStopLoss", "PartialTakeProfit", "TrailingStop"})
RISES, FALLS = 1, 2


@dataclass(frozen=True, slots=True)
class Market:
    """A symbol as Bybit addresses it."""

    symbol: Symbol
    category: str
    id: str
    instrument: Instrument


def market_of(market: Mapping[str, Any]) -> Market | None:
    """The market as ccxt loaded it; None for what is neither spot nor a perpetual."""
    info: Raw = market["info"]
    if market["spot"]:
        category, family = "spot", Family.SPOT
    elif market["swap"]:
        category, family = ("inverse", Family.INVERSE) if market["inverse"] else ("linear", Family.LINEAR)
    else:
        return None
    lots, prices = info["lotSizeFilter"], info["priceFilter"]
    lot, tick = number(lots.get("qtyStep") or lots.get("basePrecision")), number(prices.get("tickSize"))
    if not lot or not tick:
        return None
    largest = [
        number(lots.get(key)) for key in ("maxMktOrderQty", "maxMarketOrderQty", "maxOrderQty", "maxLimitOrderQty")
    ]
    instrument = Instrument(
        symbol=market["symbol"],
        base=market["base"],
        quote=market["quote"],
        settle=market["settle"] or market["quote"],
        family=family,
        contract_size=ONE,
        lot=lot,
        tick=tick,
        min_quantity=number(lots.get("minOrderQty")),
        max_quantity=min((most for most in largest if most), default=ZERO),
        min_cost=number(lots.get("minNotionalValue") or lots.get("minOrderAmt")),
        max_leverage=number((info.get("leverageFilter") or {}).get("maxLeverage")) or ONE,
    )
    return Market(market["symbol"], category, market["id"], instrument)


def market_from(instrument: Instrument) -> Market:
    """The market of an instrument that the venue has told before: Bybit's own names follow from what is traded."""
    category = {Family.SPOT: "spot", Family.INVERSE: "inverse"}.get(instrument.family, "linear")
    is_perp = category == "linear" and instrument.settle == "USDC"
    name = f"{instrument.base}PERP" if is_perp else f"{instrument.base}{instrument.quote}"
    return Market(instrument.symbol, category, name, instrument)


def creation(order: Order, market: Market) -> dict[str, Any]:
    """The body of POST /v5/order/create."""
    is_spot = market.category == "spot"
    body: dict[str, Any] = {
        "category": market.category,
        "symbol": market.id,
        "side": "Buy" if order.side is Side.BUY else "Sell",
        "orderType": "Limit" if order.order_type.has_limit else "Market",
        "qty": format(order.quantity, "f"),
        "orderLinkId": order.client_order_id,
    }
    if order.order_type.has_limit and order.price is not None:
        body["price"] = format(order.price, "f")
        body["timeInForce"] = "PostOnly" if order.post_only else _time_in_force(order)
    elif is_spot:
        body["marketUnit"] = "baseCoin"
    if order.stop_price is not None:
        body["triggerPrice"] = format(order.stop_price, "f")
        if is_spot:
            body["orderFilter"] = "StopOrder"
        else:
            body["triggerDirection"] = RISES if _triggers_above(order) else FALLS
            body["triggerBy"] = "LastPrice"
    if not is_spot:
        body["positionIdx"] = 0
        body["reduceOnly"] = order.reduce_only
        body |= _protection(order.attached) if order.attached else {}
    return body


def _protection(attached: Attached) -> dict[str, str]:
    """Bybit closes the whole position at the market once the last price is there, from the entry's first fill on."""
    words = {"tpslMode": "Full"}
    if attached.stop_loss is not None:
        words |= {"stopLoss": format(attached.stop_loss, "f"), "slTriggerBy": "LastPrice", "slOrderType": "Market"}
    if attached.take_profit is not None:
        words |= {"takeProfit": format(attached.take_profit, "f"), "tpTriggerBy": "LastPrice", "tpOrderType": "Market"}
    return words


def _time_in_force(order: Order) -> str:
    """Bybit knows no good-till-date: the desk itself cancels such an order when its time is over."""
    return "GTC" if order.time_in_force is TimeInForce.GTD else order.time_in_force.value


def _triggers_above(order: Order) -> bool:
    return (order.side is Side.BUY) is (order.order_type is not OrderType.TAKE_PROFIT)


def order_from(raw: Raw, symbol: Symbol) -> VenueOrder:
    """An order of /v5/order/realtime, /v5/order/history or the stream."""
    side, stop_price = _SIDES[raw["side"]], number_or_none(raw.get("triggerPrice"))
    has_limit = raw["orderType"] == "Limit"
    force = str(raw.get("timeInForce") or "GTC")
    return VenueOrder(
        client_order_id=raw.get("orderLinkId") or None,
        venue_order_id=raw["orderId"],
        symbol=symbol,
        side=side,
        order_type=_type_of(raw, side, has_limit=has_limit, has_stop=stop_price is not None),
        quantity=number(raw["qty"]),
        price=number_or_none(raw.get("price")) if has_limit else None,
        stop_price=stop_price,
        reduce_only=raw.get("reduceOnly") in (True, "true"),
        time_in_force=TimeInForce(force) if force in ("IOC", "FOK") and has_limit else TimeInForce.GTC,
        status=_STATUSES.get(raw["orderStatus"], OrderStatus.OPEN),
        filled=number(raw.get("cumExecQty")),
        protects=_protects(raw, symbol),
    )


def _protects(raw: Raw, symbol: Symbol) -> bool:
    """Such an order Bybit makes of a position's own stop, take-profit or trailing stop, however that was set."""
    if ":" not in symbol or raw.get("orderLinkId"):
        return False
    made_by = str(raw.get("createType") or "").removeprefix("CreateBy")
    return made_by in _PROTECTING or raw.get("stopOrderType") in _PROTECTING


def _type_of(raw: Raw, side: Side, *, has_limit: bool, has_stop: bool) -> OrderType:
    if not has_stop:
        return OrderType.LIMIT if has_limit else OrderType.MARKET
    if has_limit:
        return OrderType.STOP_LIMIT
    direction = str(raw.get("triggerDirection") or 0)
    is_stop = direction == "0" or (direction == str(RISES)) is (side is Side.BUY)
    return OrderType.STOP if is_stop else OrderType.TAKE_PROFIT


def has_triggered(raw: Raw) -> bool:
    return bool(number_or_none(raw.get("triggerPrice"))) and raw["orderStatus"] in _AT_WORK


def reason_of(raw: Raw) -> str:
    """Why the order ended, in Bybit's word; empty where it does not say."""
    for key in ("rejectReason", "cancelType"):
        if (text := str(raw.get(key) or "")) not in _WITHOUT_REASON:
            return text[:200]
    return ""


def reports_from(rows: Iterable[tuple[Raw, Market]]) -> list[VenueReport]:
    """Executions as reports, oldest first: those of one order together, where the oldest of them was."""
    reports: dict[str, VenueReport] = {}
    each = {row[0]["execId"]: row for row in rows}.values()
    for raw, market in sorted(each, key=lambda row: int(row[0].get("execTime") or 0)):
        kind = raw.get("execType") or "Trade"
        if kind == "Funding":
            reports[raw["execId"]] = _funding(raw, market)
        elif kind != "Trade":
            reports[raw["execId"]] = _outside(raw, market)
        else:
            known = reports.get(raw["orderId"])
            earlier = known.trades if isinstance(known, OrderReport) else ()
            reports[raw["orderId"]] = _report(raw, market, (*earlier, _trade(raw, market)))
    return list(reports.values())


def _report(raw: Raw, market: Market, trades: tuple[Trade, ...]) -> OrderReport:
    return OrderReport(
        client_order_id=raw.get("orderLinkId") or raw["orderId"],
        status=None,
        venue_order_id=raw["orderId"],
        trades=trades,
        order=_described(raw, market),
    )


def _described(raw: Raw, market: Market) -> VenueOrder:
    """What an execution says of its order."""
    has_limit = raw.get("orderType") == "Limit"
    quantity = number(raw.get("orderQty")) or number(raw["execQty"])
    left = number(raw.get("leavesQty"))
    return VenueOrder(
        client_order_id=raw.get("orderLinkId") or None,
        venue_order_id=raw["orderId"],
        symbol=market.symbol,
        side=_SIDES[raw["side"]],
        order_type=OrderType.LIMIT if has_limit else OrderType.MARKET,
        quantity=quantity,
        price=number_or_none(raw.get("orderPrice")) if has_limit else None,
        stop_price=None,
        reduce_only=False,
        time_in_force=TimeInForce.GTC,
        status=OrderStatus.OPEN if left else OrderStatus.FILLED,
        filled=quantity - left,
        protects=_protects(raw, market.symbol),
    )


def _trade(raw: Raw, market: Market) -> Trade:
    time = moment(raw["execTime"])
    assert time is not None
    quantity, price = number(raw["execQty"]), number(raw["execPrice"])
    if quantity <= 0 or price <= 0:
        raise ValueError("an execution of nothing")
    forced = raw.get("execType") in _FORCED
    return Trade(
        trade_id=raw["execId"],
        quantity=quantity,
        price=price,
        fee=number(raw.get("execFee")),
        fee_currency=raw.get("feeCurrency") or _fee_currency(raw, market.instrument),
        source=PriceSource.LIQUIDATION if forced else PriceSource.VENUE,
        time=time,
    )


def _fee_currency(raw: Raw, instrument: Instrument) -> str:
    """Contracts pay in the settle currency; spot in what the trade brings, and a maker's rebate is of what it costs."""
    is_rebate = bool(raw.get("isMaker")) and number(raw.get("execFee")) < 0
    if instrument.is_spot and (raw["side"] == "Buy") is not is_rebate:
        return instrument.base
    return instrument.settle


def _outside(raw: Raw, market: Market) -> OutsideTrade:
    cause = Cause.LIQUIDATION if raw.get("execType") in _FORCED else Cause.FOREIGN
    return OutsideTrade(symbol=market.symbol, side=_SIDES[raw["side"]], cause=cause, trade=_trade(raw, market))


def _funding(raw: Raw, market: Market) -> Funding:
    """A positive fee of a funding execution was paid."""
    time = moment(raw["execTime"])
    assert time is not None
    return Funding(
        symbol=market.symbol,
        amount=-number(raw.get("execFee")),
        currency=market.instrument.settle,
        rate=number(raw.get("feeRate")),
        price=number(raw.get("execPrice") or raw.get("markPrice")),
        time=time,
    )
