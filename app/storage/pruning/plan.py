"""What may be pruned: whole trails that ended before a moment, oldest first, and lines that nothing refers to."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, or_, select

from app.storage.checks.holdings import instrument_of
from app.storage.rows import key_from
from app.storage.schema import fills, flattenings, journal, orders, signals
from portfolio.model.position import Key
from portfolio.setup import Setup


@dataclass(frozen=True, slots=True)
class Booking:
    """A fill, and the trail that it is part of; None where its order is missing."""

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
    ended = every - _needed(connection, before)
    bookings = _bookings(connection)
    trails = _oldest_of_each_holding(bookings, _replayable(bookings, ended, setup))
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
    return {trail for query in queries for trail in connection.execute(query).scalars()}


def _bookings(connection: Connection) -> list[Booking]:
    columns = (fills.c.id, fills.c.account, fills.c.strategy, fills.c.symbol, orders.c.origin)
    joined = fills.outerjoin(orders, orders.c.client_order_id == fills.c.client_order_id)
    query = select(*columns).select_from(joined).order_by(fills.c.id)
    return [Booking(row["id"], key_from(row), row["origin"]) for row in connection.execute(query).mappings()]


def _replayable(bookings: Iterable[Booking], trails: set[str], setup: Setup) -> set[str]:
    """Without the trails whose fills cannot be followed, because the configuration has forgotten the instrument."""
    unknown = {key for key in {booking.key for booking in bookings} if instrument_of(setup, key) is None}
    return trails - {booking.trail for booking in bookings if booking.key in unknown}


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
