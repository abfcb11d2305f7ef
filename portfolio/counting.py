"""Counting for the limits that have a memory: orders that leave, entries that fill, losses that are taken."""

from datetime import datetime

from portfolio.book import Book, key_of
from portfolio.booking import Booked
from portfolio.limits.chain import LimitChain
from portfolio.limits.limit import Occurrence
from portfolio.model.position import Key
from portfolio.model.tally import NO_TALLY


def count(book: Book, limits: LimitChain, occurrence: Occurrence, key: Key, now: datetime) -> None:
    """Every limit that counts this has counted it; where none does, it costs a look-up."""
    for row, limit in limits.counting(occurrence, key):
        book.tallies.put(row, limit.counted(book.tallies.get(row) or NO_TALLY, now))


def count_executions(book: Book, limits: LimitChain, booked: Booked, now: datetime) -> None:
    """What a report told is counted as of now, whenever the venue says that it happened."""
    key = key_of(booked.after)
    if booked.filled and not booked.before.is_exit:
        count(book, limits, Occurrence.ENTRY_FILLED, key, now)
    if booked.lost:
        count(book, limits, Occurrence.LOSS_TAKEN, key, now)
