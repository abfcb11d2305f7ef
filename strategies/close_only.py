"""`close_only`: alerts may reduce what is held and nothing else, for winding a position down."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portfolio.model.intent import Wishes
from portfolio.model.order import Order
from portfolio.model.signal import Action, Signal
from portfolio.ports import View
from strategies import moves


@dataclass(frozen=True, slots=True)
class CloseOnly:
    """A buy reduces a short, a sell reduces a long, at most to zero; what would open is denied as REDUCE_ONLY."""

    def on_signal(self, signal: Signal, view: View, state: Mapping[str, Any]) -> Wishes:
        if (leaving := moves.leave(signal, view)) is not None:
            return leaving
        if signal.action is Action.REVERSE:
            return moves.flat(signal, view)
        if moves.expected_position(view) * moves.side_of(signal).signed(view.instrument.lot) >= 0:
            return moves.denied("REDUCE_ONLY", f"the strategy only closes: a {signal.action} would open or add")
        return moves.close(signal, view)

    def on_order(self, order: Order, view: View, state: Mapping[str, Any]) -> Wishes:
        return Wishes()
