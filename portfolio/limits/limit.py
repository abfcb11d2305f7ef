"""What a limit is: one small class that looks at a proposal within a scope and answers with its figures."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Protocol

from portfolio.limits.proposal import Proposal
from portfolio.model.check import Check
from portfolio.model.decimals import HUNDRED, ZERO
from portfolio.model.scope import Scope

_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


class Limit(Protocol):
    """A control that a user sets. `key` is its name in the configuration, in capitals its code."""

    key: ClassVar[str]

    def check(self, proposal: Proposal, scope: Scope) -> Check: ...


@dataclass(frozen=True, slots=True)
class ScopedLimit:
    scope: Scope
    limit: Limit


@dataclass(frozen=True, slots=True)
class Amount:
    """Money in the portfolio's currency, or a share of equity."""

    number: Decimal
    is_percent: bool = False

    def of(self, equity: Decimal) -> Decimal:
        """The amount in money; a share of a negative equity is nothing."""
        return max(ZERO, equity) * self.number / HUNDRED if self.is_percent else self.number


def parse_amount(text: str) -> Amount:
    """`"650"` or `"25%"`. Raises ValueError naming what was expected."""
    if text.endswith("%"):
        return Amount(_positive(text[:-1], text), is_percent=True)
    return Amount(_positive(text, text))


def parse_ratio(text: str) -> Decimal:
    """`"0.01"` or `"1%"`, both one hundredth."""
    return _positive(text[:-1], text) / HUNDRED if text.endswith("%") else _positive(text, text)


def parse_number(text: str) -> Decimal:
    return _positive(text, text)


def parse_count(text: str) -> int:
    number = _positive(text, text)
    if number != int(number):
        raise ValueError(f"expected a whole number, got {text!r}")
    return int(number)


def _positive(digits: str, text: str) -> Decimal:
    if len(digits) > 40 or not _NUMBER.fullmatch(digits) or Decimal(digits) <= 0:
        raise ValueError(f"expected a positive number such as 650, {text!r} is none")
    return Decimal(digits)


@dataclass(frozen=True, slots=True)
class LimitType:
    """How a limit is read from the configuration: `parse` turns the text into the constructor's argument."""

    create: Callable[[Any], Limit]
    parse: Callable[[str], Any]

    def read(self, text: str) -> Limit:
        return self.create(self.parse(text))


def at_most(limit: Limit, scope: Scope, most: Decimal, value: Decimal, what: str) -> Check:
    """Passed where `value` does not exceed `most`."""
    passed = value <= most
    message = f"{what} {'is within' if passed else 'exceeds'} the limit"
    return Check(limit.key.upper(), str(scope), passed, most, value, message)
