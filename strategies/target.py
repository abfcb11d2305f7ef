"""`target`: keep the position the alert says there should be, whatever happened to the alerts before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from portfolio.model.intent import Wishes
from portfolio.model.order import Order, OrderType
from portfolio.model.protection import Protection, TakeProfit, level_from
from portfolio.model.signal import Action, MarketPosition, Signal
from portfolio.ports import View
from strategies import moves

NO_TARGET = "NO_TARGET"
_SIGNS = {MarketPosition.LONG: 1, MarketPosition.SHORT: -1, MarketPosition.FLAT: 0}
_ACTIONS = {Action.LONG: 1, Action.SHORT: -1, Action.FLAT: 0, Action.CLOSE: 0}


@dataclass(frozen=True, slots=True)
class Target:
    """State per symbol: the signed target with what protects it, the time of its alert, the tries made and until when
    there may be more. `protected` once the orders that do so are placed.
    """

    goes_to_result: ClassVar[bool] = True
    tries: int = 3

    def on_signal(self, signal: Signal, view: View, state: Mapping[str, Any]) -> Wishes:
        if signal.action is Action.CANCEL:
            return moves.cancel(view)
        if signal.order_type is not OrderType.MARKET:
            return moves.denied(moves.NOT_SUPPORTED, "target trades at the market")
        kept = state.get(signal.symbol)
        if kept and _is_superseded(signal, kept):
            return moves.ignored(moves.SUPERSEDED, "a newer alert has set the target already")
        wanted = _wanted(signal, view, kept)
        if wanted is None and (unsized := moves.lacks_stop(signal, signal.size or view.default_size)):
            return unsized
        if wanted is None:
            return moves.denied(NO_TARGET, "the alert does not say what the position should be")
        return self._pursue(signal.symbol, _remember(signal, view, wanted, kept), view, state)

    def on_order(self, order: Order, view: View, state: Mapping[str, Any]) -> Wishes:
        kept = state.get(order.symbol)
        if not kept or view.moving_orders or kept["tries"] >= self.tries:
            return Wishes()
        if order.filled and order.reduce_only and order.order_type.has_stop:
            return Wishes(state={**state, order.symbol: {**kept, "tries": self.tries}})
        is_there = Decimal(kept["target"]) == view.position and _is_protected(kept)
        if is_there or view.now > datetime.fromisoformat(kept["until"]):
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
        target, protection = Decimal(kept["target"]), _protection(kept)
        orders = moves.move_to(view, target, protection)
        if not orders and not _is_protected(kept):
            orders = moves.protect(target, protection, view)
        if not orders:
            there = moves.ignored(moves.ALREADY_THERE, "the position is the target already")
            return Wishes(state=waiting, ignored=there.ignored)
        tried = {**state, symbol: {**kept, "tries": kept["tries"] + 1, "protected": True}}
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


def _protection(kept: Mapping[str, Any]) -> Protection | None:
    """What the target's alert said of a stop and a take-profit."""
    stop, goal = kept.get("stop_loss"), kept.get("take_profit")
    goals = tuple(_goal_from(part) for part in kept.get("take_profits") or ())
    if not stop and not goal and not goals:
        return None
    return Protection(level_from(stop) if stop else None, level_from(goal) if goal else None, take_profits=goals)


def _goal_from(part: Sequence[str | None]) -> TakeProfit:
    price, share, quantity = part
    return TakeProfit(
        level_from(str(price)), Decimal(share) if share else None, Decimal(quantity) if quantity else None
    )


def _goal_text(goal: TakeProfit) -> list[str | None]:
    return [str(goal.price), *(str(part) if part is not None else None for part in (goal.share, goal.quantity))]


def _is_protected(kept: Mapping[str, Any]) -> bool:
    """True once there are the orders that protect the target, or where there shall be none."""
    return kept.get("protected", False) or not Decimal(kept["target"]) or _protection(kept) is None


def _remember(signal: Signal, view: View, wanted: Decimal, kept: Mapping[str, Any] | None) -> dict[str, Any]:
    """The new target; an alert without a time is as new as the newest that had one."""
    known = kept["time"] if kept else None
    return {
        "target": str(wanted),
        "time": signal.time.isoformat() if signal.time else known,
        "prev": signal.prev_market_position,
        "now": signal.market_position,
        "stop_loss": str(signal.stop_loss) if signal.stop_loss else None,
        "take_profit": str(signal.take_profit) if signal.take_profit else None,
        "take_profits": [_goal_text(goal) for goal in signal.take_profits],
        "protected": False,
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
