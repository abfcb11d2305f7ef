"""A recorded desk is decided once more, and every difference is named."""

from decimal import Decimal
from pathlib import Path

import pytest

from app.replay import Mismatch, ReplayRefused, replay
from app.storage.database import writer_engine
from portfolio.limits.chain import LimitChain
from portfolio.model.command import Flatten, ReportOrder
from portfolio.model.decision import Decision
from portfolio.model.fill import OrderReport, Trade
from portfolio.model.order import OrderStatus, PriceSource
from portfolio.model.scope import PORTFOLIO
from portfolio.model.signal import Action, Size
from tests.integration.conftest import Desk
from tests.properties.model import BTC, CONFIGURATION, PAPER, PRICES, SETUP, START, scoped_limits


async def record(desk: Desk) -> str:
    """A day with an order that fills, one that is denied, a repeat, a late report and a flattening."""
    bought = await desk.engine.receive(desk.alert(alert_id="a"))
    assert isinstance(bought, Decision)
    order_id = bought.orders[0].client_order_id
    trade = Trade(
        trade_id="t-1",
        quantity=Decimal(1),
        price=PRICES[BTC],
        fee=Decimal("0.05"),
        fee_currency="USDT",
        source=PriceSource.QUOTE,
        time=START,
    )
    report = OrderReport(client_order_id=order_id, status=OrderStatus.FILLED, trades=(trade,))
    for _ in range(2):
        await desk.engine.execute(ReportOrder(PAPER, report))
    await desk.engine.receive(desk.alert(alert_id="a"))
    await desk.engine.receive(desk.alert(size=Size(Decimal(1000))))
    await desk.engine.receive(desk.alert("reverse", Action.SHORT))
    await desk.engine.execute(Flatten("flatten", PORTFOLIO))
    return order_id


def replayed(path: Path, **changed: LimitChain) -> list[Mismatch]:
    return replay(path, SETUP, changed.get("limits", LimitChain(scoped_limits())), CONFIGURATION)


async def test_a_journal_gives_the_same_decisions_again(desk: Desk) -> None:
    await record(desk)
    assert replayed(desk.path) == []


async def test_other_limits_show_as_mismatches(desk: Desk) -> None:
    await record(desk)
    where = {mismatch.where.partition(" ")[0] for mismatch in replayed(desk.path, limits=LimitChain())}
    assert "envelope" in where


async def test_an_order_that_was_changed_by_hand_is_named(desk: Desk) -> None:
    order_id = await record(desk)
    with writer_engine(desk.path).begin() as connection:
        connection.exec_driver_sql("UPDATE orders SET status = 'CANCELED' WHERE client_order_id = ?", (order_id,))
    (mismatch,) = replayed(desk.path)
    assert mismatch == Mismatch(f"order {order_id}", "CANCELED, filled 1", "FILLED, filled 1")


async def test_a_decision_that_is_missing_is_named(desk: Desk) -> None:
    await record(desk)
    with writer_engine(desk.path).begin() as connection:
        connection.exec_driver_sql("DELETE FROM signals WHERE alert_id = 'a'")
    (mismatch,) = replayed(desk.path)
    assert mismatch.where.startswith("envelope ")
    assert mismatch.stored is None
    assert mismatch.replayed


async def test_the_journal_of_another_configuration_is_refused(desk: Desk) -> None:
    await record(desk)
    with pytest.raises(ReplayRefused, match=f"decided with the configuration {CONFIGURATION}, this one is other"):
        replay(desk.path, SETUP, LimitChain(scoped_limits()), "other")
