"""A secret is found in the body, compared, and masked wherever else it was pasted."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.intake.secrets import redacted, secret_matches, take_secret


class Hidden:
    def get_secret_value(self) -> str:
        return "s3cret"


@pytest.mark.parametrize("key", ["secret", "SECRET", "passphrase", "Key", "token", "TOKEN", "PIN", "pin"])
def test_the_secret_is_taken_out_under_any_of_its_names(key):
    assert take_secret({key: "s3cret", "symbol": "A"}) == (("s3cret",), {"symbol": "A"})


def test_several_secrets_are_all_candidates():
    assert take_secret({"secret": "a", "key": "b", "x": "c"}) == (("a", "b"), {"x": "c"})


def test_a_number_is_a_secret_by_its_text():
    assert take_secret({"PIN": Decimal(1234)}) == (("1234",), {})


@pytest.mark.parametrize("value", [None, True, [], {"a": "b"}])
def test_what_is_no_text_is_no_candidate_and_still_taken_out(value):
    assert take_secret({"secret": value, "a": "b"}) == ((), {"a": "b"})


def test_a_body_without_a_secret_stays_as_it_is():
    assert take_secret({"keyword": "a", "tokens": "b"}) == ((), {"keyword": "a", "tokens": "b"})


@pytest.mark.parametrize(
    ("presented", "expected", "matches"),
    [
        ("s3cret", ["s3cret"], True),
        ("s3cret", ["other", "s3cret"], True),
        ("s3cret", [Hidden()], True),
        ("S3cret", ["s3cret"], False),
        ("s3cre", ["s3cret"], False),
        ("s3cret ", ["s3cret"], False),
        ("schlüssel", ["schlüssel"], True),
        ("schlüssel", ["schlussel"], False),
        ("\ud800", ["\ud800"], True),
        ("\ud800", ["a"], False),
        ("s3cret", [], False),
        ("", ["s3cret"], False),
        ("", [""], False),
    ],
)
def test_only_the_exact_secret_matches(presented, expected, matches):
    assert secret_matches(presented, expected) is matches


def test_a_secret_is_masked_wherever_it_occurs():
    body = {
        "id": "s3cret",
        "comment": "my s3cret is s3cret",
        "as3cretb": [{"x": "s3cret"}, None, True, Decimal(1)],
    }
    assert redacted(body, [Hidden()]) == {
        "id": "***",
        "comment": "my *** is ***",
        "a***b": [{"x": "***"}, None, True, Decimal(1)],
    }


def test_a_longer_secret_is_masked_before_one_it_contains():
    assert redacted("abcdef", ["abc", "abcdef"]) == "***"


def test_a_number_that_is_the_secret_is_masked_and_one_that_contains_it_is_not():
    assert redacted([Decimal(1234), Decimal("61234.5")], ["1234"]) == ["***", Decimal("61234.5")]


def test_nothing_is_masked_without_a_secret():
    assert redacted({"a": "b"}, ["", ""]) == {"a": "b"}


@given(st.text(max_size=20), st.text(max_size=20), st.text(alphabet="abcß", min_size=1, max_size=4))
def test_no_secret_is_left_in_any_text(before, after, secret):
    masked = redacted({before + secret: [secret + after]}, [secret])
    assert all(secret not in key and secret not in value[0] for key, value in masked.items())
