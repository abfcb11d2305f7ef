"""What the fields of an alert say together: each may be right alone, and wrong beside another."""

from app.intake.canonical import Terms
from app.intake.reading import Reading
from portfolio.model.decimals import HUNDRED
from portfolio.model.protection import Distance, DistanceKind
from portfolio.model.signal import BY_RISK, Action
from portfolio.terms import contradiction

_OPENS_NOTHING = frozenset({Action.CLOSE, Action.FLAT, Action.CANCEL})
_OF_ORDER = ("order_type", "price", "stop_price", "post_only", "time_in_force", "expires_at")
_OF_PROTECTION = ("stop_loss", "take_profit", "take_profits")


def object_to_terms(reading: Reading, terms: Terms) -> None:
    """Fields that contradict each other are marked, and those that another one needs."""
    if reading.is_readable(*_OF_ORDER) and (wrong := contradiction(terms)):
        _mark(reading, wrong.field, wrong.message)
    for field in _OF_PROTECTION:
        if reading.has(field) and (what := _opening_nothing(terms)):
            reading.wrong(field, f"protects what an alert opens; {what} opens nothing")
    if reading.has("take_profit") and reading.has("take_profits"):
        reading.wrong("take_profits", "is there beside take_profit: send one of them")
    stop = terms.stop_loss
    if isinstance(stop, Distance) and stop.kind is DistanceKind.PERCENT and stop.amount >= HUNDRED:
        reading.wrong("stop_loss", "must be below 100%")
    _object_to_risk(reading, terms)


def _object_to_risk(reading: Reading, terms: Terms) -> None:
    """A size by risk is for what opens a position, and needs the price at which the loss is taken."""
    if terms.size is None or terms.size.kind not in BY_RISK:
        return
    if what := _opening_nothing(terms):
        reading.wrong("quantity_type", f"is for what opens a position; {what} opens nothing")
    elif not reading.has("stop_loss"):
        _mark(reading, "stop_loss", f"quantity_type {terms.size.kind} needs it")


def _opening_nothing(terms: Terms) -> str | None:
    """What of the alert says that it opens nothing."""
    if terms.action in _OPENS_NOTHING:
        return str(terms.action)
    return "reduce_only" if terms.reduce_only else None


def _mark(reading: Reading, field: str, message: str) -> None:
    if reading.has(field):
        reading.wrong(field, message)
    else:
        reading.missing(field, f"is missing: {message}", "MISSING_FIELD")
