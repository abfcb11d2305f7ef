"""What may be pruned: whole trails that ended before a moment, oldest first, and lines that nothing refers to."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, func, or_, select

from app.storage.checks.holdings import instrument_of, is_followed
from app.storage.rows import key_from
from app.storage.schema import fills, flattenings, journal, orders, signals
from portfolio.model.position import Key
from portfolio.setup import Setup

FILL = "fill "
"""Begins the name of a trail that is one fill; no origin has a space in it."""


@dataclass(frozen=True, slots=True)
class Booking:
    """A fill, and the trail that it is part of: one of its own where it came of no order of ours, None where that is
    missing."""

    id: int
    key: Key
    trail: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """A trail is a signal or command with all orders that came of it; it goes whole or stays whole.

    Of each holding the fills of `trails` are its oldest, so that what they led to can be brought forward. `kept` are
    the other trails. `journal_end` is the first envelope that stays.
    """

    before: datetime
    trails: frozenset[str]
    kept: frozenset[str]
    bookings: tuple[Booking, ...]
    journal_end: int

    def portions(self, size: Callable[[], int]) -> Iterator[list[str]]:
        """The trails, about `size` at a time, so that after each portion the fills left of a holding are its newest."""
        left = Counter(booking.trail for booking in self.bookings)
        portion: dict[str, None] = {}
        begun = 0
        for booking in self.bookings:
            assert booking.trail is not None
            if booking.trail not in portion:
                portion[booking.trail] = None
                begun += left[booking.trail]
            begun -= 1
            if not begun and len(portion) >= size():
                yield list(portion)
                portion = {}
        for trail in sorted(self.trails - left.keys()):
            portion[trail] = None
            if len(portion) >= size():
                yield list(portion)
                portion = {}
        if portion:
            yield list(portion)


def plan_pruning(connection: Connection, setup: Setup, before: datetime) -> Plan:
    """From one snapshot: everything of before that moment that nothing of after it needs."""
    every = {*connection.execute(select(orders.c.origin).distinct()).scalars()}
    every.update(connection.execute(select(signals.c.signal_id)).scalars())
    bookings = _bookings(connection)
    every.update(booking.trail for booking in bookings if booking.trail is not None)
    ended = every - _needed(connection, before)
    trails = _oldest_of_each_holding(bookings, _followable(connection, bookings, ended, setup))
    links = _links(connection)
    while held := {before for before, behind in links if before in trails and behind not in trails}:
        trails = _oldest_of_each_holding(bookings, trails - held)
    return Plan(
        before=before,
        trails=frozenset(trails),
        kept=frozenset(every - trails),
        bookings=tuple(booking for booking in bookings if booking.trail in trails),
        journal_end=_journal_end(connection, before),
    )


def _needed(connection: Connection, before: datetime) -> set[str]:
    """Trails that are recent, at work, or the newest: the database numbers new rows after the newest there is."""
    newest_order = select(func.max(orders.c.id)).scalar_subquery()
    newest_signal = select(func.max(signals.c.id)).scalar_subquery()
    newest_fill = select(fills.c.client_order_id).where(fills.c.id == select(func.max(fills.c.id)).scalar_subquery())
    lonely = select(fills.c.id).where(fills.c.client_order_id.is_(None))
    recent = [lonely.where(fills.c.time >= before), lonely.order_by(fills.c.id.desc()).limit(1)]
    numbers = [number for query in recent for number in connection.execute(query).scalars()]
    queries = (
        select(orders.c.origin).where(or_(orders.c.live, orders.c.updated_at >= before)),
        select(orders.c.origin)
        .join(fills, fills.c.client_order_id == orders.c.client_order_id)
        .where(fills.c.time >= before),
        select(orders.c.origin).where(
            or_(orders.c.id == newest_order, orders.c.client_order_id == newest_fill.scalar_subquery())
        ),
        select(signals.c.signal_id).where(or_(signals.c.received_at >= before, signals.c.id == newest_signal)),
        select(flattenings.c.origin),
        select(flattenings.c.signal_id).where(flattenings.c.signal_id.is_not(None)),
    )
    needed = {trail for query in queries for trail in connection.execute(query).scalars()}
    return needed.union(f"{FILL}{number}" for number in numbers)


def _links(connection: Connection) -> list[tuple[str, str]]:
    """Trails with an order that an order of another trail waited for, each with that other one."""
    named = orders.alias()
    query = select(named.c.origin, orders.c.origin).join(named, named.c.client_order_id == orders.c.after)
    return [(before, behind) for before, behind in connection.execute(query) if before != behind]


def _bookings(connection: Connection) -> list[Booking]:
    columns = (fills.c.id, fills.c.account, fills.c.strategy, fills.c.symbol, fills.c.client_order_id, orders.c.origin)
    joined = fills.outerjoin(orders, orders.c.client_order_id == fills.c.client_order_id)
    query = select(*columns).select_from(joined).order_by(fills.c.id)
    return [Booking(row["id"], key_from(row), _trail(row)) for row in connection.execute(query).mappings()]


def _trail(row: RowMapping) -> str | None:
    origin: str | None = row["origin"]
    return f"{FILL}{row['id']}" if row["client_order_id"] is None else origin


def _followable(connection: Connection, bookings: Iterable[Booking], trails: set[str], setup: Setup) -> set[str]:
    """Without the trails of holdings that cannot be brought forward: the configuration has forgotten the instrument, or
    a fee was paid in a third currency, at a rate that nobody keeps."""
    columns = (fills.c.account, fills.c.strategy, fills.c.symbol, fills.c.fee_currency)
    lost: set[Key] = set()
    for row in connection.execute(select(*columns).distinct()).mappings():
        instrument = instrument_of(setup, key := key_from(row))
        if instrument is None or not is_followed(instrument, row["fee_currency"]):
            lost.add(key)
    return trails - {booking.trail for booking in bookings if booking.key in lost}


def _oldest_of_each_holding(bookings: list[Booking], trails: set[str]) -> set[str]:
    """Without the trails that have a fill younger than one of the same holding that stays."""
    left = set(trails)
    while True:
        blocked: set[str] = set()
        younger: dict[Key, set[str]] = {}
        for booking in reversed(bookings):
            if booking.trail in left and booking.trail not in blocked:
                younger.setdefault(booking.key, set()).add(booking.trail)
            else:
                blocked |= younger.pop(booking.key, set())
        if not blocked:
            return left
        left -= blocked


def _journal_end(connection: Connection, before: datetime) -> int:
    """The first envelope of that moment or later, or the newest: numbers go on after it."""
    first = connection.execute(select(func.min(journal.c.seq)).where(journal.c.time >= before)).scalar()
    newest: int = connection.execute(select(func.max(journal.c.seq))).scalar() or 0
    return newest if first is None else min(first, newest)
