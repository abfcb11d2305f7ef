"""A holding of one strategy in one symbol, kept as quantity and cost so that no average is ever rounded."""

from dataclasses import dataclass, replace
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
    """`quantity` and `cost` are negative for a short; `realised` excludes `fees`, which are positive when paid."""

    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    realised: Decimal = ZERO
    fees: Decimal = ZERO

    def after(self, fill: Fill, instrument: Instrument) -> "Position":
        """The position once `fill` is booked; cash flows and cost always add up to the last digit."""
        delta = fill.side.signed(fill.quantity)
        closed = -min(abs(delta), abs(self.quantity)).copy_sign(delta) if self.quantity * delta < 0 else ZERO
        released = self._cost_of(closed)
        opened = delta + closed
        return replace(
            self,
            quantity=self.quantity + delta,
            cost=self.cost - released + instrument.value(opened, fill.price),
            realised=self.realised + instrument.value(closed, fill.price) - released,
            fees=self.fees + fill.fee,
        )

    def _cost_of(self, part: Decimal) -> Decimal:
        """The cost that belongs to `part` of the quantity, all of it when the whole goes."""
        if part == self.quantity:
            return self.cost
        return money(self.cost * part / self.quantity) if part else ZERO

    def unrealised(self, mark: Decimal, instrument: Instrument) -> Decimal:
        return instrument.value(self.quantity, mark) - self.cost

    def entry_price(self, instrument: Instrument) -> Decimal | None:
        """The average price paid, for display only; None when flat."""
        return self.cost / (self.quantity * instrument.contract_size) if self.quantity else None
