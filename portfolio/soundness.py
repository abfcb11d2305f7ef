"""What a strategy answers, held against what can be sized, placed and kept: plug-ins are hostile input too."""

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from portfolio.model.check import Reason
from portfolio.model.intent import OrderIntent, Wishes
from portfolio.model.order import OrderType, TimeInForce
from portfolio.model.protection import Distance, Protection
from portfolio.model.side import Side
from portfolio.model.signal import SizeType
from portfolio.terms import contradiction

DEEPEST = 50
_LARGEST = Decimal("1E18")
_LARGEST_WHOLE = 2**53


def sound(wishes: object) -> Wishes:
    """The wishes, with their state as a store gives it back. Raises TypeError or ValueError for what nobody can use."""
    if not isinstance(wishes, Wishes):
        raise TypeError(f"expected Wishes, got {type(wishes).__name__}")
    for intent in wishes.orders:
        _require_order(intent)
    for reason in (wishes.ignored, wishes.denied):
        _require_reason(reason)
    return wishes if wishes.state is None else replace(wishes, state=as_stored(wishes.state))


def as_stored(state: object) -> dict[str, Any]:
    """The state after a way through JSON: a mapping of text to text, numbers, truths, lists and such mappings."""
    if not isinstance(state, Mapping):
        raise TypeError(f"expected a mapping as state, got {type(state).__name__}")
    text = json.dumps(dict(state), allow_nan=False, ensure_ascii=False)
    text.encode()
    stored: dict[str, Any] = json.loads(text, parse_int=_whole)
    _require_shallow(stored, DEEPEST)
    return stored


def _require_order(intent: object) -> None:
    if not isinstance(intent, OrderIntent):
        raise TypeError(f"expected OrderIntent, got {type(intent).__name__}")
    kinds = (intent.side, Side), (intent.order_type, OrderType), (intent.time_in_force, TimeInForce)
    for value, kind in (*kinds, (intent.size.kind, SizeType)):
        if not isinstance(value, kind):
            raise TypeError(f"expected {kind.__name__}, got {value!r}")
    for number in (intent.size.amount, intent.price, intent.stop_price, *_guarded(intent.protection)):
        if number is not None and not (number.is_finite() and 0 <= number <= _LARGEST):
            raise ValueError(f"{number} is neither a quantity nor a price")
    if wrong := contradiction(intent):
        raise ValueError(f"{wrong.field}: {wrong.message}")


def _guarded(protection: Protection | None) -> tuple[Decimal | None, ...]:
    if protection is None:
        return ()
    levels = (protection.stop_loss, *(goal.price for goal in protection.goals))
    numbers = (level.amount if isinstance(level, Distance) else level for level in levels)
    parts = (number for goal in protection.take_profits for number in (goal.share, goal.quantity))
    return protection.quantity, *numbers, *parts


def _require_reason(reason: object) -> None:
    if reason is None:
        return
    if not isinstance(reason, Reason) or not all(isinstance(text, str) for text in (reason.code, reason.message)):
        raise TypeError(f"expected Reason, got {reason!r}")
    if not all(figure is None or isinstance(figure, str | Decimal) for figure in (reason.limit, reason.value)):
        raise TypeError("a reason's limit and value are decimals or text")
    f"{reason.code}{reason.message}{reason.limit}{reason.value}".encode()


def _whole(text: str) -> int:
    number = int(text)
    if abs(number) > _LARGEST_WHOLE:
        raise ValueError(f"{text[:20]} is too large for a state; keep it as text")
    return number


def _require_shallow(value: object, levels: int) -> None:
    if not levels:
        raise ValueError("the state is nested too deeply")
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            _require_shallow(item, levels - 1)
