"""Whatever a venue answers ends as a state or as a ticker with nothing in it, and never hides another venue."""

import time
from collections.abc import Callable
from decimal import Decimal

import pytest

from portfolio.prices.source import SourceStatus
from tests.feeds.desks import BITCOIN, VENUES, Desk
from tests.simulators.public import PublicSimulator
from tests.simulators.public.faults import QUOTE_FAULTS, REQUEST_FAULTS

MakeDesk = Callable[..., Desk]
EXPECTED = {
    "timeout": {SourceStatus.TIMED_OUT},
    "reset_before_headers": {SourceStatus.UNREACHABLE},
    "reset_after_headers": {SourceStatus.UNREACHABLE},
    "truncated": {SourceStatus.UNREACHABLE},
    "empty_200": {SourceStatus.GARBLED},
    "html_200": {SourceStatus.GARBLED},
    "error_500": {SourceStatus.FAILED},
    "html_502": {SourceStatus.FAILED},
    "http_429": {SourceStatus.RATE_LIMITED},
    "http_418": {SourceStatus.RATE_LIMITED},
    "http_403": {SourceStatus.RATE_LIMITED, SourceStatus.FAILED},
    "venue_error": {SourceStatus.FAILED, SourceStatus.UNREACHABLE},
    "wrong_root": {SourceStatus.GARBLED},
    "missing_keys": set(SourceStatus),
}


def test_every_fault_has_an_outcome() -> None:
    assert set(EXPECTED) == set(REQUEST_FAULTS)


@pytest.mark.parametrize("kind", sorted(REQUEST_FAULTS))
@pytest.mark.parametrize("venue", VENUES)
async def test_a_fault_while_asking_is_told_as_a_state(
    world: PublicSimulator, desk: MakeDesk, venue: str, kind: str
) -> None:
    made = desk(venue, timeout_s=0.5 if kind == "timeout" else 2.0)
    await made.feed.markets(venue)
    world.control.fault(kind, venue, times=None)
    told = await made.feed.ask(venue, [BITCOIN[venue]])
    assert told.state.status in EXPECTED[kind], told
    if told.state.status is not SourceStatus.LIVE:
        assert told.tickers == ()
        assert told.state.failures == 1
        assert told.state.detail
        assert "<" not in told.state.detail
        assert "http://" not in told.state.detail
        assert "\n" not in told.state.detail
        assert len(told.state.detail) <= 160


@pytest.mark.parametrize("kind", sorted(REQUEST_FAULTS))
@pytest.mark.parametrize("venue", VENUES)
async def test_a_fault_while_markets_are_listed_is_told_as_a_state(
    world: PublicSimulator, desk: MakeDesk, venue: str, kind: str
) -> None:
    made = desk(venue, timeout_s=0.5 if kind == "timeout" else 2.0)
    world.control.fault(kind, venue, times=None)
    told = await made.feed.ask(venue, [BITCOIN[venue]])
    assert told.state.status in EXPECTED[kind], told
    if kind != "missing_keys":
        assert told.state.failures == 1
        assert told.tickers == ()


@pytest.mark.parametrize("kind", ["error_500", "html_200", "reset_before_headers", "wrong_root", "empty_200"])
@pytest.mark.parametrize("venue", VENUES)
async def test_a_venue_that_recovers_is_live_again(
    world: PublicSimulator, desk: MakeDesk, venue: str, kind: str
) -> None:
    made = desk(venue, timeout_s=1.0)
    world.control.fault(kind, venue, times=None)
    await made.feed.ask(venue, [BITCOIN[venue]])
    world.control.clear_faults()
    told = await made.feed.ask(venue, [BITCOIN[venue]])
    assert (told.state.status, told.state.detail, told.state.failures) == (SourceStatus.LIVE, "", 0)
    assert len(told.tickers) == 1


@pytest.mark.parametrize("kind", sorted(QUOTE_FAULTS - {"frozen", "crossed", "absurd", "null_time"}))
@pytest.mark.parametrize("venue", VENUES)
async def test_what_is_no_price_is_none_or_a_state(
    world: PublicSimulator, desk: MakeDesk, venue: str, kind: str
) -> None:
    made = desk(venue)
    await made.feed.markets(venue)
    world.control.fault(kind, venue, times=None)
    told = await made.feed.ask(venue, [BITCOIN[venue]])
    assert told.tickers or told.state.status is not SourceStatus.LIVE
    for ticker in told.tickers:
        sides = {"no_bid": (None,), "no_ask": (None,)}
        assert ticker.bid is None or kind == "no_ask", (ticker, sides)
        assert ticker.ask is None or kind == "no_bid", (ticker, sides)


@pytest.mark.parametrize("venue", VENUES)
async def test_a_missing_time_is_none_and_the_price_stays(world: PublicSimulator, desk: MakeDesk, venue: str) -> None:
    made = desk(venue)
    await made.feed.markets(venue)
    world.control.fault("null_time", venue, times=None)
    (ticker,) = (await made.feed.ask(venue, [BITCOIN[venue]])).tickers
    assert ticker.venue_time is None
    assert (ticker.bid or 0) > Decimal(1000)


async def test_a_venue_that_asks_to_be_left_alone_is(world: PublicSimulator, desk: MakeDesk) -> None:
    made = desk("kraken", "okx", timeout_s=0.5)
    await made.feed.markets("kraken")
    world.control.fault("http_429", "kraken", times=1, seconds=2)
    told = await made.feed.ask("kraken", ["BTC/USD"])
    assert told.state.status is SourceStatus.RATE_LIMITED
    assert told.state.next_try_s is not None
    assert 1.5 < told.state.next_try_s - time.monotonic() <= 2.0
    asked = made.asked("kraken")
    again = await made.feed.ask("kraken", ["BTC/USD"])
    assert again.state.status is SourceStatus.RATE_LIMITED
    assert made.asked("kraken") == asked
    assert (await made.feed.ask("okx", ["BTC/USDT"])).state.status is SourceStatus.LIVE
