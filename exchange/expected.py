"""Orders that a venue should tell of soon, and when each is to be asked for if it does not."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from exchange.dialects.dialect import OrderNews
from exchange.tracker import id_of, is_final
from portfolio.model.identifiers import ClientOrderId
from portfolio.model.order import Order

LONGEST_WAIT_S = 8.0
MOST_REMEMBERED = 10_000


@dataclass(slots=True)
class _Wait:
    order: Order
    due_s: float
    wait_s: float


class Expected:
    """Each order is asked for later and later, until it rests or has ended; then reconciliation looks after it."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._waits: dict[ClientOrderId, _Wait] = {}
        self._heard: dict[ClientOrderId, bool] = {}

    def add(self, order: Order, wait_s: float) -> None:
        """Nothing is expected of an order that was told of before its own request was answered."""
        if not self._is_told(order, self._heard.get(order.client_order_id)):
            self._waits[order.client_order_id] = _Wait(order, self._monotonic() + wait_s, wait_s)

    def heard(self, news: OrderNews) -> None:
        """The venue has told of it: a market order is expected until it ends, a cancelled one too."""
        order_id = id_of(news.order)
        self._heard[order_id] = has_ended = is_final(news) or self._heard.get(order_id, False)
        if len(self._heard) > MOST_REMEMBERED:
            del self._heard[next(iter(self._heard))]
        wait = self._waits.get(order_id)
        if wait is not None and self._is_told(wait.order, has_ended):
            del self._waits[order_id]

    @staticmethod
    def _is_told(order: Order, has_ended: bool | None) -> bool:
        return bool(has_ended) or (has_ended is not None and order.rests and not order.cancel_requested)

    def take_due(self) -> list[Order]:
        """Those to be asked for now; each is due again later."""
        now = self._monotonic()
        due = [wait for wait in self._waits.values() if wait.due_s <= now]
        for wait in due:
            wait.wait_s *= 2
            wait.due_s = now + wait.wait_s
            if wait.wait_s > LONGEST_WAIT_S:
                del self._waits[wait.order.client_order_id]
        return [wait.order for wait in due]
