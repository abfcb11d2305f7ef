"""Never faster than the venue takes it: over any span, with a reserve for what is urgent and every pause kept."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange import bucket
from exchange import limiter as limiter_module
from exchange.address import Address
from exchange.bucket import Rate
from exchange.errors import Crowded, Throttled
from exchange.limiter import Allowance, Group, Limiter

RATES = {Group.TRADE: Rate(per_second=2, burst=5, reserve=2), Group.QUERY: Rate(per_second=100, burst=100)}


class Time:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        await _SLEEP(0)


_SLEEP = asyncio.sleep


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Time:
    clock = Time()
    monkeypatch.setattr(limiter_module.asyncio, "sleep", clock.sleep)
    return clock


async def admitted(limiter: Limiter, clock: Time, group: Group = Group.TRADE, *, urgent: bool = False) -> float:
    await limiter.admit(group, urgent=urgent, within_s=1e6)
    return clock.now_s - 1000.0


async def test_a_burst_leaves_at_once_and_what_follows_at_the_rate(clock: Time):
    limiter = Limiter(RATES, monotonic=clock)
    times = [await admitted(limiter, clock, urgent=True) for _ in range(8)]
    assert times == pytest.approx([0, 0, 0, 0, 0, 1.1, 1.1, 1.5])


async def test_the_reserve_is_kept_for_what_is_urgent(clock: Time):
    limiter = Limiter(RATES, monotonic=clock)
    for _ in range(3):
        await admitted(limiter, clock)
    with pytest.raises(Crowded):
        await limiter.admit(Group.TRADE, urgent=False, within_s=0.05)
    assert [await admitted(limiter, clock, urgent=True) for _ in range(2)] == [0, 0]


async def test_idle_time_fills_the_bucket_and_no_more(clock: Time):
    limiter = Limiter(RATES, monotonic=clock)
    clock.now_s += 3600
    times = [await admitted(limiter, clock, urgent=True) - 3600 for _ in range(6)]
    assert times == pytest.approx([0, 0, 0, 0, 0, 1.1])


async def test_requests_leave_in_the_order_they_came(clock: Time):
    limiter = Limiter(RATES, monotonic=clock)
    left: list[int] = []

    async def ask(number: int) -> None:
        await admitted(limiter, clock)
        left.append(number)

    await asyncio.gather(*map(ask, range(20)))
    assert left == list(range(20))


@pytest.mark.parametrize("by_address", [True, False])
async def test_a_pause_closes_every_group_for_all_of_its_time_and_for_urgent_ones_too(clock: Time, by_address: bool):
    limiter = Limiter(RATES, monotonic=clock)
    limiter.pause(30, clock.now_s, by_address=by_address)
    limiter.pause(1, clock.now_s, by_address=by_address)
    with pytest.raises(Throttled) as throttled:
        await limiter.admit(Group.TRADE, urgent=True, within_s=5)
    assert throttled.value.pause_s == pytest.approx(30)
    assert await admitted(limiter, clock, urgent=True) == pytest.approx(30)


@pytest.mark.parametrize("by_address", [True, False])
async def test_after_a_pause_what_is_urgent_goes_first(clock: Time, by_address: bool):
    limiter = Limiter(RATES, monotonic=clock)
    limiter.pause(10, clock.now_s, by_address=by_address)
    left: list[tuple[bool, float]] = []

    async def ask(group: Group, *, urgent: bool) -> None:
        left.append((urgent, await admitted(limiter, clock, group, urgent=urgent)))

    await asyncio.gather(ask(Group.TRADE, urgent=False), ask(Group.QUERY, urgent=True), ask(Group.TRADE, urgent=True))
    assert [urgent for urgent, _ in left] == [True, True, False]
    assert left[0][1] >= 10


async def test_each_pause_from_the_third_in_a_row_on_is_longer_until_something_passes(clock: Time):
    limiter, began_s = Limiter(RATES, monotonic=clock), clock.now_s
    assert [limiter.pause(1, began_s, by_address=False) for _ in range(3)] == [1, 1, 1], "they were under way together"
    pauses = []
    for _ in range(3):
        clock.now_s += 10
        limiter.passed(began_s)  # it had left before
        pauses.append(limiter.pause(1, clock.now_s, by_address=False))
    assert pauses == [1, 2, 4]
    clock.now_s += 10
    limiter.passed(clock.now_s)
    clock.now_s += 10
    assert limiter.pause(1, clock.now_s, by_address=False) == 1
    assert limiter.pause(1, clock.now_s, by_address=True) == 1


async def test_the_venues_own_count_is_believed(clock: Time):
    limiter = Limiter(RATES, monotonic=clock)
    limiter.learn(Group.TRADE, Allowance(left=1, reset_in_s=0.7))
    assert await admitted(limiter, clock, urgent=True) == 0
    limiter.learn(Group.TRADE, Allowance(left=0, reset_in_s=0.7))
    assert await admitted(limiter, clock, urgent=True) == pytest.approx(0.7)
    assert await admitted(limiter, clock, Group.QUERY) == pytest.approx(0.7)


async def test_a_reset_beyond_sense_is_not_waited_for(clock: Time):
    limiter = Limiter(RATES, monotonic=clock)
    limiter.learn(Group.TRADE, Allowance(left=0, reset_in_s=1e12))
    assert await admitted(limiter, clock, urgent=True) <= 60


async def test_what_the_venue_grants_is_used_but_for_a_tenth(clock: Time):
    limiter = Limiter(RATES, monotonic=clock)
    limiter.learn(Group.TRADE, Allowance(per_second=20))
    clock.now_s += 10
    times = [await admitted(limiter, clock, urgent=True) - 10 for _ in range(37)]
    assert times[:18] == pytest.approx([0] * 18)
    assert times[18:36] == pytest.approx([1.1] * 18)
    assert times[36] == pytest.approx(2.2)
    limiter.learn(Group.TRADE, Allowance(per_second=1))
    assert await admitted(limiter, clock) > 11


async def test_too_many_errors_stop_everything_but_what_is_urgent(clock: Time):
    limiter = Limiter(RATES, Address(most_errors=3, monotonic=clock), monotonic=clock)
    for _ in range(3):
        limiter.count_error()
        clock.now_s += 1
    with pytest.raises(Throttled):
        await limiter.admit(Group.QUERY, urgent=False, within_s=5)
    await limiter.admit(Group.QUERY, urgent=True, within_s=5)
    assert await admitted(limiter, clock, Group.QUERY) == pytest.approx(60)


async def test_a_line_that_is_too_long_is_said_to_be_our_own(clock: Time):
    limiter = Limiter({Group.TRADE: Rate(per_second=0.1, burst=1)}, monotonic=clock)
    await limiter.admit(Group.TRADE, urgent=True, within_s=5)
    with pytest.raises(Crowded):
        await limiter.admit(Group.TRADE, urgent=True, within_s=5)


STEP = st.one_of(
    st.tuples(st.just("ask"), st.booleans()),
    st.tuples(st.just("wait"), st.floats(0, 3)),
    st.tuples(st.just("left"), st.integers(0, 10)),
    st.tuples(st.just("pause"), st.booleans()),
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(STEP, max_size=60),
    st.integers(1, 20),
    st.integers(1, 10),
    st.integers(0, 3),
)
def test_over_any_span_no_more_leave_than_the_bucket_allows(
    steps: list[tuple[str, Any]], per_second: int, burst: int, reserve: int
):
    clock, left, closed_until = Time(), [], [0.0]
    rate = Rate(per_second=per_second, burst=burst + reserve, reserve=reserve)

    async def run() -> None:
        limiter = Limiter({Group.TRADE: rate}, monotonic=clock)
        for what, value in steps:
            if what == "ask":
                await limiter.admit(Group.TRADE, urgent=value, within_s=1e6)
                assert clock.now_s >= closed_until[0] - 1e-6, "inside a pause"
                left.append(clock.now_s)
            elif what == "wait":
                clock.now_s += value
            elif what == "left":
                limiter.learn(Group.TRADE, Allowance(left=value))
            else:
                closed_until[0] = clock.now_s + limiter.pause(0.5, clock.now_s, by_address=value)

    patched = pytest.MonkeyPatch()
    patched.setattr(limiter_module.asyncio, "sleep", clock.sleep)
    try:
        asyncio.run(run())
    finally:
        patched.undo()
    for earlier, later in zip(left, left[rate.burst :], strict=False):
        assert later - earlier >= bucket.WINDOW_S - 1e-6
    for first, began_s in enumerate(left):
        for last, ended_s in enumerate(left[first:], 1):
            assert last <= rate.burst + (ended_s - began_s) * per_second + 1e-6
