"""What a venue tells by itself: its streams, kept up, and what is asked for while they are down."""

import asyncio
import contextlib
import math
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from functools import partial
from typing import Any

import structlog

from exchange.asking import UNREADABLE
from exchange.connection import VenueAccess
from exchange.dialects.dialect import BestPrices, Dialect, HoldingsNews, News, OrderNews
from exchange.errors import VenueError
from exchange.expected import Expected
from exchange.health import Health
from exchange.holdings import Holdings
from exchange.quotes import QuoteBoard
from exchange.tracker import Tracker
from exchange.worth import pricing
from portfolio.model.fill import OrderReport, VenueReport
from portfolio.model.identifiers import ClientOrderId, Symbol
from portfolio.model.order import Order
from portfolio.model.venue import Condition, VenueCondition, VenuePosition

log = structlog.get_logger("venue")

BACK_OFF_S = (0.5, 1.0, 2.0, 4.0, 8.0)
PROBE_EVERY_S = 5.0
PROBE_AGAIN_S = 1.0
PROBE_WITHIN_S = 1.9
PROBE_TWICE_AFTER_S = 0.7
COMPLETE_AFTER_S = 0.25
FIRST_LOOK_S = 1.0
FIRST_LOOK_UNLINKED_S = 0.25
PRICES_EVERY_S = 1.0
PRICE_MAY_REST_S = 2.0
MARKETS_EVERY_S = 300.0
COINS_EVERY_S = 20.0
LINK_UP_WITHIN_S = 10.0
HOLDINGS_EVERY_S = 0.25


class Listener:
    """Keeps the links of one account; `tell` gets every report, and the board every price."""

    def __init__(
        self,
        access: VenueAccess,
        dialect: Dialect,
        health: Health,
        quotes: QuoteBoard,
        tell: Callable[[VenueReport], None],
    ) -> None:
        self._access = access
        self._dialect = dialect
        self._health = health
        self._quotes = quotes
        self._tell = tell
        self._tracker = Tracker()
        self._expected = Expected()
        self._priced_at_s: dict[Symbol, float] = {}
        self._missed = asyncio.Event()
        self._markets_doubted = asyncio.Event()
        self._holdings = Holdings()
        self._is_linked = False
        self._streams = access.has_stream and dialect.has_stream
        self.is_prepared = False

    async def run(self, connect: Callable[[], Awaitable[None]]) -> None:
        """Listens until cancelled, once the venue has been reached."""
        await self._reach(connect)
        jobs = [self._probe(), self._complete(), self._ask_prices(), self._price_coins(), self._watch_markets()]
        if self._streams:
            jobs += [self._keep(self._hear_account, "account"), self._keep(self._hear_prices, "prices")]
            jobs.append(self._watch_holdings())
        if self._access.dead_mans_switch_s is not None:
            jobs.append(self._hold_switch(self._access.dead_mans_switch_s))
        jobs.append(self._poll())
        async with asyncio.TaskGroup() as tasks:
            for job in jobs:
                tasks.create_task(job)

    async def _reach(self, connect: Callable[[], Awaitable[None]]) -> None:
        tries = 0
        while not self.is_prepared:
            try:
                await connect()
            except VenueError as error:
                log.warning("venue not reached", account=self._access.account, error=error.detail)
                await asyncio.sleep(BACK_OFF_S[min(tries, len(BACK_OFF_S) - 1)])
                tries += 1
        self._missed.set()

    async def gap(self) -> None:
        """Returns once orders or executions may have been missed."""
        await self._missed.wait()
        self._missed.clear()

    def expect_news(self, order: Order) -> None:
        """The order was just sent or is to end: it is asked for if nobody tells of it."""
        self._expected.add(order, FIRST_LOOK_S if self._is_linked else FIRST_LOOK_UNLINKED_S)

    def note(self, reports: Iterable[VenueReport]) -> None:
        """These were told in answer to a question."""
        self._holdings.note(reports)

    def note_positions(self, positions: Iterable[VenuePosition]) -> None:
        """These are all that there are."""
        self._holdings.survey({position.symbol: position.quantity for position in positions})

    def doubt_markets(self) -> None:
        """An order's symbol was refused: whether the venue still trades it is asked for at once."""
        self._markets_doubted.set()

    # --- streams ---------------------------------------------------------------------------------------------------

    async def _keep(self, listen: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        """The link is made again and again, later each time it fails at once."""
        tries = 0
        while True:
            began_s = time.monotonic()
            try:
                async with asyncio.TaskGroup() as tasks:  # what ccxt cancels is a task of its own, not this one
                    tasks.create_task(listen())
            except Exception as error:  # noqa: BLE001 - whatever breaks a stream, it is made anew
                tell = log.debug if tries else log.warning  # once for each time that it goes down
                tell("stream down", account=self._access.account, stream=name, error=_named(error))
            if name == "account":
                self._is_linked = False
                self._holdings.begin()
                self._health.link_is(up=False)
                self._missed.set()
            if time.monotonic() - began_s > BACK_OFF_S[-1]:
                tries = 0
            await asyncio.sleep(BACK_OFF_S[min(tries, len(BACK_OFF_S) - 1)])
            tries += 1

    async def _hear_account(self) -> None:
        """The venue's switch acts only on links that were made after it was set."""
        if self._access.dead_mans_switch_s is not None:
            await self._try(partial(self._dialect.cancel_all_after, self._access.dead_mans_switch_s))
        async with asyncio.TaskGroup() as tasks:
            link = tasks.create_task(self._dialect.hear_account())
            guard = tasks.create_task(self._demand_link())
            link.add_done_callback(lambda _: guard.cancel())

    async def _demand_link(self) -> None:
        """Raises where the venue has taken the connection but tells nothing on it."""
        await asyncio.sleep(LINK_UP_WITHIN_S)
        if not self._is_linked:
            raise TimeoutError

    async def _hear_prices(self) -> None:
        await self._dialect.hear_prices(self._traded())

    def _traded(self) -> list[Symbol]:
        return sorted(self._access.symbols & self._dialect.instruments().keys() - self._dialect.delisted())

    def hear(self, url: str, message: Any) -> bool:
        """True for a frame that was understood here, so that ccxt need not read it."""
        try:
            news = self._dialect.news_of(url, message)
            if news is None:
                self._note_link(url, message)
                return False
            for item in news:
                self._take(item)
            if any(not isinstance(item, BestPrices) for item in news):
                self._link_is_up()
        except UNREADABLE as error:
            log.warning("frame not understood", account=self._access.account, error=_named(error))
            self._missed.set()
        return True

    def _note_link(self, url: str, message: Any) -> None:
        if self._dialect.is_account_link_up(url, message):
            self._link_is_up()

    def _link_is_up(self) -> None:
        """The venue tells of orders from now on; what it did before is asked for."""
        if not self._is_linked:
            self._is_linked = True
            self._health.link_is(up=True)
            self._missed.set()

    def _take(self, item: News) -> None:
        match item:
            case BestPrices(symbol, bid, ask):
                self._priced_at_s[symbol] = time.monotonic()
                self._quotes.put(self._access.account, symbol, bid, ask)
            case HoldingsNews():
                self._holdings.take(item)
            case OrderNews():
                self._expected.heard(item)
                if (report := self._tracker.take_order(item)) is not None:
                    self._tell(report)
            case OrderReport():
                self._holdings.note((item,))
                for told in self._tracker.take_executions(item):
                    self._tell(told)
            case _:
                self._holdings.note((item,))
                self._tell(item)

    async def _watch_holdings(self) -> None:
        """What is held and no execution explains makes a survey due: a deposit, an execution whose frame was lost."""
        while True:
            await asyncio.sleep(HOLDINGS_EVERY_S)
            if self._holdings.take_suspects():
                self._missed.set()

    # --- what is asked for -----------------------------------------------------------------------------------------

    async def _probe(self) -> None:
        """The connection stays warm, and what is wrong with the venue, the key or the clock is noticed. A question that
        is not answered soon is asked once more meanwhile: two without an answer are a venue that gives none."""
        while True:
            await asyncio.sleep(PROBE_EVERY_S if self._health.is_answered else PROBE_AGAIN_S)
            async with asyncio.TaskGroup() as tasks:
                first = tasks.create_task(self._try(partial(self._dialect.probe, PROBE_WITHIN_S)))
                if not (await asyncio.wait({first}, timeout=PROBE_TWICE_AFTER_S))[0]:
                    await self._try(partial(self._dialect.probe, PROBE_WITHIN_S))

    async def _poll(self) -> None:
        """While no stream tells of orders, a survey is due again and again."""
        while True:
            await asyncio.sleep(self._dialect.polls_every_s)
            if not self._is_linked:
                self._missed.set()

    async def _complete(self) -> None:
        """Orders that nobody told of in time, and those whose end came before their executions, are asked for."""
        while True:
            await asyncio.sleep(COMPLETE_AFTER_S)
            for symbol, order_id in self._tracker.take_due():
                await self._try(partial(self._ask_executions, symbol, order_id))
            for order in self._expected.take_due():
                await self._try(partial(self._ask_order, order))

    async def _ask_executions(self, symbol: Symbol, order_id: ClientOrderId) -> None:
        for report in await self._dialect.executions_of(symbol, order_id):
            self._take(report)

    async def _ask_order(self, order: Order) -> None:
        found = await self._dialect.find(order)
        if found is not None:
            if found.order.filled:
                await self._ask_executions(order.symbol, order.client_order_id)
            self._take(found)

    async def _ask_prices(self) -> None:
        """Prices that no stream has told lately."""
        while True:
            now = time.monotonic()
            stale = [s for s in self._traded() if now - self._priced_at_s.get(s, -math.inf) >= PRICE_MAY_REST_S]
            if stale:
                await self._try(partial(self._ask_best, stale))
            await asyncio.sleep(max(PRICES_EVERY_S, self._dialect.polls_every_s / 2))

    async def _ask_best(self, symbols: list[Symbol]) -> None:
        for prices in await self._dialect.best_prices(symbols):
            self._take(prices)

    async def _price_coins(self) -> None:
        """What lies in the wallets can be valued, traded here or not."""
        while True:
            await self._try(self._ask_worth)
            await asyncio.sleep(COINS_EVERY_S)

    async def _ask_worth(self) -> None:
        owned = [balance.currency for balance in await self._dialect.balances() if balance.amount]
        await self._ask_best(sorted(pricing(owned, self._dialect.instruments()) - self._access.symbols))

    async def _watch_markets(self) -> None:
        """A symbol that the venue trades no more, or again, is told of."""
        gone: frozenset[Symbol] = frozenset()
        while True:
            now = self._access.symbols - frozenset(self._traded())
            for symbol in sorted(now - gone):
                self._tell(
                    VenueCondition(condition=Condition.DELISTED, symbol=symbol, detail="the venue trades it no more")
                )
            for symbol in sorted(gone - now):
                self._tell(VenueCondition(condition=Condition.WORKING, symbol=symbol))
            gone = now
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(MARKETS_EVERY_S):
                    await self._markets_doubted.wait()
            self._markets_doubted.clear()
            await self._try(partial(self._dialect.load, self._access.symbols, self._access.held))

    async def _hold_switch(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds / 4)
            await self._try(partial(self._dialect.cancel_all_after, seconds))

    async def _try(self, ask: Callable[[], Awaitable[object]]) -> None:
        """What a venue does not answer now is asked again later; its condition is told of elsewhere."""
        try:
            await ask()
        except VenueError:
            pass
        except UNREADABLE as error:
            log.warning("answer not understood", account=self._access.account, error=_named(error))


def _named(error: BaseException) -> str:
    """The kinds of what went wrong, without their texts, which may hold an address with a signature."""
    return ", ".join(sorted({type(each).__name__ for each in _leaves(error)}))


def _leaves(error: BaseException) -> list[BaseException]:
    if not isinstance(error, BaseExceptionGroup):
        return [error]
    return [leaf for inner in error.exceptions for leaf in _leaves(inner)]
