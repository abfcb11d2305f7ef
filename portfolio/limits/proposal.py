"""An order on trial: it is already reserved in the book, so that every figure counts it."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from portfolio.book import Book, key_of
from portfolio.exposure import Exposure, exposure_of
from portfolio.model.instrument import Instrument
from portfolio.model.order import Order
from portfolio.model.position import Key
from portfolio.model.quote import Reference
from portfolio.model.scope import Scope


@dataclass(slots=True)
class Proposal:
    """`asked` is the quantity before rounding; `reference` is None where no price is known."""

    book: Book
    order: Order
    reference: Reference | None
    asked: Decimal
    now: datetime
    signal_price: Decimal | None = None
    _exposures: dict[Scope, Exposure] = field(default_factory=dict)
    _equities: dict[Scope, Decimal] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        return key_of(self.order)

    @property
    def instrument(self) -> Instrument:
        return self.book.setup.instrument(self.key)

    @property
    def notional(self) -> Decimal:
        """What the order could cost at most, at its reservation price."""
        return self.instrument.value(self.order.quantity, self.order.reservation_price)

    def exposure(self, scope: Scope) -> Exposure:
        if scope not in self._exposures:
            self._exposures[scope] = exposure_of(self.book, scope)
        return self._exposures[scope]

    def equity(self, scope: Scope) -> Decimal:
        """The equity that a share in this scope is a share of: the account's, or the whole portfolio's."""
        owner = Scope(scope.account)
        if owner not in self._equities:
            self._equities[owner] = self.book.equity(owner)
        return self._equities[owner]
