"""The one writer: takes what waits, lets the core decide, commits once, then answers and lets effects go."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import structlog

from app.batching import Batcher, Decided, Rehearsal, is_tick, questions_of
from app.points import Point, Probe
from app.queueing import CommandQueue, Item, NotStored
from app.storage.errors import CommitUnclear, ConstraintViolated, StorageUnavailable
from app.storage.questions import Answers
from app.storage.store import Store
from app.storage.writing import Batch
from portfolio.book import Book
from portfolio.limits.chain import LimitChain
from portfolio.model.account import Readiness
from portfolio.model.command import (
    Command,
    Halt,
    Mark,
    ReceiveSignal,
    ReportFunding,
    ReportOrder,
    ReportOutsideTrade,
)
from portfolio.model.effect import Effect
from portfolio.model.event import Event
from portfolio.model.identifiers import AccountId
from portfolio.model.scope import Scope
from portfolio.ports import QuoteSource
from portfolio.rehearsal import Rehearsed
from portfolio.reply import Reply
from portfolio.setup import Setup

T = TypeVar("T")
log = structlog.get_logger("engine")

SIGNAL_WAITS_AT_MOST_S = 1.5
WOKEN_WITHIN_S = 1.0
PAUSE_AFTER_FAILURE_S = 0.1
UNCLEAR_COMMIT_LOOKS = 10
MOST_REHEARSALS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineParts:
    """What the engine is put together from."""

    setup: Setup
    limits: LimitChain
    store: Store
    quotes: QuoteSource
    clock: Callable[[], datetime]
    release: Callable[[Sequence[Effect]], None]
    publish: Callable[[Sequence[Event]], None]
    probe: Probe
    committed: Callable[[Batch], None] = lambda _: None


class Engine:
    """Everything that changes state passes through here, in one order, and is on disk before anybody hears of it."""

    def __init__(self, parts: EngineParts) -> None:
        self._parts = parts
        self._queue = CommandQueue()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="storage")
        self._batcher: Batcher | None = None
        self._memory: dict[str, dict[Any, Any]] = {}
        self._last_seq = 0
        self._busy = False
        self._is_at_rest = True
        self._between_batches = asyncio.Lock()
        self._rehearsing = 0
        self._alarm: asyncio.TimerHandle | None = None
        self._accepting = True
        self.is_storing = True
        self.store_failures = 0
        self.commands_failed = 0

    # --- for callers -------------------------------------------------------------------------------------------

    @property
    def book(self) -> Book:
        """The book as of the last commit, plus what is being decided. Read it only between awaits."""
        if self._batcher is None:
            raise NotStored("STARTING", "the desk is starting")
        return self._batcher.book

    @property
    def is_loaded(self) -> bool:
        return self._batcher is not None

    @property
    def is_ready(self) -> bool:
        """True while an alert that adds risk would be taken: accounts reconciled, the store working."""
        if self._batcher is None or not self.is_storing or not self._accepting:
            return False
        return all(self.readiness_of(account) is Readiness.RECONCILED for account in self._parts.setup.accounts)

    def readiness_of(self, account: AccountId) -> Readiness:
        """As of the last commit."""
        known: Readiness = self._memory.get("readiness", {}).get(account, Readiness.STARTING)
        return known

    @property
    def waiting(self) -> int:
        """How many commands the writer has not begun with."""
        return len(self._queue)

    @property
    def is_idle(self) -> bool:
        return not self._busy and not len(self._queue)

    async def receive(self, command: ReceiveSignal) -> Reply:
        """The decision, once it is on disk. Raises NotStored where nothing was stored and the alert may come again."""
        if not self._accepting:
            raise NotStored("STOPPING", "the desk is stopping")
        loop = asyncio.get_running_loop()
        item = Item(command, loop.create_future())
        withdrawal = NotStored("BUSY", "the alert was not started in time and has been withdrawn; send it again")
        item.deadline = loop.call_later(SIGNAL_WAITS_AT_MOST_S, item.refuse, withdrawal)
        self._queue.put_signal(item)
        self._parts.probe(Point.SIGNAL_QUEUED)
        return await self._answer(item)

    async def rehearse(self, command: ReceiveSignal) -> Rehearsed:
        """What `receive` would answer now; nothing changes. Raises NotStored where that cannot be told.

        The book is copied between batches; everything else happens on the copy. Of an engine that never ran, accounts
        count as reconciled, which is the first thing that running brings about.
        """
        if not self._accepting:
            raise NotStored("STOPPING", "the desk is stopping")
        if self._rehearsing >= MOST_REHEARSALS:
            raise NotStored("QUEUE_FULL", "too many previews are being made; ask again")
        self._rehearsing += 1
        try:
            async with asyncio.timeout(SIGNAL_WAITS_AT_MOST_S):
                rehearsal = await self._rehearsal(command)
                questions = questions_of([Item(command)], rehearsal.book)
                store, now = self._parts.store, rehearsal.envelope.now
                answers = await self._in_thread(lambda: store.look_up(questions, now))
        except TimeoutError:
            raise NotStored("BUSY", "the preview was not started in time; ask again") from None
        except StorageUnavailable:
            raise NotStored("STORAGE_UNAVAILABLE", "earlier alerts cannot be looked up now; ask again") from None
        finally:
            self._rehearsing -= 1
        return rehearsal.decide(command, answers)

    async def _rehearsal(self, command: ReceiveSignal) -> Rehearsal:
        async with self._between_batches:
            if self._batcher is None:
                raise NotStored("STARTING", "the desk is starting")
            return self._batcher.rehearsal(command, self._parts.clock(), reconciled=self._is_at_rest)

    async def execute(self, command: Command) -> Reply:
        """The answer to an urgent command, once it is on disk. Raises NotStored where nothing was stored."""
        item = Item(command, asyncio.get_running_loop().create_future())
        self._queue.put_urgent(item)
        return await self._answer(item)

    def tell(self, command: Command) -> None:
        """The command will be carried out; nobody waits for it."""
        self._queue.put_urgent(Item(command))

    @staticmethod
    async def _answer(item: Item) -> Reply:
        assert item.answer is not None
        return await item.answer

    # --- the life of the writer ----------------------------------------------------------------------------------

    async def load(self) -> None:
        """The book is what the store says, with what only this process knows, as of the last commit.

        Raises StorageUnavailable.
        """
        book = await self._in_thread(lambda: self._parts.store.load_book(self._parts.setup))
        self._last_seq = max(self._last_seq, await self._in_thread(self._parts.store.last_seq))
        book.remember(self._memory)
        self._batcher = Batcher(book, self._parts.limits, self._parts.quotes, self._last_seq)

    async def run(self) -> None:
        """Writes until cancelled. Anything raised here is fatal: the process must end and start again."""
        self._is_at_rest = False
        while True:
            items = await self._queue.take()
            self._busy = True
            try:
                async with self._between_batches:
                    await self._process(items)
            finally:
                self._busy = False

    def stop_accepting(self) -> None:
        """New alerts get 503 from now on; what waits is still decided."""
        self._accepting = False

    async def close(self) -> None:
        """The store is closed; nothing may be submitted any more."""
        if self._alarm is not None:
            self._alarm.cancel()
        await self._in_thread(self._parts.store.close)
        self._thread.shutdown()

    # --- one batch -----------------------------------------------------------------------------------------------

    async def _process(self, items: list[Item]) -> None:
        try:
            if self._batcher is None:
                await self.load()
            await self._decide_and_commit(items)
            if not self.is_storing:  # a mark is small or writes nothing: that it succeeds says little of an alert
                self.is_storing = await self._in_thread(self._parts.store.is_writable)
        except StorageUnavailable as error:
            await self._give_up(items, error)
        except ConstraintViolated as error:
            await self._process_one_by_one(items, error)

    async def _decide_and_commit(self, items: list[Item]) -> None:
        assert self._batcher is not None
        batcher, store, probe = self._batcher, self._parts.store, self._parts.probe
        now = self._parts.clock()
        questions = questions_of(items, batcher.book)
        answers = await self._in_thread(lambda: store.look_up(questions, now)) if questions else Answers()
        decided = batcher.decide(items, answers, now)
        for item, error in decided.failed:
            self._poisonous(item, error)
        if not decided.envelopes:
            return
        probe(Point.BATCH_DECIDED)
        batch = Batch(tuple(decided.envelopes), batcher.book.take_changes())
        self._last_seq = decided.envelopes[-1][0].seq
        await self._commit(batch)
        self.is_storing = self.is_storing or any(item.answer is not None for item in decided.items)
        probe(Point.BATCH_COMMITTED)
        batcher.book.settle(batch.changes)
        self._memory = batcher.book.memory()
        await self._finish(decided, batch)
        self._set_alarm(batcher.book, now)

    def _set_alarm(self, book: Book, decided_at: datetime) -> None:
        """What time alone asks of an order next is done on time: a tick would come too late for it."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        due = book.next_due(decided_at)
        delay_s = (due - self._parts.clock()).total_seconds() if due is not None else WOKEN_WITHIN_S
        if delay_s < WOKEN_WITHIN_S:
            self._alarm = asyncio.get_running_loop().call_later(max(0.0, delay_s), self.tell, Mark())

    async def _finish(self, decided: Decided, batch: Batch) -> None:
        """Orders are on their way first, then answers, then the rest: each takes time that the next one waits for."""
        self._parts.release(decided.effects)
        await asyncio.sleep(0)
        for item, (_, reply) in zip(decided.items, decided.envelopes, strict=True):
            item.resolve(reply)
        self._parts.probe(Point.CALLERS_ANSWERED)
        await asyncio.sleep(0)
        self._parts.committed(batch)
        self._parts.publish(batch.changes.history.events)

    async def _commit(self, batch: Batch) -> None:
        def commit() -> None:
            self._parts.store.commit(batch, lambda: self._parts.probe(Point.BATCH_WRITTEN))

        try:
            await self._in_thread(commit)
        except CommitUnclear as error:
            log.warning("commit unclear", error=str(error))
            if not await self._is_on_disk(batch.decided[-1][0].seq):
                raise StorageUnavailable(str(error)) from error

    async def _is_on_disk(self, seq: int) -> bool:
        """Raises CommitUnclear where the store cannot be read: then only a new start can tell what is true."""
        for _ in range(UNCLEAR_COMMIT_LOOKS):
            try:
                return await self._in_thread(lambda: self._parts.store.has(seq))
            except StorageUnavailable:
                await asyncio.sleep(PAUSE_AFTER_FAILURE_S)
        raise CommitUnclear(f"envelope {seq} may or may not be on disk, and the store cannot be read")

    # --- when it fails -------------------------------------------------------------------------------------------

    async def _give_up(self, items: list[Item], error: Exception) -> None:
        """Nothing of the batch counts: callers are told, the book is what the store says, reports wait for it."""
        if self.is_storing:
            log.error("the store does not work", error=str(error))
        self.is_storing = False
        self.store_failures += 1
        self._refuse_callers(items, NotStored("STORAGE_UNAVAILABLE", "nothing can be stored now; send it again"))
        await self._reload()
        self._queue.put_back([item for item in items if item.answer is None and not is_tick(item)])
        await asyncio.sleep(PAUSE_AFTER_FAILURE_S)

    async def _reload(self) -> None:
        """The book is rebuilt; where that fails there is none, and the next batch begins with loading it."""
        try:
            await self.load()
        except StorageUnavailable as error:
            log.warning("the book cannot be rebuilt yet", error=str(error))
            self._batcher = None

    async def _process_one_by_one(self, items: list[Item], error: ConstraintViolated) -> None:
        """A batch that contradicts the store is tried command by command, so that only the culprit fails."""
        log.error("a batch contradicts the store", error=str(error), commands=len(items))
        for place, item in enumerate(items):
            try:
                await self.load()
                await self._decide_and_commit([item])
            except ConstraintViolated as poison:
                self._poisonous(item, poison)
            except StorageUnavailable as failure:
                return await self._give_up(items[place:], failure)
        return await self._reload()

    def _poisonous(self, item: Item, error: Exception) -> None:
        """The command is dropped. A venue's report that cannot be booked halts its account: the books are not whole."""
        self.commands_failed += 1
        log.error("a command failed", command=type(item.command).__name__, error=repr(error), exc_info=error)
        item.refuse(NotStored("INTERNAL_ERROR", "the command failed inside the desk; nothing was stored"))
        if isinstance(item.command, ReportOrder | ReportOutsideTrade | ReportFunding):
            self.tell(Halt(Scope(item.command.account), cause="POISONOUS_REPORT"))

    @staticmethod
    def _refuse_callers(items: list[Item], error: NotStored) -> None:
        for item in items:
            item.refuse(error)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
