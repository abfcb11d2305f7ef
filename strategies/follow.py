"""`follow`: do what the alert says, no more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portfolio.model.intent import Wishes
from portfolio.model.order import Order
from portfolio.model.side import Side
from portfolio.model.signal import Action, Signal, Size
from portfolio.ports import View
from strategies import moves


@dataclass(frozen=True, slots=True)
class Follow:
    """buy and sell trade the quantity; long and short close an opposite position first; the rest reduces."""

    def on_signal(self, signal: Signal, view: View, state: Mapping[str, Any]) -> Wishes:
        if (leaving := moves.leave(signal, view)) is not None:
            return leaving
        if signal.action is Action.REVERSE:
            return self._reverse(signal, view)
        return self._enter(signal, view)

    def on_order(self, order: Order, view: View, state: Mapping[str, Any]) -> Wishes:
        return Wishes()

    def _enter(self, signal: Signal, view: View) -> Wishes:
        size = signal.size or view.default_size
        if size is None:
            return moves.denied(moves.NO_SIZE, "neither the alert nor the strategy says how much")
        side = moves.side_of(signal)
        if signal.action in (Action.BUY, Action.SELL):
            return Wishes(orders=(moves.entry(signal, side, size),))
        return moves.open_after_closing(signal, view, side, size)

    def _reverse(self, signal: Signal, view: View) -> Wishes:
        """Close what is held and open the same the other way round, or the alert's quantity."""
        expected = moves.expected_position(view)
        if not expected:
            return moves.ignored(moves.NOTHING_TO_CLOSE, "there is no position to reverse")
        wanted = view.quantity_of(signal.size) if signal.size else abs(expected)
        if wanted is None:
            return moves.denied(moves.NO_REFERENCE_PRICE, "the quantity cannot be computed without a price")
        return moves.open_after_closing(signal, view, Side.towards(-expected), Size(wanted))
