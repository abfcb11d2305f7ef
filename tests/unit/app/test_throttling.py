"""How often a caller may ask and be wrong, on a clock of our own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.throttling import Lockout, Pace, Rarely


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def admitted(pace: Pace, caller: str, times: int) -> int:
    return sum(pace.wait_s(caller) == 0 for _ in range(times))


def test_a_minutes_requests_may_come_at_once_and_no_more(clock: Clock) -> None:
    pace = Pace(600, clock=clock)
    assert admitted(pace, "a", 1000) == 600
    assert admitted(pace, "b", 1000) == 600


def test_time_earns_requests_again_up_to_a_minutes(clock: Clock) -> None:
    pace = Pace(60, clock=clock)
    assert admitted(pace, "a", 100) == 60
    clock.now += 5
    assert admitted(pace, "a", 100) == 5
    clock.now += 3600
    assert admitted(pace, "a", 100) == 60


def test_who_is_refused_is_told_when_to_come_again(clock: Clock) -> None:
    pace = Pace(6, clock=clock)
    assert admitted(pace, "a", 6) == 6
    wait_s = pace.wait_s("a")
    assert wait_s == pytest.approx(10)
    clock.now += wait_s
    assert pace.wait_s("a") == 0


def test_zero_is_no_limit(clock: Clock) -> None:
    assert admitted(Pace(0, clock=clock), "a", 10_000) == 10_000


def test_a_flood_of_callers_takes_no_more_memory(clock: Clock) -> None:
    pace, lockout = Pace(1, most=100, clock=clock), Lockout(5, 600, 900, most=100, clock=clock)
    for number in range(10_000):
        pace.wait_s(f"{number}")
        lockout.wrong(f"{number}")
    assert len(pace._spent_until) == 100
    assert len(lockout._callers) == 100
    assert pace.wait_s("9999") > 0


@given(st.lists(st.floats(0, 120), max_size=300), st.integers(1, 120))
def test_no_minute_ever_sees_more_than_two_minutes_worth(pauses: list[float], per_minute: int) -> None:
    clock = Clock()
    pace = Pace(per_minute, clock=clock)
    times: list[float] = []
    for pause in pauses:
        clock.now += pause / per_minute
        if pace.wait_s("a") == 0:
            times.append(clock.now)
    for start in times:
        assert sum(start <= time < start + 60 for time in times) <= 2 * per_minute


def test_a_guesser_is_not_heard_for_a_while_after_the_last_guess_allowed(clock: Clock) -> None:
    lockout = Lockout(3, 600, 900, clock=clock)
    assert [lockout.wrong("a") for _ in range(3)] == [False, False, True]
    assert lockout.wait_s("a") == 900
    assert lockout.wait_s("b") == 0
    clock.now += 899
    assert lockout.wait_s("a") == 1
    clock.now += 1
    assert lockout.wait_s("a") == 0


def test_after_a_lock_out_the_count_begins_anew(clock: Clock) -> None:
    lockout = Lockout(2, 600, 900, clock=clock)
    assert [lockout.wrong("a"), lockout.wrong("a")] == [False, True]
    clock.now += 901
    assert [lockout.wrong("a"), lockout.wait_s("a"), lockout.wrong("a")] == [False, 0, True]


def test_guesses_that_came_in_together_do_not_end_the_lock_out(clock: Clock) -> None:
    lockout = Lockout(3, 600, 900, clock=clock)
    assert [lockout.wrong("a") for _ in range(50)].count(True) == 1
    assert lockout.wait_s("a") == 900


def test_mistakes_that_are_far_apart_do_not_add_up(clock: Clock) -> None:
    lockout = Lockout(2, 600, 900, clock=clock)
    for _ in range(10):
        assert lockout.wrong("a") is False
        clock.now += 601


def test_a_right_secret_forgives_the_wrong_ones(clock: Clock) -> None:
    lockout = Lockout(2, 600, 900, clock=clock)
    for _ in range(10):
        assert lockout.wrong("a") is False
        lockout.right("a")


def test_zero_guesses_is_no_lock_out(clock: Clock) -> None:
    lockout = Lockout(0, 600, 900, clock=clock)
    assert not any(lockout.wrong("a") for _ in range(100))


def test_what_is_told_rarely_is_told_of_each_caller_once_in_a_while(clock: Clock) -> None:
    rarely = Rarely(60, clock=clock)
    assert [rarely.is_due("a"), rarely.is_due("a"), rarely.is_due("b")] == [True, False, True]
    clock.now += 60
    assert [rarely.is_due("a"), rarely.is_due("a")] == [True, False]
