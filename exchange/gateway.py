"""The one ccxt interface: an account at a real venue, whatever its dialect, behind the port that paper has too.

A send ends as accepted, refused, not sent or unknown, by what left and what came back; see `exchange.errors`.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import structlog

from exchange.address import Addresses
from exchange.asking import UNREADABLE, Asker, departures, unreadable
from exchange.checkup import Trouble, VenueCheckup, missing_among
from exchange.comparing import difference
from exchange.connection import VenueAccess
from exchange.dialects.dialect import Dialect, OrderNews
from exchange.driver import Clock, make_driver
from exchange.errors import NotSent, Refusal, Refused, VenueError
from exchange.health import Health, condition_of
from exchange.limiter import Limiter
from exchange.listening import Listener
from exchange.lookups import Absences
from exchange.quotes import QuoteBoard
from exchange.tracker import is_final, report_of, traded
from exchange.venues import dialect_of
from portfolio.model.effect import ShowPrice
from portfolio.model.fill import OrderReport, VenueReport
from portfolio.model.identifiers import ClientOrderId, Symbol
from portfolio.model.instrument import Instrument
from portfolio.model.order import TRANSITIONS, Order, OrderStatus
from portfolio.model.venue import Survey
from portfolio.ports import Unknown, Unsent

T = TypeVar("T")
U = TypeVar("U")
log = structlog.get_logger("venue")

CLOCK_PAUSE_S = 1.0
NOT_REACHED_PAUSE_S = 1.0
MOST_PREPARE_TRIES = 3
_NOTHING_THERE = frozenset({Refusal.UNCHANGED, Refusal.NOT_FOUND})
REFUSED_PAUSE_S = 30.0
NOT_REACHED = "the venue was not reached yet"


class Gateway:
    """Implements `portfolio.ports.Exchange`. Make it inside a running loop, `connect` it, and `close` it."""

    at_once = 16

    def __init__(self, access: VenueAccess, quotes: QuoteBoard, addresses: Addresses | None = None) -> None:
        """`addresses` are to be the same for everything that asks venues from here; without, the account is alone.

        Raises VenueError where this ccxt does not know the venue.
        """
        self._access = access
        self._clock = Clock()
        self._reports: list[VenueReport] = []
        self._absences = Absences(access.recv_window_s)
        kind = dialect_of(access.venue)
        self._health = Health(self._note)
        address = (addresses or Addresses()).of(access, kind.address_rate)
        secrets = (access.api_key, access.api_secret)
        self._ask = Asker(Limiter(kind.rates, address), self._health, self._clock, access.send_timeout_s, secrets)
        self._driver, self._session = make_driver(access, kind.options, self._clock, self._hear)
        self._dialect: Dialect = kind(self._driver, self._ask, self._clock)
        self._ask.dialect = self._dialect
        self._listener = Listener(access, self._dialect, self._health, quotes, self._note)
        self._news: Callable[[], None] = lambda: None
        self._prepare_tries = 0
        self._is_reached = False

    # --- life ------------------------------------------------------------------------------------------------------

    async def connect(self) -> dict[Symbol, Instrument]:
        """The venue's markets are known; answers their terms. Raises VenueError."""
        await self._understood(self._dialect.load(self._access.symbols, self._access.held))
        self._is_reached = True
        return self._dialect.instruments()

    async def prepare(self) -> None:
        """Leverage and margin mode are as configured. Raises VenueError."""
        symbols = sorted(self._access.symbols)
        await self._understood(self._dialect.prepare(symbols, self._access.leverage, self._access.margin_mode))
        self._listener.is_prepared = True

    async def reach(self) -> dict[Symbol, Instrument] | Trouble:
        """As `connect` and `prepare`; what could not be set is tried again while listening begins."""
        try:
            known = await self.connect()
        except VenueError as error:
            return Trouble(condition_of(error), error.detail)
        try:
            await self._prepare_if_it_may()
        except VenueError as error:
            log.warning("not prepared yet", account=self._access.account, reason=error.detail)
        return known

    async def _prepare_if_it_may(self) -> None:
        """A leverage that the venue refuses, or never answers, is logged: its own holds then. Raises VenueError for
        what may pass."""
        try:
            await self.prepare()
        except VenueError as error:
            self._prepare_tries += 1
            if self._prepare_tries < MOST_PREPARE_TRIES and not isinstance(error, Refused):
                raise
            log.warning("leverage or margin mode not set", account=self._access.account, reason=error.detail)
            self._listener.is_prepared = True

    async def close(self) -> None:
        await self._driver.close()
        await self._session.close()

    async def run(self, news: Callable[[], None]) -> None:
        self._news = news
        if self._reports:  # what connecting showed, such as a clock that is off
            news()
        await self._listener.run(self._connect_late)

    async def _connect_late(self) -> None:
        """For a desk that started while its venue could not be reached."""
        await self.connect()
        await self._prepare_if_it_may()

    async def gap(self) -> None:
        await self._listener.gap()

    def collect(self) -> list[VenueReport]:
        reports, self._reports = self._reports, []
        return reports

    def _note(self, report: VenueReport) -> None:
        if isinstance(report, OrderReport):
            self._absences.found(report.client_order_id)
        self._reports.append(report)
        self._news()

    def _hear(self, url: str, message: object) -> bool:
        return self._listener.hear(url, message)

    def show_price(self, price: ShowPrice) -> None:
        """The venue knows better."""

    def pass_time(self, now: datetime) -> None:
        """The venue has a clock of its own."""

    # --- orders ----------------------------------------------------------------------------------------------------

    async def send(self, order: Order) -> OrderReport | Unknown | Unsent:
        sent_at = datetime.now(UTC)
        if not self._dialect.instruments():
            return Unsent("the venue has not been reached yet", NOT_REACHED_PAUSE_S)
        try:
            venue_order_id = await self._understood(self._dialect.create(order))
        except NotSent as error:
            return Unsent(error.detail, error.pause_s)
        except Refused as refused:
            return await self._refused(order, refused, sent_at)
        except VenueError as error:
            return Unknown(error.detail, self._absences.sent(order.client_order_id, error.at_s or time.monotonic()))
        self._listener.expect_news(order)
        return _told(order, OrderStatus.SUBMITTED, sent_at=sent_at, venue_order_id=venue_order_id)

    async def _refused(self, order: Order, refused: Refused, sent_at: datetime) -> OrderReport | Unknown | Unsent:
        """A repeated id means that the order exists; a wrong clock, which is right by now, that it may go again."""
        if refused.refusal is Refusal.DUPLICATE:
            self._absences.found(order.client_order_id)
            found = await self.look_up(order)
            return found if found is not None else Unknown(refused.detail)
        if refused.refusal is Refusal.CLOCK and order.is_exit:
            return Unsent(refused.detail, CLOCK_PAUSE_S)
        if refused.refusal is Refusal.SYMBOL:
            self._listener.doubt_markets()
        return _told(order, OrderStatus.REJECTED, refused.detail, sent_at=sent_at)

    async def amend(self, order: Order) -> OrderReport | Unknown:
        """The order is as asked now, or the venue has refused to make it so."""
        try:
            await self._understood(self._dialect.amend(order))
        except Refused as refused:
            if refused.refusal is Refusal.NOT_FOUND:
                return await self._ended_before(order)
            return replace(_told(order, None, refused.detail), amended=False)
        except VenueError as error:
            return Unknown(error.detail)
        return replace(_told(order, None), amended=True)

    async def cancel(self, order: Order) -> OrderReport | Unknown:
        """No news where the venue took it: the end of the order it tells by itself, as it does what came before."""
        try:
            await self._understood(self._dialect.cancel(order))
        except Refused as refused:
            if refused.refusal is Refusal.NOT_FOUND:
                return await self._ended_before(order)
            return Unknown(refused.detail)
        except VenueError as error:
            return Unknown(error.detail)
        self._listener.expect_news(order.but(cancel_requested=True))
        return _told(order, None)

    async def detach(self, symbol: Symbol, entry: ClientOrderId, *, rests: bool) -> Unknown | None:
        """The venue closes nothing by itself any more, or says that there was nothing of that kind."""
        try:
            await self._understood(self._dialect.detach(symbol, entry, rests=rests))
        except Refused as refused:
            if refused.refusal not in _NOTHING_THERE:
                return Unknown(refused.detail, REFUSED_PAUSE_S)
            log.info("nothing to detach", account=self._access.account, order=entry, reason=refused.detail)
        except NotSent as error:
            return Unknown(error.detail, error.pause_s)
        except VenueError as error:
            return Unknown(error.detail, self._access.recv_window_s)
        return None

    async def _ended_before(self, order: Order) -> OrderReport | Unknown:
        found = await self.look_up(order)
        if found is None:
            return _told(order, OrderStatus.NOT_ACCEPTED, "proven absent at the venue")
        if isinstance(found, OrderReport) and found.status in TRANSITIONS:
            return Unknown("the venue shows the order and does not cancel it yet")
        return found

    async def look_up(self, order: Order) -> OrderReport | None | Unknown:
        """What the venue has. An end is told only together with every execution before it."""
        try:
            with departures() as left:
                news, told = await self._found(order)
        except VenueError as error:
            return Unknown(error.detail)
        if news is None:
            if not told:
                is_absent = self._absences.is_proven(order.client_order_id, min(left), _unknown_for_s(order))
                return None if is_absent else Unknown("the venue does not show the order")
            self._absences.found(order.client_order_id)
            return told[0]
        self._absences.found(order.client_order_id)
        trades = tuple(trade for report in told for trade in report.trades)
        found = report_of(news, trades).with_mismatch(difference(order, news.order))
        if is_final(news) and traded(trades) < news.order.filled:
            self._listener.expect_news(order)
            return found.without_status()
        return found

    async def _found(self, order: Order) -> tuple[OrderNews | None, list[OrderReport]]:
        """The order and its executions; asked for together where the order is in doubt, as proof needs both."""
        if order.is_in_doubt:
            return await _together(self._understood(self._dialect.find(order)), self._executions_of(order))
        news = await self._understood(self._dialect.find(order))
        is_done = news is not None and not news.order.filled
        return news, [] if is_done else await self._executions_of(order)

    async def _executions_of(self, order: Order) -> list[OrderReport]:
        reports = await self._understood(self._dialect.executions_of(order.symbol, order.client_order_id))
        self._listener.note(reports)
        return [report for report in reports if isinstance(report, OrderReport)]

    # --- the account -----------------------------------------------------------------------------------------------

    async def survey(self) -> Survey | Unknown:
        """Unknown until the markets are known: without them nothing is asked for, and the account would look empty."""
        if not self._is_reached:
            return Unknown(NOT_REACHED)
        try:
            orders = await self._understood(self._dialect.open_orders())
            positions = await self._understood(self._dialect.positions())
            balances = await self._understood(self._dialect.balances())
        except VenueError as error:
            return Unknown(error.detail)
        self._listener.note_positions(positions)
        return Survey(orders=tuple(news.order for news in orders), positions=tuple(positions), balances=tuple(balances))

    async def history(self, since: datetime) -> list[VenueReport] | Unknown:
        if not self._is_reached:
            return Unknown(NOT_REACHED)
        try:
            reports = await self._understood(self._dialect.executions(since))
        except VenueError as error:
            return Unknown(error.detail)
        self._listener.note(reports)
        return reports

    async def check_up(self, symbols: frozenset[Symbol]) -> VenueCheckup | Trouble:
        """What the venue tells of the account, its key and the symbols; nothing is changed there."""
        try:
            known = await self.connect()
            facts = await self._understood(self._dialect.account_facts())
            balances = await self._understood(self._dialect.balances())
        except VenueError as error:
            return Trouble(condition_of(error), error.detail)
        return VenueCheckup(
            skew_s=self._clock.offset_s,
            key=facts.key,
            hedge_mode=facts.hedge_mode,
            margin_mode=facts.margin_mode,
            balances=tuple(balances),
            missing=missing_among(symbols, known.keys() - self._dialect.delisted()),
        )

    @staticmethod
    async def _understood(work: Awaitable[T]) -> T:
        """What the dialect answers. An answer that it cannot read is as good as none."""
        try:
            return await work
        except UNREADABLE as error:
            raise unreadable(error) from error


async def _together(first: Coroutine[Any, Any, T], second: Coroutine[Any, Any, U]) -> tuple[T, U]:
    """What both bring. Raises the VenueError of either, and waits for the other no more."""
    failures: list[VenueError] = []
    try:
        async with asyncio.TaskGroup() as tasks:
            one, other = tasks.create_task(first), tasks.create_task(second)
    except* VenueError as group:
        failures += [error for error in group.exceptions if isinstance(error, VenueError)]
    if failures:
        raise failures[0]
    return one.result(), other.result()


def _unknown_for_s(order: Order) -> float:
    """How long the book has had it as unknown; nothing for one that may be on its way this moment."""
    is_unknown = order.status is OrderStatus.UNKNOWN
    return max(0.0, (datetime.now(UTC) - order.updated_at).total_seconds()) if is_unknown else 0.0


def _told(
    order: Order,
    status: OrderStatus | None,
    reason: str = "",
    sent_at: datetime | None = None,
    venue_order_id: str | None = None,
) -> OrderReport:
    return OrderReport(
        client_order_id=order.client_order_id,
        status=status,
        reason=reason,
        sent_at=sent_at,
        venue_order_id=venue_order_id,
    )
