"""The wallet of a whole desk: valued by several venues, written down, and there again after a restart."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.prices import wallet as module
from app.prices.wallet import next_round
from app.settings import Settings
from app.settings.prices import WalletSettings
from portfolio.model.command import TakeWalletSnapshot
from portfolio.model.worth import AssetWorth
from portfolio.prices.source import SourceStatus
from tests.desks import Desk, desk_in
from tests.prices import FakeVenue, World, world
from tests.servers import bearer

DAY = timedelta(hours=24)
NEVER = {"PRICES__WALLET__SNAPSHOT_EVERY_H": "0"}
HOLDINGS = {**NEVER, "ACCOUNTS__MAIN__BALANCES__BTC": "0.5", "ACCOUNTS__MAIN__BALANCES__DUST": "7"}


def places() -> World:
    """A bitcoin is 64,000 USDT or 51,200 EUR, a euro 1.25 USDT; one of the venues is down."""
    return world(
        FakeVenue("binance", {"BTC/USDT": ("63999", "64001"), "EUR/USDT": ("1.2499", "1.2501")}),
        FakeVenue("coinbase", {"BTC/EUR": ("51199", "51201")}),
        FakeVenue("kraken", trouble=SourceStatus.TIMED_OUT),
    )


async def wallet(desk: Desk, query: str = "") -> dict[str, Any]:
    reply = await desk.get(f"/api/v1/wallet{query}")
    assert reply.status == 200, reply.raw
    told: dict[str, Any] = reply.json
    return told


async def snapshot(desk: Desk, query: str = "") -> dict[str, Any]:
    reply = await desk.ask("POST", f"/api/v1/wallet/snapshots{query}", headers=bearer())
    assert reply.status == 200, reply.raw
    told: dict[str, Any] = reply.json
    return told


def by_day(desk: Desk) -> Settings:
    """The desk's settings, with a snapshot each day."""
    settings = desk.service.settings
    return settings.model_copy(update={"prices": settings.prices.model_copy(update={"wallet": WalletSettings()})})


async def until_kept(desk: Desk) -> None:
    async with asyncio.timeout(5):
        while await desk.service.reader.last_wallet_snapshot() is None:
            await asyncio.sleep(0.005)


async def test_what_is_owned_is_valued_and_what_nobody_prices_is_named(tmp_path: Path) -> None:
    """10,000 USDT and half a bitcoin of 64,000 are 42,000 USDT."""
    async with desk_in(tmp_path, places().open, **HOLDINGS) as desk:
        told = await wallet(desk)

    assert (told["currency"], told["total"]) == ("USDT", "42000")
    assert [(item["currency"], item["value"]) for item in told["items"]] == [
        ("BTC", "32000"),
        ("USDT", "10000"),
        ("DUST", None),
    ]
    assert told["items"][0]["share"] == "0.76190476"
    assert told["unpriced"] == [{"account": "main", "currency": "DUST"}]
    assert told["items"][2]["reason"].startswith("nobody quotes DUST/USDT")
    assert {state["venue"]: state["status"] for state in told["venues"]}["kraken"] == "TIMED_OUT"


async def test_in_another_currency_each_price_tells_its_path(tmp_path: Path) -> None:
    """Half a bitcoin of 51,200 EUR, and 10,000 USDT of 0.8 EUR."""
    async with desk_in(tmp_path, places().open, **HOLDINGS) as desk:
        told = await wallet(desk, "?currency=eur")

    assert told["currency"] == "EUR"
    bitcoin, tether, _ = told["items"]
    assert (bitcoin["value"], [step["market"] for step in bitcoin["path"]]) == ("25600", ["BTC/EUR"])
    assert round(Decimal(tether["value"]), 2) == 8000
    assert [(step["market"], step["venue"], step["reciprocal"]) for step in tether["path"]] == [
        ("EUR/USDT", "binance", True)
    ]
    assert Decimal(tether["age_s"]) < 5


async def test_a_wallet_in_its_own_currency_alone_asks_nobody(tmp_path: Path) -> None:
    known = places()
    async with desk_in(tmp_path, known.open, **NEVER) as desk:
        told = await wallet(desk)

    assert (told["total"], told["venues"], known.feeds) == ("10000", [], [])


async def test_resting_orders_and_positions_lock_what_they_need(tmp_path: Path) -> None:
    async with desk_in(tmp_path, places().open, **NEVER) as desk:
        await desk.alert(id="a", quantity="0.1", price="60000")
        await desk.settled()
        (item,) = (await wallet(desk))["items"]

    assert item["in_margin"] == "1200"
    assert Decimal(item["free"]) == Decimal(item["total"]) - 1200


async def test_the_change_since_the_last_snapshot_survives_a_restart(tmp_path: Path) -> None:
    """A bitcoin rises by 4,000 USDT: half of one by 2,000."""
    async with desk_in(tmp_path, places().open, **HOLDINGS) as desk:
        assert (await wallet(desk))["snapshot"] is None
        assert (await snapshot(desk))["change"] is None
    risen = places()
    risen.places["binance"].prices["BTC/USDT"] = ("67999", "68001")

    async with desk_in(tmp_path, risen.open, **HOLDINGS) as desk:
        told = await wallet(desk)
        in_euro = await wallet(desk, "?currency=EUR")

    change = told["change"]
    assert (change["before"], change["change"], change["share"]) == ("42000", "2000", "0.04761905")
    assert change["left_out"] == [{"account": "main", "currency": "DUST"}]
    assert round(Decimal(in_euro["change"]["before"]), 1) == 33600
    assert in_euro["change"]["at_rate_of_today"] is False
    assert told["snapshot"] == change["since"]


async def test_a_snapshot_answers_with_the_change_until_it(tmp_path: Path) -> None:
    async with desk_in(tmp_path, places().open, **HOLDINGS) as desk:
        first = await snapshot(desk)
        second = await snapshot(desk, "?currency=EUR&account=main")
        listed = (await desk.get("/api/v1/wallet/snapshots?limit=1")).json

    assert first["change"] is None
    assert second["currency"] == "EUR"
    assert abs(Decimal(second["change"]["change"])) < 1
    assert listed["items"][0]["total"] == "42000"
    assert listed["items"][0]["unpriced"] == [{"account": "main", "currency": "DUST"}]
    assert listed["next"] is not None


async def test_where_nobody_prices_anything_nothing_is_written_down(tmp_path: Path) -> None:
    down = world(*(FakeVenue(name, trouble=SourceStatus.UNREACHABLE) for name in ("binance", "coinbase", "kraken")))
    async with desk_in(tmp_path, down.open, **NEVER, PORTFOLIO__CURRENCY="USDC", PORTFOLIO__PEGGED="[]") as desk:
        reply = await desk.ask("POST", "/api/v1/wallet/snapshots", headers=bearer())
        kept = await desk.service.reader.last_wallet_snapshot()

    assert (reply.status, reply.json["code"], kept) == (503, "NO_PRICES", None)


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("?currency=EURO", 422, "currency"),
        ("?currency=E%2FR", 422, "currency"),
        ("?account=nobody", 404, "account"),
        ("?colour=red", 422, "colour"),
    ],
)
async def test_what_cannot_be_asked_is_told_with_its_name(tmp_path: Path, query: str, status: int, field: str) -> None:
    async with desk_in(tmp_path, places().open, **HOLDINGS) as desk:
        reply = await desk.get(f"/api/v1/wallet{query}")

    assert reply.status == status
    assert [error["field"] for error in reply.json["errors"]] == [field]


async def test_a_snapshot_is_taken_at_the_start_and_not_again_within_a_day(tmp_path: Path) -> None:
    async with desk_in(tmp_path, places().open) as desk:
        await until_kept(desk)
        first = await desk.service.reader.last_wallet_snapshot()
    async with desk_in(tmp_path, places().open) as desk:
        await asyncio.sleep(0.1)
        again = await desk.service.reader.last_wallet_snapshot()

    assert first is not None
    assert (first.total, first) == (10_000, again)


async def test_a_snapshot_older_than_a_day_is_followed_by_one_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SETTLE_S", 0.0)
    monkeypatch.setattr(module, "RETRY_S", 0.0)
    asset = AssetWorth(account="main", currency="USDT", amount=Decimal(1), value=Decimal(1))
    async with desk_in(tmp_path, places().open, **HOLDINGS) as desk:
        await desk.service.engine.execute(TakeWalletSnapshot("USDT", (asset,), {}))
        tomorrow = replace(desk.service.wallet, settings=by_day(desk), clock=lambda: datetime.now(UTC) + DAY)
        taking = asyncio.create_task(tomorrow.run())
        async with asyncio.timeout(5):
            while (kept := await desk.service.reader.last_wallet_snapshot()) is None or kept.total == 1:
                await asyncio.sleep(0.005)
        taking.cancel()

    assert kept.total == 42_000
    assert kept.rates["EUR"] == pytest.approx(Decimal("0.8"), abs=Decimal("0.0001"))


@pytest.mark.parametrize(
    ("now", "hours", "then"),
    [
        ("2026-11-21T10:15:00", 24, "2026-11-22T00:00:00"),
        ("2026-11-21T10:15:00", 6, "2026-11-21T12:00:00"),
        ("2026-11-21T12:00:00", 6, "2026-11-21T18:00:00"),
        ("2026-11-21T23:59:59", 1, "2026-11-22T00:00:00"),
    ],
)
def test_snapshots_are_taken_at_round_times(now: str, hours: int, then: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)

    assert next_round(moment, timedelta(hours=hours)) == datetime.fromisoformat(then).replace(tzinfo=UTC)
