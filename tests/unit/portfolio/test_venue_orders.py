"""Orders at a real venue: what it does otherwise than paper."""

from datetime import timedelta
from decimal import Decimal

import pytest

from portfolio.model.command import Mark, ReportOrder
from portfolio.model.effect import CancelAtVenue
from portfolio.model.fill import OrderReport
from portfolio.model.order import OrderStatus, OrderType, TimeInForce
from portfolio.model.signal import Action
from tests.fakes import Desk, ids
from tests.unit.portfolio.venue_desk import execution, resting, venue_desk


@pytest.fixture
def desk() -> Desk:
    return venue_desk(trusts_signal_price=False)


def canceled(desk: Desk) -> list[str]:
    """The orders that the venue was asked to cancel."""
    return [effect.order.client_order_id for effect in desk.effects if isinstance(effect, CancelAtVenue)]


def test_an_order_that_is_good_till_a_time_is_canceled_by_the_desk_then(desk: Desk) -> None:
    until = desk.now + timedelta(seconds=30)
    fields = {"order_type": OrderType.LIMIT, "time_in_force": TimeInForce.GTD, "expires_at": until}
    (order_id,) = ids(desk.alert(Action.BUY, "1", price="90", **fields))
    desk.report(order_id, "OPEN")
    desk.effects.clear()
    desk.wait(seconds=29)
    desk.handle(Mark())
    assert not canceled(desk)
    desk.wait(seconds=1)
    desk.handle(Mark())
    assert canceled(desk) == [order_id]


def test_a_close_that_its_venue_cut_to_the_position_has_ended(desk: Desk) -> None:
    desk.hold("3")
    (order_id,) = ids(desk.alert(Action.CLOSE, price=None))
    described = resting(order_id, "sell", "2", status=OrderStatus.FILLED, filled=Decimal(2), reduce_only=True)
    report = OrderReport(
        client_order_id=order_id, status=OrderStatus.FILLED, trades=(execution("T-9", "2"),), order=described
    )
    desk.handle(ReportOrder("main", report))
    ended = desk.order(order_id)
    assert (ended.status, ended.filled) == (OrderStatus.CANCELED, 2)
