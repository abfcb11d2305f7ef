"""What every venue's JSON and headers are read with: exact, and forgiving about what is left empty."""

import math
from collections.abc import Mapping
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

from portfolio.model.decimals import ZERO

Raw = Mapping[str, Any]
MOST_DIGITS = 40
LONGEST_PAUSE_S = 86_400.0


def number(value: Any) -> Decimal:
    """Empty is zero. A JSON number is read as the venue wrote it: its shortest text is that of the float.

    Raises ValueError or ArithmeticError for anything else, such as NaN or a number beyond all sense.
    """
    if value is None or value == "":
        return ZERO
    told = Decimal(str(value))
    if not told.is_finite() or (told and abs(told.adjusted()) > MOST_DIGITS):
        raise ValueError("no number that a venue would tell")
    return told


def number_or_none(value: Any) -> Decimal | None:
    """None for what is empty and for zero, which stand for "none" in prices."""
    return number(value) or None


def header(headers: Mapping[str, str], name: str) -> str | None:
    """Whatever case the venue writes it in."""
    lower = name.lower()
    return next((value for key, value in headers.items() if key.lower() == lower), None)


def retry_after(headers: Mapping[str, str], now_ms: int) -> float | None:
    """`Retry-After` in seconds, told so or as the moment."""
    text = header(headers, "Retry-After")
    if text is None:
        return None
    try:
        told = float(text)
    except ValueError:
        told = _until(text, now_ms)
    return min(max(0.0, told), LONGEST_PAUSE_S) if math.isfinite(told) else None


def _until(text: str, now_ms: int) -> float:
    try:
        return parsedate_to_datetime(text).timestamp() - now_ms / 1000
    except (ValueError, OverflowError):
        return math.nan


def whole(text: str | None) -> int | None:
    """A header's count or moment; None for what is none."""
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None
