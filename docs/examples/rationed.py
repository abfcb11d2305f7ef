"""`rationed`: do what the alert says, but open or add at most so many times a day on each symbol."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portfolio.model.intent import Wishes
from portfolio.model.order import Order
from portfolio.model.signal import ENTRIES, Signal
from portfolio.ports import View
from strategies import moves
from strategies.follow import Follow

DAY_IS_SPENT = "DAY_IS_SPENT"
_FOLLOW = Follow()


@dataclass(frozen=True, slots=True)
class Rationed:
    """State per symbol: the UTC day and how many entries have traded on it. Closing is never rationed."""

    a_day: int = 3

    def __post_init__(self) -> None:
        if self.a_day < 1:
            raise ValueError("a_day must be at least 1")

    def on_signal(self, signal: Signal, view: View, state: Mapping[str, Any]) -> Wishes:
        on_their_way = sum(not order.is_exit for order in view.live_orders)
        if signal.action in ENTRIES and _traded(signal.symbol, view, state) + on_their_way >= self.a_day:
            return moves.denied(DAY_IS_SPENT, f"{self.a_day} entries a day are all there are")
        return _FOLLOW.on_signal(signal, view, state)

    def on_order(self, order: Order, view: View, state: Mapping[str, Any]) -> Wishes:
        if order.is_live or order.is_exit or not order.filled:
            return Wishes()
        count = _traded(order.symbol, view, state) + 1
        return Wishes(state={**state, order.symbol: {"day": view.now.date().isoformat(), "entries": count}})


def _traded(symbol: str, view: View, state: Mapping[str, Any]) -> int:
    """How many entries have traded today; those of another day do not count."""
    kept = state.get(symbol, {})
    return int(kept["entries"]) if kept.get("day") == view.now.date().isoformat() else 0
