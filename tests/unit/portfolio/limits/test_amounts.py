"""How limits are spelled in a configuration."""

from decimal import Decimal

import pytest

from portfolio.limits.limit import (
    Amount,
    parse_amount,
    parse_count,
    parse_frequency,
    parse_number,
    parse_ratio,
    parse_seconds,
)
from portfolio.limits.registry import LIMITS
from portfolio.limits.repeat_throttle import Repeats, parse_repeats


def test_an_amount_is_money_or_a_share_of_equity() -> None:
    assert parse_amount("650").of(Decimal(10_000)) == 650
    assert parse_amount("25%").of(Decimal(10_000)) == 2500


def test_a_share_of_a_negative_equity_is_nothing() -> None:
    assert Amount(Decimal(25), is_percent=True).of(Decimal(-1)) == 0


@pytest.mark.parametrize("text", ["0.01", "1%"])
def test_a_ratio_may_be_written_as_per_cent(text: str) -> None:
    assert parse_ratio(text) == Decimal("0.01")


def test_counts_are_whole() -> None:
    assert parse_count("3") == parse_count("3.0") == 3
    with pytest.raises(ValueError, match="expected a whole number"):
        parse_count("2.5")


@pytest.mark.parametrize("text", ["", "0", "-1", "1e3", "NaN", "inf", "٣", "1_000", "1,5", "%", " 1", "1 %", "9" * 41])
@pytest.mark.parametrize("parse", [parse_amount, parse_ratio, parse_number, parse_count])
def test_anything_but_a_positive_plain_number_is_refused(parse: object, text: str) -> None:
    with pytest.raises(ValueError, match="expected a positive number"):
        parse(text)  # type: ignore[operator]


@pytest.mark.parametrize("key", LIMITS)
def test_a_limits_key_is_its_own(key: str) -> None:
    assert LIMITS[key].read("20/60s" if key == "repeat_throttle" else "5").key == key


def test_repeats_are_so_many_in_so_many_seconds() -> None:
    assert parse_repeats("20/60s") == Repeats(20, 60)
    assert str(parse_repeats("20/60s")) == "20/60s"


@pytest.mark.parametrize("text", ["", "20", "20/", "20/60", "/60s", "20/60m", "20 / 60s", "0/60s", "20/0s", "2.5/60s"])
def test_repeats_written_otherwise_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        parse_repeats(text)


@pytest.mark.parametrize("text", ["10001/60s", "20/86401s"])
def test_repeats_have_bounds(text: str) -> None:
    with pytest.raises(ValueError, match="expected at most 10000 orders in at most 86400 seconds"):
        parse_repeats(text)


def test_what_is_remembered_one_by_one_has_a_bound() -> None:
    assert parse_frequency("10000") == 10_000
    with pytest.raises(ValueError, match="expected at most 10000"):
        parse_frequency("10001")


def test_a_cooldown_is_a_year_at_most() -> None:
    assert parse_seconds("31536000") == 31_536_000
    with pytest.raises(ValueError, match="expected at most 31536000 seconds"):
        parse_seconds("31536000.1")
