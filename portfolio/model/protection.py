"""Where a position is to be given up, for better or worse."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from portfolio.model.decimals import HUNDRED, ONE, plain

AWAY = " away"


class DistanceKind(StrEnum):
    PERCENT = "percent"
    MONEY = "money"


@dataclass(frozen=True, slots=True)
class Distance:
    """How far from the average price of the entry: per cent of it (2 means 2 %), or money for one unit."""

    amount: Decimal
    kind: DistanceKind = DistanceKind.PERCENT

    def __str__(self) -> str:
        return plain(self.amount) + ("%" if self.kind is DistanceKind.PERCENT else AWAY)


Level: TypeAlias = Decimal | Distance
"""A price, or how far from the entry's."""


def level_from(text: str) -> Level:
    """The level whose text it is."""
    if text.endswith("%"):
        return Distance(Decimal(text[:-1]))
    if text.endswith(AWAY):
        return Distance(Decimal(text.removesuffix(AWAY)), DistanceKind.MONEY)
    return Decimal(text)


def price_at(level: Level, entry: Decimal, *, above: bool) -> Decimal:
    """The price that the level means for an entry at that price; of a distance, above or below it."""
    if not isinstance(level, Distance):
        return level
    away = entry * level.amount / HUNDRED if level.kind is DistanceKind.PERCENT else level.amount
    return entry + away if above else entry - away


@dataclass(frozen=True, slots=True)
class TakeProfit:
    """A price at which a part is given up: a `share` of what the entry opens (1 is all of it), or a `quantity`."""

    price: Level
    share: Decimal | None = None
    quantity: Decimal | None = None

    def part_of(self, whole: Decimal) -> Decimal:
        """How much of the whole, before rounding; all of it where neither share nor quantity is known."""
        if self.quantity is not None:
            return min(self.quantity, whole)
        return whole * (ONE if self.share is None else self.share)


@dataclass(frozen=True, slots=True)
class Protection:
    """A stop, and either one take-profit for all or several for a part each; any of them may be missing.

    `quantity` is what they are to close; None means what the order that they go with opens.
    """

    stop_loss: Level | None = None
    take_profit: Level | None = None
    quantity: Decimal | None = None
    take_profits: tuple[TakeProfit, ...] = ()

    @property
    def is_relative(self) -> bool:
        """True where a price depends on that of the entry."""
        levels = (self.stop_loss, *(goal.price for goal in self.goals))
        return any(isinstance(level, Distance) for level in levels)

    @property
    def goals(self) -> tuple[TakeProfit, ...]:
        """Every take-profit, in the order that they were given in."""
        return self.take_profits if self.take_profit is None else (TakeProfit(self.take_profit), *self.take_profits)
