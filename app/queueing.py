"""What waits for the writer: two queues, the urgent one first."""

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass

from portfolio.model.command import Command
from portfolio.reply import Reply

MOST_PER_BATCH = 256
COMPANY_WITHIN_S = 0.003


class NotStored(Exception):
    """Nothing of the command was stored; the caller may try again. `code` is stable, `detail` for people."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(slots=True, eq=False)
class Item:
    """A command with the caller who waits for its answer, if any."""

    command: Command
    answer: asyncio.Future[Reply] | None = None
    deadline: asyncio.TimerHandle | None = None

    @property
    def is_abandoned(self) -> bool:
        """True where somebody waited and does not any more."""
        return self.answer is not None and self.answer.done()

    def start(self) -> None:
        """From now on the command is not withdrawn for having waited."""
        if self.deadline is not None:
            self.deadline.cancel()

    def resolve(self, reply: Reply) -> None:
        if self.answer is not None and not self.answer.done():
            self.answer.set_result(reply)

    def refuse(self, error: Exception) -> None:
        self.start()
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(error)


class CommandQueue:
    """Urgent commands (venue reports, cancels, halt) leave before signals; a batch is bounded, and so are signals.

    What nobody waits for stays a moment, for company: an order's reports come close together, and are one commit then.
    """

    def __init__(self, most_signals: int = 4096) -> None:
        self._urgent: deque[Item] = deque()
        self._signals: deque[Item] = deque()
        self._most_signals = most_signals
        self._something = asyncio.Event()
        self._somebody_waits = asyncio.Event()

    def __len__(self) -> int:
        return len(self._urgent) + len(self._signals)

    def put_urgent(self, item: Item) -> None:
        self._urgent.append(item)
        self._something.set()
        if item.answer is not None:
            self._somebody_waits.set()

    def put_back(self, items: list[Item]) -> None:
        """The items are again the first to leave, in their order."""
        self._urgent.extendleft(reversed(items))
        if items:
            self._something.set()

    def put_signal(self, item: Item) -> None:
        """Raises NotStored where too many wait already."""
        if len(self._signals) >= self._most_signals:
            raise NotStored("QUEUE_FULL", "too many alerts are waiting; send it again")
        self._signals.append(item)
        self._something.set()
        self._somebody_waits.set()

    async def take(self) -> list[Item]:
        """Waits for something, then takes what is there, urgent first, without what was abandoned."""
        while True:
            await self._something.wait()
            await self._company()
            items: list[Item] = []
            for queue in (self._urgent, self._signals):
                while queue and len(items) < MOST_PER_BATCH:
                    item = queue.popleft()
                    if not item.is_abandoned:
                        item.start()
                        items.append(item)
            if not len(self):
                self._something.clear()
                self._somebody_waits.clear()
            if items:
                return items

    async def _company(self) -> None:
        """Somebody waits for an answer, or what is there has stayed long enough."""
        if not self._somebody_waits.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(COMPANY_WITHIN_S):
                    await self._somebody_waits.wait()
