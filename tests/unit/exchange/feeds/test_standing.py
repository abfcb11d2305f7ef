"""How a venue does is told when it changes, and when it is asked again."""

from typing import Any

from exchange.feeds.fault import Fault
from exchange.feeds.standing import BACK_OFF_S, Standing
from portfolio.prices.source import SourceState, SourceStatus

BROKEN = Fault(SourceStatus.FAILED, "HTTP 500")


class World:
    def __init__(self) -> None:
        self.now = 100.0
        self.told: list[SourceState] = []
        self.standing = Standing("kraken", self.told.append, lambda: self.now)


def test_an_answer_makes_it_live_and_the_next_is_no_news() -> None:
    world = World()
    world.standing.answered(0.3)
    world.now += 5
    world.standing.answered(0.4)
    assert [state.status for state in world.told] == [SourceStatus.LIVE]
    state = world.standing.state
    assert (state.at_s, state.answered_s, state.latency_s) == (100.0, 105.0, 0.4)


def test_failures_in_a_row_are_counted_and_each_is_told() -> None:
    world = World()
    for _ in range(3):
        world.standing.failed(BROKEN)
    assert [state.failures for state in world.told] == [1, 2, 3]
    assert world.standing.state.next_try_s is None
    world.standing.answered(0.1)
    assert (world.standing.state.failures, world.standing.state.detail) == (0, "")


def test_what_is_kept_fresh_is_tried_again_later_each_time() -> None:
    world = World()
    world.standing.is_kept = True
    for back_off_s in (*BACK_OFF_S, BACK_OFF_S[-1]):
        world.standing.failed(BROKEN)
        assert world.standing.rest_s == back_off_s
    world.now += BACK_OFF_S[-1]
    assert world.standing.rest_s == 0.0


def test_a_pause_that_the_venue_asks_for_is_kept_by_whoever_asks() -> None:
    world = World()
    world.standing.failed(Fault(SourceStatus.RATE_LIMITED, "HTTP 429", pause_s=7.0))
    assert world.standing.state.next_try_s == 107.0


def test_a_question_that_fails_says_nothing_of_a_venue_whose_prices_come_by_themselves() -> None:
    world = World()
    world.standing.answered(0.1)
    world.standing.streams(by_itself=True)
    world.standing.failed(BROKEN)
    assert world.standing.state.status is SourceStatus.LIVE
    after: Any = world.standing.after(BROKEN)
    assert (after.status, after.detail) == (SourceStatus.FAILED, "HTTP 500")
    assert world.standing.after(None).status is SourceStatus.LIVE
