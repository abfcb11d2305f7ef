"""Effects that wait for one account's venue, by symbol: each symbol's keep their order, exits and cancels go first."""

import time
from collections import deque
from collections.abc import Callable

from portfolio.model.effect import AmendOrder, CancelAtVenue, DetachProtection, Effect, SendOrder, ShowPrice
from portfolio.model.identifiers import Symbol
from portfolio.model.order import Order


def symbol_of(effect: Effect) -> Symbol:
    return effect.symbol if isinstance(effect, ShowPrice | DetachProtection) else effect.order.symbol


class Lanes:
    """A lane whose effect is being carried out is closed until it is done, and as long as that one asks for."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lanes: dict[Symbol, deque[Effect]] = {}
        self._closed: set[Symbol] = set()
        self._held_until_s: dict[Symbol, float] = {}

    def __len__(self) -> int:
        return sum(map(len, self._lanes.values()))

    def put(self, effect: Effect) -> None:
        self._lanes.setdefault(symbol_of(effect), deque()).append(effect)

    def take(self) -> Effect | None:
        """The next effect of an open lane, which is closed from now on; None where there is none."""
        now = self._monotonic()
        free = [s for s in self._lanes if s not in self._closed and self._held_until_s.get(s, 0.0) <= now]
        if not free:
            return None
        symbol = next((s for s in free if _reduces(self._lanes[s][0])), free[0])
        lane = self._lanes[symbol]
        effect = lane.popleft()
        if not lane:
            del self._lanes[symbol]
        self._held_until_s.pop(symbol, None)
        self._closed.add(symbol)
        return effect

    def done(self, effect: Effect) -> None:
        """The lane is open again."""
        self._closed.discard(symbol_of(effect))

    def again(self, effect: Effect, after_s: float) -> None:
        """The effect is the next of its lane once more, which is held for so long."""
        symbol = symbol_of(effect)
        self._lanes.setdefault(symbol, deque()).appendleft(effect)
        self._held_until_s[symbol] = self._monotonic() + after_s

    def withdraw(self, order: Order) -> bool:
        """True where the order was still waiting here; it will not be sent."""
        lane = self._lanes.get(order.symbol, deque())
        for effect in lane:
            if isinstance(effect, SendOrder) and effect.order.client_order_id == order.client_order_id:
                lane.remove(effect)
                if not lane:
                    del self._lanes[order.symbol]
                return True
        return False


def _reduces(effect: Effect) -> bool:
    return isinstance(effect, CancelAtVenue | AmendOrder) or (isinstance(effect, SendOrder) and effect.order.is_exit)
