"""Rounds of reconciliation at a venue that does not always answer: what a failed one means, and what it keeps."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from app import reconciling
from app.reconciling import Reconciler
from portfolio.model.account import Readiness
from portfolio.model.command import Command, FailReconciliation, FinishReconciliation
from portfolio.model.fill import OrderReport, VenueReport
from portfolio.model.order import Order, OrderStatus, OrderType, PriceSource, TimeInForce
from portfolio.model.scope import Scope
from portfolio.model.side import Side
from portfolio.model.venue import Survey, VenueOrder
from portfolio.ports import Unknown
from portfolio.reply import Reconciled
from tests.properties.model import BTC, PAPER, START
from tests.work import steps


def order(order_id: str, status: OrderStatus) -> Order:
    return Order(
        client_order_id=order_id,
        origin=order_id,
        signal_id=None,
        account=PAPER,
        strategy="follow",
        symbol=BTC,
        side=Side.BUY,
        order_type=OrderType.MARKET,
        quantity=Decimal(1),
        price=None,
        reduce_only=False,
        is_exit=False,
        time_in_force=TimeInForce.GTC,
        status=status,
        reference_price=Decimal(100),
        reference_source=PriceSource.QUOTE,
        reservation_price=Decimal(101),
        created_at=START,
        updated_at=START,
        send_by=START,
    )


NOTHING = Survey(orders=(), positions=(), balances=())


@dataclass
class Venue:
    """Fails as often as it is told to; `known` is what it says of an order, nothing being proof of absence."""

    failures: int = 0
    known: dict[str, OrderReport | Unknown | None] = field(default_factory=dict)
    answer: Survey = NOTHING

    async def survey(self) -> Survey | Unknown:
        if self.failures:
            self.failures -= 1
            return Unknown("HTTP 502")
        return self.answer

    async def look_up(self, asked: Order) -> OrderReport | Unknown | None:
        return self.known[asked.client_order_id]

    async def gap(self) -> None:
        await asyncio.Event().wait()


@dataclass
class Desk:
    """As much of an engine, and of its book, as a reconciler sees."""

    live: list[Order] = field(default_factory=list)
    readiness: Readiness = Readiness.STARTING
    told: list[Command] = field(default_factory=list)
    finished: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def book(self) -> "Desk":
        return self

    def readiness_of(self, _account: str) -> Readiness:
        return self.readiness

    def live_orders_in(self, _scope: Scope) -> list[Order]:
        return self.live

    def history_since(self, _account: str) -> datetime | None:
        return None

    def tell(self, command: Command) -> None:
        self.told.append(command)

    async def execute(self, command: FinishReconciliation) -> Reconciled:
        self.told.append(command)
        self.finished.set()
        return Reconciled(settled=True)


@pytest.fixture(autouse=True)
def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciling, "AGAIN_AFTER_S", (0.0,))
    monkeypatch.setattr(reconciling, "IN_DOUBT_AGAIN_AFTER_S", 0.0)


def reconciler(venue: Venue, desk: Desk, tell: Callable[[VenueReport], None] = lambda _: None) -> Reconciler:
    of: Any = Reconciler(PAPER, venue, desk, lambda: START, tell, every_s=60)  # type: ignore[arg-type]
    of.begin()
    return of  # type: ignore[no-any-return]


async def until_finished(desk: Desk, one: Reconciler) -> None:
    running = asyncio.create_task(one.run())
    async with asyncio.timeout(5):
        await desk.finished.wait()
    running.cancel()


@pytest.mark.parametrize("failures", [1, 2])
async def test_a_question_or_two_that_went_wrong_mean_nothing(failures: int) -> None:
    desk = Desk()
    await until_finished(desk, reconciler(Venue(failures), desk))
    assert [type(command) for command in desk.told] == [FinishReconciliation]


async def test_the_third_that_went_wrong_is_told_once() -> None:
    desk = Desk()
    await until_finished(desk, reconciler(Venue(7), desk))
    assert [type(command) for command in desk.told] == [FailReconciliation, FinishReconciliation]
    assert desk.told[0] == FailReconciliation(PAPER, "HTTP 502")


async def test_what_is_known_does_not_wait_for_what_is_in_doubt() -> None:
    found = OrderReport(client_order_id="found", status=OrderStatus.FILLED)
    venue = Venue(known={"found": found, "gone": None, "unsent": None, "doubtful": Unknown("not shown")})
    unknown, pending = OrderStatus.UNKNOWN, OrderStatus.PENDING
    desk = Desk([order("found", pending), order("gone", unknown), order("unsent", pending), order("doubtful", pending)])
    told: list[VenueReport] = []
    with pytest.raises(reconciling.InDoubt, match="order doubtful: not shown"):
        await reconciler(venue, desk, told.append).reconcile()
    assert told[0] == found
    statuses = [(report.client_order_id, report.status) for report in told if isinstance(report, OrderReport)]
    assert statuses == [("found", OrderStatus.FILLED), ("gone", OrderStatus.NOT_ACCEPTED)]
    assert not desk.told


async def test_in_doubt_it_is_asked_again_until_there_is_proof() -> None:
    venue = Venue(known={"doubtful": Unknown("not shown")})
    desk = Desk([order("doubtful", OrderStatus.PENDING)])
    one = reconciler(venue, desk)
    running = asyncio.create_task(until_finished(desk, one))
    await asyncio.sleep(0.01)
    venue.known["doubtful"] = None
    await running
    last = desk.told[-1]
    assert isinstance(last, FinishReconciliation)
    assert last.absent == ("doubtful",)


# --- how much work it is -----------------------------------------------------------------------------------------


def resting(known: Order) -> VenueOrder:
    return VenueOrder(
        client_order_id=known.client_order_id,
        venue_order_id=f"venue-{known.client_order_id}",
        symbol=known.symbol,
        side=known.side,
        order_type=known.order_type,
        quantity=known.quantity,
        price=known.price,
        stop_price=None,
        reduce_only=False,
        time_in_force=known.time_in_force,
        status=OrderStatus.OPEN,
        filled=Decimal(0),
    )


def work_with(count: int) -> int:
    """The steps of a round in which half of the orders rest as expected and the others are asked for."""
    orders = [order(f"o-{number}", OrderStatus.OPEN) for number in range(count)]
    survey = Survey(orders=tuple(map(resting, orders[::2])), positions=(), balances=())
    known = {one.client_order_id: OrderReport(client_order_id=one.client_order_id, status=None) for one in orders}
    desk = Desk(orders)
    one = reconciler(Venue(known=dict(known), answer=survey), desk)
    work = steps(lambda: asyncio.run(one.reconcile()))
    (command,) = desk.told
    assert isinstance(command, FinishReconciliation)
    assert {report.client_order_id for report in command.reports} == known.keys()
    return work


def test_a_round_with_a_thousand_open_orders_is_four_times_the_work_of_one_with_a_quarter_of_them() -> None:
    few, many = work_with(250), work_with(1000)
    assert many < few * 4.4
