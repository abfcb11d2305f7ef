"""From an intent to an order: sized, reserved in the book, tried by every control, kept or denied."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from portfolio.book import Book, key_of
from portfolio.counting import count
from portfolio.limits.chain import LimitChain
from portfolio.limits.limit import Occurrence
from portfolio.limits.proposal import Proposal
from portfolio.model.check import Check
from portfolio.model.decimals import ONE, ZERO
from portfolio.model.guard import Guard
from portfolio.model.identifiers import ClientOrderId, SignalId
from portfolio.model.instrument import Instrument
from portfolio.model.intent import OrderIntent
from portfolio.model.order import Order, OrderStatus, OrderType, PriceSource
from portfolio.model.position import Key
from portfolio.model.protection import Distance, Level, price_at
from portfolio.model.quote import Reference
from portfolio.model.scope import Scope
from portfolio.model.side import Side
from portfolio.model.signal import BY_RISK
from portfolio.sizing import Basis, quantity_of, reservation_price


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What an order is placed on: whose it is, what it stems from, and the price of the moment.

    `market_reference` is the price for market orders where that is another. `stop_loss` is where the alert's
    protective stop lies, `entry_price` where its order would trade if not at the market. With `may_add_to_net`
    a close goes whatever else the account holds of a shared symbol: a person asked, or it was held against that before.
    """

    key: Key
    origin: str
    signal_id: SignalId | None
    now: datetime
    reference: Reference | None
    signal_price: Decimal | None = None
    market_reference: Reference | None = None
    stop_loss: Level | None = None
    entry_price: Decimal | None = None
    may_add_to_net: bool = False

    def for_type(self, order_type: OrderType) -> "Occasion":
        """The occasion for an order of that type: a limit alert's own price is no price that a market order gets."""
        if order_type.rests or self.market_reference is None:
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
        guard: Guard | None = None,
    ) -> Placed:
        """The order is in the book: PENDING with its exposure reserved, or DENIED with `refused` and failed checks."""
        order, asked = self._draft(occasion, intent, order_id, after)
        order = order.but(guard=guard) if guard is not None else order
        savepoint = self._book.savepoint()
        self._book.put_order(order)
        checks = self._try(order, occasion, asked, intent)
        failed = [check for check in (*refused, *checks) if not check.passed]
        if not failed:
            self.count(order, occasion.now)
            return Placed(order, checks)
        self._book.roll_back_to(savepoint)
        reasons = tuple(check.as_reason() for check in failed)
        denied = order.but(status=OrderStatus.DENIED, reasons=reasons)
        self._book.put_order(denied, reason=", ".join(check.code for check in failed))
        return Placed(denied, checks)

    def retest(self, order: Order, occasion: Occasion, *, has_left: bool) -> tuple[Check, ...]:
        """What the controls say of an order that is in the book already, as things are now."""
        return self._try(order, occasion, order.quantity, has_left=has_left)

    def count(self, order: Order, now: datetime) -> None:
        """The order is one of those that have left, unless it waits."""
        if not order.is_waiting:
            count(self._book, self._limits, Occurrence.ORDER_SENT, key_of(order), now)

    def _try(
        self,
        order: Order,
        occasion: Occasion,
        asked: Decimal,
        intent: OrderIntent | None = None,
        *,
        has_left: bool = False,
    ) -> tuple[Check, ...]:
        proposal = Proposal(
            self._book,
            order,
            occasion.reference,
            asked,
            occasion.now,
            signal_price=occasion.signal_price,
            is_counted=has_left,
            is_new=intent is not None,
            protection=intent.protection if intent else None,
            lacks_stop=intent is not None and intent.size.kind in BY_RISK and _stop_of(occasion, intent) is None,
        )
        return self._limits.checks(proposal)

    def _draft(
        self, occasion: Occasion, intent: OrderIntent, order_id: ClientOrderId, after: ClientOrderId | None
    ) -> tuple[Order, Decimal]:
        key, reference = occasion.key, occasion.reference
        instrument = self._book.setup.instrument(key)
        price = instrument.rounded_price(intent.side, intent.price) if intent.price is not None else None
        asked = self._asked_quantity(occasion, intent)
        quantity = instrument.rounded_quantity(asked)
        if intent.reduce_only and not instrument.is_spot and asked == abs(self._book.position(key).quantity):
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
            is_exit=self._is_exit(occasion, intent, quantity, waits=after is not None),
            time_in_force=intent.time_in_force,
            status=OrderStatus.PENDING,
            reference_price=reference.for_side(intent.side) if reference else ZERO,
            reference_source=reference.source if reference else PriceSource.LAST,
            reservation_price=(
                reservation_price(intent, price, reference, allowance, instrument) if reference else ZERO
            ),
            created_at=occasion.now,
            updated_at=occasion.now,
            send_by=None if after else occasion.now + send_within,
            after=after,
            stop_price=rounded_stop(instrument, intent.side, intent.order_type, intent.stop_price),
            post_only=intent.post_only,
            expires_at=intent.expires_at,
            lapses_at=self._lapses_at(occasion.key, intent),
        )
        return order, asked

    def _lapses_at(self, key: Key, intent: OrderIntent) -> datetime | None:
        """Real venues are asked for no good-till-date, which not all know: the desk itself ends such an order."""
        if intent.expires_at is None or self._book.setup.accounts[key.account].ends_orders_in_time:
            return intent.lapses_at
        return min(intent.expires_at, intent.lapses_at or intent.expires_at)

    def _asked_quantity(self, occasion: Occasion, intent: OrderIntent) -> Decimal:
        """What the intent asks for before rounding; zero where it cannot be known, which no control lets pass."""
        key, reference = occasion.key, occasion.reference
        basis = Basis(
            instrument=self._book.setup.instrument(key),
            price=reference.mark if reference else None,
            rate=self._book.settle_rate(key),
            equity=self._book.equity(Scope(key.account)),
            position=self._book.position(key).quantity,
            stop=_stop_of(occasion, intent),
            entry=intent.entry_price,
        )
        asked = quantity_of(intent.size, basis)
        return asked if asked is not None else ZERO

    def _is_exit(self, occasion: Occasion, intent: OrderIntent, quantity: Decimal, *, waits: bool) -> bool:
        """True where the order can only reduce what is held, counting the exits that are live already.

        Of an order that waits nobody knows yet what it will meet: it is an exit if it says so itself. Where strategies
        share the symbol it has to reduce what the account holds of it too, unless the occasion says otherwise or it
        waits to protect.
        """
        moves_net = self._book.setup.is_shared(occasion.key) and not occasion.may_add_to_net
        if waits:
            passes = intent.order_type.has_stop or not moves_net
            return intent.reduce_only and (passes or self.shrinks_net(occasion.key, intent.side, quantity, moved=True))
        key = occasion.key
        position = self._book.position(key).quantity
        if intent.side.signed(ONE) * position >= 0:
            return False
        if moves_net and not self.shrinks_net(key, intent.side, quantity):
            return False
        if intent.reduce_only and intent.order_type.rests and self._book.setup.enforces_reduce_only(key):
            return quantity <= abs(position)
        claimed_first = ZERO if intent.reduce_only else self._moving_entries(key, intent.side)
        return quantity <= self._book.reducible(key) - claimed_first

    def _moving_entries(self, key: Key, side: Side) -> Decimal:
        """What entries of that side may have traded by now: it is they that reduce what is held, then, before any other
        does. What rests is bounded by itself (`portfolio.exposure`), and what waits is tested again."""
        live = (order for order in self._book.live_orders(key) if order.side is side and not order.is_exit)
        return sum((order.most_remaining for order in live if not order.rests and not order.is_waiting), ZERO)

    def shrinks_net(self, key: Key, side: Side, quantity: Decimal, *, moved: bool = False) -> bool:
        """True where trading the quantity brings the account's net of the symbol towards zero; with `moved` the net
        once the market orders on their way are filled."""
        net = self._book.net(key.account, key.symbol)
        if moved:
            live = self._book.live_orders_of(key.account, key.symbol)
            net += sum((order.side.signed(order.remaining) for order in live if not order.rests), ZERO)
        return side.signed(ONE) * net < 0 and quantity <= abs(net)


def _stop_of(occasion: Occasion, intent: OrderIntent) -> Decimal | None:
    """The price at which the order's protective stop would lie; None where it is not known."""
    own = intent.protection.stop_loss if intent.protection else None
    level = own or occasion.stop_loss
    entry = intent.entry_price or (occasion.reference.mark if occasion.reference else None)
    if level is None or (isinstance(level, Distance) and entry is None):
        return None
    price = price_at(level, entry or ZERO, above=intent.side is Side.SELL)
    return price if price > 0 else None


def rounded_stop(instrument: Instrument, side: Side, order_type: OrderType, price: Decimal | None) -> Decimal | None:
    """The stop price in whole ticks, never triggered later than asked."""
    if price is None:
        return None
    triggers_above = (side is Side.BUY) is (order_type is not OrderType.TAKE_PROFIT)
    return instrument.rounded_price(Side.BUY if triggers_above else Side.SELL, price)
