"""From what a configuration holds to what a strategy's fields declare, for the few types that parameters have."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import Enum
from typing import Any, get_args, get_type_hints

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


_READERS: dict[Any, Callable[[Any], Any]] = {str: _text, Decimal: _decimal, int: _whole, bool: _truth}
