"""Absence is believed after the request has expired, two seconds more, and two empty reads apart."""

import pytest

from exchange import lookups
from exchange.lookups import Absences


class Time:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Time:
    return Time()


def test_the_moment_after_which_the_venue_takes_nothing_is_told(clock: Time):
    assert Absences(3.0, clock).sent("a", 99.0) == pytest.approx(2.0)
    assert Absences(3.0, clock).sent("a", 90.0) == 0


def test_reads_before_the_request_has_expired_prove_nothing(clock: Time):
    absences = Absences(3.0, clock)
    absences.sent("a", clock.now_s)
    for _ in range(49):
        assert not absences.is_proven("a", clock.now_s)
        clock.now_s += 0.1
    clock.now_s = 105.0
    assert not absences.is_proven("a", clock.now_s)
    clock.now_s = 105.3
    assert not absences.is_proven("a", clock.now_s)
    clock.now_s = 105.5
    assert absences.is_proven("a", clock.now_s)


def test_an_order_from_before_this_process_may_have_been_sent_at_its_start(clock: Time):
    absences = Absences(3.0, clock)
    clock.now_s += 4.9
    assert not absences.is_proven("a", clock.now_s)
    clock.now_s += 0.2
    assert not absences.is_proven("a", clock.now_s)
    clock.now_s += 0.5
    assert absences.is_proven("a", clock.now_s)


def test_an_order_that_was_unknown_before_this_process_was_sent_before_it_became_so(clock: Time):
    absences = Absences(3.0, clock)
    assert not absences.is_proven("late", clock.now_s, unknown_for_s=4.9)
    assert not absences.is_proven("a", clock.now_s, unknown_for_s=5.1)
    clock.now_s += 0.5
    assert absences.is_proven("a", clock.now_s, unknown_for_s=5.6)
    assert not absences.is_proven("late", clock.now_s, unknown_for_s=5.4)


def test_what_this_process_sent_itself_counts_from_then(clock: Time):
    absences = Absences(3.0, clock)
    absences.sent("a", clock.now_s)
    clock.now_s += 4.9
    assert not absences.is_proven("a", clock.now_s, unknown_for_s=60)


def test_a_second_request_begins_anew(clock: Time):
    absences = Absences(3.0, clock)
    absences.sent("a", clock.now_s)
    clock.now_s += 10
    assert not absences.is_proven("a", clock.now_s)
    absences.sent("a", clock.now_s)
    clock.now_s += 1
    assert not absences.is_proven("a", clock.now_s)


def test_what_was_seen_once_is_never_absent(clock: Time):
    absences = Absences(3.0, clock)
    absences.found("a")
    clock.now_s += 1000
    assert not any(absences.is_proven("a", clock.now_s) for _ in range(3))


def test_it_remembers_no_more_than_it_has_to(clock: Time, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lookups, "MOST_REMEMBERED", 5)
    absences = Absences(3.0, clock)
    for number in range(50):
        absences.sent(f"s-{number}", clock.now_s)
        absences.found(f"f-{number}")
    assert len(absences._sent) <= 5
    assert len(absences._there) <= 5


def test_an_answer_says_what_was_true_when_it_was_asked_for_not_when_it_came(clock: Time):
    absences = Absences(3.0, clock)
    absences.sent("a", clock.now_s)
    clock.now_s = 110.0
    assert not absences.is_proven("a", 104.9)
    assert not absences.is_proven("a", 105.0)
    assert not absences.is_proven("a", 105.3)
    assert absences.is_proven("a", 105.5)


def test_answers_may_come_in_another_order_than_they_were_asked_for(clock: Time):
    absences = Absences(3.0, clock)
    absences.sent("a", clock.now_s)
    clock.now_s = 106.0
    assert not absences.is_proven("a", 105.5)
    assert absences.is_proven("a", 105.0)
