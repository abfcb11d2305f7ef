"""How many requests may be under way together."""

import asyncio
import contextlib

import pytest

from app.prices.turns import MOST, Turns


class Venue:
    """Answers `gap_s` after the answer before, like one that takes so many in a second; the clock is its own."""

    def __init__(self, gap_s: float) -> None:
        self.now_s = 0.0
        self.gap_s = gap_s
        self.turns = Turns(clock=lambda: self.now_s)
        self.seen: list[int] = []
        self.waited_s: list[float] = []
        self._free = asyncio.Lock()

    async def ask(self) -> None:
        async with self.turns.turn():
            self.seen.append(self.turns.under_way)
            began_s = self.now_s
            async with self._free:
                await asyncio.sleep(0)
                self.now_s += self.gap_s
            self.waited_s.append(self.now_s - began_s)


async def test_more_are_under_way_while_answers_are_quick() -> None:
    venue = Venue(0.01)
    await asyncio.gather(*(venue.ask() for _ in range(200)))
    assert (max(venue.seen), venue.turns.under_way) == (MOST, 0)
    assert venue.seen[0] == 1


@pytest.mark.parametrize("gap_s", [1.0, 1.1])
async def test_at_a_venue_of_one_a_second_no_request_waits_for_long(gap_s: float) -> None:
    venue = Venue(gap_s)
    await asyncio.gather(*(venue.ask() for _ in range(100)))
    assert max(venue.waited_s) < 5
    assert max(venue.seen[-50:]) <= 2


async def test_a_slow_answer_halves_what_is_under_way() -> None:
    venue = Venue(0.01)
    await asyncio.gather(*(venue.ask() for _ in range(200)))
    venue.gap_s = 3.0
    await venue.ask()
    assert venue.turns.most == MOST / 2


async def test_one_that_is_cancelled_takes_nobody_s_turn() -> None:
    turns, gate = Turns(clock=lambda: 0.0, most=1.0), asyncio.Event()

    async def held() -> None:
        async with turns.turn():
            await gate.wait()

    first, second, third = (asyncio.create_task(held()) for _ in range(3))
    await asyncio.sleep(0)
    gate.set()
    await first
    second.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await second
    await asyncio.wait_for(third, 1)
    assert turns.under_way == 0
