"""Bybit v5 through ccxt: one-way positions of a unified account on spot, linear and inverse contracts."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar

from exchange.bucket import Rate
from exchange.checkup import KeyRights
from exchange.connection import MarginMode
from exchange.dialects.bybit_answers import code_of, judge
from exchange.dialects.bybit_words import (
    Market,
    creation,
    has_triggered,
    market_from,
    market_of,
    order_from,
    reason_of,
    reports_from,
)
from exchange.dialects.dialect import AccountFacts, Ask, BestPrices, HoldingsNews, News, OrderNews
from exchange.dialects.reading import Raw, header, number, number_or_none, whole
from exchange.driver import Clock, hang_up, moment
from exchange.errors import Refusal, Refused, Unclear, VenueError
from exchange.limiter import Allowance, Group
from portfolio.model.fill import VenueReport
from portfolio.model.identifiers import ClientOrderId, Symbol, has_our_form
from portfolio.model.instrument import Family, Instrument, family_of
from portfolio.model.order import Order, OrderStatus
from portfolio.model.venue import Balance, VenuePosition

PAGE = 50
MOST_PAGES = 2000
MOST_TICKERS = 8
EXECUTIONS_PAGE = 100
EXECUTIONS_SPAN = timedelta(days=7)
_OPTIONS: Mapping[str, Any] = {
    "defaultType": "swap",
    "enableUnifiedMargin": False,
    "enableUnifiedAccount": True,
    "unifiedMarginStatus": 6,
    "brokerId": "Quartermaster",
}
_HOLDINGS = ("position", "wallet")
_NO_PROTECTION = {"takeProfit": "0", "stopLoss": "0"}
_CATEGORY_OF = {Family.LINEAR: "linear", Family.INVERSE: "inverse", Family.SPOT: "spot"}
_MARGIN_MODES = {"REGULAR_MARGIN": "cross", "ISOLATED_MARGIN": "isolated", "PORTFOLIO_MARGIN": "portfolio"}


class BybitDialect:
    """Implements `exchange.dialects.dialect.Dialect`. Rates are a little below those that Bybit documents, until it
    tells what it grants. TRADE has the endpoints of orders alone, which it limits alike; all that comes from one
    address is 600 requests in five seconds at most."""

    rates: ClassVar[Mapping[Group, Rate]] = {
        Group.TRADE: Rate(per_second=9, burst=9, reserve=2),
        Group.QUERY: Rate(per_second=20, burst=40),
        Group.PUBLIC: Rate(per_second=20, burst=40),
        Group.PROTECTION: Rate(per_second=9, burst=9),
    }
    address_rate: ClassVar[Rate | None] = Rate(per_second=100, burst=100, reserve=20)
    options: ClassVar[Mapping[str, Any]] = _OPTIONS
    has_stream: ClassVar[bool] = True
    polls_every_s: ClassVar[float] = 2.0

    def __init__(self, api: Any, ask: Ask, clock: Clock) -> None:
        self._api = api
        self._ask = ask
        self._clock = clock
        self._markets: dict[Symbol, Market] = {}
        self._by_id: dict[tuple[str, str], Market] = {}
        self._delisted: frozenset[Symbol] = frozenset()
        self._in_use: tuple[Market, ...] = ()
        self._best: dict[Symbol, tuple[Decimal, Decimal]] = {}
        self._switch = False

    # --- what an answer says ---------------------------------------------------------------------------------------

    def judge(self, status: int, headers: Mapping[str, str], answer: Any) -> VenueError | None:
        return judge(status, headers, answer, self._clock.now_ms())

    def allowance(self, headers: Mapping[str, str]) -> Allowance:
        left = whole(header(headers, "X-Bapi-Limit-Status"))
        reset = whole(header(headers, "X-Bapi-Limit-Reset-Timestamp"))
        granted = whole(header(headers, "X-Bapi-Limit"))
        reset_in_s = None if reset is None else max(0.0, (reset - self._clock.now_ms()) / 1000)
        return Allowance(left, reset_in_s, per_second=float(granted) if granted else None)

    def time_of(self, headers: Mapping[str, str], answer: Any) -> datetime | None:
        told = answer.get("time") if code_of(answer) is not None else None
        return moment(told) if str(told or "").isdigit() else None

    # --- what there is ---------------------------------------------------------------------------------------------

    async def load(self, symbols: Iterable[Symbol], held: Mapping[Symbol, Instrument]) -> None:
        """Markets of the families that the symbols are of; what is held and not listed is as it was told before."""
        wanted = frozenset(symbols) | held.keys()
        categories = dict.fromkeys(_CATEGORY_OF[family_of(symbol)] for symbol in sorted(wanted))
        rows = [row for category in categories for row in await self._instruments_of(category)]
        loaded = self._api.set_markets(rows)
        known = {name: market for name, row in loaded.items() if (market := market_of(row)) is not None}
        inactive = frozenset(name for name, row in loaded.items() if name in known and not row["active"])
        self._delisted = inactive | (wanted - known.keys())
        gone = {symbol: market_from(held[symbol]) for symbol in held.keys() - known.keys()}
        self._markets = gone | self._markets | known  # what is gone is still read and cancelled
        self._by_id = {(market.category, market.id): market for market in self._markets.values()}
        self._in_use = tuple(self._markets[symbol] for symbol in sorted(wanted) if symbol in self._markets)

    async def _instruments_of(self, category: str) -> list[Any]:
        fetch = self._api.fetch_spot_markets if category == "spot" else self._api.fetch_future_markets
        holder: list[Any] = []

        async def request() -> None:
            holder.extend(await fetch({"category": category}))

        await self._ask(Group.PUBLIC, request)
        return holder

    def instruments(self) -> dict[Symbol, Instrument]:
        return {name: market.instrument for name, market in self._markets.items()}

    def delisted(self) -> frozenset[Symbol]:
        return self._delisted

    async def prepare(self, symbols: Sequence[Symbol], leverage: Decimal, margin_mode: MarginMode) -> None:
        wanted = "ISOLATED_MARGIN" if margin_mode is MarginMode.ISOLATED else "REGULAR_MARGIN"
        info = await self._ask(Group.QUERY, self._api.privateGetV5AccountInfo)
        if (now := info["result"].get("marginMode")) and now != wanted:
            body = {"setMarginMode": wanted}
            await self._change(partial(self._api.privatePostV5AccountSetMarginMode, body))
        for symbol in symbols:
            market = self._markets.get(symbol)
            if market is not None and market.category != "spot" and symbol not in self._delisted:
                text = format(min(leverage, market.instrument.max_leverage), "f")
                body = {"category": market.category, "symbol": market.id, "buyLeverage": text, "sellLeverage": text}
                await self._change(partial(self._api.privatePostV5PositionSetLeverage, body))

    async def _change(self, request: Any) -> None:
        """It is so now, whether it was so before or not."""
        try:
            await self._ask(Group.QUERY, request)
        except Refused as refused:
            if refused.refusal is not Refusal.UNCHANGED:
                raise

    async def probe(self, within_s: float) -> None:
        await self._wallets(within_s)

    async def account_facts(self) -> AccountFacts:
        answer = await self._ask(Group.QUERY, self._api.privateGetV5UserQueryApi)
        info = await self._ask(Group.QUERY, self._api.privateGetV5AccountInfo)
        result = answer["result"]
        permissions = result.get("permissions") or {}
        trades = any(permissions.get(part) for part in ("ContractTrade", "Spot", "Derivatives"))
        read_only = str(result.get("readOnly") or 0) == "1"
        rights = KeyRights(
            can_trade=trades and not read_only,
            can_withdraw="Withdraw" in (permissions.get("Wallet") or ()),
            read_only=read_only,
            expires_at=_rfc3339(result.get("expiredAt")),
        )
        mode = info["result"].get("marginMode")
        return AccountFacts(rights, await self._is_hedged(), _MARGIN_MODES.get(mode, mode))

    async def _is_hedged(self) -> bool | None:
        """Asked for one symbol, Bybit tells its positions even where they are empty: in hedge mode two, 1 and 2."""
        rows: list[Raw] = []
        for market in self._in_use:
            if market.category != "spot" and market.symbol not in self._delisted:
                query = {"category": market.category, "symbol": market.id}
                answer = await self._ask(Group.QUERY, partial(self._api.privateGetV5PositionList, query))
                rows.extend(answer["result"]["list"])
        return any(str(row.get("positionIdx") or 0) != "0" for row in rows) if rows else None

    # --- orders ----------------------------------------------------------------------------------------------------

    async def create(self, order: Order) -> str:
        body = creation(order, self._market(order.symbol))
        request = partial(self._api.privatePostV5OrderCreate, body)
        answer = await self._ask(Group.TRADE, request, urgent=order.is_exit)
        return str(answer["result"]["orderId"])

    async def amend(self, order: Order) -> None:
        market = self._market(order.symbol)
        body = self._address(order, market) | {"qty": format(order.quantity, "f")}
        if order.order_type.has_limit and order.price is not None:
            body["price"] = format(order.price, "f")
        if order.stop_price is not None and not order.triggered:
            body["triggerPrice"] = format(order.stop_price, "f")
        try:
            await self._ask(Group.TRADE, partial(self._api.privatePostV5OrderAmend, body), urgent=order.is_exit)
        except Refused as refused:
            if refused.refusal is not Refusal.UNCHANGED:
                raise

    async def cancel(self, order: Order) -> None:
        body = self._address(order, self._market(order.symbol))
        if body["category"] != "spot":
            await self._cancel(body)
            return
        may_wait = order.stop_price is not None and not order.triggered
        try:
            await self._cancel(body | {"orderFilter": "StopOrder" if may_wait else "Order"})
        except Refused as refused:
            if refused.refusal is not Refusal.NOT_FOUND or order.stop_price is None:
                raise
            await self._cancel(body | {"orderFilter": "Order" if may_wait else "StopOrder"})

    async def _cancel(self, body: dict[str, Any]) -> None:
        await self._ask(Group.TRADE, partial(self._api.privatePostV5OrderCancel, body), urgent=True)

    async def detach(self, symbol: Symbol, entry: ClientOrderId, *, rests: bool) -> None:
        """First of the order, whose next fill would bring it back. A position that is closed has none."""
        market = self._market(symbol)
        address = {"category": market.category, "symbol": market.id}
        if rests:
            order = {**address, "orderLinkId": entry, **_NO_PROTECTION}
            try:
                await self._ask(Group.TRADE, partial(self._api.privatePostV5OrderAmend, order))
            except Refused as refused:
                if refused.refusal not in (Refusal.UNCHANGED, Refusal.NOT_FOUND):
                    raise
        position = {**address, "tpslMode": "Full", "positionIdx": 0, **_NO_PROTECTION}
        await self._ask(Group.PROTECTION, partial(self._api.privatePostV5PositionTradingStop, position))

    async def find(self, order: Order) -> OrderNews | None:
        market = self._market(order.symbol)
        query = self._address(order, market)
        for fetch in (self._api.privateGetV5OrderRealtime, self._api.privateGetV5OrderHistory):
            answer = await self._ask(Group.QUERY, partial(fetch, query), urgent=True)
            for row in answer["result"]["list"]:
                if order.client_order_id in _ids(row):
                    return self._news(row, market)
        return None

    async def executions_of(self, symbol: Symbol, order_id: ClientOrderId) -> list[VenueReport]:
        """By the venue's own id for an order that has no other."""
        market = self._market(symbol)
        for key in ("orderLinkId", "orderId"):
            query = {"category": market.category, "symbol": market.id, key: order_id, "limit": EXECUTIONS_PAGE}
            rows = [row async for row in self._pages(self._api.privateGetV5ExecutionList, query, urgent=True)]
            if mine := [(row, market) for row in rows if order_id in _ids(row)]:
                return reports_from(mine)
            if has_our_form(order_id):
                break
        return []

    def _market(self, symbol: Symbol) -> Market:
        if symbol not in self._markets:
            raise Refused(Refusal.SYMBOL, "", f"the venue has no market {symbol}")
        return self._markets[symbol]

    @staticmethod
    def _address(order: Order, market: Market) -> dict[str, Any]:
        """By its client order id; one that was adopted without has only the venue's."""
        key = "orderId" if order.client_order_id == order.venue_order_id else "orderLinkId"
        return {"category": market.category, "symbol": market.id, key: order.client_order_id}

    # --- the account -----------------------------------------------------------------------------------------------

    async def open_orders(self) -> list[OrderNews]:
        found: dict[str, OrderNews] = {}
        for query in self._scopes(orders=True):
            async for row in self._pages(self._api.privateGetV5OrderRealtime, {**query, "openOnly": 0, "limit": PAGE}):
                market = self._by_id.get((query["category"], row["symbol"]))
                if market is not None:
                    news = self._news(row, market)
                    found[news.order.venue_order_id] = news
        return [news for news in found.values() if news.order.status is OrderStatus.OPEN]

    async def positions(self) -> list[VenuePosition]:
        held: dict[Symbol, VenuePosition] = {}
        async for row, category in self._position_rows():
            market, size = self._by_id.get((category, row["symbol"])), number(row.get("size"))
            if market is not None and size:
                entry_price = number_or_none(row.get("avgPrice"))
                quantity = _signed_size(row)
                held[market.symbol] = VenuePosition(symbol=market.symbol, quantity=quantity, entry_price=entry_price)
        return list(held.values())

    async def _position_rows(self) -> AsyncIterator[tuple[Raw, str]]:
        for query in self._scopes(orders=False):
            if query["category"] != "spot":
                async for row in self._pages(self._api.privateGetV5PositionList, {**query, "limit": PAGE}):
                    yield row, query["category"]

    async def balances(self) -> list[Balance]:
        answer = await self._wallets()
        coins = [coin for account in answer["result"]["list"] for coin in account["coin"]]
        balances = {coin["coin"]: balance_of(coin) for coin in coins}
        return list(balances.values())

    async def _wallets(self, within_s: float | None = None) -> Any:
        fetch = partial(self._api.privateGetV5AccountWalletBalance, {"accountType": "UNIFIED"})
        return await self._ask(Group.QUERY, fetch, within_s=within_s)

    async def executions(self, since: datetime) -> list[VenueReport]:
        """Bybit tells seven days at a time."""
        rows: dict[str, tuple[Raw, Market]] = {}
        until = datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC) + timedelta(minutes=1)
        for category in dict.fromkeys(market.category for market in self._in_use):
            start = since
            while start < until:
                end = min(start + EXECUTIONS_SPAN, until)
                query = {
                    "category": category,
                    "startTime": int(start.timestamp() * 1000),
                    "endTime": int(end.timestamp() * 1000),
                    "limit": EXECUTIONS_PAGE,
                }
                async for row in self._pages(self._api.privateGetV5ExecutionList, query):
                    market = self._by_id.get((category, row["symbol"]))
                    if market is not None:
                        rows[row["execId"]] = (row, market)
                start = end
        return reports_from(rows.values())

    def _scopes(self, *, orders: bool) -> list[dict[str, Any]]:
        """The queries that cover the symbols in use: linear by settle coin, inverse by symbol, spot at once. A symbol
        that is listed no more is none that Bybit has to know: it is asked for by its settle coin."""
        scopes: dict[tuple[str, str], dict[str, Any]] = {}
        for market in self._in_use:
            is_known = market.symbol not in self._delisted
            if market.category == "linear" or (market.category == "inverse" and not is_known):
                query = {"category": market.category, "settleCoin": market.instrument.settle}
            elif market.category == "inverse":
                query = {"category": "inverse", "symbol": market.id}
            else:
                query = {"category": "spot"}
            scopes[market.category, query.get("settleCoin") or query.get("symbol") or ""] = query
            if market.category == "spot" and orders:
                scopes["spot", "stops"] = {"category": "spot", "orderFilter": "StopOrder"}
        return list(scopes.values())

    async def _pages(self, fetch: Any, query: dict[str, Any], *, urgent: bool = False) -> AsyncIterator[Raw]:
        cursor = ""
        for _ in range(MOST_PAGES):
            page = query | ({"cursor": cursor} if cursor else {})
            answer = await self._ask(Group.QUERY, partial(fetch, page), urgent=urgent)
            result = answer["result"]
            for row in result["list"]:
                yield row
            following = result.get("nextPageCursor") or ""
            if not following or following == cursor or not result["list"]:
                return
            cursor = following
        raise Unclear("the venue's list has no end")

    async def best_prices(self, symbols: Sequence[Symbol]) -> list[BestPrices]:
        """A few are asked for one by one, many by whole categories. What has no price is left out."""
        markets = [self._market(symbol) for symbol in symbols]
        queries = [{"category": market.category, "symbol": market.id} for market in markets]
        if len(queries) > MOST_TICKERS:
            queries = [{"category": category} for category in sorted({market.category for market in markets})]
        wanted, prices = {(market.category, market.id): market.symbol for market in markets}, []
        for query in queries:
            answer = await self._ask(Group.PUBLIC, partial(self._api.publicGetV5MarketTickers, query))
            for row in answer["result"]["list"]:
                symbol = wanted.get((query["category"], row.get("symbol")))
                bid, ask = number(row.get("bid1Price")), number(row.get("ask1Price"))
                if symbol is not None and 0 < bid <= ask:
                    prices.append(BestPrices(symbol, bid, ask))
        return prices

    async def cancel_all_after(self, seconds: float) -> None:
        """Bybit's switch acts when the private stream has been down for so long, 3 to 300 s."""
        self._switch = True
        for product in sorted({"SPOT" if item.category == "spot" else "DERIVATIVES" for item in self._in_use}):
            body = {"product": product, "timeWindow": min(300, max(3, round(seconds)))}
            await self._ask(Group.QUERY, partial(self._api.privatePostV5OrderDisconnectedCancelAll, body))

    # --- streams ---------------------------------------------------------------------------------------------------

    async def hear_account(self) -> None:
        """The venue's switch acts on links that have asked for it."""
        url = await self._api.get_url_by_market_type(None, True, "watchOrders", {})
        topics = ["order", "execution", *_HOLDINGS, *(["dcp.future", "dcp.spot"] if self._switch else [])]
        try:
            await self._api.authenticate(url)
            await self._api.watch_topics(url, topics, topics)
        finally:
            await hang_up(self._api, url)

    async def hear_prices(self, symbols: Sequence[Symbol]) -> None:
        """One link for each category; where one breaks, all are made anew."""
        async with asyncio.TaskGroup() as tasks:
            for category in _CATEGORY_OF.values():
                own = [symbol for symbol in symbols if self._market(symbol).category == category]
                if own:
                    tasks.create_task(self._hear_category(own))

    async def _hear_category(self, symbols: list[Symbol]) -> None:
        url = await self._api.get_url_by_market_type(symbols[0], False, "watchBidsAsks", {})
        try:
            await self._api.watch_bids_asks(symbols)
        finally:
            await hang_up(self._api, url)

    def news_of(self, url: str, message: Any) -> list[News] | None:
        """None for a frame that ccxt has to see: answers to `auth` and `subscribe`, pongs."""
        topic = message.get("topic") if isinstance(message, Mapping) else None
        if not isinstance(topic, str):
            return None
        if topic.startswith("orderbook."):
            return self._prices_of(url.rpartition("/")[2], message.get("data") or {}, message.get("type") == "snapshot")
        if topic.startswith("order"):
            return [self._news(row, market) for row, market in self._known(message)]
        if topic.startswith("execution"):
            return list(reports_from(self._known(message)))
        if topic == "position":
            held = tuple((market.symbol, _signed_size(row)) for row, market in self._known(message))
            return [HoldingsNews(positions=held)]
        return [HoldingsNews(coins=_amounts(message["data"]))] if topic == "wallet" else None

    def is_account_link_up(self, url: str, message: Any) -> bool:
        is_answer = isinstance(message, Mapping) and message.get("op") == "subscribe"
        return is_answer and bool(message.get("success")) and "private" in url

    def _known(self, message: Any) -> list[tuple[Raw, Market]]:
        rows = [(row, self._by_id.get((row.get("category"), row.get("symbol")))) for row in message.get("data") or []]
        return [(row, market) for row, market in rows if market is not None]

    def _prices_of(self, category: str, book: Raw, is_whole: bool) -> list[News]:
        """The first level of the book; a part tells only the side that changed."""
        market = self._by_id.get((category, str(book.get("s"))))
        if market is None:
            return []
        bid, ask = (Decimal(0), Decimal(0)) if is_whole else self._best.get(market.symbol, (Decimal(0), Decimal(0)))
        bid, ask = _best_of(book.get("b"), bid), _best_of(book.get("a"), ask)
        self._best[market.symbol] = (bid, ask)
        return [BestPrices(market.symbol, bid, ask)] if 0 < bid <= ask else []

    @staticmethod
    def _news(row: Raw, market: Market) -> OrderNews:
        return OrderNews(order_from(row, market.symbol), reason_of(row), has_triggered(row))


def _ids(row: Raw) -> tuple[str | None, str | None]:
    return row.get("orderLinkId"), row.get("orderId")


def _rfc3339(text: Any) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None


def _signed_size(row: Raw) -> Decimal:
    size = number(row.get("size"))
    return size if row.get("side") == "Buy" else -size


def _amounts(accounts: Sequence[Raw]) -> tuple[tuple[str, Decimal], ...]:
    return tuple((coin["coin"], number(coin.get("walletBalance"))) for account in accounts for coin in account["coin"])


def _best_of(levels: Any, known: Decimal) -> Decimal:
    """The level with something on it; a size of zero takes one away."""
    for price, size in levels or ():
        if number(size):
            return number(price)
    return known


def balance_of(coin: Raw) -> Balance:
    """`locked` is what spot orders hold, the initial margins what contracts do, by their orders and positions."""
    return Balance(
        currency=coin["coin"],
        amount=number(coin.get("walletBalance")),
        in_orders=number(coin.get("locked")),
        in_margin=number(coin.get("totalOrderIM")) + number(coin.get("totalPositionIM")),
    )
