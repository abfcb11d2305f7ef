"""A holding of one strategy in one symbol, kept as quantity and cost so that no average is ever rounded."""

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from portfolio.model.decimals import ZERO, money
from portfolio.model.fill import Fill
from portfolio.model.identifiers import AccountId, StrategyId, Symbol
from portfolio.model.instrument import Instrument


class Key(NamedTuple):
    """Whose holding: positions, reservations and limits meet here."""

    account: AccountId
    strategy: StrategyId
    symbol: Symbol


@dataclass(frozen=True, slots=True)
class Position:
    """`quantity` is negative for a short. Money is in the instrument's settle currency.

    `cost` is what the quantity was worth when it was traded; `realised` excludes `fees`, positive when paid, and
    `funding`, positive when received. `entries` is how many orders that have ended built it up since it was last flat,
    or on the other side.
    """

    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    realised: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    entries: int = 0

    def after(self, fill: Fill, instrument: Instrument, fee: Decimal) -> "Position":
        """The position once `fill` is booked; cash flows and cost always add up to the last digit.

        `fee` is the fill's in the settle currency. One that spot takes in coins leaves so many fewer to hold.
        """
        traded = self.traded(fill.side.signed(fill.quantity), fill.price, instrument)
        taken = fill.fee if instrument.is_spot and fill.fee_currency == instrument.base else ZERO
        quantity = traded.quantity - taken
        is_same = abs(quantity) >= instrument.lot and quantity * self.quantity > 0
        return Position(
            quantity=quantity,
            cost=traded.cost - instrument.value(taken, fill.price) if taken else traded.cost,
            realised=traded.realised,
            fees=self.fees + fee,
            funding=self.funding,
            entries=self.entries if is_same else 0,
        )

    def traded(self, delta: Decimal, price: Decimal, instrument: Instrument) -> "Position":
        """The position once the signed `delta` was traded, fees aside: what it closes is realised, at average cost."""
        closed = -min(abs(delta), abs(self.quantity)).copy_sign(delta) if self.quantity * delta < 0 else ZERO
        released = self._cost_of(closed)
        return Position(
            quantity=self.quantity + delta,
            cost=self.cost - released + instrument.value(delta + closed, price),
            realised=self.realised + instrument.value(closed, price) - released,
            fees=self.fees,
            funding=self.funding,
        )

    def _cost_of(self, part: Decimal) -> Decimal:
        """The cost that belongs to `part` of the quantity, all of it when the whole goes."""
        if part == self.quantity:
            return self.cost
        return money(self.cost * part / self.quantity) if part else ZERO

    def plus(self, other: "Position") -> "Position":
        """Both holdings as one."""
        return Position(
            self.quantity + other.quantity,
            self.cost + other.cost,
            self.realised + other.realised,
            self.fees + other.fees,
            self.funding + other.funding,
            self.entries + other.entries,
        )

    @property
    def earned(self) -> Decimal:
        """Everything but what is unrealised."""
        return self.realised - self.fees + self.funding

    def is_loss_after(self, before: "Position") -> bool:
        """True where what was closed since `before` lost money, fees included."""
        is_reduced = before.quantity * self.quantity < 0 or abs(self.quantity) < abs(before.quantity)
        return is_reduced and self.realised - self.fees < before.realised - before.fees

    def unrealised(self, mark: Decimal, instrument: Instrument) -> Decimal:
        return instrument.value(self.quantity, mark) - self.cost

    def entry_price(self, instrument: Instrument) -> Decimal | None:
        """The average price paid, for display only; None when flat."""
        return instrument.average_price(self.quantity, self.cost)
