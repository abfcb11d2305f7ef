"""`bracket`: entries as the alert says, each with a stop and take-profits of the strategy's own."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from portfolio.model.decimals import HUNDRED, ONE, ZERO
from portfolio.model.intent import OrderIntent, Wishes
from portfolio.model.order import Order, TimeInForce
from portfolio.model.protection import Distance, TakeProfit
from portfolio.model.signal import ENTRIES, Action, Signal
from portfolio.ports import View
from strategies.follow import Follow

LONGEST_REST_S = 30 * 86_400
MOST_TAKE_PROFITS = 10
_FOLLOW = Follow()


@dataclass(frozen=True, slots=True)
class Bracket:
    """What an alert says of its protection wins over the strategy's. An entry that still rests after `entry_expires_s`
    is cancelled, as far as it is not filled; one with a time in force of its own keeps that.
    """

    stop_loss: Distance | None = None
    take_profits: tuple[TakeProfit, ...] = ()
    entry_expires_s: int | None = None

    def __post_init__(self) -> None:
        if self.stop_loss is None and not self.take_profits:
            raise ValueError("a bracket needs a stop_loss, take_profits, or both")
        if self.stop_loss is not None and not 0 < self.stop_loss.amount < HUNDRED:
            raise ValueError("stop_loss must be above 0 % and below 100 %")
        if len(self.take_profits) > MOST_TAKE_PROFITS:
            raise ValueError(f"there can be at most {MOST_TAKE_PROFITS} take_profits")
        if not all(0 < _distance(goal) <= HUNDRED * HUNDRED for goal in self.take_profits):
            raise ValueError("each of take_profits must lie above 0 % away")
        if sum((goal.share or ZERO for goal in self.take_profits), ZERO) > ONE:
            raise ValueError("the shares of take_profits are more than 100 % together")
        if self.entry_expires_s is not None and not 1 <= self.entry_expires_s <= LONGEST_REST_S:
            raise ValueError(f"entry_expires_s must be from 1 to {LONGEST_REST_S}")

    def on_signal(self, signal: Signal, view: View, state: Mapping[str, Any]) -> Wishes:
        if signal.action not in ENTRIES and signal.action is not Action.REVERSE:
            return _FOLLOW.on_signal(signal, view, state)
        wishes = _FOLLOW.on_signal(self._protected(signal), view, state)
        return replace(wishes, orders=tuple(self._expiring(order, view) for order in wishes.orders))

    def on_order(self, order: Order, view: View, state: Mapping[str, Any]) -> Wishes:
        return Wishes()

    def _protected(self, signal: Signal) -> Signal:
        has_goal = signal.take_profit is not None or bool(signal.take_profits)
        return replace(
            signal,
            stop_loss=signal.stop_loss if signal.stop_loss is not None else self.stop_loss,
            take_profits=signal.take_profits if has_goal else self.take_profits,
        )

    def _expiring(self, order: OrderIntent, view: View) -> OrderIntent:
        rests = order.order_type.rests and order.time_in_force is TimeInForce.GTC and not order.reduce_only
        if self.entry_expires_s is None or not rests:
            return order
        return replace(order, lapses_at=view.now + timedelta(seconds=self.entry_expires_s))


def _distance(goal: TakeProfit) -> Decimal:
    return goal.price.amount if isinstance(goal.price, Distance) else ZERO
