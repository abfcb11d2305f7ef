"""One look at the markets of a venue."""

from typing import Any

import pytest

from app.prices.histories import Histories
from app.prices.looking import Eye, Look
from portfolio.prices.screening.registry import rule_of
from portfolio.prices.screening.screen import Screen
from portfolio.prices.source import SourceStatus
from tests.markets import Clock, Place, feed_of
from tests.sights import NOW


@pytest.fixture
def place() -> Place:
    """AVAX moves and is traded, DUST moves and is not, SOL is traded and does not move."""
    venue = Place()
    venue.has("AVAX/USDT", change_24h="0.052")
    venue.has("DUST/USDT", change_24h="0.5", volume_24h="12")
    venue.has("SOL/USDT", change_24h="0.001")
    return venue


def screen(*rules: str, **given: Any) -> Screen:
    return Screen(id="movers", venues=("binance",), rules=tuple(map(rule_of, rules)), **given)


async def looked(wanted: Screen, place: Place) -> Look:
    feed, clock = feed_of(place), Clock()
    return await Eye(feed, Histories(feed, clock), clock).look(wanted, place.name)


MOVERS = ("change:at_least=5%", "volume:at_least=1000000")


async def test_all_markets_are_asked_for_in_one_call(place: Place) -> None:
    look = await looked(screen(*MOVERS), place)
    assert [match.says for match in look.matches] == ["AVAX/USDT +5.2 % in 24 h, 12.3 M USDT in 24 h"]
    assert (look.ended, look.missing, look.faults) == (("DUST/USDT", "SOL/USDT"), (), ())
    assert (look.looked_at, look.at, place.asked, place.candles_asked) == (3, NOW, [None], [])


async def test_candles_are_asked_for_where_the_cheap_rules_hold_and_nowhere_else(place: Place) -> None:
    look = await looked(screen("change:over=1h,at_least=4%", "volume:at_least=1000000"), place)
    assert [match.symbol for match in look.matches] == ["AVAX/USDT", "SOL/USDT"]
    assert {symbol for symbol, _, _ in place.candles_asked} == {"AVAX/USDT", "SOL/USDT"}


async def test_only_active_spot_markets_in_the_wanted_currency_are_looked_at(place: Place) -> None:
    place.has("ETH/EUR", change_24h="0.5")
    place.has("BTC/USDT:USDT", change_24h="0.5")
    place.has("GONE/USDT", change_24h="0.5")
    place.inactive = frozenset({"GONE/USDT"})
    look = await looked(screen("change:at_least=5%", quote="USDT"), place)
    assert [match.symbol for match in look.matches] == ["DUST/USDT", "AVAX/USDT"]
    everything = await looked(screen("change:at_least=5%"), place)
    assert [match.symbol for match in everything.matches] == ["DUST/USDT", "ETH/EUR", "AVAX/USDT"]


async def test_a_watch_list_is_asked_for_by_name(place: Place) -> None:
    look = await looked(screen("change:at_least=5%", symbols=("AVAX/USDT", "NOPE/USDT")), place)
    assert [match.symbol for match in look.matches] == ["AVAX/USDT"]
    assert look.faults == ("does not trade NOPE/USDT",)
    assert place.asked == [("AVAX/USDT", "NOPE/USDT")]


async def test_a_volume_in_another_currency_takes_the_venue_s_own_rates(place: Place) -> None:
    place.has("EUR/USDT", bid="1.25", ask="1.25", change_24h=None)
    rules = ("volume:at_least=9000000,currency=EUR",)
    for wanted in (screen(*rules), screen(*rules, symbols=("AVAX/USDT",))):
        look = await looked(wanted, place)
        assert look.matches[0].says in {"AVAX/USDT 9.88 M EUR in 24 h", "EUR/USDT 9.88 M EUR in 24 h"}


async def test_what_cannot_be_judged_is_counted_apart_with_its_reason(place: Place) -> None:
    place.has("OLD/USDT", venue_time=NOW.replace(minute=0))
    place.has("MUTE/USDT", volume_24h=None)
    look = await looked(screen(*MOVERS), place)
    assert {each.symbol: each.why for each in look.missing} == {
        "OLD/USDT": "STALE: 420.0 s old, the limit is 60 s",
        "MUTE/USDT": "nothing to judge volume by",
    }
    assert look.looked_at == 5


async def test_candles_that_do_not_come_leave_a_market_open(place: Place) -> None:
    place.no_candles = SourceStatus.TIMED_OUT
    look = await looked(screen("new_high:over=20d", "volume:at_least=1000000"), place)
    assert {each.symbol: each.why for each in look.missing} == {
        "AVAX/USDT": "no candles: as told",
        "SOL/USDT": "no candles: as told",
    }
    assert look.ended == ("DUST/USDT",)


@pytest.mark.parametrize("symbols", [(), ("AVAX/USDT",)])
async def test_a_venue_that_is_down_is_one_fault(place: Place, symbols: tuple[str, ...]) -> None:
    place.down = SourceStatus.TIMED_OUT
    look = await looked(screen(*MOVERS, symbols=symbols), place)
    assert (look.faults, look.looked_at) == (("TIMED_OUT: as told",), 0)


async def test_a_currency_that_nothing_is_quoted_in_is_one_fault(place: Place) -> None:
    look = await looked(screen(*MOVERS, quote="USTD"), place)
    assert look.faults == ("no active spot market in USTD",)
    assert place.asked == []


async def test_bids_and_asks_that_are_not_told_of_all_are_asked_for_by_name(place: Place) -> None:
    """Coinbase tells them of single markets only."""
    place.silent = frozenset(place.tickers)
    look = await looked(screen("spread:at_most=1%", "volume:at_least=1000000"), place)
    assert [match.symbol for match in look.matches] == ["AVAX/USDT", "SOL/USDT"]
    assert place.asked == [None, ("AVAX/USDT", "SOL/USDT")]


async def test_no_more_markets_are_named_at_once_than_can_be_answered_in_time(place: Place) -> None:
    for number in range(50):
        place.has(f"C{number}/USDT")
    place.silent = frozenset(place.tickers)
    look = await looked(screen("spread:at_most=1%"), place)
    assert [len(asked) for asked in place.asked if asked is not None] == [20, 20, 13]
    assert len(look.matches) == 53


async def test_whoever_waits_is_told_of_how_many_markets_there_are_candles(place: Place) -> None:
    feed, clock, noted = feed_of(place), Clock(), []
    eye = Eye(feed, Histories(feed, clock), clock, lambda *told: noted.append(told))
    await eye.look(screen("change:over=1h,at_least=4%"), "binance")
    assert noted == [("binance", done, 3) for done in (1, 2, 3)]
