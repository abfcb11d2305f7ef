"""Candles of many markets, each asked for once."""

import asyncio
from datetime import timedelta

import pytest

from app.prices import histories
from app.prices.histories import Histories, History
from app.prices.turns import MOST
from portfolio.prices.screening.rule import Stretch
from portfolio.prices.source import SourceState, SourceStatus
from tests.markets import Clock, Place, feed_of
from tests.sights import NOW

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
THIS_HOUR = NOW.replace(minute=0, second=0)
MIDNIGHT = NOW.replace(hour=0, minute=0, second=0)
A_DAY = Stretch(HOUR, THIS_HOUR - DAY, THIS_HOUR)


@pytest.fixture
def place() -> Place:
    return Place(prices={"AVAX/USDT": "10", "SOL/USDT": "100"})


def made(place: Place) -> tuple[Histories, Clock]:
    clock = Clock()
    return Histories(feed_of(place, clock=clock), clock), clock


async def known(histories: Histories, *stretches: Stretch, symbol: str = "AVAX/USDT") -> History:
    history = await histories.of("binance", symbol, stretches or [A_DAY])
    assert not isinstance(history, SourceState)
    return history


async def test_every_candle_that_has_ended_is_known(place: Place) -> None:
    kept, _ = made(place)
    (found,) = (await known(kept)).values()
    assert [found[0].start, found[-1].start, len(found)] == [A_DAY.since, THIS_HOUR - HOUR, 24]


async def test_what_has_ended_is_not_asked_for_again(place: Place) -> None:
    kept, clock = made(place)
    await known(kept)
    clock.now = NOW + 50 * MINUTE
    await known(kept)
    assert len(place.candles_asked) == 1


async def test_it_is_asked_for_again_once_its_period_has_moved_on(place: Place) -> None:
    kept, clock = made(place)
    await known(kept)
    clock.now = NOW + HOUR
    (found,) = (await known(kept, Stretch(HOUR, A_DAY.since + HOUR, THIS_HOUR + HOUR))).values()
    assert (len(place.candles_asked), found[-1].start) == (2, THIS_HOUR)


async def test_the_beginning_of_a_later_time_is_known_already(place: Place) -> None:
    """A change over an hour needs the first minute alone: what was asked for once lasts for the next hour."""
    kept, clock = made(place)
    now = NOW.replace(second=0)
    for minutes in range(60):
        clock.now = now + minutes * MINUTE
        since = clock.now - HOUR
        await known(kept, Stretch(MINUTE, since, since + 3 * MINUTE))
        assert len(place.candles_asked) <= 1 + (minutes > 57)


async def test_stretches_of_one_period_are_asked_for_together_and_each_period_once(place: Place) -> None:
    kept, _ = made(place)
    days = Stretch(DAY, MIDNIGHT - 20 * DAY, MIDNIGHT)
    history = await known(kept, A_DAY, days, Stretch(HOUR, THIS_HOUR - 2 * DAY, THIS_HOUR - DAY))
    assert {period: len(found) for period, found in history.items()} == {HOUR: 48, DAY: 20}
    assert sorted(since for _, _, since in place.candles_asked) == [MIDNIGHT - 20 * DAY, THIS_HOUR - 2 * DAY]


async def test_a_venue_that_cuts_its_answers_is_asked_for_the_rest(place: Place) -> None:
    place.page = 100
    kept, _ = made(place)
    (found,) = (await known(kept, Stretch(DAY, MIDNIGHT - 250 * DAY, MIDNIGHT))).values()
    assert [candle.start for candle in found] == [MIDNIGHT - days * DAY for days in range(250, 0, -1)]
    assert len(place.candles_asked) == 3


async def test_a_venue_that_has_no_more_is_not_asked_on_and_on(place: Place) -> None:
    place.page = 30
    kept, _ = made(place)
    (found,) = (await known(kept, Stretch(DAY, MIDNIGHT - 250 * DAY, MIDNIGHT))).values()
    assert (len(found), len(place.candles_asked)) == (30, 1)


async def test_what_a_cut_answer_lacks_is_asked_for_once_it_is_needed(place: Place) -> None:
    """The beginning of a week is all that a change needs, and a few days are told at once."""
    place.page = 40
    kept, clock = made(place)
    first = Stretch(HOUR, THIS_HOUR - 7 * DAY, THIS_HOUR - 7 * DAY + 8 * HOUR)
    await known(kept, first)
    clock.now = NOW + DAY
    await known(kept, Stretch(HOUR, first.since + DAY, first.until + DAY))
    assert len(place.candles_asked) == 1
    clock.now = NOW + 2 * DAY
    later = Stretch(HOUR, first.since + 2 * DAY, first.until + 2 * DAY)
    (found,) = (await known(kept, later)).values()
    assert len(place.candles_asked) == 2
    assert found[0].start == later.since


async def test_few_requests_are_under_way_together(place: Place) -> None:
    place.prices = {f"C{number}/USDT": "1" for number in range(100)}
    kept, _ = made(place)
    await asyncio.gather(*(known(kept, symbol=symbol) for symbol in place.prices))
    assert (place.most_under_way, len(place.candles_asked)) == (MOST, 100)


async def test_a_failure_is_told_and_not_kept(place: Place) -> None:
    kept, _ = made(place)
    place.no_candles = SourceStatus.TIMED_OUT
    told = await kept.of("binance", "AVAX/USDT", [A_DAY])
    assert isinstance(told, SourceState)
    assert told.status is SourceStatus.TIMED_OUT
    place.no_candles = None
    assert len((await known(kept))[HOUR]) == 24


async def test_a_venue_that_asks_for_patience_is_asked_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    ours = histories.asyncio.sleep

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        await ours(0)

    monkeypatch.setattr(histories.asyncio, "sleep", sleep)
    place.patience = 2
    kept, _ = made(place)
    assert len((await known(kept))[HOUR]) == 24
    assert [seconds for seconds in waited if seconds] == [1.0, 1.0]


async def test_what_was_used_least_is_forgotten_first(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(histories, "MOST_CANDLES", 60)
    place.prices["BTC/USDT"] = "1"
    kept, _ = made(place)
    for symbol in ("AVAX/USDT", "SOL/USDT", "AVAX/USDT", "BTC/USDT", "AVAX/USDT", "SOL/USDT"):
        await known(kept, symbol=symbol)
    assert [symbol for symbol, _, _ in place.candles_asked] == ["AVAX/USDT", "SOL/USDT", "BTC/USDT", "SOL/USDT"]
