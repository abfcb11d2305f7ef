"""What every venue's JSON and headers are read with: exact, and forgiving about what is left empty."""

from collections.abc import Mapping
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

from portfolio.model.decimals import ZERO

Raw = Mapping[str, Any]


def number(value: Any) -> Decimal:
    """Empty is zero. A JSON number is read as the venue wrote it: its shortest text is that of the float."""
    return Decimal(str(value)) if value not in (None, "") else ZERO


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
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now_ms / 1000)
    except ValueError:
        return None
