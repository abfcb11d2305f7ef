"""A strategy's read-only window on the book: one holding at one moment."""

from datetime import datetime
from decimal import Decimal

from portfolio.book import Book
from portfolio.model.decimals import ZERO
from portfolio.model.instrument import Instrument
from portfolio.model.order import Order
from portfolio.model.position import Key
from portfolio.model.quote import Reference
from portfolio.model.scope import Scope
from portfolio.model.side import Side
from portfolio.model.signal import Size
from portfolio.sizing import Basis, quantity_of


class BookView:
    """Implements `portfolio.ports.View`. The book behind it is not reachable from a strategy by any public name."""

    __slots__ = ("_book", "_entry_price", "_key", "_reference", "_stop_loss", "now")

    def __init__(
        self,
        book: Book,
        key: Key,
        reference: Reference | None,
        now: datetime,
        stop_loss: Decimal | None = None,
        entry_price: Decimal | None = None,
    ) -> None:
        self._book = book
        self._key = key
        self._reference = reference
        self._stop_loss = stop_loss
        self._entry_price = entry_price
        self.now = now

    @property
    def instrument(self) -> Instrument:
        return self._book.setup.instrument(self._key)

    @property
    def position(self) -> Decimal:
        return self._book.position(self._key).quantity

    @property
    def live_orders(self) -> tuple[Order, ...]:
        return self._book.live_orders(self._key)

    @property
    def moving_orders(self) -> tuple[Order, ...]:
        return tuple(order for order in self.live_orders if not order.rests)

    @property
    def in_flight(self) -> Decimal:
        return sum((order.side.signed(order.remaining) for order in self.moving_orders), ZERO)

    @property
    def reducible(self) -> Decimal:
        return self._book.reducible(self._key)

    @property
    def price(self) -> Decimal | None:
        return self._reference.mark if self._reference else None

    def entries(self, side: Side) -> int:
        return self._book.entries(self._key, side)

    @property
    def has_unknown(self) -> bool:
        return self._book.has_unknown(self._key.account, self._key.symbol)

    @property
    def equity(self) -> Decimal:
        return self._book.equity(Scope(self._key.account))

    @property
    def default_size(self) -> Size | None:
        return self._book.setup.strategies[self._key.strategy].sizing

    @property
    def max_age_s(self) -> Decimal:
        return self._book.setup.max_age_s

    def quantity_of(self, size: Size) -> Decimal | None:
        basis = Basis(
            instrument=self.instrument,
            price=self.price,
            rate=self._book.settle_rate(self._key),
            equity=self.equity,
            position=self.position,
            stop=self._stop_loss,
            entry=self._entry_price,
        )
        quantity = quantity_of(size, basis)
        return self.instrument.rounded_quantity(quantity) if quantity is not None else None
