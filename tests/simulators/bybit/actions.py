"""What a signed request may do: orders, leverage, modes, the switch that cancels everything when nobody listens."""

from decimal import Decimal, InvalidOperation
from typing import Any

from tests.simulators.bybit.answers import Refused
from tests.simulators.bybit.dcp import DisconnectionSwitch
from tests.simulators.bybit.instruments import MOST_LEVERAGE
from tests.simulators.bybit.orders import OrderRecord
from tests.simulators.bybit.placing import Params
from tests.simulators.bybit.signing import ApiKey
from tests.simulators.bybit.trading import Trading
from tests.simulators.bybit.venue import Venue


class Actions:
    def __init__(self, venue: Venue, trading: Trading, switch: DisconnectionSwitch) -> None:
        self._venue = venue
        self._trading = trading
        self._switch = switch
        self.last_created: OrderRecord | None = None

    def create(self, params: Params, key: ApiKey) -> dict[str, Any]:
        _may_trade(params, key)
        self.last_created = self._trading.create(params)
        return _named(self.last_created)

    def cancel(self, params: Params, key: ApiKey) -> dict[str, Any]:
        _may_trade(params, key)
        record = self._open_order(params, "cancel")
        self._trading.cancel(record)
        return _named(record)

    def amend(self, params: Params, key: ApiKey) -> dict[str, Any]:
        _may_trade(params, key)
        record = self._open_order(params, "replace")
        self._trading.amend(record, params)
        return _named(record)

    def cancel_all(self, params: Params, key: ApiKey) -> dict[str, Any]:
        _may_trade(params, key)
        category = params.get("category")
        if category == "linear" and not any(params.get(name) for name in ("symbol", "settleCoin", "baseCoin")):
            raise Refused(10001, "Missing some parameters that must be filled in, symbol or settleCoin or baseCoin")
        records = [
            item
            for item in self._venue.open.values()
            if item.listing.category == category
            and params.get("symbol") in (None, item.listing.id)
            and params.get("settleCoin") in (None, item.listing.instrument.settle)
            and params.get("baseCoin") in (None, item.listing.instrument.base)
            and params.get("orderFilter") in (None, item.order_filter)
        ]
        for record in records:
            self._trading.cancel(record)
        return {"list": [_named(record) for record in records], "success": "1"}

    def _open_order(self, params: Params, verb: str) -> OrderRecord:
        """The order that is meant. Raises Refused where there is none, or it has ended."""
        listing = self._venue.listing(params.get("category"), params.get("symbol"))
        order_id, link_id = params.get("orderId"), params.get("orderLinkId")
        if not order_id and not link_id:
            raise Refused(10001, "params error: OrderId or orderLinkId is required")
        venue = self._venue
        record = venue.orders.get(str(order_id)) if order_id else venue.links.get(str(link_id))
        if record is None or record.listing is not listing or not record.is_open or _is_hidden(record, params, verb):
            if listing.is_spot:
                raise Refused(170213, "Order does not exist.")
            raise Refused(110001, f"order not exists or too late to {verb}")
        return record

    # --- the account's settings ----------------------------------------------------------------------------------

    def set_leverage(self, params: Params, key: ApiKey) -> dict[str, Any]:
        _may_trade(params, key)
        listing = self._venue.listing(params.get("category"), params.get("symbol"))
        try:
            buy, sell = Decimal(str(params.get("buyLeverage"))), Decimal(str(params.get("sellLeverage")))
        except InvalidOperation:
            raise Refused(10001, "params error: leverage invalid") from None
        if buy != sell:
            raise Refused(10001, "buy leverage and sell leverage must be the same in one-way mode")
        if not 1 <= buy <= MOST_LEVERAGE.get((listing.category, listing.id), 1):
            raise Refused(110013, "cannot set leverage due to risk limit")
        if buy == listing.leverage:
            raise Refused(110043, "leverage not modified")
        self._venue.set_leverage(listing, buy)
        return {}

    def switch_mode(self, params: Params, key: ApiKey) -> dict[str, Any]:
        """Every symbol has the mode that one has: 3 is hedged, 0 one-way."""
        is_hedged = str(params.get("mode")) == "3"
        if is_hedged is self._venue.is_hedged:
            raise Refused(110025, "Position mode is not modified")
        if any(item.quantity for item in self._venue.state.positions.values()):
            raise Refused(110024, "You have an existing position, so position mode cannot be switched")
        self._venue.is_hedged = is_hedged
        return {}

    def switch_isolated(self, params: Params, key: ApiKey) -> dict[str, Any]:
        raise Refused(100028, "unified account is forbidden")

    def set_margin_mode(self, params: Params, key: ApiKey) -> dict[str, Any]:
        """It is told from then on; positions are margined as before."""
        mode = params.get("setMarginMode")
        if mode not in ("REGULAR_MARGIN", "ISOLATED_MARGIN", "PORTFOLIO_MARGIN"):
            raise Refused(3400045, "Set margin mode failed")
        self._venue.margin_mode = str(mode)
        return {"reasons": []}

    def trading_stop(self, params: Params, key: ApiKey) -> dict[str, Any]:
        _may_trade(params, key)
        self._trading.trading_stop(params)
        return {}

    def disconnected_cancel_all(self, params: Params, key: ApiKey) -> dict[str, Any]:
        _may_trade(params, key)
        window, product = params.get("timeWindow"), str(params.get("product") or "OPTIONS")
        if not isinstance(window, int) or not 3 <= window <= 300:
            raise Refused(10001, "timeWindow must be between 3 and 300")
        self._switch.set(product, window)
        return {}

    def dcp_information(self, params: Params, key: ApiKey) -> dict[str, Any]:
        windows = self._switch.windows.items()
        return {"dcpInfos": [{"product": name, "dcpStatus": "ON", "timeWindow": str(of)} for name, of in windows]}


def _named(record: OrderRecord) -> dict[str, Any]:
    return {"orderId": record.order_id, "orderLinkId": record.link_id}


def _is_hidden(record: OrderRecord, params: Params, verb: str) -> bool:
    """On spot, cancelling finds a conditional order among the conditional ones only."""
    asked = params.get("orderFilter") or "Order"
    return record.listing.is_spot and verb == "cancel" and (asked == "Order") is (record.status == "Untriggered")


def _may_trade(params: Params, key: ApiKey) -> None:
    group, right = ("Spot", "SpotTrade") if params.get("category") == "spot" else ("ContractTrade", "Order")
    if key.read_only or right not in key.permissions.get(group, []):
        raise Refused(10005, "Permission denied, please check your API key permissions.")
