"""`reverse`: always in the market, on the side of the last alert."""

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
class Reverse:
    """buy and long turn to a long of the alert's size, sell and short to a short; a side once taken is kept."""

    def on_signal(self, signal: Signal, view: View, state: Mapping[str, Any]) -> Wishes:
        if (leaving := moves.leave(signal, view)) is not None:
            return leaving
        if signal.action is Action.REVERSE:
            return self._turn(signal, view)
        return self._take(signal, view, moves.side_of(signal))

    def on_order(self, order: Order, view: View, state: Mapping[str, Any]) -> Wishes:
        return Wishes()

    def _turn(self, signal: Signal, view: View) -> Wishes:
        expected = moves.expected_position(view)
        if not expected:
            return moves.ignored(moves.NOTHING_TO_CLOSE, "there is no position to reverse")
        return self._take(signal, view, Side.towards(-expected))

    def _take(self, signal: Signal, view: View, side: Side) -> Wishes:
        expected = moves.expected_position(view)
        if expected * side.signed(view.instrument.lot) > 0:
            return moves.ignored(moves.ALREADY_THERE, f"the strategy is on the {side} side already")
        size = signal.size or view.default_size
        if size is not None:
            return moves.open_after_closing(signal, view, side, size)
        if not expected:
            return moves.denied(moves.NO_SIZE, "neither the alert nor the strategy says how much")
        return moves.open_after_closing(signal, view, side, Size(abs(expected)))
