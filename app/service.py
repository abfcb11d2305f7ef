"""The running desk: the engine, its senders and its clocks, started and stopped as one."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from app.engine import Engine
from app.guards import Area, Guard
from app.intake.desk import Desk
from app.keyring import Keyring
from app.metrics.desk import DeskMetrics
from app.queueing import NotStored
from app.sender import AccountSender
from app.settings import Settings
from app.storage.reading import Reader
from exchange.feed import QuoteBoard
from portfolio.limits.chain import LimitChain
from portfolio.marking import is_mark_due
from portfolio.model.account import Readiness
from portfolio.model.command import Mark
from portfolio.model.effect import Effect, ShowPrice
from portfolio.model.identifiers import AccountId
from portfolio.model.order import Order
from portfolio.model.scope import Scope
from portfolio.setup import Setup

log = structlog.get_logger("service")

TICK_S = 1.0
RECONCILE_AGAIN_AFTER_S = 1.0
DRAIN_AT_MOST_S = 10.0


@dataclass(slots=True, kw_only=True)
class Service:
    settings: Settings
    keyring: Keyring
    guards: Mapping[Area, Guard]
    setup: Setup
    limits: LimitChain
    desk: Desk
    engine: Engine
    reader: Reader
    quotes: QuoteBoard
    clock: Callable[[], datetime]
    connect: "Callable[[AccountId, Service], AccountSender]"
    senders: dict[AccountId, AccountSender]
    metrics: DeskMetrics
    _quotes_seen: int = 0

    async def run(self, started: asyncio.Event) -> None:
        """Works until cancelled; raises what went wrong with the writer or a sender, which nobody survives."""
        if not self.engine.is_loaded:
            await self.engine.load()
        self.senders.update({account: self.connect(account, self) for account in self.setup.accounts})
        found = {account: self._live_at_venue(account) for account in self.senders}
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.engine.run(), name="writer")
            for account, sender in self.senders.items():
                tasks.create_task(sender.run(), name=f"sender {account}")
                tasks.create_task(self._reconcile(sender, found[account]), name=f"reconciliation {account}")
            tasks.create_task(self._tick(), name="clock")
            started.set()

    async def drain(self) -> None:
        """No new alert is taken; what was accepted is decided, sent and booked before this returns."""
        self.engine.stop_accepting()
        deadline = asyncio.get_running_loop().time() + DRAIN_AT_MOST_S
        while asyncio.get_running_loop().time() < deadline:
            if self.engine.is_idle and all(sender.is_idle for sender in self.senders.values()):
                return
            await asyncio.sleep(0.005)
        log.warning("stopped before everything was sent; the rest is looked up at the next start")

    async def close(self) -> None:
        await self.engine.close()
        await self.reader.close()

    def release(self, effects: Sequence[Effect]) -> None:
        """The effects of a committed batch go to their accounts' senders."""
        for effect in effects:
            account = effect.account if isinstance(effect, ShowPrice) else effect.order.account
            self.senders[account].submit(effect)

    def _live_at_venue(self, account: AccountId) -> list[Order]:
        """What the process before may have sent. Orders of this one are its sender's: to ask for them is to race it."""
        live = self.engine.book.live_orders_in(Scope(account))
        return [order for order in live if not order.is_waiting]

    async def _reconcile(self, sender: AccountSender, found: list[Order]) -> None:
        """Until the account is reconciled, its venue is asked again and again about what is live still."""
        while True:
            if self.engine.is_loaded:
                orders = self.engine.book.orders
                await sender.reconcile([order for order in found if order.client_order_id in orders])
            await asyncio.sleep(RECONCILE_AGAIN_AFTER_S)
            if self.engine.readiness_of(sender.account) is Readiness.RECONCILED:
                return

    async def _tick(self) -> None:
        """Every second something may have changed with time alone: quotes, the day, the minute, a broken store."""
        while True:
            await asyncio.sleep(TICK_S)
            for sender in self.senders.values():
                if self.engine.readiness_of(sender.account) is Readiness.RECONCILED:
                    sender.pass_time()
            if self._is_mark_due():
                self._quotes_seen = self.quotes.version
                self.engine.tell(Mark())

    def _is_mark_due(self) -> bool:
        if not self.engine.is_storing:
            return self.engine.is_idle
        try:
            book = self.engine.book
        except NotStored:
            return True
        if self._quotes_seen != self.quotes.version and book.is_exposed:
            return True
        return is_mark_due(book, self.clock())
