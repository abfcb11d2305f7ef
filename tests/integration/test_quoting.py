"""A paper account that trades at a venue's prices: a whole desk in this process, and prices told by hand."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.connecting import Connections
from app.desk import build_desk
from app.prices.desk import PriceDesk
from app.replay import replay
from app.settings.prices import PriceSettings
from app.venues import remembered
from portfolio.model.identifiers import Symbol
from portfolio.prices.source import SourceState, SourceStatus
from portfolio.prices.ticker import Ticker, Venue
from tests.desks import Desk, desk_in
from tests.servers import BTC, ETH, bearer, read_only

FED = {"ACCOUNTS__MAIN__FEED": "binance"}
LONG_AGO_S = 11
"""Older than what counts where nobody says otherwise."""


class ToldPrices(PriceDesk):
    """Told by the test what venues say; nobody is asked."""

    wanted: Mapping[Venue, Sequence[Symbol]]
    states_told: dict[Venue, SourceState]

    def want(self, owner: str, wanted: Mapping[Venue, Sequence[Symbol]]) -> None:
        self.wanted = wanted

    def state(self, venue: Venue) -> SourceState:
        return self.states_told.get(venue) or SourceState(venue=venue)

    def tell(self, bid: str | None, ask: str | None, symbol: str = BTC, venue: str = "binance", **fields: Any) -> None:
        ticker = Ticker(
            venue=venue,
            symbol=symbol,
            received_s=time.monotonic(),
            received_at=datetime.now(UTC),
            bid=Decimal(bid) if bid else None,
            ask=Decimal(ask) if ask else None,
        )
        for tell in self._listeners:
            tell(replace(ticker, **fields))

    def age(self, bid: str, ask: str) -> None:
        """The price is still the same, and nobody has said so for a while."""
        self.tell(bid, ask, received_s=time.monotonic() - LONG_AGO_S)


@dataclass(frozen=True, slots=True)
class FedDesk:
    desk: Desk
    prices: ToldPrices

    async def account(self) -> Any:
        return (await self.desk.get("/api/v1/account")).json["items"][0]

    async def order(self, answer: Any) -> Any:
        await self.desk.settled()
        order_id = answer.json["orders"][0]["client_order_id"]
        return (await self.desk.get(f"/api/v1/orders/{order_id}")).json

    async def events(self, kind: str) -> list[Any]:
        return (await self.desk.get(f"/api/v1/events?kind={kind}")).json["items"]

    async def until_order(self, answer: Any, status: str) -> Any:
        async with asyncio.timeout(5):
            while (order := await self.order(answer))["status"] != status:
                await asyncio.sleep(0.01)
        return order


@asynccontextmanager
async def fed_desk(folder: Path, **environment: str) -> AsyncIterator[FedDesk]:
    prices = ToldPrices(PriceSettings())
    prices.states_told = {}
    async with desk_in(folder, connections=Connections(prices=prices), **{**FED, **environment}) as desk:
        yield FedDesk(desk, prices)


async def test_what_strategies_trade_is_watched_at_the_feeds_venue(tmp_path: Path) -> None:
    async with fed_desk(tmp_path) as fed:
        assert fed.prices.wanted == {"binance": (BTC, ETH, "SOL/USDT:USDT")}


async def test_a_market_order_trades_at_the_venues_ask_and_bid_whatever_the_alert_says(tmp_path: Path) -> None:
    async with fed_desk(tmp_path) as fed:
        fed.prices.tell("64990.1", "65010.3")
        bought = await fed.order(await fed.desk.alert(id="in", price="50000"))
        sold = await fed.order(await fed.desk.alert(id="out", action="close", price="90000"))
    assert [(fill["price"], fill["source"]) for fill in bought["fills"]] == [("65010.3", "quote")]
    assert [(fill["price"], fill["source"]) for fill in sold["fills"]] == [("64990.1", "quote")]


async def test_without_a_price_of_the_feed_nothing_is_opened_and_the_reason_names_it(tmp_path: Path) -> None:
    async with fed_desk(tmp_path) as fed:
        denied = (await fed.desk.alert(id="in", price="65000")).json
        assert fed.desk.service.engine.is_ready
    assert denied["status"] == "denied"
    (reason,) = denied["reasons"]
    assert (reason["code"], reason["message"]) == (
        "NO_REFERENCE_PRICE",
        "binance has told no price of BTC/USDT:USDT yet",
    )


async def test_a_price_that_is_too_old_opens_nothing_and_closes_all_the_same(tmp_path: Path) -> None:
    async with fed_desk(tmp_path) as fed:
        fed.prices.tell("64990", "65010")
        await fed.order(await fed.desk.alert(id="in"))
        fed.prices.age("64990", "65010")
        denied = (await fed.desk.alert(id="more")).json
        closed = await fed.order(await fed.desk.alert(id="out", action="close"))
        fed.prices.tell("64980", "65000")
        again = await fed.desk.alert(id="again")
    assert [reason["code"] for reason in denied["reasons"]] == ["MAX_QUOTE_AGE_S"]
    assert (closed["status"], closed["average_price"]) == ("FILLED", "64990")
    assert again.status == 202


async def test_a_price_is_as_old_as_its_venue_says(tmp_path: Path) -> None:
    async with fed_desk(tmp_path) as fed:
        fed.prices.tell("64990", "65010", venue_time=datetime.now(UTC) - timedelta(seconds=30))
        denied = (await fed.desk.alert(id="in")).json
    (reason,) = denied["reasons"]
    assert reason["code"] == "MAX_QUOTE_AGE_S"
    assert 30 <= float(reason["value"]) < 35


@pytest.mark.parametrize(("bid", "ask"), [(None, "65010"), ("64990", None), ("65010", "64990"), ("-1", "65010")])
async def test_half_a_price_or_a_crossed_one_is_none(tmp_path: Path, bid: str | None, ask: str | None) -> None:
    async with fed_desk(tmp_path) as fed:
        fed.prices.tell(bid, ask)
        assert (await fed.desk.alert(id="in")).json["status"] == "denied"


async def test_another_venues_price_is_not_the_accounts(tmp_path: Path) -> None:
    async with fed_desk(tmp_path) as fed:
        fed.prices.tell("64990", "65010", venue="kraken")
        assert (await fed.desk.alert(id="in")).json["status"] == "denied"


async def test_a_resting_order_fills_as_soon_as_the_price_is_there(tmp_path: Path) -> None:
    """Sooner than the clock ticks, which it does every second."""
    async with fed_desk(tmp_path) as fed:
        fed.prices.tell("64990", "65010")
        resting = await fed.desk.alert(id="in", order_type="limit", price="64900")
        assert (await fed.order(resting))["status"] == "OPEN"
        fed.prices.tell("64850", "64901")
        await asyncio.sleep(0.1)
        assert (await fed.order(resting))["status"] == "OPEN"
        fed.prices.tell("64850", "64899")
        began = time.monotonic()
        filled = await fed.until_order(resting, "FILLED")
    assert time.monotonic() - began < 0.5
    assert filled["average_price"] == "64900"


async def test_a_stop_is_triggered_by_the_venues_price(tmp_path: Path) -> None:
    async with fed_desk(tmp_path) as fed:
        fed.prices.tell("64990", "65010")
        await fed.order(await fed.desk.alert(id="in"))
        stop = await fed.desk.alert(id="stop", action="sell", order_type="stop", stop_price="64000", reduce_only=True)
        assert (await fed.order(stop))["status"] == "OPEN"
        fed.prices.tell("63950", "63960")
        filled = await fed.until_order(stop, "FILLED")
    assert filled["average_price"] == "63950"


async def test_holdings_are_valued_at_the_venues_price(tmp_path: Path) -> None:
    async with fed_desk(tmp_path) as fed:
        fed.prices.tell("64990", "65010")
        await fed.order(await fed.desk.alert(id="in"))
        fed.prices.tell("65990", "66010")
        async with asyncio.timeout(3):
            while (row := (await fed.desk.get("/api/v1/positions")).json["items"][0])["mark"] != "66000":
                await asyncio.sleep(0.05)
    assert (row["mark_source"], row["unrealised"]) == ("quote", "9.9")


async def test_a_feed_that_goes_silent_is_told_once_while_something_is_held_and_so_is_its_return(
    tmp_path: Path,
) -> None:
    async with fed_desk(tmp_path) as fed:
        fed.prices.age("64990", "65010")
        await asyncio.sleep(1.2)
        assert await fed.events("VenueStateChanged") == []
        fed.prices.tell("64990", "65010")
        await fed.order(await fed.desk.alert(id="in"))
        fed.prices.age("64990", "65010")
        fed.prices.states_told["binance"] = SourceState(
            venue="binance", status=SourceStatus.TIMED_OUT, detail="no answer within 5 s"
        )
        await asyncio.sleep(2.6)
        (gone,) = await fed.events("VenueStateChanged")
        assert (await fed.account())["condition"] == "PRICES_STALE"
        fed.prices.states_told.clear()
        fed.prices.tell("64990", "65010")
        await asyncio.sleep(2.2)
        back, _ = await fed.events("VenueStateChanged")
        assert (await fed.account())["condition"] == "WORKING"
    assert gone["detail"]["condition"] == "PRICES_STALE"
    assert gone["detail"]["detail"] == (
        "binance tells no current price of BTC/USDT:USDT; TIMED_OUT: no answer within 5 s"
    )
    assert back["detail"]["condition"] == "WORKING"


async def test_status_shows_where_prices_come_from_and_how_old_the_oldest_is(tmp_path: Path) -> None:
    async with fed_desk(tmp_path) as fed:
        before = (await fed.account())["prices"]
        fed.prices.tell("64990", "65010")
        fed.prices.tell("1990", "2010", ETH, received_s=time.monotonic() - 20)
        known = (await fed.account())["prices"]
        metrics = (await fed.desk.get("/metrics")).raw.decode()
    nothing = {"source": "binance", "detail": "", "watched": 3, "priced": 0, "oldest_s": None, "oldest": None}
    assert before == nothing
    assert (known["priced"], known["oldest"]) == (2, ETH)
    assert 20 <= float(known["oldest_s"]) < 25
    assert 'quartermaster_prices_watched{account="main",source="binance"} 3.0' in metrics
    assert 'quartermaster_prices_known{account="main",source="binance"} 2.0' in metrics
    assert 'quartermaster_oldest_price_age_seconds{account="main",source="binance"} 2' in metrics


async def test_nobody_posts_prices_to_an_account_with_a_feed(tmp_path: Path) -> None:
    async with fed_desk(tmp_path) as fed:
        body = b'{"symbol": "BTC/USDT:USDT", "bid": "1", "ask": "2"}'
        refused = await fed.desk.ask("POST", "/api/v1/quotes", body, bearer())
    assert (refused.status, refused.json["code"]) == (409, "PRICED_BY_VENUE")
    assert refused.json["detail"] == "account: main takes its prices from binance: none can be posted"


async def test_what_is_kept_each_second_is_the_price_of_what_is_held(tmp_path: Path) -> None:
    """Of the twenty others that may be watched, an alert brings its own."""
    async with fed_desk(tmp_path) as fed:
        fed.prices.tell("64990", "65010")
        fed.prices.tell("1990", "2010", ETH)
        await fed.order(await fed.desk.alert(id="in"))
        fed.prices.tell("65990", "66010")
        fed.prices.tell("2090", "2110", ETH)
        async with asyncio.timeout(5):
            while not (told := marks(fed.desk.service.settings.database_path)) or told[-1] == []:
                await asyncio.sleep(0.05)
        bought = await fed.order(await fed.desk.alert(id="eth", symbol=ETH))
    assert told[-1] == [BTC]
    assert bought["average_price"] == "2110"


async def test_a_day_at_a_venues_prices_is_decided_alike_once_more_without_the_venue(tmp_path: Path) -> None:
    """Prices travel with what they decide."""
    async with fed_desk(tmp_path) as fed:
        fed.prices.tell("64990", "65010")
        await fed.order(await fed.desk.alert(id="in", stop_loss="64000"))
        resting = await fed.desk.alert(id="low", order_type="limit", price="64900")
        fed.prices.tell("64880", "64890")
        await fed.until_order(resting, "FILLED")
        fed.prices.age("64880", "64890")
        assert (await fed.desk.alert(id="late")).json["status"] == "denied"
        fed.prices.tell("63990", "63995")
        await asyncio.sleep(1.2)
        await fed.desk.settled()
        assert (await fed.desk.get("/api/v1/positions")).json["items"][0]["quantity"] == "0.01"
        settings = fed.desk.service.settings
    setup, limits = build_desk(settings, remembered(settings))
    assert replay(settings.database_path, setup, limits, settings.fingerprint()) == []


def marks(database: Path) -> list[list[str]]:
    """The symbols of the quotes that each Mark came with."""
    with contextlib.closing(read_only(database)) as connection:
        rows = connection.execute("SELECT envelope FROM journal WHERE kind = 'Mark' ORDER BY seq").fetchall()
    return [[quote["symbol"] for quote in json.loads(row[0])["quotes"]] for row in rows]
