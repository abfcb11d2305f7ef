"""An order on trial: it is already reserved in the book, so that every figure counts it."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from portfolio.book import Book, key_of
from portfolio.exposure import Exposure, exposure_of
from portfolio.model.decimals import ZERO
from portfolio.model.instrument import Instrument
from portfolio.model.order import Order
from portfolio.model.position import Key
from portfolio.model.protection import Protection
from portfolio.model.quote import Reference
from portfolio.model.scope import Scope


@dataclass(slots=True)
class Proposal:
    """`asked` is the quantity before rounding; `reference` is None where no price is known.

    `is_counted` tells that the order has left before, so that what counts orders has it already.
    `is_new` where it is placed now, with what is to protect it, and not tried again. It `lacks_stop` where its quantity
    depends on one.
    """

    book: Book
    order: Order
    reference: Reference | None
    asked: Decimal
    now: datetime
    signal_price: Decimal | None = None
    is_counted: bool = False
    is_new: bool = False
    protection: Protection | None = None
    lacks_stop: bool = False
    key: Key = field(init=False)
    instrument: Instrument = field(init=False)
    _exposures: dict[Scope, Exposure] = field(default_factory=dict)
    _equities: dict[Scope, Decimal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """What every control asks for is looked up once."""
        self.key = key_of(self.order)
        self.instrument = self.book.setup.instrument(self.key)

    @property
    def uncounted(self) -> int:
        """What the order adds to the number of those that have left."""
        return 0 if self.is_counted else 1

    @property
    def notional(self) -> Decimal:
        """What the order could come to at most, at its reservation price, in the portfolio's currency."""
        return self.notional_in_settle * (self.book.settle_rate(self.key) or ZERO)

    @property
    def notional_in_settle(self) -> Decimal:
        """The same in the currency that the instrument settles in."""
        price = self.order.reservation_price
        return abs(self.instrument.notional(self.order.quantity, price)) if price else ZERO

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
