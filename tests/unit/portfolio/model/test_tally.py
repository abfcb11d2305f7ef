"""A tally forgets what is old, and time never runs backwards in it."""

from datetime import date, datetime, timedelta

import pytest

from portfolio.model.tally import NO_TALLY, Tally
from tests.fakes import NOW

MINUTE = timedelta(seconds=60)


def after(**span: float) -> datetime:
    return NOW + timedelta(**span)


def counted(*seconds: float, most: int = 100) -> Tally:
    tally = NO_TALLY
    for second in seconds:
        tally = tally.with_moment(after(seconds=second), MINUTE, most)
    return tally


@pytest.mark.parametrize(("seconds", "within"), [(59.999, 2), (60, 1), (69.999, 1), (70, 0)])
def test_a_moment_leaves_the_window_when_it_is_as_old_as_that(seconds: float, within: int) -> None:
    assert counted(0, 10).within(MINUTE, after(seconds=seconds)) == within


def test_what_is_older_than_the_window_is_forgotten() -> None:
    assert counted(0, 10, 65).times == (after(seconds=10), after(seconds=65))


def test_no_more_is_remembered_than_the_limit_needs() -> None:
    assert counted(*range(50), most=3).times == (after(seconds=47), after(seconds=48), after(seconds=49))


def test_what_happens_after_the_clock_was_set_back_counts_as_of_the_latest_moment() -> None:
    tally = counted(0, -30)
    assert tally.times == (NOW, NOW)
    assert tally.within(MINUTE, after(seconds=-30)) == 2
    assert tally.within(MINUTE, after(seconds=59)) == 2


def test_a_day_is_counted_until_midnight_utc() -> None:
    tally = NO_TALLY.with_another_today(NOW).with_another_today(NOW)
    assert tally.today(after(hours=11, minutes=59)) == 2
    assert tally.today(after(hours=12)) == 0
    assert tally.with_another_today(after(hours=12)).today(after(hours=12)) == 1


def test_a_clock_set_back_over_midnight_begins_no_new_day() -> None:
    tally = NO_TALLY.with_another_today(NOW).with_another_today(after(days=-1))
    assert (tally.day, tally.count) == (date(2026, 3, 2), 2)
    assert tally.today(after(days=-1)) == 2


def test_a_clock_that_ran_ahead_can_be_put_right() -> None:
    tally = counted(0, 1000).with_another_today(after(days=5)).no_later_than(after(seconds=70))
    assert tally.times == (after(seconds=70),)
    assert tally.today(after(seconds=70)) == 1
    assert tally.within(MINUTE, after(seconds=130)) == 0
