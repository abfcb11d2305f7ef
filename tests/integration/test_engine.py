"""The one writer: what it batches, what it answers, and what it does when the store fails."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from app import engine as engine_module
from app.prices.desk import PriceDesk
from app.queueing import MOST_PER_BATCH, CommandQueue, Item, NotStored
from app.service import Service
from app.settings.prices import PriceSettings
from app.storage.errors import ConstraintViolated, StorageUnavailable
from portfolio.model.command import (
    CancelOrder,
    FinishReconciliation,
    Halt,
    Mark,
    ReceiveSignal,
    ReportFunding,
    ReportOrder,
    ReportOutsideTrade,
)
from portfolio.model.decision import Decision, Outcome
from portfolio.model.event import EventKind
from portfolio.model.fill import Cause, Funding, OrderReport, OutsideTrade, Trade
from portfolio.model.order import OrderStatus, OrderType, PriceSource
from portfolio.model.scope import PORTFOLIO, Scope
from portfolio.model.side import Side
from portfolio.model.signal import Action, Size
from tests.integration.conftest import NOT_ON_DISK, ON_DISK, Desk
from tests.properties.model import BTC, PAPER, PRICES, START

GONE = StorageUnavailable("database is locked")


def filled(order_id: str, trade_id: str = "t-1", status: OrderStatus = OrderStatus.FILLED) -> ReportOrder:
    trade = Trade(
        trade_id=trade_id,
        quantity=Decimal(1),
        price=PRICES[BTC],
        fee=Decimal("0.05"),
        fee_currency="USDT",
        source=PriceSource.QUOTE,
        time=START,
    )
    return ReportOrder(PAPER, OrderReport(client_order_id=order_id, status=status, trades=(trade,)))


async def refused(waiting: Any) -> str:
    with pytest.raises(NotStored) as caught:
        await waiting
    return caught.value.code


async def decided(desk: Desk, **said: Any) -> Decision:
    reply = await desk.engine.receive(desk.alert(**said))
    assert isinstance(reply, Decision)
    return reply


# --- batches -----------------------------------------------------------------------------------------------------


async def test_a_batch_is_at_most_256_commands_and_urgent_ones_come_first(desk: Desk) -> None:
    stuck = await desk.stuck()
    alerts = [asyncio.create_task(desk.engine.receive(desk.alert(comment=str(n)))) for n in range(300)]
    await desk.until(lambda: len(desk.engine._queue) == 300)
    halted = asyncio.create_task(desk.engine.execute(Halt(PORTFOLIO)))
    await desk.until(lambda: len(desk.engine._queue) == 301)
    desk.store.gate.set()
    await asyncio.gather(stuck, halted, *alerts)
    assert [len(batch) for batch in desk.store.batches] == [1, MOST_PER_BATCH, 45]
    assert isinstance(desk.store.batches[1][0], Halt)


async def test_a_repeat_inside_a_batch_gets_the_first_answer(desk: Desk) -> None:
    stuck = await desk.stuck()
    first, second = desk.alert(alert_id="a"), desk.alert(alert_id="a")
    waiting = [asyncio.create_task(desk.engine.receive(alert)) for alert in (first, second)]
    await desk.until(lambda: len(desk.engine._queue) == 2)
    desk.store.gate.set()
    await stuck
    one, two = await asyncio.gather(*waiting)
    assert isinstance(one, Decision)
    assert isinstance(two, Decision)
    assert (one.duplicate, two.duplicate) == (False, True)
    assert one.signal_id == two.signal_id == first.signal_id
    assert one.orders == two.orders
    assert [len(batch) for batch in desk.store.batches] == [1, 2]
    assert desk.row_count("signals") == 2


async def test_a_repeat_after_the_commit_gets_the_first_answer(desk: Desk) -> None:
    first = await decided(desk, alert_id="a")
    again = await decided(desk, alert_id="a")
    assert (again.duplicate, again.signal_id) == (True, first.signal_id)
    assert len(desk.sent) == 1


async def test_an_answer_comes_after_the_commit_and_effects_after_it(desk: Desk) -> None:
    stuck = await desk.stuck()
    assert not stuck.done()
    assert desk.sent == []
    desk.store.gate.set()
    decision = await stuck
    assert desk.row_count("orders") == 1
    assert desk.sent == [order.client_order_id for order in decision.orders]


# --- alerts that are not taken -----------------------------------------------------------------------------------


async def test_an_alert_that_is_not_started_in_time_is_withdrawn(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert engine_module.SIGNAL_WAITS_AT_MOST_S == 1.5
    stuck = await desk.stuck()
    monkeypatch.setattr(engine_module, "SIGNAL_WAITS_AT_MOST_S", 0.02)
    assert await refused(desk.engine.receive(desk.alert())) == "BUSY"
    desk.store.gate.set()
    await stuck
    await desk.engine.execute(Mark())
    assert desk.row_count("signals") == 1


async def test_an_alert_that_was_started_is_not_withdrawn(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "SIGNAL_WAITS_AT_MOST_S", 0.02)
    stuck = await desk.stuck()
    await asyncio.sleep(0.05)
    desk.store.gate.set()
    assert (await stuck).status is Outcome.ACCEPTED


async def test_the_queue_of_alerts_is_bounded_and_that_of_reports_is_not(desk: Desk) -> None:
    queue = CommandQueue(most_signals=2)
    queue.put_signal(Item(desk.alert()))
    queue.put_signal(Item(desk.alert()))
    with pytest.raises(NotStored) as caught:
        queue.put_signal(Item(desk.alert()))
    assert caught.value.code == "QUEUE_FULL"
    queue.put_urgent(Item(Halt(PORTFOLIO)))
    assert len(queue) == 3


async def test_a_caller_that_went_away_is_skipped(desk: Desk) -> None:
    stuck = await desk.stuck()
    gone = asyncio.create_task(desk.engine.receive(desk.alert(alert_id="gone")))
    await desk.until(lambda: len(desk.engine._queue) == 1)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    desk.store.gate.set()
    await stuck
    await desk.engine.execute(Mark())
    assert desk.row_count("signals") == 1


async def test_new_risk_on_an_account_that_was_never_reconciled_is_not_stored(starting: Desk) -> None:
    assert await refused(starting.engine.receive(starting.alert())) == "NOT_RECONCILED"
    assert starting.row_count("signals") == starting.row_count("journal") == 0
    assert not starting.engine.is_ready


async def test_a_close_passes_on_an_account_that_was_never_reconciled(starting: Desk) -> None:
    decision = await decided(starting, action=Action.CLOSE, size=None)
    assert (decision.status, decision.reasons[0].code) == (Outcome.IGNORED, "NOTHING_TO_CLOSE")
    assert starting.row_count("signals") == 1


async def test_an_order_on_its_way_is_not_sent_again_when_the_venue_does_not_have_it_yet(desk: Desk) -> None:
    (order,) = (await decided(desk)).orders
    await desk.engine.execute(FinishReconciliation(PAPER, (), (order.client_order_id,)))
    assert desk.sent == [order.client_order_id]
    assert desk.engine.book.orders[order.client_order_id].status is OrderStatus.PENDING


# --- a store that fails ------------------------------------------------------------------------------------------


async def test_a_failed_commit_stores_sends_and_keeps_nothing(desk: Desk) -> None:
    desk.store.failures.append(GONE)
    assert await refused(desk.engine.receive(desk.alert())) == "STORAGE_UNAVAILABLE"
    assert desk.sent == []
    assert not desk.engine.is_ready
    await desk.until(lambda: not len(desk.engine.book.orders))
    decision = await decided(desk)
    assert decision.status is Outcome.ACCEPTED
    assert desk.engine.is_ready
    assert len(desk.sent) == 1


async def test_a_report_that_could_not_be_stored_is_stored_later(desk: Desk) -> None:
    (order,) = (await decided(desk)).orders
    desk.store.failures.extend([GONE] * 3)
    desk.engine.tell(filled(order.client_order_id))
    await desk.until(lambda: desk.row_count("fills") == 1 and desk.engine.is_idle)
    assert not desk.engine.book.orders
    assert sum(position.quantity for position in desk.engine.book.positions.values()) == 1


async def test_reports_keep_their_order_and_their_place_before_alerts(desk: Desk) -> None:
    (order,) = (await decided(desk)).orders
    desk.store.batches.clear()
    desk.store.failures.append(GONE)
    opened = ReportOrder(PAPER, OrderReport(client_order_id=order.client_order_id, status=OrderStatus.OPEN))
    reports = [opened, filled(order.client_order_id)]
    for report in reports:
        desk.engine.tell(report)
    await refused(desk.engine.receive(desk.alert()))
    await decided(desk, comment="after")
    stored = [command for batch in desk.store.batches for command in batch]
    assert stored[:2] == reports


async def test_a_book_that_cannot_be_rebuilt_is_loaded_before_the_next_batch(desk: Desk) -> None:
    desk.store.failures.append(GONE)
    desk.store.is_readable = False
    assert await refused(desk.engine.receive(desk.alert())) == "STORAGE_UNAVAILABLE"
    await desk.until(lambda: not desk.engine.is_loaded)
    assert await refused(desk.engine.receive(desk.alert())) == "STORAGE_UNAVAILABLE"
    desk.store.is_readable = True
    assert (await decided(desk)).status is Outcome.ACCEPTED


async def test_an_unclear_commit_that_is_on_disk_counts(desk: Desk) -> None:
    desk.store.failures.append(ON_DISK)
    assert (await decided(desk, alert_id="a")).status is Outcome.ACCEPTED
    assert len(desk.sent) == 1
    assert (await decided(desk, alert_id="a")).duplicate


async def test_an_unclear_commit_that_is_not_on_disk_does_not_count(desk: Desk) -> None:
    desk.store.failures.append(NOT_ON_DISK)
    assert await refused(desk.engine.receive(desk.alert(alert_id="a"))) == "STORAGE_UNAVAILABLE"
    assert desk.sent == []
    assert not (await decided(desk, alert_id="a")).duplicate


async def test_an_unclear_commit_and_a_store_that_cannot_be_read_end_the_writer(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(seq: int) -> bool:
        raise GONE

    monkeypatch.setattr(desk.store, "has", unreadable)
    desk.store.failures.append(ON_DISK)
    waiting = asyncio.create_task(desk.engine.receive(desk.alert()))
    await desk.until(lambda: not len(desk.engine._queue) and not desk.engine.is_idle)
    await desk.until(lambda: desk.engine.is_idle)
    assert not waiting.done()
    assert desk.sent == []
    waiting.cancel()


async def test_of_a_batch_that_contradicts_the_store_only_the_culprit_fails(desk: Desk) -> None:
    desk.store.poison = lambda commands: any(
        isinstance(command, ReceiveSignal) and command.signal.comment == "bad" for command in commands
    )
    stuck = await desk.stuck()
    waiting = [asyncio.create_task(desk.engine.receive(desk.alert(comment=c))) for c in ("good", "bad", "fine")]
    await desk.until(lambda: len(desk.engine._queue) == 3)
    desk.store.gate.set()
    await stuck
    good, bad, fine = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(bad, NotStored)
    assert bad.code == "INTERNAL_ERROR"
    assert isinstance(good, Decision)
    assert isinstance(fine, Decision)
    assert desk.row_count("signals") == 3
    assert len(desk.sent) == 3


async def test_reports_tried_one_by_one_keep_their_order_when_the_store_then_fails(desk: Desk) -> None:
    (order,) = (await decided(desk)).orders
    desk.store.batches.clear()
    contradiction = ConstraintViolated("a row is there already")
    desk.store.failures.extend([contradiction, GONE])
    opened = ReportOrder(PAPER, OrderReport(client_order_id=order.client_order_id, status=OrderStatus.OPEN))
    reports = [opened, filled(order.client_order_id)]
    for report in reports:
        desk.engine.tell(report)
    await desk.until(lambda: desk.row_count("fills") == 1 and desk.engine.is_idle)
    assert [command for batch in desk.store.batches for command in batch][-2:] == reports


def liquidated() -> ReportOutsideTrade:
    (trade,) = filled("none").report.trades
    return ReportOutsideTrade(PAPER, OutsideTrade(symbol=BTC, side=Side.SELL, cause=Cause.LIQUIDATION, trade=trade))


def funded() -> ReportFunding:
    amount, rate = Decimal(-1), Decimal("0.0001")
    return ReportFunding(
        PAPER, Funding(symbol=BTC, amount=amount, currency="USDT", rate=rate, price=PRICES[BTC], time=START)
    )


@pytest.mark.parametrize("report", [filled, liquidated, funded], ids=["order", "liquidation", "funding"])
async def test_a_poisonous_report_halts_its_account(desk: Desk, report: Any) -> None:
    (order,) = (await decided(desk)).orders
    told = report(order.client_order_id) if report is filled else report()
    desk.store.poison = lambda commands: told in commands
    desk.engine.tell(told)
    await desk.until(lambda: any(event.kind is EventKind.TRADING_HALTED for event in desk.events))
    assert desk.engine.book.states[Scope(PAPER)].cause == "POISONOUS_REPORT"
    assert desk.row_count("fills") == desk.row_count("fundings") == 0


async def test_a_quote_that_counted_does_not_count_again_when_the_book_was_rebuilt(desk: Desk) -> None:
    await desk.engine.execute(Mark())
    seen = desk.engine.book.quotes_seen.as_dict()
    assert (PAPER, BTC) in seen
    desk.store.failures.append(GONE)
    await refused(desk.engine.receive(desk.alert()))
    await desk.until(lambda: desk.engine.is_idle)
    assert desk.engine.book.quotes_seen.as_dict() == seen


async def test_an_urgent_command_is_told_that_nothing_was_stored(desk: Desk) -> None:
    desk.store.failures.append(GONE)
    assert await refused(desk.engine.execute(CancelOrder("A-1"))) == "STORAGE_UNAVAILABLE"


async def test_numbers_are_never_used_twice(desk: Desk) -> None:
    desk.store.failures.append(GONE)
    await refused(desk.engine.receive(desk.alert()))
    await decided(desk)
    await desk.engine.load()
    await decided(desk, comment="after")
    assert desk.row_count("journal") == 4


# --- the end -----------------------------------------------------------------------------------------------------


async def test_a_desk_that_stops_takes_no_alert_but_finishes_what_waits(desk: Desk) -> None:
    stuck = await desk.stuck()
    service: Any = Service.__new__(Service)
    service.engine, service.senders, service.prices = desk.engine, {}, PriceDesk(PriceSettings())
    draining = asyncio.create_task(Service.drain(service))
    await asyncio.sleep(0.01)
    assert await refused(desk.engine.receive(desk.alert())) == "STOPPING"
    assert not draining.done()
    desk.store.gate.set()
    await draining
    assert (await stuck).status is Outcome.ACCEPTED
    assert desk.engine.is_idle


# --- what is measured --------------------------------------------------------------------------------------------


async def test_a_batch_is_told_once_it_is_on_disk_and_a_failed_one_never(desk: Desk) -> None:
    desk.committed.clear()
    first = await decided(desk, alert_id="stored")
    desk.store.failures.append(GONE)
    assert await refused(desk.engine.receive(desk.alert(alert_id="not stored"))) == "STORAGE_UNAVAILABLE"
    await desk.until(lambda: desk.engine.is_idle)
    told = [reply for batch in desk.committed for _, reply in batch.decided]
    assert told == [first]
    assert (desk.engine.store_failures, desk.engine.commands_failed) == (1, 0)


async def test_a_poisonous_command_is_counted(desk: Desk) -> None:
    desk.store.poison = lambda commands: any(isinstance(command, ReceiveSignal) for command in commands)
    assert await refused(desk.engine.receive(desk.alert())) == "INTERNAL_ERROR"
    assert (desk.engine.store_failures, desk.engine.commands_failed) == (0, 1)


async def test_what_waits_for_the_writer_is_counted(desk: Desk) -> None:
    stuck = await desk.stuck()
    alerts = [asyncio.create_task(desk.engine.receive(desk.alert(comment=str(n)))) for n in range(3)]
    await desk.until(lambda: desk.engine.waiting == 3)
    desk.store.gate.set()
    await asyncio.gather(stuck, *alerts)
    assert desk.engine.waiting == 0


# --- on time -----------------------------------------------------------------------------------------------------


async def test_what_is_due_soon_does_not_wait_for_the_next_tick(desk: Desk) -> None:
    """A leg that may change again in 200 ms: nothing else happens until then."""
    said = {"order_type": OrderType.LIMIT, "size": Size(Decimal(2)), "stop_loss": Decimal(90)}
    entry, stop = (order.client_order_id for order in (await decided(desk, **said)).orders)
    await desk.engine.execute(ReportOrder(PAPER, OrderReport(client_order_id=entry, status=OrderStatus.OPEN)))
    await desk.engine.execute(filled(entry, "t-1", OrderStatus.PARTIALLY_FILLED))
    await desk.engine.execute(ReportOrder(PAPER, OrderReport(client_order_id=stop, status=OrderStatus.OPEN)))
    desk.store.batches.clear()
    await desk.engine.execute(filled(entry, "t-2"))
    await desk.until(lambda: len(desk.store.batches) > 1)
    assert desk.store.batches[1] == [Mark()]
