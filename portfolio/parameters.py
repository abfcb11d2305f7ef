"""Objects from a configuration: each parameter as the field of a dataclass declares it, and all faults at once."""

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields
from decimal import Decimal
from difflib import SequenceMatcher
from enum import Enum
from typing import Any, TypeAlias, get_args, get_type_hints

Readers: TypeAlias = Mapping[Any, Callable[[Any], Any]]
"""By the type that a field declares, what reads its value, or raises ValueError saying what was expected."""

NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")
_TRUTHS = {"true": True, "false": False}
_LARGEST = Decimal("1e30")


class ParameterError(ValueError):
    """Parameters that nothing can be made of. `faults` says by name what is wrong; "" is the whole."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {what}" if name else what for name, what in faults.items()))
        self.faults = dict(faults)


def build(kind: type, parameters: Mapping[str, Any], readers: Readers) -> Any:
    """An object of that class. Raises ParameterError with all that is wrong."""
    known = parameters_of(kind)
    faults = {name: f"unknown parameter{_suggestion(name, known)}" for name in parameters if name not in known}
    missing = [name for name, field in known.items() if _is_required(field) and name not in parameters]
    faults |= dict.fromkeys(missing, "required")
    values = _read(kind, {name: parameters[name] for name in known if name in parameters}, readers, faults)
    if faults:
        raise ParameterError(faults)
    try:
        return kind(**values)
    except (ValueError, TypeError, ArithmeticError) as error:
        raise ParameterError({"": str(error)}) from None


def parameters_of(kind: type) -> dict[str, "Field[Any]"]:
    """What can be configured: the fields of the dataclass, by name."""
    return {field.name: field for field in fields(kind) if field.init}


def type_hints(kind: type) -> dict[str, Any]:
    """The declared types by field. A class whose hints cannot be resolved declares none."""
    try:
        return get_type_hints(kind)
    except NameError:
        return {}


def nearest_name(name: str, known: Mapping[str, object]) -> str:
    """The known name that was probably meant."""
    return max(known, key=lambda candidate: SequenceMatcher(None, name, candidate).ratio())


def _read(kind: type, given: Mapping[str, Any], readers: Readers, faults: dict[str, str]) -> dict[str, Any]:
    """The values in the types the class declares; what cannot be read is noted in `faults`."""
    hints, values = type_hints(kind), {}
    for name, value in given.items():
        try:
            values[name] = read_parameter(hints.get(name, object), value, readers)
        except ValueError as error:
            faults[name] = str(error)
    return values


def read_parameter(hint: Any, value: Any, readers: Readers) -> Any:
    """`value` as the type `hint`. Numbers and truths may be text. Raises ValueError saying what was expected."""
    wanted = _without_none(hint)
    if wanted in readers:
        return readers[wanted](value)
    if wanted in _READERS:
        return _READERS[wanted](value)
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        return _choice(wanted, value)
    return value


def read_text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("expected text")
    return str(value)


def read_decimal(value: Any) -> Decimal:
    if isinstance(value, str) and NUMBER.fullmatch(value):
        return Decimal(str(value))
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        number = Decimal(value)
        if number.is_finite() and abs(number) < _LARGEST:
            return number
    raise ValueError("expected a number")


def _whole(value: Any) -> int:
    try:
        number = read_decimal(value)
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


def _choice(options: type[Enum], value: Any) -> Enum:
    for option in options:
        if option.value == value:
            return option
    raise ValueError(f"expected one of {', '.join(str(option.value) for option in options)}")


def _without_none(hint: Any) -> Any:
    """What an optional hint is about; any other hint as it is."""
    options = get_args(hint)
    return next(option for option in options if option is not type(None)) if type(None) in options else hint


def _is_required(field: "Field[Any]") -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _suggestion(name: str, known: Mapping[str, object]) -> str:
    return f", the nearest known one is {nearest_name(name, known)!r}" if known else "; this kind has none"


_READERS: Readers = {str: read_text, Decimal: read_decimal, int: _whole, bool: _truth}
