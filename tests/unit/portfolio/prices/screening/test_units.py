"""How figures read."""

from datetime import timedelta
from decimal import Decimal

import pytest

from portfolio.prices.screening.units import amount, length, per_cent, read_span, written


@pytest.mark.parametrize(
    ("share", "text"),
    [
        ("0.0523", "5.2 %"),
        ("-0.12", "-12 %"),
        ("1.5", "150 %"),
        ("0.00123", "0.12 %"),
        ("0.0000123", "0.0012 %"),
        ("0", "0 %"),
    ],
)
def test_a_share_reads_as_per_cent(share: str, text: str) -> None:
    assert per_cent(Decimal(share)) == text


@pytest.mark.parametrize(("share", "text"), [("0.05", "+5 %"), ("-0.05", "-5 %"), ("0", "0 %")])
def test_a_signed_share_shows_that_it_is_above_zero(share: str, text: str) -> None:
    assert per_cent(Decimal(share), signed=True) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("1234567", "1.23 M USDT"),
        ("999", "999 USDT"),
        ("1000", "1 k USDT"),
        ("98765432100", "98.8 B USDT"),
        ("0.5", "0.5 USDT"),
        ("0", "0 USDT"),
    ],
)
def test_an_amount_reads_short(number: str, text: str) -> None:
    assert amount(Decimal(number), "USDT") == text


@pytest.mark.parametrize("text", ["5m", "45m", "1h", "24h", "36h", "7d", "365d"])
def test_a_time_reads_as_it_is_written(text: str) -> None:
    assert written(read_span(text)) == text


def test_a_day_is_24_hours() -> None:
    assert length(timedelta(days=1)) == "24 h"
    assert read_span("1d") == read_span("24h")
