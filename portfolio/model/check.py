"""The outcome of one control: its code, the limit it holds and the value it saw."""

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, TypeAlias

Figure: TypeAlias = Decimal | str | None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was denied or ignored."""

    code: str
    message: str
    limit: Figure = None
    value: Figure = None
    scope: str | None = None


class Check(NamedTuple):
    """What one control said of one order, whether it passed or not. A tuple, because each order makes dozens."""

    code: str
    scope: str
    passed: bool
    limit: Figure
    value: Figure
    message: str

    def as_reason(self) -> Reason:
        return Reason(self.code, self.message, self.limit, self.value, self.scope)
