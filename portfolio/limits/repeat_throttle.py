"""REPEAT_THROTTLE: a strategy that sends orders one after the other, faster than anybody meant, is stopped.

What trips it only reduces until a person resumes it. Set wide, it is a fuse; to space orders out there are rates and
cooldowns.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar

from portfolio.book import Book
from portfolio.limits.limit import MOST_MOMENTS, Occurrence, Use, at_most, parse_count
from portfolio.limits.proposal import Proposal
from portfolio.model.check import Check
from portfolio.model.position import Key
from portfolio.model.scope import Scope
from portfolio.model.tally import NO_TALLY, Tally

LONGEST_WINDOW_S = 86_400
EXPECTED_REPEATS = 'a number of orders in a number of seconds such as "20/60s"'


@dataclass(frozen=True, slots=True)
class Repeats:
    """So many in so many seconds."""

    number: int
    span_s: int

    def __str__(self) -> str:
        return f"{self.number}/{self.span_s}s"


def parse_repeats(text: str) -> Repeats:
    """`"20/60s"`. Raises ValueError naming what was expected."""
    number, slash, span = text.partition("/")
    if not slash or not span.endswith("s"):
        raise ValueError(f"expected {EXPECTED_REPEATS}, got {text!r}")
    repeats = Repeats(parse_count(number), parse_count(span[:-1]))
    if repeats.number > MOST_MOMENTS or repeats.span_s > LONGEST_WINDOW_S:
        raise ValueError(f"expected at most {MOST_MOMENTS} orders in at most {LONGEST_WINDOW_S} seconds, got {text!r}")
    return repeats


@dataclass(frozen=True, slots=True)
class RepeatThrottle:
    """Counts for each strategy of the scope by itself; those of a symbol, for each strategy there."""

    key: ClassVar[str] = "repeat_throttle"
    code: ClassVar[str] = "REPEAT_THROTTLE"
    counts: ClassVar[Occurrence] = Occurrence.ORDER_SENT
    most: Repeats

    def check(self, proposal: Proposal, scope: Scope) -> Check:
        tally = proposal.book.tallies.get(self.row(scope, proposal.key)) or NO_TALLY
        value = tally.within(self._span, proposal.now) + proposal.uncounted
        what = f"the strategy's orders within {self.most.span_s} seconds"
        return at_most(self, scope, Decimal(self.most.number), Decimal(value), what)

    def use(self, book: Book, scope: Scope, now: datetime) -> Use:
        """That of the strategy that uses most of it."""
        rows = [tally for (where, name), tally in book.tallies.items() if name == self._name and scope.contains(where)]
        value = max((tally.within(self._span, now) for tally in rows), default=0)
        return Use(Decimal(value), Decimal(self.most.number))

    def row(self, scope: Scope, key: Key) -> tuple[Scope, str]:
        return Scope(key.account, key.strategy, scope.symbol), self._name

    def counted(self, tally: Tally, now: datetime) -> Tally:
        return tally.with_moment(now, self._span, self.most.number)

    @property
    def _name(self) -> str:
        """The figures belong to it: two throttles may watch the same strategy."""
        return f"{self.key} {self.most}"

    @property
    def _span(self) -> timedelta:
        return timedelta(seconds=self.most.span_s)
