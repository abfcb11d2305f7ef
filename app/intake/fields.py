"""Readers of one field's value: each returns what was meant or raises Unreadable; none of them guesses."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from portfolio.model.decimals import ZERO, plain

T = TypeVar("T")

TEXT_LENGTH = 128
COMMENT_LENGTH = 500
SIGNIFICANT_DIGITS = 34
MAGNITUDE = 18
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NUMERAL = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,4})?")
_LONGEST_NUMERAL = 100
_EPOCH_NUMERAL = re.compile(r"[0-9]{1,16}(\.[0-9]{1,9})?")
_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?"
    r"([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST = datetime(2101, 1, 1, tzinfo=UTC)
_EARLIEST_S = Decimal(int(_EARLIEST.timestamp()))
_LATEST_S = Decimal(int(_LATEST.timestamp()))


class Unreadable(Exception):
    """The value is not what its field holds. `status` and `code` are those of a refusal for this alone, `within` names
    the part of the value that is wrong, where it has parts.
    """

    def __init__(self, message: str, code: str = "INVALID_FIELD", status: int = 422, within: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.within = within


def text(value: Any) -> str:
    """Text of 1-128 characters as it came: neither trimmed nor changed in case."""
    if not isinstance(value, str):
        raise Unreadable("must be text")
    if not value or len(value) > TEXT_LENGTH or _CONTROL.search(value):
        raise Unreadable(f"must have 1-{TEXT_LENGTH} characters, none of them a control character")
    return value


def identifier(value: Any) -> str:
    """An id of 1-128 characters; a number is taken as its plain text."""
    return text(plain(value) if isinstance(value, Decimal) else value)


def comment(value: Any) -> str | None:
    """Free text, cut at 500 characters; a number is taken as its plain text, null as none."""
    if isinstance(value, Decimal):
        return plain(value)
    if value is not None and not isinstance(value, str):
        raise Unreadable("must be text")
    return value and value.replace("\0", "")[:COMMENT_LENGTH]


def number(value: Any) -> Decimal:
    """An exact number, from JSON's own or from text in ASCII digits."""
    if isinstance(value, str) and len(value) <= _LONGEST_NUMERAL and _NUMERAL.fullmatch(value):
        value = Decimal(value)
    if not isinstance(value, Decimal):
        raise Unreadable('must be a number such as 0.01 or "0.01"')
    if not value:
        return ZERO
    if not -MAGNITUDE <= value.adjusted() <= MAGNITUDE or value.copy_abs() > 10**MAGNITUDE:
        raise Unreadable(f"must lie between 1e-{MAGNITUDE} and 1e{MAGNITUDE}")
    if len(value.as_tuple().digits) > SIGNIFICANT_DIGITS:
        raise Unreadable(f"must have at most {SIGNIFICANT_DIGITS} digits")
    return value


def positive(value: Any) -> Decimal:
    """A number above zero."""
    read = number(value)
    if read <= 0:
        raise Unreadable("must be above zero")
    return read


def boolean(value: Any) -> bool:
    """JSON's true or false, or these words in any case."""
    if isinstance(value, bool):
        return value
    word = value.lower() if isinstance(value, str) else None
    if word not in ("true", "false"):
        raise Unreadable("must be true or false")
    return word == "true"


def word(value: Any) -> str:
    """ASCII text in lower case, for fields that hold one of a few words."""
    if not isinstance(value, str) or not value.isascii():
        raise Unreadable("must be one word")
    return value.lower()


def choice(words: Mapping[str, T]) -> Callable[[Any], T]:
    """A reader of one of `words`, given in lower case, in any case."""
    message = f"must be one of {', '.join(words)}"

    def read(value: Any) -> T:
        chosen = words.get(value.lower()) if isinstance(value, str) and value.isascii() else None
        if chosen is None:
            raise Unreadable(message)
        return chosen

    return read


def moment(value: Any) -> datetime:
    """A time in UTC from RFC 3339 with its offset, or from seconds or milliseconds since 1970."""
    read = _from_rfc_3339(value) if isinstance(value, str) else None
    if read is None:
        read = _from_epoch(value)
    if read is None or not _EARLIEST <= read < _LATEST:
        raise Unreadable("must be a time such as 2026-01-31T12:00:00Z, or seconds or milliseconds since 1970")
    return read


def _from_rfc_3339(value: str) -> datetime | None:
    if not _RFC_3339.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _from_epoch(value: Any) -> datetime | None:
    if isinstance(value, str) and _EPOCH_NUMERAL.fullmatch(value):
        value = Decimal(value)
    if not isinstance(value, Decimal):
        return None
    for seconds in (value, value / 1000):
        if _EARLIEST_S <= seconds < _LATEST_S:
            return _EPOCH + timedelta(microseconds=int(seconds * 1_000_000))
    return None
