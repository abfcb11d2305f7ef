"""What limits count, counted once more: from the orders that really left and the fills that were booked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from portfolio.book import Book, key_of
from portfolio.changes import Changes
from portfolio.model.effect import Effect, SendOrder
from portfolio.model.order import Order
from portfolio.model.position import Key
from portfolio.model.scope import Scope
from portfolio.model.side import Side
from tests.properties.model import FIGURES, scoped_limits


@dataclass
class Counts:
    """`left` are orders by the time they first left. `kinds` has True for an exit; an order may turn into an entry."""

    left: dict[str, tuple[datetime, Key]] = field(default_factory=dict)
    kinds: dict[str, set[bool]] = field(default_factory=dict)
    entered: dict[Key, datetime] = field(default_factory=dict)
    held: dict[Key, Decimal] = field(default_factory=dict)
    built_by: dict[Key, set[str]] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    again: set[str] = field(default_factory=set)
    resumed: datetime | None = None

    def take(self, effects: Sequence[Effect], changes: Changes, now: datetime) -> None:
        """The batch has been committed. Orders are tried against what was known before it."""
        for effect in effects:
            if isinstance(effect, SendOrder) and effect.order.client_order_id not in self.left:
                self.left[effect.order.client_order_id] = (now, key_of(effect.order))
                if not effect.order.is_exit:
                    self._require_allowed(effect.order, now)
        for order_id, order in changes.orders.items():
            if order is not None:
                self.kinds.setdefault(order_id, set()).add(order.is_exit)
        if any(event.kind.value == "TradingResumed" for event in changes.history.events):
            self.resumed = now
        for fill in changes.history.fills:
            key, order_id = Key(fill.account, fill.strategy, fill.symbol), fill.client_order_id
            if order_id is not None and self.kinds[order_id] == {False}:
                self.entered[key] = now
            self._build(key, order_id, fill.side.signed(fill.quantity))
            if order_id in self.ended:
                self.again.add(order_id)
        self.ended |= {i for i, order in changes.orders.items() if order and not order.is_live and order.filled}

    def _build(self, key: Key, order_id: str | None, delta: Decimal) -> None:
        """Which orders built up what is held now, on the side where it is."""
        before = self.held.get(key, Decimal(0))
        after = self.held[key] = before + delta
        if before * after <= 0:
            self.built_by[key] = set()
        if after * delta > 0 and order_id is not None:
            self.built_by.setdefault(key, set()).add(order_id)

    def _require_allowed(self, order: Order, now: datetime) -> None:
        for scope, key, text in FIGURES:
            if not scope.covers(key_of(order)):
                continue
            if key == "max_orders_per_minute":
                assert self.sent(scope, now, timedelta(minutes=1)) <= int(text), f"{key}: {order}"
            if key == "max_orders_per_day":
                assert self.sent_today(scope, now) <= int(text), f"{key}: {order}"
            if key == "cooldown_s":
                since = [now - at for held, at in self.entered.items() if scope.covers(held)]
                assert all(span >= timedelta(seconds=int(text)) for span in since), f"{key}: {order}"
            if key == "repeat_throttle":
                most, span_s = (int(part) for part in text.rstrip("s").split("/"))
                span = timedelta(seconds=span_s)
                mine = Scope(order.account, order.strategy)
                assert self._was_resumed(now, span) or self.sent(mine, now, span) <= most, f"{key}: {order}"

    def _was_resumed(self, now: datetime, span: timedelta) -> bool:
        return self.resumed is not None and self.resumed > now - span

    def sent(self, scope: Scope, now: datetime, span: timedelta) -> int:
        return sum(now - at < span for at, key in self.left.values() if scope.covers(key))

    def sent_today(self, scope: Scope, now: datetime) -> int:
        return sum(at.date() == now.date() for at, key in self.left.values() if scope.covers(key))

    # --- what the book says ------------------------------------------------------------------------------------

    def check(self, book: Book, now: datetime) -> None:
        for (scope, key, text), used in self._uses(book, now):
            if key == "max_orders_per_minute":
                assert used == min(int(text), self.sent(scope, now, timedelta(minutes=1))), key
            if key == "max_orders_per_day":
                assert used == self.sent_today(scope, now), key
        for key, orders in self.built_by.items():
            position = book.position(key)
            assert position.quantity or not position.entries
            surely = {order_id for order_id in orders if self._surely_entered(book, order_id)}
            known = [book.entries(key, side) for side in Side if side.signed(position.quantity) > 0]
            assert not known or known[0] >= len(surely), f"{key}: {known} entries, built by {surely}"

    def _surely_entered(self, book: Book, order_id: str) -> bool:
        """Left out are orders that were exits once, and those that were filled late after they had counted already:
        nobody knows for which position."""
        return self.kinds[order_id] == {False} and order_id not in self.again

    @staticmethod
    def _uses(book: Book, now: datetime) -> Iterator[tuple[tuple[Scope, str, str], Decimal | None]]:
        for figure, item in zip(FIGURES, scoped_limits(), strict=True):
            use = item.use(book, now)
            yield figure, use.value if use else None
