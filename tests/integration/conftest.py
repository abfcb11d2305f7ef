"""The real engine on a real database, with a store that fails as it is told to."""

import asyncio
import shutil
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app import engine as engine_module
from app.engine import Engine, EngineParts
from app.points import no_probe
from app.storage.database import writer_engine
from app.storage.errors import CommitUnclear, ConstraintViolated, StorageUnavailable
from app.storage.store import Store
from app.storage.writing import Batch
from portfolio.limits.chain import LimitChain
from portfolio.model.command import Command, FinishReconciliation, ReceiveSignal
from portfolio.model.effect import Effect, SendOrder
from portfolio.model.event import Event
from portfolio.model.identifiers import sortable_id
from portfolio.model.signal import Action, Size
from tests.properties.harness import WINDOWS, empty_database
from tests.properties.model import (
    BTC,
    CONFIGURATION,
    PAPER,
    PRICES,
    REAL,
    SETUP,
    START,
    Quotes,
    make_signal,
    scoped_limits,
)

ON_DISK, NOT_ON_DISK = "unclear, on disk", "unclear, not on disk"
Failure = Exception | str


class FaultyStore(Store):
    """`failures` are taken one per commit; a batch that `poison` says True of contradicts the store."""

    def __init__(self, path: Path) -> None:
        accounts = {name: strategy.account for name, strategy in SETUP.strategies.items()}
        super().__init__(writer_engine(path), CONFIGURATION, accounts, WINDOWS)
        self.failures: deque[Failure] = deque()
        self.poison: Callable[[list[Command]], bool] = lambda _: False
        self.gate = threading.Event()
        self.gate.set()
        self.batches: list[list[Command]] = []
        self.is_readable = True

    def commit(self, batch: Batch, before_commit: Callable[[], None] = lambda: None) -> None:
        commands = [envelope.command for envelope, _ in batch.decided]
        self.gate.wait(10)
        failure = self.failures.popleft() if self.failures else None
        if isinstance(failure, Exception):
            raise failure
        if self.poison(commands):
            raise ConstraintViolated("UNIQUE constraint failed")
        if failure != NOT_ON_DISK:
            super().commit(batch, before_commit)
            self.batches.append(commands)
        if failure is not None:
            raise CommitUnclear("disk I/O error")

    def load_book(self, setup: Any) -> Any:
        if not self.is_readable:
            raise StorageUnavailable("database is locked")
        return super().load_book(setup)


@dataclass
class Desk:
    """The engine at work, and what came out of it."""

    path: Path
    store: FaultyStore
    released: list[Effect] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    committed: list[Batch] = field(default_factory=list)
    quotes: Quotes = field(default_factory=Quotes)
    received: int = 0
    engine: Engine = None  # type: ignore[assignment]

    @property
    def sent(self) -> list[str]:
        return [effect.order.client_order_id for effect in self.released if isinstance(effect, SendOrder)]

    def alert(self, strategy: str = "follow", action: Action = Action.BUY, **said: Any) -> ReceiveSignal:
        self.received += 1
        said = {"size": Size(Decimal(1)), "price": PRICES[BTC], **said}
        return ReceiveSignal(
            sortable_id(1_770_000_000_000, self.received), make_signal(strategy, action, **said), START
        )

    def row_count(self, table: str) -> int:
        with writer_engine(self.path).connect() as connection:
            return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() or 0)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not condition():
                await asyncio.sleep(0.002)

    async def stuck(self) -> "asyncio.Task[Any]":
        """The writer is in the middle of a commit and stays there until the gate is opened."""
        self.store.gate.clear()
        task = asyncio.create_task(self.engine.receive(self.alert(alert_id="stuck")))
        await self.until(lambda: not len(self.engine._queue) and not self.engine.is_idle)
        return task


def engine_of(desk: Desk) -> Engine:
    """Not loaded yet."""
    return Engine(
        EngineParts(
            setup=SETUP,
            limits=LimitChain(scoped_limits()),
            store=desk.store,
            quotes=desk.quotes,
            clock=lambda: START,
            release=desk.released.extend,
            publish=desk.events.extend,
            committed=desk.committed.append,
            probe=no_probe,
        )
    )


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return Path(shutil.copy(empty_database(), tmp_path / "desk.db"))


@pytest.fixture
async def starting(database: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    """A desk that has asked no venue yet."""
    monkeypatch.setattr(engine_module, "PAUSE_AFTER_FAILURE_S", 0.005)
    desk = Desk(database, FaultyStore(database))
    desk.quotes.put(PAPER, BTC, PRICES[BTC])
    desk.quotes.put(REAL, BTC, PRICES[BTC])
    desk.engine = engine_of(desk)
    await desk.engine.load()
    running = asyncio.create_task(desk.engine.run())
    yield desk
    desk.store.gate.set()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await desk.engine.close()


@pytest.fixture
async def desk(starting: Desk) -> Desk:
    for account in (PAPER, REAL):
        await starting.engine.execute(FinishReconciliation(account))
    starting.store.batches.clear()
    return starting
