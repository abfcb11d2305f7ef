"""What time alone asks of an order: that a leg is amended or leaves, or that one that lapses is cancelled."""

from datetime import datetime, timedelta

from portfolio.model.order import AT_VENUE, Order

AMEND_EVERY = timedelta(milliseconds=200)
"""How often a leg may change at most."""


def due_at(order: Order) -> datetime | None:
    """When something has to be done with the order; None while nothing has."""
    if not order.is_live or order.cancel_requested:
        return None
    times = [time for time in (order.lapses_at, _amendable_at(order), _leaves_at(order)) if time is not None]
    return min(times, default=None)


def is_amendable(order: Order, now: datetime) -> bool:
    """True where the order's venue is to be asked for what the order should be."""
    at = _amendable_at(order)
    return at is not None and at <= now and not order.cancel_requested


def is_to_leave(order: Order, now: datetime) -> bool:
    """True for a leg that has waited long enough after the refusal of the one before it."""
    at = _leaves_at(order)
    return at is not None and at <= now


def has_to_wait(order: Order, now: datetime) -> bool:
    """True for such a leg before that."""
    at = _leaves_at(order)
    return at is not None and at > now


def _leaves_at(order: Order) -> datetime | None:
    return order.guard.again_at if order.guard is not None and order.is_waiting else None


def _amendable_at(order: Order) -> datetime | None:
    """Nobody amends what is not known to be at its venue, what trades already, or what is being amended."""
    guard = order.guard
    if guard is None or guard.wanted is None or guard.asked is not None:
        return None
    if order.status not in AT_VENUE or order.triggered:
        return None
    changed_at = guard.changed_at or order.updated_at
    return changed_at if guard.refused else changed_at + AMEND_EVERY
