"""One command being handled: the book, the envelope, and the effects that gather until the commit."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from portfolio.attaching import attached_to, give_up
from portfolio.book import Book, key_of
from portfolio.booking import move, order_event
from portfolio.limits.chain import LimitChain
from portfolio.limits.repeat_throttle import RepeatThrottle
from portfolio.marking import Marking
from portfolio.model.attachment import Attachment
from portfolio.model.check import Check
from portfolio.model.command import NO_NEWS, EarlierNews, EarlierOrder, Envelope
from portfolio.model.effect import AmendOrder, CancelAtVenue, Effect, SendOrder
from portfolio.model.event import Event, EventKind
from portfolio.model.identifiers import AccountId
from portfolio.model.order import AT_VENUE, Order, OrderStatus, PriceSource
from portfolio.model.position import Key
from portfolio.model.quote import Reference
from portfolio.model.scope import Scope
from portfolio.ordering import Occasion, Ordering, Placed
from portfolio.pricing import reference_for


@dataclass(frozen=True, slots=True)
class Repeating:
    """A strategy's order that one of its throttles refused, with the throttle's figures."""

    order: Order
    check: Check


@dataclass(slots=True)
class Turn:
    book: Book
    limits: LimitChain
    ordering: Ordering
    marking: Marking
    envelope: Envelope
    effects: list[Effect] = field(default_factory=list)
    repeating: list[Repeating] = field(default_factory=list)
    _legs: int = 0

    @property
    def now(self) -> datetime:
        return self.envelope.now

    @property
    def news(self) -> EarlierNews:
        """What the store knows of what a venue tells now."""
        earlier = self.envelope.earlier
        return earlier if isinstance(earlier, EarlierNews) else NO_NEWS

    def is_booked(self, account: AccountId, trade_id: str) -> bool:
        """True for an execution that is in the books: those of the store, and those of this batch."""
        earlier = self.envelope.earlier
        if isinstance(earlier, EarlierOrder | EarlierNews) and trade_id in earlier.trade_ids:
            return True
        return any((fill.account, fill.trade_id) == (account, trade_id) for fill in self.book.history.fills)

    def record(self, kind: EventKind, key: Key | None = None, origin: str | None = None, **detail: object) -> None:
        account, strategy, symbol = key or (None, None, None)
        event = Event(
            kind=kind,
            time=self.now,
            origin=origin,
            account=account,
            strategy=strategy,
            symbol=symbol,
            detail=detail,
        )
        self.book.record(event)

    def reference_like(self, order: Order) -> Reference | None:
        """The price of the moment for an order decided earlier; on paper that of the last alert that brought one."""
        reference = self.reference_since(key_of(order), order.created_at)
        is_last = reference is None or reference.source is PriceSource.LAST
        if is_last and order.reference_source is PriceSource.SIGNAL:
            return Reference.single(order.reference_price, PriceSource.SIGNAL, self._age_s(order.created_at))
        return reference

    def reference_since(self, key: Key, since: datetime) -> Reference | None:
        """The price of the moment; without a quote that of the last alert, if it brought one since then."""
        reference = reference_for(self.book, self.limits, self.envelope, key, None, None)
        if reference is not None and reference.source is not PriceSource.LAST:
            return reference
        mark = self.book.marks.get((key.account, key.symbol))
        if mark is not None and mark.source is PriceSource.SIGNAL and mark.time >= since:
            return Reference.single(mark.price, PriceSource.SIGNAL, self._age_s(mark.time))
        return reference

    def _age_s(self, since: datetime) -> Decimal:
        return Decimal(str((self.now - since).total_seconds()))

    def occasion_of(self, order: Order) -> Occasion:
        """The occasion for doing again, or more, of what `order` was part of."""
        return Occasion(
            key=key_of(order),
            origin=order.origin,
            signal_id=order.signal_id,
            now=self.now,
            reference=self.reference_like(order),
        )

    def next_leg(self) -> int:
        """A number that no other order of this command has."""
        self._legs += 1
        return self._legs

    def send_by(self, order: Order) -> datetime:
        """The last moment an order that may leave now may really leave."""
        return self.now + timedelta(seconds=float(self.book.setup.accounts[order.account].send_within_s))

    def send(self, order: Order) -> Order:
        """The order leaves once the batch is on disk, unless it waits for another; answers it as it is in the book."""
        if order.status is not OrderStatus.PENDING or order.is_waiting:
            return order
        order = order if order.is_exit or order.reduce_only else self._with_protection(order)
        self.effects.append(SendOrder(self._as_sent(order)))
        return order

    def _with_protection(self, entry: Order) -> Order:
        """The entry takes along what its venue can attach; what came with an earlier one is not to close this one's."""
        key, attached = key_of(entry), attached_to(self.book, entry)
        if attached != entry.attached:
            entry = entry.but(attached=attached)
            self.book.put_order(entry)
        known = self.book.attachments.get(key)
        if attached is not None:
            self.book.attachments.put(key, Attachment(entry.client_order_id, attached))
            prices = {"stop_loss": attached.stop_loss, "take_profit": attached.take_profit}
            told = {name: str(price) for name, price in prices.items() if price is not None}
            self.book.record(order_event(EventKind.PROTECTION_ATTACHED, entry, self.now, **told))
        elif known is not None and known.entry == entry.client_order_id:
            self.book.attachments.remove(key)
        else:
            give_up(self.book, key)
        return entry

    def _as_sent(self, order: Order) -> Order:
        """What the venue gets. Of a symbol that strategies share it knows the net only, and what shrinks that now."""
        if not order.reduce_only or not self.book.setup.is_shared(key_of(order)):
            return order
        net = self.book.net(order.account, order.symbol)
        shrinks = order.side.signed(order.quantity) * net < 0 and order.quantity <= abs(net)
        is_next = not order.rests and not self._others_trade(key_of(order))
        return order if shrinks and is_next else order.but(reduce_only=False)

    def _others_trade(self, key: Key) -> bool:
        """True while another strategy's order may change the net first."""
        live = self.book.live_orders_in(Scope(key.account, symbol=key.symbol))
        return any(order.strategy != key.strategy for order in live)

    def note_denial(self, placed: Placed) -> None:
        """A denied order is told of; if by a throttle, its strategy is stopped."""
        self.notice_repeats(placed.order, placed.checks)
        codes = [reason.code for reason in placed.order.reasons]
        self.book.record(order_event(EventKind.ORDER_DENIED, placed.order, self.now, codes=codes))

    def notice_repeats(self, order: Order, checks: Iterable[Check]) -> None:
        """A strategy whose throttle refused the order will be stopped before the turn ends."""
        tripped = next((check for check in checks if check.code == RepeatThrottle.code and not check.passed), None)
        if tripped is not None:
            self.repeating.append(Repeating(order, tripped))

    def amend(self, order: Order) -> None:
        """The venue is asked for what the order should be, once the batch is on disk."""
        guard = order.guard
        assert guard is not None
        asking = order.but(guard=replace(guard, asked=guard.wanted, changed_at=self.now), updated_at=self.now)
        self.book.put_order(asking)
        self.ask_to_amend(asking)

    def ask_to_amend(self, order: Order) -> None:
        """The same once more, where nobody knows whether the venue was asked."""
        asked = order.guard.asked if order.guard else None
        assert asked is not None
        self.effects.append(AmendOrder(order.but(quantity=asked.quantity, stop_price=asked.stop_price)))

    def request_cancel(self, order: Order) -> bool:
        """The order ends once its venue agrees, at once if it never left; False where that was asked before."""
        if order.cancel_requested or not order.is_live:
            return False
        wanted = order.but(cancel_requested=True, updated_at=self.now)
        if order.is_waiting:
            move(self.book, wanted, OrderStatus.CANCELED, self.now, "canceled before it was sent")
            return True
        if order.status in AT_VENUE:
            wanted = move(self.book, wanted, OrderStatus.PENDING_CANCEL, self.now)
        else:
            self.book.put_order(wanted)
        if order.status is not OrderStatus.UNKNOWN:
            self.effects.append(CancelAtVenue(wanted))
        return True
