"""Repair of a gap: the alert that leads from the actual position to where the missed ones and this one lead.

It goes straight there, so that nothing is bought only to be sold, and asks its strategy and the limits like any other.
"""

from dataclasses import replace
from decimal import Decimal

from portfolio.gaps import Standing, expected_before, sign_of, told_after
from portfolio.model.decimals import ONE, ZERO
from portfolio.model.order import OrderType
from portfolio.model.signal import Action, Signal, Size
from portfolio.ports import View

_SIDES = {Action.BUY: ONE, Action.LONG: ONE, Action.SELL: -ONE, Action.SHORT: -ONE}


def repaired(signal: Signal, view: View, actual: Decimal) -> Signal | None:
    """The alert to decide instead: one to close nothing at all where the position is right already.

    The alert itself where it only reduces. None where nobody can tell what to open: it does not say where it leads, or
    is to trade at another price than the market's.
    """
    result = _result(signal, view)
    is_closing = signal.action is Action.CLOSE
    if signal.order_type is not OrderType.MARKET or result is None:
        return signal if is_closing else None
    if not result.sign:
        return _closing(signal)
    if is_closing:
        return _closing(signal, _too_much(view, actual, result))
    if result.size is not None:
        return _towards(signal, actual, _in_lots(view, result.size))
    return _to_side(signal, view, actual, result.sign)


def _result(signal: Signal, view: View) -> Standing | None:
    """Where the alert leads, had none been missed: as it says itself, else as its quantity adds up."""
    told, added = told_after(signal, view.default_size), _added_up(signal, view)
    if told is None or (told.size is None and added is not None and added.sign == told.sign):
        return added
    return told


def _added_up(signal: Signal, view: View) -> Standing | None:
    before = expected_before(signal, view.default_size)
    if before is None:
        return None
    match signal.action:
        case Action.CLOSE:
            return Standing(ZERO, ZERO) if signal.size is None else None
        case Action.REVERSE:
            return Standing(-before.sign, -before.size if before.size is not None else None)
    side = _SIDES[signal.action]
    turns = signal.action in (Action.LONG, Action.SHORT) and before.sign == -side
    if signal.size is not None and before.size is not None:
        return Standing.told((ZERO if turns else before.size) + side * signal.size.amount)
    return Standing(side, None) if turns or before.sign in (ZERO, side) else None


def _too_much(view: View, actual: Decimal, result: Standing) -> Decimal:
    """What a close has to close: all that lies on the wrong side, of the right one what is beyond the result."""
    if actual * result.sign <= 0:
        return abs(actual)
    if result.size is None:
        return ZERO
    return max(ZERO, abs(actual) - abs(_in_lots(view, result.size)))


def _towards(signal: Signal, actual: Decimal, wanted: Decimal) -> Signal:
    """The alert that trades from the actual to the wanted size."""
    kept = actual if actual * wanted > 0 else ZERO
    if kept and abs(kept) >= abs(wanted):
        return _closing(signal, abs(kept) - abs(wanted))
    return _opening(signal, wanted, Size(abs(wanted - kept)))


def _to_side(signal: Signal, view: View, actual: Decimal, side: Decimal) -> Signal:
    """The alert that leads to that side, in the size of one entry; what reduces a position opens none."""
    if _SIDES.get(signal.action, side) != side:
        return _closing(signal, abs(actual) if actual * side < 0 else ZERO)
    size = signal.size or view.default_size
    quantity = view.quantity_of(size) if size else None
    if actual * side <= 0 or quantity is None:
        return _opening(signal, side, signal.size)
    return _towards(signal, actual, side * quantity)


def _opening(signal: Signal, side: Decimal, size: Size | None) -> Signal:
    return replace(signal, action=Action.LONG if side > 0 else Action.SHORT, size=size)


def _closing(signal: Signal, quantity: Decimal | None = None) -> Signal:
    size = Size(quantity) if quantity is not None else None
    return replace(signal, action=Action.CLOSE, size=size)


def _in_lots(view: View, size: Decimal) -> Decimal:
    return sign_of(size) * view.instrument.rounded_quantity(abs(size))
