"""`target`: keep the position the alert says there should be, whatever happened to the alerts before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from portfolio.model.intent import Wishes
from portfolio.model.order import Order, OrderType
from portfolio.model.signal import Action, MarketPosition, Signal
from portfolio.ports import View
from strategies import moves

NO_TARGET = "NO_TARGET"
_SIGNS = {MarketPosition.LONG: 1, MarketPosition.SHORT: -1, MarketPosition.FLAT: 0}
_ACTIONS = {Action.LONG: 1, Action.SHORT: -1, Action.FLAT: 0, Action.CLOSE: 0}


@dataclass(frozen=True, slots=True)
class Target:
    """State per symbol: the signed target, the time of its alert, the tries made and until when there may be more."""

    tries: int = 3

    def on_signal(self, signal: Signal, view: View, state: Mapping[str, Any]) -> Wishes:
        if signal.action is Action.CANCEL:
            return moves.cancel(view)
        if signal.order_type is OrderType.LIMIT:
            return moves.denied(moves.NOT_SUPPORTED, "target trades at the market")
        kept = state.get(signal.symbol)
        if kept and _is_superseded(signal, kept):
            return moves.ignored(moves.SUPERSEDED, "a newer alert has set the target already")
        wanted = _wanted(signal, view, kept)
        if wanted is None:
            return moves.denied(NO_TARGET, "the alert does not say what the position should be")
        return self._pursue(signal.symbol, _remember(signal, view, wanted, kept), view, state)

    def on_order(self, order: Order, view: View, state: Mapping[str, Any]) -> Wishes:
        kept = state.get(order.symbol)
        if not kept or view.live_orders or kept["tries"] >= self.tries:
            return Wishes()
        if view.now > datetime.fromisoformat(kept["until"]) or Decimal(kept["target"]) == view.position:
            return Wishes()
        return self._pursue(order.symbol, kept, view, state)

    def _pursue(self, symbol: str, kept: Mapping[str, Any], view: View, state: Mapping[str, Any]) -> Wishes:
        """One try: resting orders go first, an unknown outcome is waited for, then the difference is traded."""
        waiting = {**state, symbol: dict(kept)}
        if view.has_unknown:
            reason = moves.ignored("UNKNOWN_ORDER", "the outcome of an order is not known yet; the target is kept")
            return Wishes(state=waiting, ignored=reason.ignored)
        if len(view.moving_orders) < len(view.live_orders):
            return Wishes(state=waiting, cancel=True)
        orders = moves.move_to(view, Decimal(kept["target"]))
        if not orders:
            there = moves.ignored(moves.ALREADY_THERE, "the position is the target already")
            return Wishes(state=waiting, ignored=there.ignored)
        tried = {**state, symbol: {**kept, "tries": kept["tries"] + 1}}
        return Wishes(state=tried, orders=orders)


def _wanted(signal: Signal, view: View, kept: Mapping[str, Any] | None) -> Decimal | None:
    """The signed position the alert asks for, in whole lots; None where it does not say."""
    if signal.position_size is not None:
        return view.instrument.rounded_quantity(abs(signal.position_size)).copy_sign(signal.position_size)
    if signal.action is Action.REVERSE:
        return -Decimal(kept["target"]) if kept else -moves.expected_position(view)
    sign = _SIGNS[signal.market_position] if signal.market_position else _ACTIONS.get(signal.action)
    if not sign:
        return None if sign is None else Decimal(0)
    size = signal.size or view.default_size
    quantity = view.quantity_of(size) if size else None
    return sign * quantity if quantity is not None else None


def _remember(signal: Signal, view: View, wanted: Decimal, kept: Mapping[str, Any] | None) -> dict[str, Any]:
    """The new target; an alert without a time is as new as the newest that had one."""
    known = kept["time"] if kept else None
    return {
        "target": str(wanted),
        "time": signal.time.isoformat() if signal.time else known,
        "prev": signal.prev_market_position,
        "now": signal.market_position,
        "tries": 0,
        "until": (view.now + timedelta(seconds=float(view.max_age_s))).isoformat(),
    }


def _is_superseded(signal: Signal, kept: Mapping[str, Any]) -> bool:
    """True for an alert older than the kept one; of the same second, for one that leads to where the kept one began."""
    if signal.time is None or kept["time"] is None:
        return False
    kept_time = datetime.fromisoformat(kept["time"])
    if signal.time != kept_time:
        return signal.time < kept_time
    if signal.prev_market_position is None or kept["prev"] is None or signal.market_position is None:
        return False
    leads_to_kept = signal.market_position == kept["prev"]
    follows_kept = signal.prev_market_position == kept["now"]
    return leads_to_kept and not follows_kept
