"""What is under way is joined, and ends as what was asked for or as a fault."""

import asyncio
import time

from exchange.feeds.fault import Fault
from exchange.feeds.flights import Flights
from exchange.feeds.standing import Standing
from portfolio.prices.source import SourceStatus


def made() -> tuple[Flights, Standing]:
    standing = Standing("kraken", lambda _: None)
    return Flights(standing, 5.0), standing


async def answers() -> str:
    await asyncio.sleep(0.01)
    return "told"


async def breaks() -> str:
    raise ZeroDivisionError


async def hangs() -> str:
    await asyncio.sleep(60)
    return "never"


def soon(seconds: float = 5.0) -> float:
    return time.monotonic() + seconds


async def test_who_asks_for_the_same_waits_for_the_same() -> None:
    flights, _ = made()
    first = flights.join("a", "prices", answers, soon())
    assert flights.join("a", "prices", breaks, soon()) is first
    assert flights.share("a", ["b"]) is first
    assert flights.under_way("b") is first
    assert await flights.land([first], soon()) is None
    assert first.result() == "told"
    await asyncio.sleep(0)
    assert flights.under_way("a") is flights.under_way("b") is None


async def test_whatever_breaks_is_a_fault_and_the_venues_standing() -> None:
    flights, standing = made()
    fault = await flights.land([flights.begin(["a"], "the answer", breaks, soon())], soon())
    assert isinstance(fault, Fault)
    assert fault.detail == "the answer cannot be read: ZeroDivisionError"
    assert standing.state.status is SourceStatus.GARBLED


async def test_it_ends_in_time() -> None:
    flights, standing = made()
    until_s = soon(0.05)
    fault = await flights.land([flights.begin(["a"], "the answer", hangs, until_s)], until_s)
    assert isinstance(fault, Fault)
    assert standing.state.status is SourceStatus.TIMED_OUT


async def test_closing_ends_what_has_begun_and_what_has_not() -> None:
    flights, _ = made()
    flight = flights.begin(["a"], "the answer", hangs, soon())
    await flights.close()
    assert flight.cancelled()
    assert await flights.land([flight], soon()) is None
