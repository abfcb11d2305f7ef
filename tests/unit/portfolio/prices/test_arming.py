"""A difference is told once when it opens, and again only after it was gone."""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from portfolio.prices.alarm import Alarm
from portfolio.prices.arming import Arm, EndCause, Ended, Opened, Thresholds, Turn
from portfolio.prices.differing import differing
from tests.unit.portfolio.prices.desk import NOW_S, START, Venues
from tests.unit.portfolio.prices.test_discrepancy import BINANCE, KRAKEN, two, weighed

D = Decimal
RULES = Thresholds(alert_above=D("0.005"), rearm_below=D("0.003"), cooldown=timedelta(seconds=300))
KEY = ("BTC/USD", "binance", "kraken")


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def told(looks: list[tuple[float, str | None]], arm: Arm | None = None) -> list[tuple[float, Turn]]:
    """What is told of a pair's net at these seconds."""
    arm, turns = arm or Arm(), []
    for second, net in looks:
        arm, turn = arm.seen(KEY, None if net is None else D(net), RULES, at(second))
        if turn:
            turns.append((second, turn))
    return turns


def test_it_is_told_when_it_crosses_the_threshold_and_not_again_while_it_lasts() -> None:
    assert told([(0, "0.005"), (1, "0.0051"), (2, "0.009"), (3, "0.004"), (4, "0.006")]) == [
        (1, Opened(KEY, at(1), D("0.0051")))
    ]


def test_it_ends_below_the_lower_threshold_and_says_how_large_it_was() -> None:
    turns = told([(0, "0.006"), (10, "0.008"), (20, "0.003"), (30, "0.0029")])

    assert turns[1:] == [(30, Ended(KEY, at(30), at(0), D("0.008"), EndCause.BELOW))]


def test_it_is_told_again_only_when_the_cooldown_has_passed() -> None:
    looks: list[tuple[float, str | None]] = [(0, "0.006"), (10, "0"), (20, "0.006"), (299, "0.006"), (300, "0.006")]

    assert [(second, type(turn)) for second, turn in told(looks)] == [(0, Opened), (10, Ended), (300, Opened)]


def test_what_cannot_be_told_for_a_while_is_neither_over_nor_new() -> None:
    assert [second for second, _ in told([(0, "0.006"), (5, None), (10, "0.006"), (15, None)])] == [0]


def test_what_cannot_be_told_for_a_cooldowns_time_is_lost() -> None:
    turns = told([(0, "0.006"), (100, "0.007"), (399, None), (400, None)])

    assert turns[-1] == (400, Ended(KEY, at(400), at(0), D("0.007"), EndCause.LOST))


def test_a_restart_remembers_what_was_told() -> None:
    still_open = Arm.restored(at(0), D("0.006"), is_open=True)
    over = Arm.restored(at(0), D("0.006"), is_open=False)

    assert told([(10, "0.007")], still_open) == []
    assert told([(10, "0.001")], still_open) == [(10, Ended(KEY, at(10), at(0), D("0.006"), EndCause.BELOW))]
    assert told([(10, "0.007")], over) == []
    assert [second for second, _ in told([(10, "0.007"), (301, "0.007")], over)] == [301]


LOOKS = st.lists(
    st.tuples(st.integers(0, 200), st.none() | st.sampled_from(["0", "0.003", "0.004", "0.0051", "0.01"])), max_size=40
)


@given(LOOKS)
def test_it_is_never_told_twice_within_the_cooldown_nor_opened_twice_without_an_end(
    looks: list[tuple[int, str | None]],
) -> None:
    second, timed = 0, []
    for wait, net in looks:
        second += wait
        timed.append((float(second), net))
    turns = told(timed)

    opened = [second for second, turn in turns if isinstance(turn, Opened)]
    assert all(later - earlier >= 300 for earlier, later in pairwise(opened))
    kinds = [type(turn) for _, turn in turns]
    assert all(kind is (Ended if place % 2 else Opened) for place, kind in enumerate(kinds))


def look(alarm: Alarm, venues: Venues, second: float, *, size: int = 1000) -> list[Turn]:
    offers = venues.offers("BTC/USD")
    found = [
        weighed(one, BINANCE, KRAKEN, D(size), venues.terms, NOW_S) if not one.labels else one
        for one in differing(offers, venues.terms)
    ]
    return alarm.look(offers, found, at(second))


def gone() -> Venues:
    return Venues().says("binance", "BTC/USD", "99", "100").says("kraken", "BTC/USD", "99", "100")


def test_an_alarm_tells_of_each_pair_what_its_books_bear() -> None:
    alarm = Alarm(RULES)

    (turn,) = look(alarm, two(), 0)

    assert isinstance(turn, Opened)
    assert round(turn.net, 6) == D("0.009449")
    assert look(alarm, two(), 1) == []
    assert list(alarm.open()) == [KEY]


def test_a_pair_that_no_longer_differs_has_ended() -> None:
    alarm = Alarm(RULES)
    look(alarm, two(), 0)

    (turn,) = look(alarm, gone(), 5)

    assert isinstance(turn, Ended)
    assert turn.cause is EndCause.BELOW
    assert alarm.open() == {}


def test_a_pair_whose_price_is_stale_or_too_thin_is_not_over_and_not_new() -> None:
    stale = Venues().says("binance", "BTC/USD", "99", "100", age_s=60).says("kraken", "BTC/USD", "102", "103")
    alarm = Alarm(RULES)

    assert look(alarm, stale, 0) == []
    assert look(alarm, two(), 1, size=10_000_000) == []
    look(alarm, two(), 2)
    assert look(alarm, stale, 3) == []
    assert look(alarm, two(), 4, size=10_000_000) == []
    assert look(alarm, Venues().lists("binance", "BTC/USD"), 5) == []
    assert list(alarm.open()) == [KEY]


def test_tickers_alone_open_nothing() -> None:
    offers = two().offers("BTC/USD")

    assert Alarm(RULES).look(offers, differing(offers, two().terms), at(0)) == []


def test_an_alarm_starts_from_the_history() -> None:
    alarm = Alarm(RULES, {KEY: Arm.restored(at(-10), D("0.02"), is_open=True)})

    assert look(alarm, two(), 0) == []
    assert [type(turn) for turn in look(alarm, gone(), 5)] == [Ended]
    assert look(alarm, two(), 10) == []
    assert [type(turn) for turn in look(alarm, two(), 290)] == [Opened]
