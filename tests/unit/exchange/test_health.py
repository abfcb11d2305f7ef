"""A condition is told once, when it begins, and when it ends; public answers say nothing of the account."""

import pytest

from exchange.errors import Crowded, NotSent, Refusal, Refused, Throttled, Unclear, VenueError
from exchange.health import Health
from exchange.limiter import Group
from portfolio.model.venue import Condition, VenueCondition

REFUSED = Refused(Refusal.KEY, "33004", "Your api key has expired.")


@pytest.fixture
def told() -> list[VenueCondition]:
    return []


@pytest.fixture
def health(told: list[VenueCondition]) -> Health:
    return Health(told.append)


@pytest.mark.parametrize(
    ("error", "condition"),
    [
        (REFUSED, Condition.KEY_REFUSED),
        (Refused(Refusal.CLOCK, "10002", "late"), Condition.CLOCK_SKEWED),
        (Throttled("slow", 0), Condition.RATE_LIMITED),
    ],
)
def test_what_a_venue_says_of_itself_is_told_at_once_and_once(
    health: Health, told: list[VenueCondition], error: VenueError, condition: Condition
):
    for _ in range(3):
        health.learn(Group.QUERY, error)
    assert [item.condition for item in told] == [condition]
    health.learn(Group.PUBLIC, None)
    assert health.condition is condition
    health.learn(Group.TRADE, None)
    assert [item.condition for item in told] == [condition, Condition.WORKING]


@pytest.mark.parametrize(
    ("error", "condition"),
    [
        (Unclear("the answer was lost: no answer within 5 s"), Condition.UNREACHABLE),
        (NotSent("nothing was sent"), Condition.UNREACHABLE),
        (Unclear("HTTP 503"), Condition.MAINTENANCE),
        (Unclear("HTTP 200 The service is under maintenance."), Condition.MAINTENANCE),
    ],
)
def test_one_failure_is_no_condition_two_are(
    health: Health, told: list[VenueCondition], error: VenueError, condition: Condition
):
    health.learn(Group.QUERY, error)
    health.learn(Group.QUERY, None)
    health.learn(Group.QUERY, error)
    health.learn(Group.PUBLIC, None)
    assert told == []
    health.learn(Group.TRADE, error)
    assert [item.condition for item in told] == [condition]
    assert not health.is_answered


@pytest.mark.parametrize("error", [Refused(Refusal.ORDER, "1", "no"), Crowded("a line of our own", 1)])
def test_an_order_that_was_refused_or_waits_is_no_condition(
    health: Health, told: list[VenueCondition], error: VenueError
):
    for _ in range(5):
        health.learn(Group.TRADE, error)
    assert told == []


def test_a_pause_is_told_until_it_is_over_and_something_passes(told: list[VenueCondition]):
    now = [100.0]
    health = Health(told.append, lambda: now[0])
    health.learn(Group.QUERY, Throttled("slow", 2))
    assert not health.is_answered
    health.learn(Group.TRADE, None)
    now[0] += 1.9
    health.learn(Group.TRADE, Refused(Refusal.ORDER, "1", "no"))
    assert health.condition is Condition.RATE_LIMITED
    now[0] += 0.2
    health.learn(Group.TRADE, None)
    assert [item.condition for item in told] == [Condition.RATE_LIMITED, Condition.WORKING]
    assert health.is_answered


def test_public_failures_are_none_of_the_accounts(health: Health, told: list[VenueCondition]):
    for _ in range(5):
        health.learn(Group.PUBLIC, Unclear("HTTP 502"))
    assert told == []
    health.learn(Group.PUBLIC, Throttled("slow", 1))
    assert health.condition is Condition.RATE_LIMITED


def test_the_worst_is_told(health: Health, told: list[VenueCondition]):
    health.link_is(up=False)
    health.clock_is_off_by(-6)
    health.learn(Group.QUERY, REFUSED)
    health.learn(Group.QUERY, None)
    health.clock_is_off_by(0.1)
    health.link_is(up=True)
    assert [item.condition for item in told] == [
        Condition.STREAM_DOWN,
        Condition.CLOCK_SKEWED,
        Condition.KEY_REFUSED,
        Condition.CLOCK_SKEWED,
        Condition.STREAM_DOWN,
        Condition.WORKING,
    ]
    assert told[1].detail == "this machine's clock is 6.0 s ahead of the venue's"
