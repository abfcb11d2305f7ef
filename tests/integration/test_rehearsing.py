"""A preview through the engine: what the store knows counts, and neither book, store nor sequence hears of it."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from app import engine as engine_module
from app.queueing import NotStored
from app.storage.errors import StorageUnavailable
from portfolio.model.decision import Decision, Outcome
from portfolio.model.errors import AccountNotReady
from portfolio.model.order import OrderStatus
from portfolio.model.signal import Size
from portfolio.rehearsal import Rehearsed
from portfolio.reply import SignalConflict
from tests.integration.conftest import Desk, FaultyStore, engine_of
from tests.properties.model import PAPER


async def refused(waiting: Any) -> str:
    with pytest.raises(NotStored) as caught:
        await waiting
    return caught.value.code


def rows(desk: Desk) -> list[int]:
    return [desk.row_count(table) for table in ("journal", "signals", "orders", "events", "fills")]


async def test_nothing_is_stored_sent_or_published(desk: Desk) -> None:
    before, events = rows(desk), len(desk.events)
    told = await desk.engine.rehearse(desk.alert(alert_id="a"))
    assert isinstance(told.reply, Decision)
    assert told.reply.status is Outcome.ACCEPTED
    await desk.until(lambda: desk.engine.is_idle)
    assert (rows(desk), desk.sent, len(desk.events), desk.store.batches) == (before, [], events, [])


async def test_the_same_alert_is_then_decided_as_was_told(desk: Desk) -> None:
    alert = desk.alert(alert_id="a")
    told = await desk.engine.rehearse(alert)
    assert await desk.engine.receive(alert) == told.reply


async def test_the_sequence_has_no_gap(desk: Desk) -> None:
    last = desk.store.last_seq()
    await desk.engine.rehearse(desk.alert())
    await desk.engine.receive(desk.alert())
    assert desk.store.last_seq() == last + 1


async def test_what_the_store_knows_of_the_id_counts(desk: Desk) -> None:
    alert = desk.alert(alert_id="a")
    first = await desk.engine.receive(alert)
    assert isinstance(first, Decision)
    assert (await desk.engine.rehearse(alert)).reply == replace(first.repeated(), checks=())
    other = await desk.engine.rehearse(desk.alert(alert_id="a", size=Size(Decimal(2))))
    assert other.reply == SignalConflict(first.signal_id, "a")


async def test_it_waits_for_the_batch_that_is_being_committed_and_sees_it(desk: Desk) -> None:
    stuck = await desk.stuck()
    waiting = asyncio.create_task(desk.engine.rehearse(desk.alert()))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    desk.store.gate.set()
    first, told = await stuck, await waiting
    assert isinstance(first, Decision)
    assert told.exposures[0].before.orders == 1
    assert desk.engine.book.orders[first.orders[0].client_order_id].status is OrderStatus.PENDING


async def test_a_book_that_was_not_committed_is_never_seen(desk: Desk) -> None:
    desk.store.failures.append(StorageUnavailable("database is locked"))
    stuck = await desk.stuck()
    waiting = asyncio.create_task(desk.engine.rehearse(desk.alert()))
    desk.store.gate.set()
    assert await refused(stuck) == "STORAGE_UNAVAILABLE"
    assert (await waiting).exposures[0].before.orders == 0


async def test_a_preview_that_waits_too_long_is_given_up(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "SIGNAL_WAITS_AT_MOST_S", 0.05)
    stuck = await desk.stuck()
    assert await refused(desk.engine.rehearse(desk.alert())) == "BUSY"
    desk.store.gate.set()
    await stuck
    assert isinstance(await desk.engine.rehearse(desk.alert()), Rehearsed)


async def test_only_so_many_may_wait(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "MOST_REHEARSALS", 2)
    stuck = await desk.stuck()
    waiting = [asyncio.create_task(desk.engine.rehearse(desk.alert())) for _ in range(2)]
    await asyncio.sleep(0)
    assert await refused(desk.engine.rehearse(desk.alert())) == "QUEUE_FULL"
    desk.store.gate.set()
    await stuck
    assert len(await asyncio.gather(*waiting)) == 2
    assert isinstance(await desk.engine.rehearse(desk.alert()), Rehearsed)


async def test_trading_goes_on_while_previews_are_made(desk: Desk) -> None:
    previews = [asyncio.create_task(desk.engine.rehearse(desk.alert())) for _ in range(10)]
    alerts = [asyncio.create_task(desk.engine.receive(desk.alert(alert_id=str(n)))) for n in range(10)]
    replies = await asyncio.gather(*alerts)
    await asyncio.gather(*previews)
    assert all(isinstance(reply, Decision) and not reply.duplicate for reply in replies)


async def test_an_account_that_is_being_reconciled_is_told(starting: Desk) -> None:
    await asyncio.sleep(0)
    told = await starting.engine.rehearse(starting.alert())
    assert isinstance(told.reply, AccountNotReady)


async def test_a_desk_that_does_not_run_counts_as_reconciled(database: Any) -> None:
    desk = Desk(database, FaultyStore(database))
    desk.engine = engine_of(desk)
    assert await refused(desk.engine.rehearse(desk.alert())) == "STARTING"
    await desk.engine.load()
    told = await desk.engine.rehearse(desk.alert())
    assert isinstance(told.reply, Decision)
    assert told.reply.status is Outcome.ACCEPTED
    assert desk.engine.book.readiness.get(PAPER) is None
    await desk.engine.close()


async def test_a_desk_that_stops_tells_nothing_any_more(desk: Desk) -> None:
    desk.engine.stop_accepting()
    assert await refused(desk.engine.rehearse(desk.alert())) == "STOPPING"


async def test_a_store_that_cannot_be_read_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise StorageUnavailable("database is locked")

    monkeypatch.setattr(desk.store, "look_up", broken)
    assert await refused(desk.engine.rehearse(desk.alert())) == "STORAGE_UNAVAILABLE"
