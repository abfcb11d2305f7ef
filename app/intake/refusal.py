"""Why an alert was turned away before anything was stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson

from portfolio.model.decimals import plain

VALUE_LENGTH = 64
MOST_ERRORS = 20


class Refused(Exception):
    """The alert cannot become a signal. `status` is HTTP's, `code` is stable; `errors` name every field at fault."""

    def __init__(self, status: int, code: str, detail: str, errors: "tuple[FieldError, ...]" = ()) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field at fault. `value` is what came, cut at 64 characters; None where the field is absent or a secret."""

    field: str
    value: str | None
    message: str

    @classmethod
    def absent(cls, field: str, message: str) -> "FieldError":
        return cls(field[:VALUE_LENGTH], None, message)

    @classmethod
    def of(cls, field: str, value: Any, message: str) -> "FieldError":
        """The error of a field that came with `value`."""
        return cls(field[:VALUE_LENGTH], shown(value), message)


@dataclass(frozen=True, slots=True)
class Fault:
    """A field at fault with the status and code it would be refused with on its own."""

    status: int
    code: str
    error: FieldError

    def __str__(self) -> str:
        return f"{self.error.field}: {self.error.message}"


def refusal(faults: Sequence[Fault]) -> Refused:
    """The faults in one refusal, at most twenty of them; the first gives status and code."""
    first, told = faults[0], faults[:MOST_ERRORS]
    more = f"; and {len(faults) - len(told)} more" if len(told) < len(faults) else ""
    detail = "; ".join(str(fault) for fault in told) + more
    return Refused(first.status, first.code, detail, tuple(fault.error for fault in told))


def shown(value: Any) -> str:
    """The value as short text: strings as they are, everything else as JSON."""
    text = value if isinstance(value, str) else orjson.dumps(value, default=_rendered).decode()
    return text[:VALUE_LENGTH]


def _rendered(value: Any) -> Any:
    return orjson.Fragment(plain(value)) if isinstance(value, Decimal) else str(value)
