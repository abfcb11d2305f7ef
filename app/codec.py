"""Values of the model to JSON and back, exactly: decimals travel as text in plain notation."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar, cast

import orjson
from pydantic import TypeAdapter

from portfolio.model.decimals import plain

T = TypeVar("T")


def to_json(value: Any) -> bytes:
    """Dataclasses as objects, enums by value, times in RFC 3339, decimals as strings."""
    return orjson.dumps(value, default=_extra)


def from_json(kind: type[T], text: str | bytes) -> T:
    """The value that `to_json` wrote. Raises pydantic.ValidationError for anything else."""
    value: T = _adapter(cast(Any, kind)).validate_json(text)
    return value


def _extra(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple):
        return value._asdict()  # type: ignore[attr-defined]  # orjson leaves named tuples alone, and only those
    if isinstance(value, frozenset | set):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is not a value of the model")


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
