"""Screens in a whole desk: what matches is on disk once, whatever is started again."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from exchange.sources import SourceAccess
from portfolio.prices.ports import Tell
from portfolio.prices.source import SourceStatus
from tests.desks import Desk, desk_in
from tests.markets import Clock, MarketFeed, Place

MOVERS = {
    "SCREENS__MOVERS__VENUES": "binance,okx",
    "SCREENS__MOVERS__RULES": '[{"kind": "change", "at_least": "5%"}, {"kind": "volume", "at_least": "1000000"}]',
    "SCREENS__MOVERS__MAX_AGE_S": "300000000",
}


class Market(MarketFeed):
    """Of the venues that the desk wants to reach; the rest of what it asks of a feed is of no account here."""

    opened: list[list[str]]

    def watch(self, wanted: Any) -> None: ...

    async def run(self) -> None:
        await asyncio.Event().wait()


def market(*places: Place) -> Market:
    feed = Market(Clock(), {place.name: place for place in places})
    feed.opened = []
    return feed


def opening(feed: Market) -> Any:
    def opened(accesses: Sequence[SourceAccess], tell: Tell) -> Market:
        feed.opened.append([access.venue for access in accesses])
        return feed

    return opened


async def looked(desk: Desk) -> dict[str, Any]:
    """The screen once both venues have been looked at."""
    async with asyncio.timeout(10):
        while True:
            (item,) = (await desk.get("/api/v1/screens")).json["items"]
            if len(item["looks"]) == 2:
                await desk.settled()
                found: dict[str, Any] = item
                return found
            await asyncio.sleep(0.005)


async def told(desk: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await desk.get("/api/v1/events?kind=ScreenMatched")).json["items"]
    return found


def places() -> tuple[Place, Place]:
    binance, okx = Place("binance"), Place("okx")
    binance.has("AVAX/USDT", change_24h="0.052")
    binance.has("SOL/USDT", change_24h="0.01")
    okx.has("AVAX/USDT", change_24h="-0.061")
    return binance, okx


async def test_matches_are_told_by_events_and_by_the_api(tmp_path: Path) -> None:
    feed = market(*places())
    async with desk_in(tmp_path, opening(feed), **MOVERS) as desk:
        item = await looked(desk)
        assert [match["says"] for match in item["matches"]] == [
            "AVAX/USDT -6.1 % in 24 h, 12.3 M USDT in 24 h",
            "AVAX/USDT +5.2 % in 24 h, 12.3 M USDT in 24 h",
        ]
        assert item["rules"] == ["change:at_least=5%,over=24h,direction=either", "volume:at_least=1000000"]
        events = {event["detail"]["venue"]: event for event in await told(desk)}
        assert (len(events), events["binance"]["symbol"]) == (2, "AVAX/USDT")
        assert events["binance"]["detail"] == {
            "screen": "movers",
            "venue": "binance",
            "says": "AVAX/USDT +5.2 % in 24 h, 12.3 M USDT in 24 h",
            "change": "0.052",
            "volume": "12345678",
        }
    assert feed.opened == [["binance", "coinbase", "kraken", "okx"]]


async def test_a_match_that_was_told_is_not_told_again_after_a_restart(tmp_path: Path) -> None:
    binance, okx = places()
    async with desk_in(tmp_path, opening(market(binance, okx)), **MOVERS) as desk:
        await looked(desk)
        assert len(await told(desk)) == 2
    binance.has("SOL/USDT", change_24h="0.08")
    async with desk_in(tmp_path, opening(market(binance, okx)), **MOVERS) as desk:
        item = await looked(desk)
        assert len(item["matches"]) == 3
        assert (await told(desk))[0]["symbol"] == "SOL/USDT"
        assert len(await told(desk)) == 3


async def test_a_venue_that_is_down_is_told_and_the_other_looked_at(tmp_path: Path) -> None:
    binance, okx = places()
    okx.down = SourceStatus.TIMED_OUT
    async with desk_in(tmp_path, opening(market(binance, okx)), **MOVERS) as desk:
        item = await looked(desk)
        assert {look["venue"]: look["faults"] for look in item["looks"]} == {
            "binance": [],
            "okx": ["TIMED_OUT: as told"],
        }
        assert [event["detail"]["venue"] for event in await told(desk)] == ["binance"]


async def test_one_screen_can_be_asked_for(tmp_path: Path) -> None:
    rules = '[{"kind": "new_low", "over": "20d"}]'
    async with desk_in(
        tmp_path, opening(market(*places())), **MOVERS, SCREENS__LOWS__RULES=rules, SCREENS__LOWS__VENUES="okx"
    ) as desk:
        answer = (await desk.get("/api/v1/screens?id=lows")).json
        assert [item["screen"] for item in answer["items"]] == ["lows"]
        wrong = await desk.get("/api/v1/screens?id=los")
        assert (wrong.status, wrong.json["errors"][0]["message"]) == (422, "must be one of lows, movers")
