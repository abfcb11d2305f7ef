"""Requests under /v5: who asks, what is asked, and the answer as bytes."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import orjson

from tests.simulators.bybit import market
from tests.simulators.bybit.actions import Actions
from tests.simulators.bybit.answers import Refused, envelope
from tests.simulators.bybit.placing import Params
from tests.simulators.bybit.queries import Queries
from tests.simulators.bybit.signing import ApiKey, check
from tests.simulators.bybit.transactions import transactions
from tests.simulators.bybit.venue import Venue

Private = Callable[[Params, ApiKey], dict[str, Any]]
Public = Callable[[Params], dict[str, Any]]


class Rest:
    def __init__(self, venue: Venue, actions: Actions, queries: Queries, keys: Mapping[str, ApiKey]) -> None:
        self._venue = venue
        self._keys = keys
        self._public: dict[str, Public] = {
            "/v5/market/time": lambda params: market.server_time(venue, params),
            "/v5/market/instruments-info": lambda params: market.instruments(venue, params),
            "/v5/market/tickers": lambda params: market.tickers(venue, params),
            "/v5/market/orderbook": lambda params: market.order_book(venue, params),
        }
        self._posts: dict[str, Private] = {
            "/v5/order/create": actions.create,
            "/v5/order/cancel": actions.cancel,
            "/v5/order/amend": actions.amend,
            "/v5/order/cancel-all": actions.cancel_all,
            "/v5/order/disconnected-cancel-all": actions.disconnected_cancel_all,
            "/v5/position/set-leverage": actions.set_leverage,
            "/v5/position/switch-mode": actions.switch_mode,
            "/v5/position/switch-isolated": actions.switch_isolated,
            "/v5/position/trading-stop": actions.trading_stop,
            "/v5/account/set-margin-mode": actions.set_margin_mode,
        }
        self._gets: dict[str, Private] = {
            "/v5/order/realtime": queries.realtime,
            "/v5/order/history": queries.history,
            "/v5/execution/list": queries.executions,
            "/v5/position/list": queries.positions,
            "/v5/account/wallet-balance": queries.wallet,
            "/v5/account/transaction-log": lambda params, key: transactions(venue, params, key),
            "/v5/account/info": queries.account,
            "/v5/account/query-dcp-info": actions.dcp_information,
            "/v5/user/query-api": queries.key_information,
            "/v5/asset/coin/query-info": lambda _params, _key: market.coins(venue),
        }

    def answer(
        self,
        method: str,
        path: str,
        query: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        is_repeated: bool = False,
        checked_ms: int | None = None,
    ) -> tuple[int, bytes]:
        """HTTP status and body. `is_repeated` lists every row twice; `checked_ms` is when the signature was."""
        now_ms = self._venue.clock.now_ms()
        try:
            result = self._result(method, path, query, body, headers, checked_ms or now_ms)
        except Refused as refused:
            return refused.http_status, envelope(refused.code, refused.message, {}, now_ms)
        if is_repeated and "list" in result:
            result["list"] = [row for row in result["list"] for _ in range(2)]
        return 200, envelope(0, "OK", result, now_ms)

    def _result(
        self, method: str, path: str, query: str, body: bytes, headers: Mapping[str, str], now_ms: int
    ) -> dict[str, Any]:
        if method == "GET" and path in self._public:
            return self._public[path](dict(parse_qsl(query)))
        handler = (self._posts if method == "POST" else self._gets).get(path)
        if handler is None:
            raise Refused(10404, "path not found", 404)
        signed = body.decode("utf-8", "replace") if method == "POST" else query
        key = check(self._keys, headers, signed, now_ms)
        return handler(_object(body) if method == "POST" else dict(parse_qsl(query)), key)


def _object(body: bytes) -> dict[str, Any]:
    try:
        params = orjson.loads(body)
    except orjson.JSONDecodeError:
        params = None
    if not isinstance(params, dict):
        raise Refused(10001, "params error: the body is not a JSON object")
    return params
