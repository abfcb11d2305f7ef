"""What a limit is: one small class that looks at a proposal within a scope and answers with its figures."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum, auto
from typing import Any, ClassVar, NamedTuple, Protocol, runtime_checkable

from portfolio.book import Book
from portfolio.limits.proposal import Proposal
from portfolio.model.check import Check
from portfolio.model.decimals import HUNDRED, ZERO
from portfolio.model.position import Key
from portfolio.model.scope import Scope
from portfolio.model.tally import Tally

LONGEST_S = 31_536_000
MOST_MOMENTS = 10_000
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


class Limit(Protocol):
    """A control that a user sets. `key` is its name in the configuration, in capitals its code."""

    key: ClassVar[str]

    def check(self, proposal: Proposal, scope: Scope) -> Check: ...


class Occurrence(Enum):
    """What a limit may count."""

    ORDER_SENT = auto()
    ENTRY_FILLED = auto()
    LOSS_TAKEN = auto()


@runtime_checkable
class CountingLimit(Protocol):
    """A limit with a memory: what it has counted is a row of the book, and outlives the process."""

    counts: ClassVar[Occurrence]

    def row(self, scope: Scope, key: Key) -> tuple[Scope, str]:
        """Where what happens to the holding is counted, for a limit that was set in `scope`."""

    def counted(self, tally: Tally, now: datetime) -> Tally:
        """What has been counted once it has happened again."""


class Use(NamedTuple):
    """What a limit would see now, and the most it admits, in the same unit. `of` is the symbol that the figure is of,
    where that is another than the scope's own."""

    value: Decimal
    most: Decimal
    of: str | None = None

    @property
    def share(self) -> Decimal | None:
        """1 is all of it; None where nothing can be compared."""
        return self.value / self.most if self.most > 0 and self.value.is_finite() else None


@runtime_checkable
class StandingLimit(Protocol):
    """A limit that is used up by what is there, not only by an order on trial."""

    def use(self, book: Book, scope: Scope, now: datetime) -> Use: ...


@dataclass(frozen=True, slots=True)
class ScopedLimit:
    scope: Scope
    limit: Limit

    def use(self, book: Book, now: datetime) -> Use | None:
        """None for a limit that looks at orders alone."""
        return self.limit.use(book, self.scope, now) if isinstance(self.limit, StandingLimit) else None


@dataclass(frozen=True, slots=True)
class Amount:
    """Money in the portfolio's currency, or a share of equity."""

    number: Decimal
    is_percent: bool = False

    def of(self, equity: Decimal) -> Decimal:
        """The amount in money; a share of a negative equity is nothing."""
        return max(ZERO, equity) * self.number / HUNDRED if self.is_percent else self.number

    def in_scope(self, book: Book, scope: Scope) -> Decimal:
        """The amount in money now: a share is of the account's equity, or of the whole portfolio's."""
        return self.of(book.equity(Scope(scope.account)))


def parse_amount(text: str) -> Amount:
    """`"650"` or `"25%"`. Raises ValueError naming what was expected."""
    if text.endswith("%"):
        return Amount(_positive(text[:-1], text), is_percent=True)
    return Amount(_positive(text, text))


def parse_ratio(text: str) -> Decimal:
    """`"0.01"` or `"1%"`, both one hundredth."""
    return _positive(text[:-1], text) / HUNDRED if text.endswith("%") else _positive(text, text)


def parse_number(text: str) -> Decimal:
    return _positive(text, text)


def parse_count(text: str) -> int:
    number = _positive(text, text)
    if number != int(number):
        raise ValueError(f"expected a whole number, got {text!r}")
    return int(number)


def parse_seconds(text: str) -> Decimal:
    seconds = _positive(text, text)
    if seconds > LONGEST_S:
        raise ValueError(f"expected at most {LONGEST_S} seconds, got {text!r}")
    return seconds


def parse_frequency(text: str) -> int:
    """How many in a window. Bounded, because each of them is remembered."""
    most = parse_count(text)
    if most > MOST_MOMENTS:
        raise ValueError(f"expected at most {MOST_MOMENTS}, got {text!r}")
    return most


def _positive(digits: str, text: str) -> Decimal:
    if len(digits) > 40 or not _NUMBER.fullmatch(digits) or Decimal(digits) <= 0:
        raise ValueError(f"expected a positive number such as 650, {text!r} is none")
    return Decimal(digits)


@dataclass(frozen=True, slots=True)
class LimitType:
    """How a limit is read from the configuration: `parse` turns the text into the constructor's argument."""

    create: Callable[[Any], Limit]
    parse: Callable[[str], Any]

    def read(self, text: str) -> Limit:
        return self.create(self.parse(text))


def at_most(limit: Limit, scope: Scope, most: Decimal, value: Decimal, what: str) -> Check:
    """Passed where `value` does not exceed `most`."""
    passed = value <= most
    message = f"{what} {'is within' if passed else 'exceeds'} the limit"
    return Check(limit.key.upper(), str(scope), passed, most, value, message)


def at_least(limit: Limit, scope: Scope, least: Decimal, value: Decimal | None, what: str) -> Check:
    """Passed where `value` reaches `least`, or where there is none."""
    passed = value is None or value >= least
    message = f"{what} {'has lasted long enough' if passed else 'is not long enough yet'}"
    return Check(limit.key.upper(), str(scope), passed, least, value, message)
