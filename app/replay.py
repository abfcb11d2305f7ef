"""A recorded journal decided once more, from an empty book: what comes out otherwise than it was stored."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any, TypeAlias

import orjson
from sqlalchemy import Connection, select

from app.codec import from_json
from app.storage.database import writer_engine
from app.storage.rows import decision_text
from app.storage.schema import journal, orders, prunings, signals
from portfolio.book import Book
from portfolio.limits.chain import LimitChain
from portfolio.manager import PortfolioManager
from portfolio.model.account import Wallet
from portfolio.model.command import COMMANDS, Earlier, EarlierNews, EarlierOrder, EarlierSignal, Envelope
from portfolio.model.decimals import plain
from portfolio.model.decision import Decision
from portfolio.model.errors import CoreError
from portfolio.model.identifiers import ClientOrderId
from portfolio.model.order import Order
from portfolio.model.quote import Quote
from portfolio.reply import Reply
from portfolio.setup import Setup

Recorded: TypeAlias = tuple[Envelope, str | None]


class ReplayRefused(Exception):
    """The journal cannot be replayed with this configuration; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """`where` is `envelope 7` or `order X`; None stands for nothing stored, or nothing decided."""

    where: str
    stored: str | None
    replayed: str | None


def replay(
    path: Path, setup: Setup, limits: LimitChain, configuration: str, starts: Collection[int] = ()
) -> list[Mismatch]:
    """Every decision and every order's end that differ from what is stored; empty where all is as it was.

    `starts` are the newest envelopes on disk as processes started: what they knew of the venues ended there.
    Raises ReplayRefused.
    """
    engine = writer_engine(path)
    try:
        with engine.connect() as connection:
            recorded = connection.execute(journal.outerjoin(signals, signals.c.id == journal.c.seq).select())
            _require_whole(connection)
            desk = _Desk(setup, limits, starts)
            mismatches = desk.run(_recorded(recorded.mappings().all(), configuration))
            return mismatches + _compare_orders(desk.orders, connection.execute(orders.select()).mappings())
    finally:
        engine.dispose()


def _require_whole(connection: Connection) -> None:
    """Raises ReplayRefused."""
    last = connection.execute(select(prunings).order_by(prunings.c.id.desc()).limit(1)).mappings().first()
    if last is not None:
        raise ReplayRefused(
            f"the journal before {last['before']:%Y-%m-%d %H:%M:%S} UTC was pruned, and a replay begins with an empty "
            "book: replay a backup that was made before that"
        )


def envelope_from(kind: str, text: str) -> Envelope:
    """The envelope that the journal holds; its command is of `kind`."""
    parts = orjson.loads(text)
    return Envelope(
        seq=parts["seq"],
        command=from_json(COMMANDS[kind], orjson.dumps(parts["command"])),
        now=datetime.fromisoformat(parts["now"]),
        quotes=tuple(from_json(Quote, orjson.dumps(quote)) for quote in parts["quotes"]),
        earlier=_earlier_from(parts["earlier"]),
    )


def _earlier_from(parts: dict[str, Any] | None) -> Earlier | None:
    """The kinds are told apart by what they hold."""
    if parts is None:
        return None
    text = orjson.dumps(parts)
    if "foreign" in parts:
        return from_json(EarlierNews, text)
    return from_json(EarlierOrder, text) if "order" in parts else from_json(EarlierSignal, text)


def _recorded(rows: Iterable[Any], configuration: str) -> Iterator[Recorded]:
    for row in sorted(rows, key=lambda row: row["seq"]):
        if row["configuration"] != configuration:
            raise ReplayRefused(
                f"envelope {row['seq']} was decided with the configuration {row['configuration']}, this one is "
                f"{configuration}: replay it with the settings of that time"
            )
        yield envelope_from(row["kind"], row["envelope"]), row["decision"]


class _Desk:
    """A core without a store. Orders that ended leave with their batch, as they did then."""

    def __init__(self, setup: Setup, limits: LimitChain, starts: Collection[int]) -> None:
        self.orders: dict[ClientOrderId, Order] = {}
        self._book = Book(setup)
        for account in setup.accounts.values():
            for currency, amount in account.balances.items():
                self._book.wallets.load(Wallet(account.id, currency), amount)
        self._manager = PortfolioManager(self._book, limits)
        self._starts = sorted(starts, reverse=True)

    def run(self, recorded: Iterator[Recorded]) -> list[Mismatch]:
        """A batch's envelopes have one time."""
        mismatches: list[Mismatch] = []
        for _, batch in groupby(recorded, key=lambda item: item[0].now):
            for envelope, stored in batch:
                replayed = self._decide(envelope)
                if replayed != stored:
                    mismatches.append(Mismatch(f"envelope {envelope.seq}", stored, replayed))
            self._settle()
        return mismatches

    def _decide(self, envelope: Envelope) -> str | None:
        """The text that the store would hold; None for a command that leaves no decision."""
        self._start_anew(envelope.seq)
        try:
            return _stored_text(self._manager.handle(envelope).reply)
        except CoreError as error:
            return f"{type(error).__name__}: {error}"

    def _start_anew(self, seq: int) -> None:
        """What only the memory of a process knew is gone with it."""
        while self._starts and self._starts[-1] < seq:
            self._starts.pop()
            self._book.forget_memory()

    def _settle(self) -> None:
        changes = self._book.take_changes()
        self.orders.update({known: order for known, order in changes.orders.items() if order})
        self._book.settle(changes)


def _stored_text(reply: Reply) -> str | None:
    return decision_text(reply) if isinstance(reply, Decision) and not reply.duplicate else None


def _compare_orders(replayed: dict[ClientOrderId, Order], rows: Iterable[Any]) -> list[Mismatch]:
    stored = {row["client_order_id"]: _end(row["status"], row["filled"]) for row in rows}
    now = {order_id: _end(order.status, order.filled) for order_id, order in replayed.items()}
    return [
        Mismatch(f"order {order_id}", stored.get(order_id), now.get(order_id))
        for order_id in dict.fromkeys((*stored, *now))
        if stored.get(order_id) != now.get(order_id)
    ]


def _end(status: str, filled: Decimal) -> str:
    return f"{status}, filled {plain(filled)}"
