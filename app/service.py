"""The running desk: the engine, its senders and its clocks, started and stopped as one."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from app.connecting import Connections
from app.engine import Engine
from app.guards import Area, Guard
from app.intake.desk import Desk
from app.keyring import Keyring
from app.metrics.desk import DeskMetrics
from app.points import Probe, both
from app.prices.alarms import Alarms
from app.prices.desk import PriceDesk
from app.prices.screens import ScreenDesk
from app.prices.supervising import supervised
from app.prices.wallet import WalletDesk
from app.queueing import NotStored
from app.quoting import LiveQuotes
from app.reconciling import Reconciler
from app.sender import AccountSender
from app.settings import Settings
from app.storage.reading import Reader
from exchange.quotes import QuoteBoard
from portfolio.limits.chain import LimitChain
from portfolio.marking import is_mark_due
from portfolio.model.account import Readiness
from portfolio.model.command import Mark
from portfolio.model.effect import DetachProtection, Effect, ShowPrice
from portfolio.model.identifiers import AccountId
from portfolio.model.order import OrderStatus
from portfolio.model.scope import Scope
from portfolio.ports import Exchange
from portfolio.setup import Setup

log = structlog.get_logger("service")

TICK_S = 1.0
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
    connections: Connections
    connect: "Callable[[AccountId, Service], Exchange]"
    probe: Probe
    senders: dict[AccountId, AccountSender]
    reconcilers: dict[AccountId, Reconciler]
    metrics: DeskMetrics
    prices: PriceDesk
    screens: ScreenDesk
    alarms: Alarms
    wallet: WalletDesk
    live: LiveQuotes | None = None
    _quotes_seen: int = 0

    async def run(self, started: asyncio.Event) -> None:
        """Works until cancelled; raises what went wrong with the writer or a sender, which nobody survives."""
        if not self.engine.is_loaded:
            await self.engine.load()
        for account in self.setup.accounts:
            self._attach(account, self.connect(account, self))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.engine.run(), name="writer")
            for account, sender in self.senders.items():
                tasks.create_task(sender.run(), name=f"sender {account}")
                tasks.create_task(self.reconcilers[account].run(), name=f"reconciliation {account}")
            tasks.create_task(self.prices.run(), name="prices")
            tasks.create_task(self.alarms.run(), name="discrepancies")
            tasks.create_task(self.screens.run(), name="screens")
            if self.live is not None:
                self.live.pass_time()
            tasks.create_task(supervised("the wallet's snapshots", self.wallet.run), name="wallet")
            tasks.create_task(self._tick(), name="clock")
            started.set()

    def _attach(self, account: AccountId, exchange: Exchange) -> None:
        """The account has a sender, and a reconciler that knows what is live before anything is sent."""
        measured = both(self.metrics.stages.sends_of(account), self.probe)
        sender = AccountSender(account, exchange, self.engine.tell, self.clock, measured)
        every_s = next(float(a.reconcile_every_s) for a in self.settings.accounts if a.id == account)
        is_paper = account not in self.connections.gateways
        reconciler = Reconciler(
            account, exchange, self.engine, self.clock, sender.report, None if is_paper else every_s
        )
        reconciler.begin()
        live = self.engine.book.live_orders_in(Scope(account))
        sender.take_over(order for order in live if order.status is OrderStatus.UNKNOWN)
        self.senders[account], self.reconcilers[account] = sender, reconciler

    async def drain(self) -> None:
        """No new alert is taken; what was accepted is decided, sent and booked before this returns."""
        self.engine.stop_accepting()
        self.prices.let_go()
        deadline = asyncio.get_running_loop().time() + DRAIN_AT_MOST_S
        while asyncio.get_running_loop().time() < deadline:
            if self.engine.is_idle and all(sender.is_idle for sender in self.senders.values()):
                return
            await asyncio.sleep(0.005)
        log.warning("stopped before everything was sent; the rest is looked up at the next start")

    async def close(self) -> None:
        await self.prices.close()
        await self.engine.close()
        await self.reader.close()
        await self.connections.close()

    def release(self, effects: Sequence[Effect]) -> None:
        """The effects of a committed batch go to their accounts' senders."""
        for effect in effects:
            account = effect.account if isinstance(effect, ShowPrice | DetachProtection) else effect.order.account
            self.senders[account].submit(effect)

    async def _tick(self) -> None:
        """Every second something may have changed with time alone: quotes, the day, the minute, a broken store."""
        while True:
            await asyncio.sleep(TICK_S)
            for sender in self.senders.values():
                if self.engine.readiness_of(sender.account) is Readiness.RECONCILED:
                    sender.pass_time()
            if self.live is not None and self.engine.is_loaded:
                self.live.pass_time()
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
