"""Where a venue's books and the desk's say something else of the same thing."""

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from portfolio.model.identifiers import AccountId


class DifferenceKind(StrEnum):
    """Of the net position in a symbol, of a currency's balance, or of an ended order of ours that still rests."""

    POSITION = "position"
    BALANCE = "balance"
    ORDER = "order"


class Subject(NamedTuple):
    """What differs: `name` is a symbol, a currency or a client order id."""

    account: AccountId
    kind: DifferenceKind
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """`venue` and `book` are what each has; `price` is what a position is adjusted at, None where nobody knows one.

    `seen` is in how many looks in a row it was the same, with nothing booked in between.
    """

    kind: DifferenceKind
    name: str
    venue: Decimal
    book: Decimal
    price: Decimal | None = None
    seen: int = 1

    @property
    def amount(self) -> Decimal:
        """What the desk's books lack."""
        return self.venue - self.book

    def after(self, known: "Difference | None") -> "Difference":
        """The same, seen once more than it was known before."""
        is_same = known is not None and (known.venue, known.book) == (self.venue, self.book)
        return replace(self, seen=known.seen + 1) if known is not None and is_same else self

    def unseen(self) -> "Difference":
        """Something happened in between: it has to be seen anew."""
        return replace(self, seen=0)
