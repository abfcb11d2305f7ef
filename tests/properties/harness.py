"""The engine's rules without an event loop: decide, commit once, release; and a ledger that checks every step."""

import atexit
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from app.batching import Batcher, Decided, questions_of
from app.queueing import Item
from app.replay import replay
from app.storage.backup import back_up
from app.storage.checking import examine_all
from app.storage.database import writer_engine
from app.storage.preparing import prepare
from app.storage.pruning.prune import prune
from app.storage.questions import Windows
from app.storage.store import Store
from app.storage.writing import Batch
from portfolio.book import Book
from portfolio.changes import Changes
from portfolio.limits.chain import LimitChain
from portfolio.model.command import Command, ReceiveSignal
from portfolio.model.effect import AmendOrder, CancelAtVenue, Effect, SendOrder
from portfolio.model.event import EventKind
from portfolio.model.order import OrderStatus
from portfolio.rehearsal import Rehearsed
from portfolio.reply import Reply
from tests.properties.counts import Counts
from tests.properties.model import (
    CONFIGURATION,
    INSTRUMENTS,
    SETUP,
    START,
    ZERO,
    CheckedLimits,
    Quotes,
    scoped_limits,
)

S = OrderStatus
LEGAL = {
    None: {S.PENDING, S.DENIED},
    S.PENDING: {
        *(S.SUBMITTED, S.OPEN, S.PARTIALLY_FILLED, S.FILLED, S.CANCELED),
        *(S.EXPIRED, S.EXPIRED_UNSENT, S.UNKNOWN, S.REJECTED),
    },
    S.SUBMITTED: {
        *(S.OPEN, S.PARTIALLY_FILLED, S.FILLED, S.CANCELED),
        *(S.EXPIRED, S.REJECTED, S.UNKNOWN, S.PENDING_CANCEL),
    },
    S.UNKNOWN: {S.OPEN, S.PARTIALLY_FILLED, S.FILLED, S.CANCELED, S.EXPIRED, S.REJECTED, S.NOT_ACCEPTED},
    S.OPEN: {S.PARTIALLY_FILLED, S.FILLED, S.CANCELED, S.EXPIRED, S.PENDING_CANCEL},
    S.PARTIALLY_FILLED: {S.FILLED, S.CANCELED, S.EXPIRED, S.PENDING_CANCEL},
    S.PENDING_CANCEL: {S.CANCELED, S.PARTIALLY_FILLED, S.FILLED, S.OPEN, S.EXPIRED},
}
WINDOWS = Windows(timedelta(days=1), timedelta(seconds=30))
_SHM = Path("/dev/shm")


@cache
def empty_database() -> Path:
    """Migrated once for all, to be copied; it goes with the process."""
    path = new_folder() / "empty.db"
    atexit.register(shutil.rmtree, path.parent, ignore_errors=True)
    prepare(path)
    return path


def new_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="quartermaster-", dir=_SHM if _SHM.is_dir() else None))


@dataclass
class Ledger:
    """What the commits said, added up apart from the book."""

    statuses: dict[str, OrderStatus] = field(default_factory=dict)
    filled: dict[str, Decimal] = field(default_factory=dict)
    held: dict[tuple[str, str, str], Decimal] = field(default_factory=dict)
    paid: dict[tuple[str, str, str], Decimal] = field(default_factory=dict)
    fees: dict[tuple[str, str, str], Decimal] = field(default_factory=dict)
    funding: dict[tuple[str, str, str], Decimal] = field(default_factory=dict)
    trades: set[tuple[str, str]] = field(default_factory=set)
    counts: Counts = field(default_factory=Counts)

    def take(self, changes: Changes) -> None:
        """No strategy of the model fails by itself: what fails inside of one is an assertion of ours."""
        failed = [event.detail for event in changes.history.events if event.kind is EventKind.STRATEGY_FAILED]
        assert not failed, failed
        for line in changes.history.transitions:
            known = self.statuses.get(line.client_order_id)
            assert line.previous is known, f"{line} after {known}"
            assert line.status in LEGAL.get(known, set()), f"{line.client_order_id}: {known} -> {line.status}"
            self.statuses[line.client_order_id] = line.status
        for order_id, order in changes.orders.items():
            if order is not None:
                assert order.filled >= self.filled.get(order_id, ZERO), f"{order} was filled more before"
                assert order.status is self.statuses[order_id]
                self.filled[order_id] = order.filled
        for fill in changes.history.fills:
            assert (fill.account, fill.trade_id) not in self.trades, f"booked twice: {fill}"
            self.trades.add((fill.account, fill.trade_id))
            key = (fill.account, fill.strategy, fill.symbol)
            signed = fill.side.signed(fill.quantity)
            self.held[key] = self.held.get(key, ZERO) + signed
            self.paid[key] = self.paid.get(key, ZERO) + signed * fill.price
            self.fees[key] = self.fees.get(key, ZERO) + fill.fee
        for share in changes.history.fundings:
            key = (share.account, share.strategy, share.symbol)
            self.funding[key] = self.funding.get(key, ZERO) + share.amount

    def check(self, book: Book) -> None:
        assert {k: q for k, q in self.held.items() if q} == {
            k: p.quantity for k, p in book.positions.items() if p.quantity
        }
        for name, setup in SETUP.accounts.items():
            keys = [key for key in self.held if key[0] == name]
            earned = sum((book.positions[key].realised - self.fees[key] for key in keys), ZERO)  # type: ignore[index]
            paid = sum((amount for key, amount in self.funding.items() if key[0] == name), ZERO)
            assert book.wallet(name, "USDT") == setup.balances["USDT"] + earned + paid
            for key in keys:
                position = book.positions[key]  # type: ignore[index]
                assert position.realised == position.cost - self.paid[key]
                assert position.fees == self.fees[key]
        assert {key: amount for key, amount in self.funding.items() if amount} == {
            key: position.funding for key, position in book.positions.items() if position.funding
        }
        for order in book.orders.values():
            assert order.is_live
            assert order.filled == self.filled[order.client_order_id] <= order.quantity


class Core:
    """One process after the other on one database."""

    def __init__(self) -> None:
        self.folder = new_folder()
        self.path = self.folder / "desk.db"
        shutil.copy(empty_database(), self.path)
        self.now = START
        self.quotes = Quotes()
        self.limits = CheckedLimits(scoped_limits())
        self.ledger = Ledger()
        self.starts: list[int] = []
        self.replies: list[Reply] = []
        self._seq = 0
        self._memory: dict[str, dict[Any, Any]] = {}
        self.store = self._open()
        self._load()

    def _open(self, path: Path | None = None) -> Store:
        accounts = {name: strategy.account for name, strategy in SETUP.strategies.items()}
        return Store(writer_engine(path or self.path), CONFIGURATION, accounts, WINDOWS)

    def _load(self) -> None:
        self.book = self.store.load_book(SETUP)
        self.book.remember(self._memory)
        self._seq = max(self._seq, self.store.last_seq())
        self.batcher = Batcher(self.book, self.limits, self.quotes, self._seq)

    def restart(self) -> None:
        """A new process: what only memory knew is gone."""
        self.store.close()
        self.store = self._open()
        self._memory = {}
        self._seq = 0
        self._load()
        self.starts.append(self._seq)

    def pass_time(self, span: timedelta) -> None:
        self.now += span
        self.quotes.now = self.now

    def submit(self, commands: Sequence[Command], failure: str | None = None) -> tuple[list[Command], list[Effect]]:
        """Which commands are on disk now, and the effects that may leave. What failed is as if it never was."""
        items = [Item(command) for command in commands]
        if failure is None:
            return self._commit(self._decide(items))
        decided = self._decide(items)
        self.book.take_changes()
        self._seq = max([self._seq, *(envelope.seq for envelope, _ in decided.envelopes)])
        self._load()
        if failure == "unavailable":
            return [], []
        stored: list[Command] = []
        effects: list[Effect] = []
        for item in items:
            self._load()
            alone, released = self._commit(self._decide([item]))
            stored += alone
            effects += released
        self._load()
        return stored, effects

    def _decide(self, items: list[Item]) -> Decided:
        """Whatever is refused is an alert; nothing fails."""
        self.now += timedelta(milliseconds=1)
        self.quotes.now = self.now
        answers = self.store.look_up(questions_of(items, self.book), self.now)
        decided = self.batcher.decide(items, answers, self.now)
        for _, error in decided.failed:
            raise error
        taken = {id(item) for item in decided.items}
        for item in items:
            assert id(item) in taken or isinstance(item.command, ReceiveSignal), f"dropped: {item.command}"
        return decided

    def _commit(self, decided: Decided) -> tuple[list[Command], list[Effect]]:
        self.replies = []
        if not decided.envelopes:
            return [], []
        batch = Batch(tuple(decided.envelopes), self.book.take_changes())
        self._seq = decided.envelopes[-1][0].seq
        self.store.commit(batch)
        self.book.settle(batch.changes)
        self._memory = self.book.memory()
        self.replies = [reply for _, reply in decided.envelopes]
        self.ledger.counts.take(decided.effects, batch.changes, self.now)
        self.ledger.take(batch.changes)
        return [item.command for item in decided.items], decided.effects

    def rehearse(self, command: ReceiveSignal) -> Rehearsed:
        """What the next batch would decide, were the alert alone in it."""
        now = self.now + timedelta(milliseconds=1)
        self.quotes.now = now
        rehearsal = self.batcher.rehearsal(command, now, reconciled=False)
        answers = self.store.look_up(questions_of([Item(command)], self.book), now)
        return rehearsal.decide(command, answers)

    # --- what holds after every step -------------------------------------------------------------------------------

    def check(self) -> None:
        stored, kept = self.store.load_book(SETUP).contents(), self.book.contents()
        for table, rows in kept.items():
            assert stored[table] == rows, f"{table}: the store has {stored[table]}, the book {rows}"
        self.ledger.check(self.book)
        self.ledger.counts.check(self.book, self.now)

    def check_replay(self) -> None:
        """The journal, decided once more, gives what is stored."""
        mismatches = replay(self.path, SETUP, LimitChain(scoped_limits()), CONFIGURATION, self.starts)
        assert not mismatches, "\n".join(map(str, mismatches))

    def check_database(self) -> None:
        """`db check` finds nothing, whatever has been pruned; and the book is the same after it."""
        findings = examine_all(self.path, SETUP).findings
        assert findings == (), findings
        kept, pruned = self.book.contents(), self.folder / "pruned.db"
        back_up(self.path, pruned)
        before = self.now - timedelta(seconds=(0, 10, 300)[self._seq % 3])
        for number in range(2):
            done = prune(pruned, SETUP, before, self.folder / str(number), self.now, lambda _: None)
            assert examine_all(pruned, SETUP).findings == (), done
        assert sum(done.rows.values()) == 0, "pruned again at once, there was something left"
        store = self._open(pruned)
        stored = store.load_book(SETUP).contents()
        assert store.last_seq() == self.store.last_seq()
        store.close()
        assert all(stored[table] == rows for table, rows in kept.items())

    def close(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)


def check_effects(effects: Sequence[Effect], statuses: dict[str, OrderStatus], approved: set[str]) -> None:
    """Only what is on disk as PENDING leaves, and only if every control has just said yes."""
    for effect in effects:
        if isinstance(effect, SendOrder):
            assert effect.order.status is S.PENDING
            assert not effect.order.is_waiting
            assert statuses[effect.order.client_order_id] is not S.DENIED
            assert effect.order.client_order_id in approved, f"sent without being tried: {effect.order}"
            assert not effect.order.quantity % INSTRUMENTS[effect.order.symbol].lot
        if isinstance(effect, CancelAtVenue):
            assert effect.order.cancel_requested
        if isinstance(effect, AmendOrder):
            assert effect.order.reduce_only
            assert effect.order.quantity > effect.order.filled
            assert not effect.order.quantity % INSTRUMENTS[effect.order.symbol].lot
