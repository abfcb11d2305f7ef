"""Ids that sort by time and fit every venue."""

import re

from hypothesis import given
from hypothesis import strategies as st

from portfolio.model.identifiers import RANDOM_BITS, follow_up_id, leg_id, sortable_id

FIT = re.compile(r"[A-Za-z0-9-]{1,36}")
LATEST_MS = 2**50 - 1
moments = st.integers(0, LATEST_MS)
noise = st.integers(0, 2**RANDOM_BITS - 1)


@given(moments, moments, noise, noise)
def test_a_later_id_sorts_behind(one: int, other: int, first: int, second: int) -> None:
    assert (sortable_id(one, first) < sortable_id(other, second)) == ((one, first) < (other, second))


@given(moments, noise, st.integers(1, 2**40 - 1), st.integers(1, 99_999))
def test_every_client_order_id_fits_a_venue(now: int, random: int, seq: int, leg: int) -> None:
    origin = sortable_id(now, random)
    assert FIT.fullmatch(leg_id(origin, leg))
    assert FIT.fullmatch(follow_up_id(origin, seq, leg))


@given(st.lists(st.tuples(st.integers(1, 2**40 - 1), st.integers(1, 99)), unique=True))
def test_no_two_legs_of_a_signal_share_an_id(steps: list[tuple[int, int]]) -> None:
    ids = [follow_up_id("A", seq, leg) for seq, leg in steps] + [leg_id("A", leg) for leg in range(1, 100)]
    assert len(ids) == len(set(ids))


def test_the_same_leg_has_the_same_id_on_every_try() -> None:
    assert leg_id("A", 2) == "A-2"
    assert follow_up_id("A", 33, 2) == "A-11-2"
