"""`scale_in`: build a position up step by step, each alert in its direction being one more entry."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from portfolio.model.intent import Wishes
from portfolio.model.order import Order, OrderType
from portfolio.model.side import Side
from portfolio.model.signal import ENTRIES, Signal, Size
from portfolio.ports import View
from strategies import moves
from strategies.follow import Follow

STEP_TOO_SMALL = "STEP_TOO_SMALL"
LARGEST_STEP = 1_000_000
_FOLLOW = Follow()


@dataclass(frozen=True, slots=True)
class ScaleIn:
    """Alerts the other way, and all that close, do what they do with `follow`.

    The size is the alert's, or the configured one, times `scale` for each entry before it. With `min_step` an entry
    keeps that share of the price away from the last one. State per symbol: the price the last entry traded at.
    """

    max_entries: int = 3
    scale: Decimal = Decimal(1)
    min_step: Decimal | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.max_entries <= 100:
            raise ValueError("max_entries must be from 1 to 100")
        if not 0 < self.scale <= 10:
            raise ValueError("scale must be above 0 and at most 10")
        if self.scale ** (self.max_entries - 1) > LARGEST_STEP:
            raise ValueError(f"the last entry would be more than {LARGEST_STEP} times the first")
        if self.min_step is not None and not 0 < self.min_step < 1:
            raise ValueError("min_step must be above 0 and below 1")

    def on_signal(self, signal: Signal, view: View, state: Mapping[str, Any]) -> Wishes:
        if signal.action not in ENTRIES or signal.reduce_only or _is_opposite(signal, view):
            return _FOLLOW.on_signal(signal, view, state)
        size = signal.size or view.default_size
        if size is None:
            return moves.denied(moves.NO_SIZE, "neither the alert nor the strategy says how much")
        side = moves.side_of(signal)
        taken = _taken(view, side)
        if taken >= self.max_entries:
            return moves.ignored(moves.ALREADY_THERE, f"the position has its {self.max_entries} entries")
        if self.min_step is not None and taken:
            last, price = _last_price(signal.symbol, side, view, state), _price_of(signal, view)
            if last is None or price is None:
                return moves.denied(moves.NO_REFERENCE_PRICE, "the distance from the last entry cannot be computed")
            if abs(price / last - 1) < self.min_step:
                return moves.ignored(STEP_TOO_SMALL, f"{price} is too near the last entry at {last}")
        scaled = Size(size.amount * self.scale**taken, size.kind)
        return Wishes(orders=(moves.entry(signal, side, scaled),))

    def on_order(self, order: Order, view: View, state: Mapping[str, Any]) -> Wishes:
        """The price of an entry is kept as soon as there is one."""
        if order.is_exit or not order.filled:
            return Wishes()
        price = f"{order.cost / order.filled:f}"
        return Wishes(state={**state, order.symbol: {"side": order.side.value, "price": price}})


def _is_opposite(signal: Signal, view: View) -> bool:
    return moves.side_of(signal).signed(moves.expected_position(view)) < 0


def _taken(view: View, side: Side) -> int:
    """The entries there are; of a position that is about to be closed, those on their way alone."""
    if moves.expected_position(view):
        return view.entries(side)
    return sum(order.side is side and not order.is_exit for order in view.live_orders)


def _last_price(symbol: str, side: Side, view: View, state: Mapping[str, Any]) -> Decimal | None:
    """What the newest entry is to trade at, or traded at; None where nobody has kept it."""
    live = [order for order in view.live_orders if order.side is side and not order.is_exit]
    if live:
        return live[-1].price or live[-1].reference_price or None
    kept = state.get(symbol, {})
    return Decimal(kept["price"]) if kept.get("side") == side.value else None


def _price_of(signal: Signal, view: View) -> Decimal | None:
    return signal.price if signal.order_type is OrderType.LIMIT else view.price
