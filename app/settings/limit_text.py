"""How the text of a limit is read: by the limit itself, so that a new one needs nothing here."""

from collections.abc import Callable
from typing import Any

from app.settings.values import number_of, wrong
from portfolio.limits.limit import (
    LONGEST_S,
    MOST_MOMENTS,
    LimitType,
    parse_amount,
    parse_count,
    parse_frequency,
    parse_number,
    parse_ratio,
    parse_seconds,
)
from portfolio.limits.registry import LIMITS
from portfolio.limits.repeat_throttle import EXPECTED_REPEATS, parse_repeats
from portfolio.model.decimals import plain

_EXPECTED_LIMIT: dict[Callable[[str], Any], str] = {
    parse_amount: 'a positive amount such as "650", or a share of equity such as "25%"',
    parse_ratio: 'a positive ratio such as "0.01" or "1%"',
    parse_count: "a positive whole number",
    parse_frequency: f"a whole number from 1 to {MOST_MOMENTS}",
    parse_number: "a positive number",
    parse_seconds: f"a positive number of seconds up to {LONGEST_S}",
    parse_repeats: EXPECTED_REPEATS,
}


def limit_text(key: str) -> Callable[[Any], str]:
    """A reader of that limit: its text, once the limit itself can be read from it."""
    limit = LIMITS[key]

    def read(value: Any) -> str:
        text = str(value) if isinstance(value, str) else _spelled(value)
        if text is None or not _is_readable(limit, text):
            wrong(f"expected {_EXPECTED_LIMIT.get(limit.parse, 'another value')}")
        return text

    return read


def _spelled(value: Any) -> str | None:
    number = number_of(value)
    return None if number is None else plain(number)


def _is_readable(limit: LimitType, text: str) -> bool:
    try:
        limit.read(text)
    except ValueError:
        return False
    return True
