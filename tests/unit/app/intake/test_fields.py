"""Readers take what a field may hold in full, and refuse the rest."""

import contextlib
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.intake import fields
from app.intake.fields import Unreadable

NO_NUMBERS = [
    *(True, False, None, [], {}, "", " 1", "1 ", "1_000", "1,5", ".5", "5.", "0x10", "NaN", "Infinity", "-inf"),
    *("\u0661\u0662", "\uff11", "1e", "1e99999", "--1", "5%", "{{close}}", "1\n", "1" * 35, "1e19", "1e-19"),
    *("1000000000000000001e1", "1" * 5000, Decimal("1e19"), Decimal("1e-19"), Decimal("1." + "1" * 34)),
]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("0.01"), "0.01"),
        ("0.01", "0.01"),
        ("+5", "5"),
        ("-5.0", "-5"),
        ("1e3", "1000"),
        ("1E-3", "0.001"),
        ("007", "7"),
        ("0", "0"),
        ("-0.0", "0"),
        ("0e9", "0"),
        (Decimal("1e18"), "1000000000000000000"),
        ("1e-18", "1e-18"),
        ("1." + "1" * 33, "1." + "1" * 33),
    ],
)
def test_numbers_are_read_exactly(value, expected):
    assert fields.number(value) == Decimal(expected)


@pytest.mark.parametrize("value", NO_NUMBERS, ids=lambda value: repr(value)[:20])
def test_what_is_no_sensible_number_is_refused(value):
    with pytest.raises(Unreadable):
        fields.number(value)


@pytest.mark.parametrize("value", ["0", "-1", Decimal(0), Decimal("-0.01"), "-0"])
def test_zero_and_less_are_not_positive(value):
    with pytest.raises(Unreadable):
        fields.positive(value)


@pytest.mark.parametrize(("value", "expected"), [(True, True), (False, False), ("TRUE", True), ("False", False)])
def test_booleans_are_read(value, expected):
    assert fields.boolean(value) is expected


@pytest.mark.parametrize("value", [None, Decimal(1), "1", "yes", "", " true", [], {}])
def test_what_is_no_boolean_is_refused(value):
    with pytest.raises(Unreadable):
        fields.boolean(value)


def test_a_choice_is_taken_in_any_case():
    assert fields.choice({"market": 1})("Market") == 1


@pytest.mark.parametrize("value", ["markets", " market", "", None, True, Decimal(1), [], {}, "mar\u212aet"])
def test_what_is_no_choice_is_refused(value):
    with pytest.raises(Unreadable, match="market, limit"):
        fields.choice({"market": 1, "limit": 2})(value)


NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-01-31T12:00:00Z", NOON),
        ("2026-01-31t12:00:00z", NOON),
        ("2026-01-31 12:00:00+00:00", NOON),
        ("2026-01-31T14:30:00+02:30", NOON),
        ("2026-01-31T12:00:00.5Z", NOON.replace(microsecond=500000)),
        ("2026-01-31T12:00:00.123456789Z", NOON.replace(microsecond=123456)),
        (Decimal(int(NOON.timestamp())), NOON),
        (Decimal(int(NOON.timestamp()) * 1000), NOON),
        (str(int(NOON.timestamp())), NOON),
        (str(int(NOON.timestamp()) * 1000 + 250), NOON.replace(microsecond=250000)),
        (Decimal(int(NOON.timestamp())) + Decimal("0.25"), NOON.replace(microsecond=250000)),
        ("2000-01-01T00:00:00Z", datetime(2000, 1, 1, tzinfo=UTC)),
        ("2100-12-31T23:59:59Z", datetime(2100, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_times_are_read_in_utc(value, expected):
    read = fields.moment(value)
    assert read == expected
    assert read.tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        *("2026-01-31T12:00:00", "2026-01-31", "2026-02-30T12:00:00Z", "2026-01-31T25:00:00Z", "31.01.2026", "", "now"),
        *("2026-01-31T12:00:00+24:00", "2026-01-31T12:00:00+0000", "1999-12-31T23:59:59Z", "2101-01-01T00:00:00Z"),
        *("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", " 2026-01-31T12:00:00Z", "2026-W05-6T12:00:00Z"),
        *("{{timenow}}", "-1769860800", "1e9", "12", "٢٠٢٦-01-31T12:00:00Z"),
        *(Decimal(0), Decimal("1e99"), Decimal(-1), Decimal(17698608000), True, None, [], {}),
    ],
)
def test_what_is_no_plausible_time_is_refused(value):
    with pytest.raises(Unreadable):
        fields.moment(value)


@pytest.mark.parametrize(
    ("value", "expected"), [("a", "a"), (" a ", " a "), ("x" * 128, "x" * 128), (Decimal("1e2"), "100"), ("ü", "ü")]
)
def test_ids_are_read(value, expected):
    assert fields.identifier(value) == expected


@pytest.mark.parametrize("value", ["", "x" * 129, "a\nb", "a\0", None, True, [], {}, Decimal("1e100") + 1])
def test_what_is_no_id_is_refused(value):
    if isinstance(value, Decimal):
        value = Decimal("0." + "1" * 130)
    with pytest.raises(Unreadable):
        fields.identifier(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("x" * 501, "x" * 500), ("", ""), (Decimal("5.0"), "5"), (None, None), ("{{a}}\0", "{{a}}"), ("a\nb", "a\nb")],
)
def test_comments_are_free_text(value, expected):
    assert fields.comment(value) == expected


@pytest.mark.parametrize("value", [True, [], {}])
def test_what_is_no_comment_is_refused(value):
    with pytest.raises(Unreadable):
        fields.comment(value)


@given(st.text(max_size=50) | st.decimals() | st.none() | st.booleans() | st.lists(st.text()))
def test_every_reader_reads_or_refuses(value):
    if isinstance(value, Decimal) and not value.is_finite():
        return
    for reader in (fields.number, fields.positive, fields.moment, fields.boolean, fields.word, fields.identifier):
        with contextlib.suppress(Unreadable):
            assert reader(value) is not None
