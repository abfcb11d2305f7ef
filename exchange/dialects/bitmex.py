"""BitMEX through the last ccxt that had it: cross or isolated margin on linear and inverse perpetuals, and spot.

It is asked, not heard: without a stream, orders and prices are polled inside 120 requests a minute.
"""

import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar

from exchange.bucket import Rate
from exchange.checkup import KeyRights
from exchange.connection import MarginMode
from exchange.dialects.bitmex_answers import allowance, judge, refused, time_of
from exchange.dialects.bitmex_words import (
    Currency,
    Market,
    creation,
    currencies_from,
    has_triggered,
    market_of,
    order_from,
    position_of,
    reason_of,
    reports_from,
    wire_quantity,
)
from exchange.dialects.dialect import AccountFacts, Ask, BestPrices, News, OrderNews
from exchange.dialects.reading import Raw, number, number_or_none
from exchange.driver import Clock
from exchange.errors import Refusal, Refused, VenueError
from exchange.limiter import Allowance, Group
from portfolio.model.fill import VenueReport
from portfolio.model.identifiers import ClientOrderId, Symbol
from portfolio.model.instrument import Instrument
from portfolio.model.order import Order, OrderStatus
from portfolio.model.venue import Balance, VenuePosition

PAGE = 500


class BitmexDialect:
    """Implements `exchange.dialects.dialect.Dialect`.

    All groups share 120 requests a minute, which are the account's; 10 changes of orders a second are a second limit
    within it.
    """

    rates: ClassVar[Mapping[Group, Rate]] = {
        Group.TRADE: Rate(per_second=0.5, burst=10, reserve=2),
        Group.QUERY: Rate(per_second=1.1, burst=40),
        Group.PUBLIC: Rate(per_second=0.4, burst=10),
    }
    address_rate: ClassVar[Rate | None] = None
    options: ClassVar[Mapping[str, Any]] = {}
    has_stream: ClassVar[bool] = False
    polls_every_s: ClassVar[float] = 8.0

    def __init__(self, api: Any, ask: Ask, clock: Clock) -> None:
        self._api = api
        self._ask = ask
        self._clock = clock
        self._currencies: dict[str, Currency] = {}
        self._markets: dict[Symbol, Market] = {}
        self._by_id: dict[str, Market] = {}
        self._delisted: frozenset[Symbol] = frozenset()

    # --- what an answer says ---------------------------------------------------------------------------------------

    def judge(self, status: int, headers: Mapping[str, str], answer: Any) -> VenueError | None:
        return judge(status, headers, answer, self._clock.now_ms())

    def allowance(self, headers: Mapping[str, str]) -> Allowance:
        return allowance(headers)

    def time_of(self, headers: Mapping[str, str], answer: Any) -> datetime | None:
        return time_of(headers)

    # --- what there is ---------------------------------------------------------------------------------------------

    async def load(self, symbols: Iterable[Symbol], held: Mapping[Symbol, Instrument]) -> None:
        """Every market, as one answer lists them all. One that has been settled is left out by the venue."""
        self._currencies = currencies_from(await self._assets())
        rows = await self._ask(Group.PUBLIC, self._api.publicGetInstrumentActive)
        loaded = self._api.set_markets(self._api.parse_markets(rows))
        found = ((name, market_of(row, self._currencies)) for name, row in loaded.items())
        self._markets = {name: market for name, market in found if market is not None}
        self._by_id = {market.id: market for market in self._markets.values()}
        self._delisted = frozenset(name for name in self._markets if loaded[name]["info"].get("state") != "Open")

    async def _assets(self) -> list[Raw]:
        """The first request of all. BitMEX refuses it where this machine's clock is off, and so tells its own: even
        what needs no key is signed."""
        try:
            rows: list[Raw] = await self._ask(Group.PUBLIC, self._api.publicGetWalletAssets)
        except Refused as no:
            if no.refusal is not Refusal.CLOCK:
                raise
            rows = await self._ask(Group.PUBLIC, self._api.publicGetWalletAssets)
        return rows

    def instruments(self) -> dict[Symbol, Instrument]:
        return {name: market.instrument for name, market in self._markets.items()}

    def delisted(self) -> frozenset[Symbol]:
        return self._delisted

    async def prepare(self, symbols: Sequence[Symbol], leverage: Decimal, margin_mode: MarginMode) -> None:
        """Leverage of isolated positions is a position's; that of cross ones a contract's, told another way."""
        for symbol in symbols:
            market = self._market(symbol)
            if not market.instrument.is_spot:
                wanted = float(min(leverage, market.instrument.max_leverage))
                body = {"symbol": market.id, "leverage": wanted}
                if margin_mode is MarginMode.ISOLATED:
                    await self._ask(Group.TRADE, partial(self._api.privatePostPositionLeverage, body))
                else:
                    shared = {"symbol": market.id, "enabled": False}
                    await self._ask(Group.TRADE, partial(self._api.privatePostPositionIsolate, shared))
                    await self._ask(Group.TRADE, partial(self._api.privatePostPositionCrossLeverage, body))

    async def probe(self, within_s: float) -> None:
        await self._margins(within_s)

    async def account_facts(self) -> AccountFacts:
        """BitMEX lists the account's keys: ours is the one with our id."""
        rows = await self._ask(Group.QUERY, self._api.privateGetApiKey)
        own = next((row for row in rows if row.get("id") == self._api.apiKey), None)
        if own is None:
            return AccountFacts(KeyRights())
        permissions = frozenset(own.get("permissions") or ())
        rights = KeyRights(
            can_trade="order" in permissions and own.get("enabled") is not False,
            can_withdraw="withdraw" in permissions,
            read_only=not permissions,
        )
        return AccountFacts(rights)

    # --- orders ----------------------------------------------------------------------------------------------------

    async def create(self, order: Order) -> str:
        body = creation(order, self._market(order.symbol))
        request = partial(self._api.privatePostOrder, body)
        answer = await self._ask(Group.TRADE, request, urgent=order.is_exit)
        return str(answer["orderID"])

    async def amend(self, order: Order) -> None:
        market = self._market(order.symbol)
        body = _address(order, "origClOrdID") | {"orderQty": wire_quantity(order.quantity, market)}
        if order.order_type.has_limit and order.price is not None:
            body["price"] = float(order.price)
        if order.stop_price is not None and not order.triggered:
            body["stopPx"] = float(order.stop_price)
        try:
            await self._ask(Group.TRADE, partial(self._api.privatePutOrder, body), urgent=order.is_exit)
        except Refused as no:
            if no.refusal is not Refusal.UNCHANGED:
                raise

    async def cancel(self, order: Order) -> None:
        """An order that has ended is told in a sound answer, beside an `error` of its own."""
        request = partial(self._api.privateDeleteOrder, _address(order, "clOrdID"))
        rows = await self._ask(Group.TRADE, request, urgent=True)
        if error := rows[0].get("error"):
            raise refused(str(error), 200)

    async def detach(self, symbol: Symbol, entry: ClientOrderId, *, rests: bool) -> None:
        """BitMEX attaches nothing to a position."""

    async def find(self, order: Order) -> OrderNews | None:
        """One endpoint has resting and ended orders alike."""
        ((name, order_id),) = _address(order, "clOrdID").items()
        query = {"filter": json.dumps({name: order_id}), "reverse": "true"}
        rows = await self._ask(Group.QUERY, partial(self._api.privateGetOrder, query), urgent=True)
        market = self._market(order.symbol)
        for row in rows:
            if row.get(name) == order_id:
                return self._news(row, self._by_id.get(row["symbol"], market))
        return None

    async def executions_of(self, symbol: Symbol, order_id: ClientOrderId) -> list[VenueReport]:
        query = {"filter": json.dumps({"clOrdID": order_id})}
        return await self._reports(query, urgent=True)

    def _market(self, symbol: Symbol) -> Market:
        if symbol not in self._markets:
            raise Refused(Refusal.SYMBOL, "", f"the venue has no market {symbol}")
        return self._markets[symbol]

    # --- the account -----------------------------------------------------------------------------------------------

    async def open_orders(self) -> list[OrderNews]:
        query = {"filter": json.dumps({"open": True})}
        found: dict[str, OrderNews] = {}
        async for row, market in self._pages(self._api.privateGetOrder, query):
            found[row["orderID"]] = self._news(row, market)
        return [news for news in found.values() if news.order.status is OrderStatus.OPEN]

    async def positions(self) -> list[VenuePosition]:
        rows = await self._ask(Group.QUERY, partial(self._api.privateGetPosition, {"count": PAGE}))
        held = []
        for row in rows:
            market, quantity = self._by_id.get(row["symbol"]), position_of(row)
            if market is not None and quantity:
                entry = number_or_none(row.get("avgEntryPrice"))
                held.append(VenuePosition(symbol=market.symbol, quantity=quantity, entry_price=entry))
        return held

    async def balances(self) -> list[Balance]:
        rows = await self._margins()
        balances = []
        for row in rows:
            currency = self._currencies.get(row["currency"])
            if currency is not None:
                amount, orders, held = (
                    number(row.get(name)) / currency.scale for name in ("walletBalance", "initMargin", "maintMargin")
                )
                balances.append(Balance(currency=currency.code, amount=amount, in_margin=orders + held))
        return balances

    async def _margins(self, within_s: float | None = None) -> Any:
        fetch = partial(self._api.privateGetUserMargin, {"currency": "all"})
        return await self._ask(Group.QUERY, fetch, within_s=within_s)

    async def executions(self, since: datetime) -> list[VenueReport]:
        return await self._reports({"startTime": since.astimezone(UTC).isoformat(timespec="milliseconds")})

    async def _reports(self, query: dict[str, Any], *, urgent: bool = False) -> list[VenueReport]:
        rows: dict[str, tuple[Raw, Market]] = {}
        async for row, market in self._pages(self._api.privateGetExecutionTradeHistory, query, urgent=urgent):
            rows[row["execID"]] = (row, market)
        return reports_from(rows.values(), self._currencies)

    async def _pages(
        self, fetch: Any, query: dict[str, Any], *, urgent: bool = False
    ) -> AsyncIterator[tuple[Raw, Market]]:
        """Every row of a symbol that the desk can trade, oldest first."""
        start = 0
        while True:
            page = {**query, "count": PAGE, "start": start}
            rows = await self._ask(Group.QUERY, partial(fetch, page), urgent=urgent)
            for row in rows:
                market = self._by_id.get(row["symbol"])
                if market is not None:
                    yield row, market
            if len(rows) < PAGE:
                return
            start += PAGE

    async def best_prices(self, symbols: Sequence[Symbol]) -> list[BestPrices]:
        """One request for all of them."""
        ids = [self._market(symbol).id for symbol in symbols]
        query = {"filter": json.dumps({"symbol": ids}), "count": PAGE}
        rows = await self._ask(Group.PUBLIC, partial(self._api.publicGetInstrument, query))
        prices = []
        for row in rows:
            market, bid, ask = self._by_id.get(row["symbol"]), number(row.get("bidPrice")), number(row.get("askPrice"))
            if market is not None and 0 < bid <= ask:
                prices.append(BestPrices(market.symbol, bid, ask))
        return prices

    async def cancel_all_after(self, seconds: float) -> None:
        """In milliseconds, which ccxt's own call divides by a thousand."""
        body = {"timeout": round(seconds * 1000)}
        await self._ask(Group.QUERY, partial(self._api.privatePostOrderCancelAllAfter, body), urgent=True)

    # --- streams: none ---------------------------------------------------------------------------------------------

    async def hear_account(self) -> None:
        raise NotImplementedError("BitMEX is asked, not heard")

    async def hear_prices(self, symbols: Sequence[Symbol]) -> None:
        raise NotImplementedError("BitMEX is asked, not heard")

    def news_of(self, url: str, message: Any) -> list[News] | None:
        return None

    def is_account_link_up(self, url: str, message: Any) -> bool:
        return False

    @staticmethod
    def _news(row: Raw, market: Market) -> OrderNews:
        return OrderNews(order_from(row, market), reason_of(row), has_triggered(row))


def _address(order: Order, name: str) -> dict[str, Any]:
    """By our id; an order that somebody placed without one is known by the venue's."""
    if order.client_order_id == order.venue_order_id:
        return {"orderID": order.venue_order_id}
    return {name: order.client_order_id}
