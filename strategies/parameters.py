"""From what a configuration holds to what a strategy's fields declare, for the few types that parameters have."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from enum import Enum
from typing import Any, get_args, get_type_hints

from portfolio.model.decimals import HUNDRED, ONE, ZERO
from portfolio.model.protection import Distance, TakeProfit

_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")
_TRUTHS = {"true": True, "false": False}
_LARGEST = Decimal("1e30")


class ParameterError(ValueError):
    """Parameters that a strategy cannot have. `faults` says by name what is wrong; "" is the whole."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {what}" if name else what for name, what in faults.items()))
        self.faults = dict(faults)


def type_hints(strategy_type: type) -> dict[str, Any]:
    """The declared types by field. A class whose hints cannot be resolved declares none."""
    try:
        return get_type_hints(strategy_type)
    except NameError:
        return {}


def read_parameter(hint: Any, value: Any) -> Any:
    """`value` as the type `hint`. Numbers and truths may be text. Raises ValueError saying what was expected."""
    wanted = _without_none(hint)
    if wanted in _READERS:
        return _READERS[wanted](value)
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        return _choice(wanted, value)
    return value


def _without_none(hint: Any) -> Any:
    """What an optional hint is about; any other hint as it is."""
    options = get_args(hint)
    return next(option for option in options if option is not type(None)) if type(None) in options else hint


def _choice(options: type[Enum], value: Any) -> Enum:
    for option in options:
        if option.value == value:
            return option
    raise ValueError(f"expected one of {', '.join(str(option.value) for option in options)}")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("expected text")
    return str(value)


def _decimal(value: Any) -> Decimal:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return Decimal(str(value))
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        number = Decimal(value)
        if number.is_finite() and abs(number) < _LARGEST:
            return number
    raise ValueError("expected a number")


def _whole(value: Any) -> int:
    try:
        number = _decimal(value)
    except ValueError:
        raise ValueError("expected a whole number") from None
    if number != int(number):
        raise ValueError("expected a whole number")
    return int(number)


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in _TRUTHS:
        return _TRUTHS[value.lower()]
    raise ValueError("expected true or false")


def _percent(value: Any) -> Decimal:
    """A share as per cent of it: "2%" is 2."""
    if isinstance(value, str) and value.endswith("%") and _NUMBER.fullmatch(value[:-1]):
        return Decimal(value[:-1])
    raise ValueError('expected per cent such as "2%"')


def _distance(value: Any) -> Distance:
    return Distance(_percent(value))


def _take_profits(value: Any) -> tuple[TakeProfit, ...]:
    """A list of tables with `at` and `share`; as text `2% 50%, 4% 50%`. Without shares each has the same."""
    rows = (
        [dict(zip(("at", "share"), row.split(), strict=False)) for row in value.split(",")]
        if _is_text(value)
        else value
    )
    if not isinstance(rows, Sequence) or _is_text(rows):
        raise ValueError('expected a list such as [{ at = "2%", share = "50%" }]')
    goals = [_take_profit(row, len(rows)) for row in rows]
    if goals and not any("share" in row for row in rows):
        rest = ONE - sum((goal.share or ZERO for goal in goals[:-1]), ZERO)
        goals[-1] = replace(goals[-1], share=rest)
    return tuple(goals)


def _take_profit(row: Any, count: int) -> TakeProfit:
    if not isinstance(row, Mapping) or not {"at"} <= row.keys() <= {"at", "share"}:
        raise ValueError('expected tables with `at` and `share`, such as { at = "2%", share = "50%" }')
    share = _percent(row["share"]) / HUNDRED if "share" in row else ONE / count
    if not 0 < share <= 1:
        raise ValueError("a share must be above 0 % and at most 100 %")
    return TakeProfit(_distance(row["at"]), share)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


_READERS: dict[Any, Callable[[Any], Any]] = {
    str: _text,
    Decimal: _decimal,
    int: _whole,
    bool: _truth,
    Distance: _distance,
    tuple[TakeProfit, ...]: _take_profits,
}
