"""The types of a rule's parameters: how each is written in the configuration, and how a figure reads."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any, NewType

from portfolio.model.decimals import HUNDRED, ONE, plain
from portfolio.parameters import NUMBER, Readers, read_decimal

Share = NewType("Share", Decimal)
"""A share of one: 0.05, written "5%" or "0.05"."""
Span = NewType("Span", timedelta)
"""A length of time, written "1h", "24h" or "7d"."""
Amount = NewType("Amount", Decimal)
"""Money, above zero."""
Code = NewType("Code", str)
"""A currency in capitals."""

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SHORTEST, LONGEST = 5 * MINUTE, 365 * DAY
ONE_DAY = Span(DAY)
_SPAN = re.compile(r"([1-9][0-9]{0,4})(m|h|d|w)")
_UNITS = {"m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}
_CODE = re.compile(r"[A-Z0-9]{2,12}")
_MOST_SHARE = Decimal(100)
_SCALES = ((Decimal(1_000_000_000), " B"), (Decimal(1_000_000), " M"), (Decimal(1000), " k"))
_DIGITS = 3


def read_share(value: Any) -> Share:
    is_percent = isinstance(value, str) and value.endswith("%")
    try:
        number = read_decimal(str(value)[:-1] if is_percent else value)
    except ValueError:
        number = None
    most = _MOST_SHARE * HUNDRED if is_percent else ONE
    if number is None or not 0 < number < most:
        raise ValueError('expected a share above 0 such as "5%" or "0.05"')
    return Share(number / HUNDRED if is_percent else number)


def read_span(value: Any) -> Span:
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    span = int(found[1]) * _UNITS[found[2]] if found else None
    if span is None or not SHORTEST <= span <= LONGEST:
        raise ValueError('expected a length of time from "5m" to "365d" such as "1h", "24h" or "7d"')
    return Span(span)


def read_amount(value: Any) -> Amount:
    if isinstance(value, str) and NUMBER.fullmatch(value) is None:
        raise ValueError('expected an amount such as "1000000"')
    number = read_decimal(value)
    if number <= 0:
        raise ValueError("expected an amount above 0")
    return Amount(number)


def read_code(value: Any) -> Code:
    if not isinstance(value, str) or not _CODE.fullmatch(value):
        raise ValueError('expected a currency in capitals such as "USDT"')
    return Code(str(value))


READERS: Readers = {Share: read_share, Span: read_span, Amount: read_amount, Code: read_code}


def as_written(hint: Any, value: Any) -> str:
    """The value of a parameter as the configuration says it."""
    if hint in (Share, Share | None):
        return f"{plain(value * HUNDRED)}%"
    if isinstance(value, timedelta):
        return written(value)
    return plain(value) if isinstance(value, Decimal) else str(value)


def per_cent(share: Decimal, *, signed: bool = False) -> str:
    """0.0523 as "5.2 %"; what is smaller than one keeps two digits."""
    figure = share * HUNDRED
    places = 1 if abs(figure) >= 1 else max(2, 1 - figure.adjusted()) if figure else 0
    shown = plain(round(figure, min(places, 12)))
    return f"{'+' if signed and figure > 0 else ''}{shown} %"


def amount(number: Decimal, currency: str | None) -> str:
    """1234567 as "1.23 M USDT"."""
    factor, word = next((scale for scale in _SCALES if abs(number) >= scale[0]), (ONE, ""))
    scaled = number / factor
    shown = plain(round(scaled, max(0, _DIGITS - 1 - scaled.adjusted()))) if scaled else "0"
    return f"{shown}{word}{f' {currency}' if currency else ''}"


def length(span: timedelta) -> str:
    """How long, as people say it: "45 min", "24 h", "7 d"."""
    if span % DAY == timedelta() and span > DAY:
        return f"{span // DAY} d"
    if span % HOUR == timedelta():
        return f"{span // HOUR} h"
    return f"{span // MINUTE} min"


def written(span: timedelta) -> str:
    """As the configuration says it."""
    return length(span).replace(" min", "m").replace(" ", "")
