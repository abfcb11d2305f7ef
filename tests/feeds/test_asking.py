"""Every venue is asked by the same code, once however many ask, and none waits for another."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from exchange.errors import VenueError
from exchange.feed import Feed
from exchange.sources import SourceAccess
from portfolio.prices.source import SourceState, SourceStatus
from tests.feeds.desks import BITCOIN, VENUES, Desk, until
from tests.simulators.public import PublicSimulator

MakeDesk = Callable[..., Desk]


@pytest.mark.parametrize("venue", VENUES)
async def test_a_price_is_told_to_the_last_digit(world: PublicSimulator, desk: MakeDesk, venue: str) -> None:
    symbol = BITCOIN[venue]
    world.control.price(venue, symbol, "64123.1", "64123.7", "64123.4")
    told = await desk(venue).feed.ask(venue, [symbol])
    assert told.state.status is SourceStatus.LIVE, told.state
    (ticker,) = told.tickers
    assert (ticker.venue, ticker.symbol) == (venue, symbol)
    assert (ticker.bid, ticker.ask) == (Decimal("64123.1"), Decimal("64123.7"))
    assert isinstance(ticker.bid, Decimal)
    assert told.state.latency_s is not None


async def test_the_change_of_the_day_is_a_fraction_and_none_where_it_is_not_of_24_hours(
    world: PublicSimulator, desk: MakeDesk
) -> None:
    changes = {}
    for venue, symbol in BITCOIN.items():
        world.control.price(venue, symbol, "64000", "64000", "64000")
        world.control.history(venue, symbol, change_24h="0.05")
        (ticker,) = (await desk(venue).feed.ask(venue, [symbol])).tickers
        changes[venue] = None if ticker.change_24h is None else round(ticker.change_24h, 3)
    assert changes.pop("kraken") is None
    assert set(changes.values()) == {Decimal("0.050")}


async def test_what_a_venue_does_not_trade_is_missing_and_the_rest_is_told(desk: MakeDesk) -> None:
    told = await desk("kraken").feed.ask("kraken", ["BTC/USD", "NOPE/USD", "BTC/USD"])
    assert [ticker.symbol for ticker in told.tickers] == ["BTC/USD"]
    assert told.missing == ("NOPE/USD",)
    assert told.state.status is SourceStatus.LIVE


@pytest.mark.parametrize("venue", VENUES)
async def test_all_markets_are_asked_for_in_one_call(desk: MakeDesk, venue: str) -> None:
    feed = desk(venue).feed
    markets = await feed.markets(venue)
    assert not isinstance(markets, SourceState)
    told = await feed.ask(venue, None)
    assert {ticker.symbol for ticker in told.tickers} == {s for s, market in markets.items() if market.is_active}
    assert all(ticker.last is not None for ticker in told.tickers)


async def test_one_request_serves_however_many_ask(world: PublicSimulator, desk: MakeDesk) -> None:
    made = desk("binance")
    world.control.latency(0.2, "binance")
    symbols = ["BTC/USDT", "ETH/USDT"]
    told = await asyncio.gather(*(made.feed.ask("binance", symbols[: 1 + n % 2]) for n in range(50)))
    assert all(len(each.tickers) == 1 + n % 2 for n, each in enumerate(told))
    assert made.asked("binance", "exchangeInfo") == 1
    assert made.asked("binance", "24hr") == 1
    late = asyncio.create_task(made.feed.ask("binance", ["BTC/USDT"]))
    await asyncio.sleep(0.1)
    await asyncio.gather(late, made.feed.ask("binance", symbols))
    assert made.asked("binance", "24hr") == 3  # BTC was under way, ETH was not


async def test_a_caller_that_goes_away_takes_nobodys_answer_along(world: PublicSimulator, desk: MakeDesk) -> None:
    made = desk("kraken")
    await made.feed.markets("kraken")
    world.control.latency(0.3, "kraken")
    gone = asyncio.create_task(made.feed.ask("kraken", ["BTC/USD"]))
    await asyncio.sleep(0.1)
    stays = asyncio.create_task(made.feed.ask("kraken", ["BTC/USD"]))
    await asyncio.sleep(0.05)
    gone.cancel()
    assert (await stays).tickers
    assert made.asked("kraken", "Ticker") == 1


async def test_a_young_answer_is_told_again_and_an_old_one_is_not(desk: MakeDesk) -> None:
    made = desk("okx")
    first = await made.feed.ask("okx", ["BTC/USDT"])
    assert (await made.feed.ask("okx", ["BTC/USDT"], max_age_s=60)).tickers == first.tickers
    assert made.asked("okx", "tickers") == 1
    await made.feed.ask("okx", ["BTC/USDT"], max_age_s=0)
    assert made.asked("okx", "tickers") == 2


async def test_a_venue_that_never_answers_holds_nobody_up(world: PublicSimulator, desk: MakeDesk) -> None:
    made = desk("binance", "kraken", "okx", timeout_s=1.0)
    await asyncio.gather(*(made.feed.markets(venue) for venue in made.feed.venues))
    world.control.fault("timeout", "kraken", times=None)
    began_s, done_s = time.monotonic(), {}

    async def ask(venue: str) -> SourceState:
        told = await made.feed.ask(venue, [BITCOIN[venue]])
        done_s[venue] = time.monotonic() - began_s
        return told.state

    states = await asyncio.gather(*(ask(venue) for venue in made.feed.venues))
    assert [state.status for state in states] == ["LIVE", "TIMED_OUT", "LIVE"]
    assert done_s["binance"] < 0.5
    assert done_s["okx"] < 0.5
    assert 0.9 < done_s["kraken"] < 1.3


async def test_the_list_of_markets_is_part_of_the_time_limit(world: PublicSimulator, desk: MakeDesk) -> None:
    made = desk("kraken", timeout_s=0.5)
    world.control.latency(1.2, "kraken", "*AssetPairs")
    began_s = time.monotonic()
    told = await made.feed.ask("kraken", ["BTC/USD"])
    assert time.monotonic() - began_s < 0.8
    assert (told.state.status, told.tickers) == ("TIMED_OUT", ())
    assert told.state.detail == "the list of markets did not come in time"
    await asyncio.sleep(1.0)
    assert (await made.feed.ask("kraken", ["BTC/USD"])).tickers
    assert made.asked("kraken", "AssetPairs") == 1


async def test_contracts_are_listed_once_somebody_asks_for_one(desk: MakeDesk) -> None:
    made = desk("okx")
    spot = await made.feed.markets("okx")
    assert not isinstance(spot, SourceState)
    assert all(market.settle is None for market in spot.values())
    assert made.asked("okx", "instruments") == 1
    await made.feed.ask("okx", ["BTC/USDT:USDT"])
    assert made.asked("okx", "instruments") > 1


async def test_an_unknown_venue_is_an_error_that_names_the_nearest() -> None:
    with pytest.raises(VenueError, match=r'knows no venue "krakn"; did you mean kraken'):
        Feed([SourceAccess(venue="krakn")], print)
    with pytest.raises(VenueError, match=r'knows no venue "__init__"$'):
        Feed([SourceAccess(venue="__init__")], print)


async def test_whatever_is_heard_is_told_at_once_and_once(desk: MakeDesk) -> None:
    made = desk("coinbase")
    told = await made.feed.ask("coinbase", ["BTC/USD", "ETH/USD"])
    assert sorted(made.tickers("coinbase"), key=lambda ticker: ticker.symbol) == list(told.tickers)
    assert [state.status for state in made.states("coinbase")] == [SourceStatus.LIVE]


async def test_nothing_is_left_behind_when_it_is_closed(world: PublicSimulator, desk: MakeDesk) -> None:
    made = desk("kraken")
    await made.feed.markets("kraken")
    world.control.latency(5.0, "kraken")
    asking = asyncio.create_task(made.feed.ask("kraken", ["BTC/USD"]))
    await asyncio.sleep(0.1)
    before_s = time.monotonic()
    await made.feed.close()
    await asking
    assert time.monotonic() - before_s < 0.5
    await until(lambda: len(asyncio.all_tasks()) < 20)


async def test_contracts_are_not_even_asked_for_where_spot_is_enough(world: PublicSimulator, desk: MakeDesk) -> None:
    made = desk("coinbase")
    await made.feed.markets("coinbase")
    assert made.asked("coinbase") == 1
    await made.feed.ask("coinbase", ["BTC/USD"])
    asked = world.control.counters("coinbase", by_target=True)["coinbase"]["endpoints"]
    assert not any("FUTURE" in target for target in asked)


async def test_many_venues_are_listed_at_once_with_few_threads(world: PublicSimulator) -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    sources = [SourceAccess(venue=v, rest_url=world.rest_url(v).replace("127.0.0.1", "localhost")) for v in VENUES]
    feed = Feed(sources, lambda _: None)
    told = await asyncio.gather(*(feed.ask(venue, [BITCOIN[venue]]) for venue in VENUES))
    assert [each.state.status for each in told] == [SourceStatus.LIVE] * len(VENUES)
    await feed.close()
