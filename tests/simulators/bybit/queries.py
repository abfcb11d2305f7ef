"""Questions about the account: orders, executions, positions, money, the key."""

from collections.abc import Iterable
from typing import Any

from tests.simulators.bybit.account import position_told, wallet_told
from tests.simulators.bybit.answers import Refused
from tests.simulators.bybit.orders import OrderRecord
from tests.simulators.bybit.pages import limit_of, page
from tests.simulators.bybit.placing import Params
from tests.simulators.bybit.signing import ApiKey
from tests.simulators.bybit.venue import Venue

DAY_MS = 86_400_000
MOST_RECENT_ENDED = 500


class Queries:
    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    # --- orders --------------------------------------------------------------------------------------------------

    def realtime(self, params: Params, key: ApiKey) -> dict[str, Any]:
        """Open orders; by id, or with `openOnly=1`, also the last 500 that ended."""
        venue, category = self._venue, _category(params)
        if category == "linear" and not any(params.get(name) for name in ("symbol", "settleCoin", "baseCoin")):
            raise Refused(10001, "Missing some parameters that must be filled in, symbol or settleCoin or baseCoin")
        by_id = params.get("orderId") or params.get("orderLinkId")
        if by_id:
            found = self._by_id(params)
            first = len(venue.ended) - MOST_RECENT_ENDED
            rows: Iterable[OrderRecord] = [found] if found and (found.is_open or found.ended_as >= first) else []
        elif params.get("openOnly") in ("1", "2"):
            rows = reversed(venue.ended[-MOST_RECENT_ENDED:])
        else:
            rows = sorted(venue.open.values(), key=lambda item: -item.position)
        return self._orders(rows, params, category)

    def history(self, params: Params, key: ApiKey) -> dict[str, Any]:
        """Orders that have ended, of the last seven days unless a time is told."""
        category = _category(params)
        since, until = window(params, self._venue.clock.now_ms())
        found = self._by_id(params) if params.get("orderId") or params.get("orderLinkId") else None
        if params.get("orderId") or params.get("orderLinkId"):
            rows: Iterable[OrderRecord] = [found] if found and not found.is_open else []
        else:
            ended = sorted(self._venue.ended, key=lambda item: -item.position)
            rows = (item for item in ended if since <= item.created_ms <= until)
        if status := params.get("orderStatus"):
            rows = (item for item in rows if item.status == status)
        return self._orders(rows, params, category)

    def _by_id(self, params: Params) -> OrderRecord | None:
        if order_id := params.get("orderId"):
            return self._venue.orders.get(str(order_id))
        return self._venue.links.get(str(params.get("orderLinkId")))

    def _orders(self, rows: Iterable[OrderRecord], params: Params, category: str) -> dict[str, Any]:
        now_ms = self._venue.clock.now_ms()
        wanted = (item for item in rows if item.visible_ms <= now_ms and _is_wanted(item, params, category))
        limit = limit_of(params, 20, 50)
        found, cursor = page(wanted, lambda item: item.position, str(params.get("cursor") or ""), limit)
        return {"category": category, "list": [item.told() for item in found], "nextPageCursor": cursor}

    # --- executions, money ---------------------------------------------------------------------------------------

    def executions(self, params: Params, key: ApiKey) -> dict[str, Any]:
        category = _category(params)
        since, until = window(params, self._venue.clock.now_ms())
        rows = (
            item
            for item in reversed(self._venue.executions)
            if since <= item.time_ms <= until
            and _is_wanted(item.order, params, category)
            and params.get("execType") in (None, item.kind)
            and params.get("orderId") in (None, item.order.order_id)
            and (params.get("orderId") or params.get("orderLinkId") in (None, item.order.link_id))
        )
        limit = limit_of(params, 50, 100)
        found, cursor = page(rows, lambda item: item.sequence, str(params.get("cursor") or ""), limit)
        told = [item.told(is_streamed=False) for item in found]
        return {"category": category, "list": told, "nextPageCursor": cursor}

    def wallet(self, params: Params, key: ApiKey) -> dict[str, Any]:
        if params.get("accountType") != "UNIFIED":
            raise Refused(10001, "accountType only support UNIFIED.")
        coins = frozenset(filter(None, str(params.get("coin") or "").split(",")))
        return {"list": [wallet_told(self._venue, coins)]}

    def positions(self, params: Params, key: ApiKey) -> dict[str, Any]:
        """All positions that are held; with a symbol that one, held or not."""
        venue, category = self._venue, _category(params)
        if symbol := params.get("symbol"):
            rows = [venue.listing(category, str(symbol))]
        else:
            if category == "linear" and not (params.get("settleCoin") or params.get("baseCoin")):
                raise Refused(10001, "Missing some parameters that must be filled in, symbol or settleCoin")
            held = [venue.by_symbol[name] for name, item in venue.state.positions.items() if item.quantity]
            settle = params.get("settleCoin")
            rows = [item for item in held if item.category == category and settle in (None, item.instrument.settle)]
        order = {id(item): number for number, item in enumerate(venue.listings.values())}
        found, cursor = page(
            sorted(rows, key=lambda item: -order[id(item)]),
            lambda item: order[id(item)],
            str(params.get("cursor") or ""),
            limit_of(params, 20, 200),
        )
        told = [position_told(venue, item) for item in found]
        return {"category": category, "list": told, "nextPageCursor": cursor}

    # --- the key and the account ---------------------------------------------------------------------------------

    def account(self, params: Params, key: ApiKey) -> dict[str, Any]:
        return {
            "marginMode": self._venue.margin_mode,
            "updatedTime": "1697078946000",
            "unifiedMarginStatus": 6,
            "dcpStatus": "OFF",
            "timeWindow": 10,
            "smpGroup": 0,
            "isMasterTrader": False,
            "spotHedgingStatus": "OFF",
        }

    def key_information(self, params: Params, key: ApiKey) -> dict[str, Any]:
        return {
            "id": "13770661",
            "note": "desk",
            "apiKey": key.key,
            "readOnly": int(key.read_only),
            "secret": "",
            "permissions": key.permissions,
            "ips": list(key.ips),
            "type": 1,
            "deadlineDay": -1 if key.expired else 83,
            "expiredAt": "2020-01-01T00:00:00Z" if key.expired else key.expires_at,
            "createdAt": "2022-10-16T02:24:40Z",
            "unified": 0,
            "uta": 1,
            "userID": 24600000,
            "inviterID": 0,
            "vipLevel": "No VIP",
            "mktMakerLevel": "0",
            "affiliateID": 0,
            "rsaPublicKey": "",
            "isMaster": True,
            "parentUid": "0",
            "kycLevel": "LEVEL_DEFAULT",
            "kycRegion": "",
        }


def _is_wanted(order: OrderRecord, params: Params, category: str) -> bool:
    item = order.listing
    filters = params.get("orderFilter")
    return (
        item.category == category
        and params.get("symbol") in (None, item.id)
        and params.get("settleCoin") in (None, item.instrument.settle)
        and params.get("baseCoin") in (None, item.instrument.base)
        and (filters in (None, order.order_filter) or (filters == "StopOrder" and order.order_filter == "tpslOrder"))
    )


def _category(params: Params) -> str:
    category = params.get("category")
    if category not in ("linear", "inverse", "spot", "option"):
        raise Refused(10001, "params error: Category is invalid")
    return str(category)


def window(params: Params, now_ms: int) -> tuple[int, int]:
    """At most seven days; those up to now where nothing is told."""
    try:
        since = int(params["startTime"]) if params.get("startTime") else None
        until = int(params["endTime"]) if params.get("endTime") else None
    except ValueError:
        raise Refused(10001, "params error: startTime and endTime are milliseconds") from None
    if since is None:
        return (until or now_ms) - 7 * DAY_MS, until or now_ms
    if until is None:
        return since, since + 7 * DAY_MS
    if until < since:
        raise Refused(10001, "startTime cannot be greater than endTime")
    if until - since > 7 * DAY_MS:
        raise Refused(10001, "The time range between startTime and endTime cannot exceed 7 days")
    return since, until
