"""Exact arithmetic on money, prices and quantities."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from functools import lru_cache

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)
_MONEY_STEP = Decimal("1E-12")
_WIDE = Context(prec=100)


@lru_cache(maxsize=4096)
def plain(number: Decimal) -> str:
    """The number in fixed notation without an exponent or trailing zeros: `1E+3` becomes `1000`.

    Remembered, because an alert says the same limits, prices and quantities many times; what is equal reads the same.
    """
    text = str(number)
    if "E" in text:
        text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def money(number: Decimal) -> Decimal:
    """The number cut to 12 decimals, so that sums of any length stay exact at 34 digits.

    Absurd amounts, such as those of a wrong alert, are no error here: a limit or the margin denies them.
    """
    return number.quantize(_MONEY_STEP, context=_WIDE)


def floor_to(number: Decimal, step: Decimal) -> Decimal:
    """The largest multiple of `step` that is not above `number`."""
    return (number / step).to_integral_value(ROUND_FLOOR) * step


def ceil_to(number: Decimal, step: Decimal) -> Decimal:
    """The smallest multiple of `step` that is not below `number`."""
    return (number / step).to_integral_value(ROUND_CEILING) * step
