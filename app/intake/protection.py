"""Where an alert wants its position given up: prices, or how far from the entry, in the words of several services."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from app.intake.fields import Unreadable, positive, word
from app.intake.reading import Reading
from portfolio.model.decimals import HUNDRED, ONE, ZERO
from portfolio.model.protection import Distance, DistanceKind, Level, TakeProfit

T = TypeVar("T")

MOST_TAKE_PROFITS = 10
FOREIGN = frozenset({"stoploss", "takeprofit"})
"""Keys of services that tell an object: what a bare number there means, each of them decides otherwise."""
_GOAL_KEYS = frozenset({"price", "share", "quantity"})
_FOREIGN_GOAL_KEYS = frozenset({"pricedeviation", "portfolio"})


def read_level(reading: Reading, field: str) -> Level | None:
    """What `stop_loss` or `take_profit` says, by whichever of their names it came with."""
    return reading.optional(field, _foreign if reading.spelled(field) in FOREIGN else level)


def level(value: Any) -> Level:
    """A price, or how far from the entry's average price: "2%"."""
    if isinstance(value, str) and value.endswith("%"):
        return _distance(positive(value[:-1]))
    return positive(value)


def take_profits(value: Any) -> tuple[TakeProfit, ...]:
    """A list of 1 to 10 tables: where each lies, and its share of the position or its quantity."""
    if not isinstance(value, list) or not 0 < len(value) <= MOST_TAKE_PROFITS:
        raise Unreadable(f'must be a list of 1-{MOST_TAKE_PROFITS} objects such as {{"price": "4%", "share": "50%"}}')
    goals = tuple(_within(_goal, row, str(place)) for place, row in enumerate(value))
    if not any(goal.share is not None or goal.quantity is not None for goal in goals):
        return _equal(goals)
    if any(goal.share is None and goal.quantity is None for goal in goals):
        raise Unreadable("must give each its share or quantity, or none of them")
    if sum((goal.share or ZERO for goal in goals), ZERO) > ONE:
        raise Unreadable("must not share out more than 100%")
    return goals


def _equal(goals: tuple[TakeProfit, ...]) -> tuple[TakeProfit, ...]:
    """The last has what the division leaves."""
    share = ONE / len(goals)
    rest = ONE - share * (len(goals) - 1)
    return (*(TakeProfit(goal.price, share) for goal in goals[:-1]), TakeProfit(goals[-1].price, rest))


def _goal(row: Any) -> TakeProfit:
    if not isinstance(row, Mapping):
        raise Unreadable('must be an object such as {"price": "4%", "share": "50%"}')
    keys = {key.lower() for key in row}
    if keys & _FOREIGN_GOAL_KEYS:
        return _foreign_goal(row)
    _require_known(row, _GOAL_KEYS)
    if "price" not in row:
        raise Unreadable("must be there", within="price")
    if "share" in row and "quantity" in row:
        raise Unreadable("is there beside share: one of them", within="quantity")
    share = _within(_share, row["share"], "share") if "share" in row else None
    quantity = _within(positive, row["quantity"], "quantity") if "quantity" in row else None
    return TakeProfit(_within(level, row["price"], "price"), share, quantity)


def _share(value: Any) -> Decimal:
    if not isinstance(value, str) or not value.endswith("%"):
        raise Unreadable('must be per cent such as "50%"')
    share = positive(value[:-1]) / HUNDRED
    if share > ONE:
        raise Unreadable("must be at most 100%")
    return share


# --- other services ----------------------------------------------------------------------------------------------


def _foreign(value: Any) -> Level:
    """TradersPost's {percent | amount | limitPrice or stopPrice, type}, or WunderTrading's {priceDeviation}."""
    if not isinstance(value, Mapping):
        wanted = 'is not supported but as an object such as {"percent": 2}; for a price send stop_loss or take_profit'
        raise Unreadable(wanted, "NOT_SUPPORTED")
    known = {key.lower(): (key, told) for key, told in value.items()}
    key, kind = known.pop("type", ("type", "stop"))
    if _within(word, kind, key) not in ("stop", "limit", "market"):
        raise Unreadable("is not supported yet: a stop is", "NOT_SUPPORTED", within=key)
    if len(known) != 1:
        raise Unreadable("must say one of percent, amount, limitPrice or stopPrice, priceDeviation", "NOT_SUPPORTED")
    ((name, (key, told)),) = known.items()
    reader = _FOREIGN_LEVELS.get(name)
    if reader is None:
        raise Unreadable("is not supported yet", "NOT_SUPPORTED", within=key)
    return _within(reader, told, key)


def _foreign_goal(row: Mapping[str, Any]) -> TakeProfit:
    """WunderTrading's {priceDeviation, portfolio}, both as fractions."""
    known = {key.lower(): (key, value) for key, value in row.items()}
    _require_known(known, _FOREIGN_GOAL_KEYS)
    if "pricedeviation" not in known:
        raise Unreadable("must be there", within="priceDeviation")
    key, value = known["pricedeviation"]
    at = _within(_deviation, value, key)
    if "portfolio" not in known:
        return TakeProfit(at)
    key, value = known["portfolio"]
    share = _within(positive, value, key)
    if share > ONE:
        raise Unreadable("must be at most 1, which is all of it", within=key)
    return TakeProfit(at, share)


def _deviation(value: Any) -> Distance:
    return _distance(positive(value) * HUNDRED)


def _percent(value: Any) -> Distance:
    return _distance(positive(value))


def _distance(percent: Decimal) -> Distance:
    if percent > 10 * HUNDRED:
        raise Unreadable("must be at most 1000%")
    return Distance(percent)


def _money(value: Any) -> Distance:
    return Distance(positive(value), DistanceKind.MONEY)


_FOREIGN_LEVELS: dict[str, Callable[[Any], Level]] = {
    "percent": _percent,
    "amount": _money,
    "limitprice": positive,
    "stopprice": positive,
    "pricedeviation": _deviation,
}


def _require_known(row: Mapping[str, Any], known: frozenset[str]) -> None:
    for key in row:
        if key not in known:
            raise Unreadable("is not supported yet", "NOT_SUPPORTED", within=key)


def _within(reader: Callable[[Any], T], value: Any, key: str) -> T:
    """What the reader makes of a part of the field's value; what is wrong is said of that part."""
    try:
        return reader(value)
    except Unreadable as error:
        within = f"{key}.{error.within}" if error.within else key
        raise Unreadable(error.message, error.code, error.status, within) from None
