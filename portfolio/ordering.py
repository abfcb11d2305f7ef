"""From an intent to an order: sized, reserved in the book, tried by every control, kept or denied."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from portfolio.book import Book
from portfolio.limits.chain import LimitChain
from portfolio.limits.proposal import Proposal
from portfolio.model.check import Check
from portfolio.model.decimals import ONE, ZERO
from portfolio.model.identifiers import ClientOrderId, SignalId
from portfolio.model.intent import OrderIntent
from portfolio.model.order import Order, OrderStatus, OrderType, PriceSource
from portfolio.model.position import Key
from portfolio.model.quote import Reference
from portfolio.model.scope import Scope
from portfolio.sizing import quantity_of, reservation_price


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What an order is placed on: whose it is, what it stems from, and the price of the moment.

    `market_reference` is the price for market orders where that is another.
    """

    key: Key
    origin: str
    signal_id: SignalId | None
    now: datetime
    reference: Reference | None
    signal_price: Decimal | None = None
    market_reference: Reference | None = None

    def for_type(self, order_type: OrderType) -> "Occasion":
        """The occasion for an order of that type: a limit alert's own price is no price that a market order gets."""
        if order_type is OrderType.LIMIT or self.market_reference is None:
            return self
        return replace(self, reference=self.market_reference)


@dataclass(frozen=True, slots=True)
class Placed:
    """An order as it stands in the book, PENDING or DENIED, with the figures of every control."""

    order: Order
    checks: tuple[Check, ...]

    @property
    def is_denied(self) -> bool:
        return self.order.status is OrderStatus.DENIED


class Ordering:
    """Places orders in the book; sending them is somebody else's business."""

    def __init__(self, book: Book, limits: LimitChain) -> None:
        self._book = book
        self._limits = limits

    def place(
        self,
        occasion: Occasion,
        intent: OrderIntent,
        order_id: ClientOrderId,
        after: ClientOrderId | None = None,
        refused: tuple[Check, ...] = (),
    ) -> Placed:
        """The order is in the book: PENDING with its exposure reserved, or DENIED with `refused` and failed checks."""
        order, asked = self._draft(occasion, intent, order_id, after)
        savepoint = self._book.savepoint()
        self._book.put_order(order)
        checks = self._try(order, occasion, asked)
        failed = [check for check in (*refused, *checks) if not check.passed]
        if not failed:
            return Placed(order, checks)
        self._book.roll_back_to(savepoint)
        reasons = tuple(check.as_reason() for check in failed)
        denied = replace(order, status=OrderStatus.DENIED, reasons=reasons)
        self._book.put_order(denied, reason=", ".join(check.code for check in failed))
        return Placed(denied, checks)

    def retest(self, order: Order, occasion: Occasion) -> tuple[Check, ...]:
        """What the controls say of an order that is in the book already, as things are now."""
        return self._try(order, occasion, order.quantity)

    def _try(self, order: Order, occasion: Occasion, asked: Decimal) -> tuple[Check, ...]:
        proposal = Proposal(self._book, order, occasion.reference, asked, occasion.now, occasion.signal_price)
        return self._limits.checks(proposal)

    def _draft(
        self, occasion: Occasion, intent: OrderIntent, order_id: ClientOrderId, after: ClientOrderId | None
    ) -> tuple[Order, Decimal]:
        key, reference = occasion.key, occasion.reference
        instrument = self._book.setup.instrument(key)
        price = instrument.rounded_price(intent.side, intent.price) if intent.price is not None else None
        asked = self._asked_quantity(occasion, intent)
        quantity = instrument.rounded_quantity(asked)
        if intent.reduce_only and asked == abs(self._book.position(key).quantity):
            quantity = asked
        send_within = timedelta(seconds=float(self._book.setup.accounts[key.account].send_within_s))
        allowance = self._limits.allowance(key)
        order = Order(
            client_order_id=order_id,
            origin=occasion.origin,
            signal_id=occasion.signal_id,
            account=key.account,
            strategy=key.strategy,
            symbol=key.symbol,
            side=intent.side,
            order_type=intent.order_type,
            quantity=quantity,
            price=price,
            reduce_only=intent.reduce_only,
            is_exit=self._is_exit(key, intent, quantity, after),
            time_in_force=intent.time_in_force,
            status=OrderStatus.PENDING,
            reference_price=reference.for_side(intent.side) if reference else ZERO,
            reference_source=reference.source if reference else PriceSource.LAST,
            reservation_price=(
                reservation_price(intent.order_type, intent.side, price, reference, allowance) if reference else ZERO
            ),
            created_at=occasion.now,
            updated_at=occasion.now,
            send_by=None if after else occasion.now + send_within,
            after=after,
        )
        return order, asked

    def _asked_quantity(self, occasion: Occasion, intent: OrderIntent) -> Decimal:
        """What the intent asks for before rounding; zero where it cannot be known, which no control lets pass."""
        reference = occasion.reference
        at = reference.mark if reference else None
        equity = self._book.equity(Scope(occasion.key.account))
        position = self._book.position(occasion.key).quantity
        asked = quantity_of(intent.size, self._book.setup.instrument(occasion.key), at, equity, position)
        return asked if asked is not None else ZERO

    def _is_exit(self, key: Key, intent: OrderIntent, quantity: Decimal, after: ClientOrderId | None) -> bool:
        """True where the order can only reduce what is held, counting the exits that are live already.

        Of an order that waits nobody knows yet what it will meet: it is an exit if it says so itself.
        """
        if after is not None:
            return intent.reduce_only
        position = self._book.position(key).quantity
        reduces = intent.side.signed(ONE) * position < 0
        return reduces and quantity <= self._book.reducible(key)
