"""A body becomes a dict of exact values, or is refused by name."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.intake.body import MAX_DEPTH, parse_body
from app.intake.refusal import Refused


def refused(raw: bytes) -> Refused:
    with pytest.raises(Refused) as caught:
        parse_body(raw)
    return caught.value


def parsed_or_refused(raw: bytes) -> dict[str, Any] | Refused:
    try:
        return parse_body(raw)
    except Refused as error:
        return error


def nested(levels: int, opening: bytes = b'{"a":', closing: bytes = b"}") -> bytes:
    return opening * (levels - 1) + b"{}" + closing * (levels - 1)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'{"a": 1}', {"a": Decimal(1)}),
        (b'\xef\xbb\xbf{"a": "b"}', {"a": "b"}),
        (b' \r\n\t{"a": [true, false, null]}\n', {"a": [True, False, None]}),
        (b'{"a": {"b": -0.5}, "c": 1e3}', {"a": {"b": Decimal("-0.5")}, "c": Decimal(1000)}),
        ('{"a": "grüße"}'.encode(), {"a": "grüße"}),
        (b'{"a": "\\ud83d\\ude00"}', {"a": "😀"}),
        (b'{"a": "\\u0041"}', {"a": "A"}),
        (b'{"a": "\\\\ud800"}', {"a": "\\ud800"}),
        (b'{"a": "[[[[[[[[[[[[[[[[[[[["}', {"a": "[" * 20}),
        (
            b'{"a": [{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, 1]}',
            {"a": [{}] * 16 + [Decimal(1)]},
        ),
        (b"{}", {}),
    ],
)
def test_json_objects_are_read(raw, value):
    assert parse_body(raw) == value


def test_numbers_are_exact():
    body = parse_body(b'{"a": 0.1, "b": 123456789012345678901234567890.123456789, "c": 0.10}')
    assert body["a"] == Decimal("0.1")
    assert body["b"] == Decimal("123456789012345678901234567890.123456789")
    assert all(type(number) is Decimal for number in body.values())


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"", 400, "EMPTY_BODY"),
        (b" \n\t", 400, "EMPTY_BODY"),
        (b"\xef\xbb\xbf", 400, "EMPTY_BODY"),
        (b'{"a": "\xff"}', 400, "NOT_UTF8"),
        (b'{"a": "\xed\xa0\x80"}', 400, "NOT_UTF8"),
        ('{"a": 1}'.encode("utf-16"), 400, "NOT_UTF8"),
        (b"acc BTCUSDT buy 0.01", 400, "NOT_JSON"),
        (b'{"a": 1', 400, "NOT_JSON"),
        (b'{"a": 1} {"a": 1}', 400, "NOT_JSON"),
        (b"{'a': 1}", 400, "NOT_JSON"),
        (b'{"a": 01}', 400, "NOT_JSON"),
        (b'{"a": {{strategy.order.contracts}}}', 400, "NOT_JSON"),
        (b'{"a": "line\nbreak"}', 400, "NOT_JSON"),
        (b"[" * 60000, 400, "TOO_DEEP"),
        (nested(17), 400, "TOO_DEEP"),
        (b'{"a":' + b"[" * 16 + b"]" * 16 + b"}", 400, "TOO_DEEP"),
        (b"[" * 500 + b"]" * 500, 400, "TOO_DEEP"),
        (nested(10000), 400, "TOO_DEEP"),
        (b"[]", 422, "NOT_AN_OBJECT"),
        (b'"text"', 422, "NOT_AN_OBJECT"),
        (b"12", 422, "NOT_AN_OBJECT"),
        (b"null", 422, "NOT_AN_OBJECT"),
        (b"NaN", 422, "NOT_AN_OBJECT"),
        (b"[NaN]", 422, "NOT_AN_OBJECT"),
        (b'"\\ud800"', 422, "NOT_AN_OBJECT"),
    ],
)
def test_bodies_that_are_no_json_object_are_refused(raw, status, code):
    error = refused(raw)
    assert (error.status, error.code) == (status, code)


def test_sixteen_levels_are_accepted():
    parse_body(nested(MAX_DEPTH))
    parse_body(b'{"a":' + b"[" * 15 + b"]" * 15 + b"}")


def test_a_refusal_of_plain_text_says_what_to_send():
    assert "plain text is not supported" in refused(b"buy BTC").detail


@pytest.mark.parametrize(
    ("raw", "field", "value"),
    [
        (b'{"quantity": NaN}', "quantity", "NaN"),
        (b'{"quantity": Infinity}', "quantity", "Infinity"),
        (b'{"extras": {"a": [1, -Infinity]}}', "extras.a.1", "-Infinity"),
        (b'{"quantity": 1e999}', "quantity", "1e999"),
        (b'{"quantity": 1e-999}', "quantity", "1e-999"),
        (b'{"quantity": 1e99999999999999999999999999}', "quantity", "1e99999999999999999999999999"),
        (b'{"quantity": 1' + b"0" * 5000 + b"}", "quantity", "1" + "0" * 63),
        (b'{"quantity": 0.' + b"1" * 5000 + b"}", "quantity", "0." + "1" * 62),
        (b'{"secret": 1e999}', "secret", None),
        (b'{"Token": NaN}', "Token", None),
        (b'{"a": {"b": "\\ud800"}}', "a.b", None),
        (b'{"a": "\\udc00\\ud800"}', "a", None),
        (b'{"a\\ud800": 1}', "a?", None),
    ],
)
def test_values_that_json_or_money_does_not_know_are_named(raw, field, value):
    error = refused(raw)
    assert (error.status, error.code) == (422, "INVALID_FIELD")
    assert [(each.field, each.value) for each in error.errors] == [(field, value)]


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (b'{"a": 1, "a": 1}', "a"),
        (b'{"quantity": 1, "price": 2, "quantity": 3}', "quantity"),
        (b'{"extras": [{"b": 1, "b": 2}]}', "extras.0.b"),
        (b'{"\\u0061": 1, "a": 1}', "a"),
    ],
)
def test_a_key_that_appears_twice_is_named(raw, field):
    error = refused(raw)
    assert (error.status, error.code) == (422, "DUPLICATE_KEY")
    assert [each.field for each in error.errors] == [field]


def test_everything_wrong_is_reported_together():
    error = refused(b'{"a": NaN, "b": 1e999, "c": 1, "c": 2}')
    assert {each.field for each in error.errors} == {"a", "b", "c"}


def test_of_a_thousand_errors_twenty_are_told():
    error = refused(b'{"a": [' + b",".join([b"NaN"] * 1000) + b"]}")
    assert len(error.errors) == 20
    assert error.detail.endswith("; and 980 more")


def test_keys_that_differ_in_case_are_different_keys():
    assert parse_body(b'{"a": 1, "A": 2}') == {"a": Decimal(1), "A": Decimal(2)}


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(b"{" * 2000)
@example(b'{"a":' * 2000)
def test_any_bytes_give_a_dict_or_a_refusal(raw):
    answer = parsed_or_refused(raw)
    assert isinstance(answer, dict) or answer.status in (400, 422)


FRAGMENTS = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    '"a"',
    '"quantity"',
    "NaN",
    "-Infinity",
    "1e999",
    "0.1",
    "-1",
    '"\\ud800"',
    " ",
]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=60).map("".join))
def test_anything_that_looks_like_json_gives_a_dict_or_a_refusal(text):
    answer = parsed_or_refused(text.encode())
    if isinstance(answer, Refused):
        assert answer.status in (400, 422)
    else:
        assert "NaN" not in str(answer)
