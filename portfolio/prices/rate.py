"""What one unit of a currency is worth in another, by markets that somebody quotes."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from typing import NamedTuple

from portfolio.model.decimals import ONE
from portfolio.model.identifiers import Symbol
from portfolio.prices.ticker import Venue

_DOWN = Context(prec=34, rounding=ROUND_FLOOR)
_UP = Context(prec=34, rounding=ROUND_CEILING)


class Step(NamedTuple):
    """One market on the way; `is_reciprocal` where it quotes the other way round."""

    venue: Venue
    symbol: Symbol
    is_reciprocal: bool
    age_s: float


@dataclass(frozen=True, slots=True)
class Rate:
    """`bid` is what a unit brings that is sold, `ask` what one costs that is bought. Rounding is at the user's cost, so
    that there and back never gains. No steps: the currencies are the same one."""

    source: str
    target: str
    bid: Decimal
    ask: Decimal
    steps: tuple[Step, ...] = ()

    @property
    def mid(self) -> Decimal:
        return (self.bid + self.ask) / 2

    @property
    def age_s(self) -> float:
        """Of the oldest price on the way."""
        return max((step.age_s for step in self.steps), default=0.0)

    def bids(self, price: Decimal) -> Decimal:
        """What somebody who sells at `price` of the source gets of the target."""
        return _DOWN.multiply(price, self.bid)

    def asks(self, price: Decimal) -> Decimal:
        """What somebody who buys at `price` of the source pays of the target."""
        return _UP.multiply(price, self.ask)

    def turned(self) -> "Rate":
        """The same markets the other way: what is bought here is sold there."""
        bid, ask = _DOWN.divide(ONE, self.ask), _UP.divide(ONE, self.bid)
        steps = tuple(step._replace(is_reciprocal=not step.is_reciprocal) for step in reversed(self.steps))
        return Rate(self.target, self.source, bid, ask, steps)

    def then(self, onward: "Rate") -> "Rate":
        """Over a second rate, whose source is this one's target."""
        bid, ask = _DOWN.multiply(self.bid, onward.bid), _UP.multiply(self.ask, onward.ask)
        return Rate(self.source, onward.target, bid, ask, self.steps + onward.steps)


def same(currency: str) -> Rate:
    return Rate(currency, currency, ONE, ONE)
