"""What rests can be changed and taken back, and waits for its price and no other."""

from decimal import Decimal

import pytest

from portfolio.model.order import OrderStatus, OrderType
from portfolio.ports import Unknown
from tests.contract.subject import LINEAR, Subject

FILLED, CANCELED = OrderStatus.FILLED, OrderStatus.CANCELED


async def surveyed(subject: Subject) -> dict[str | None, Decimal]:
    survey = await subject.exchange.survey()
    assert not isinstance(survey, Unknown)
    return {item.client_order_id: item.quantity - item.filled for item in survey.orders}


async def test_an_amended_order_rests_as_asked_and_trades_at_its_new_price(subject: Subject):
    await subject.send(subject.limit("a-1", "63000", lots=20))
    changed = subject.limit("a-1", "62000", lots=30)
    answer = await subject.exchange.amend(changed)
    assert not isinstance(answer, Unknown)
    assert answer.amended
    assert await surveyed(subject) == {"a-1": changed.quantity}
    subject.venue.show(LINEAR, Decimal(62500), Decimal(62501))
    assert subject.venue.held(LINEAR) == 0
    subject.venue.show(LINEAR, Decimal(61990), Decimal(61991))
    await subject.becomes(changed, FILLED)
    assert subject.venue.held(LINEAR) == subject.traded(changed) == changed.quantity
    assert all(trade.price <= 62000 for trade in subject.trades(changed))


@pytest.mark.parametrize(
    ("kind", "stop", "bid"), [(OrderType.STOP, "63000", "62990"), (OrderType.TAKE_PROFIT, "65000", "65010")]
)
async def test_protection_that_was_canceled_does_nothing_when_its_price_comes(
    subject: Subject, kind: OrderType, stop: str, bid: str
):
    entry = subject.order("entry")
    await subject.send(entry)
    await subject.becomes(entry, FILLED)
    exit_ = subject.order("exit", "sell", order_type=kind, stop_price=Decimal(stop), reduce_only=True, is_exit=True)
    await subject.send(exit_)
    assert await surveyed(subject) == {"exit": exit_.quantity}
    await subject.cancel(exit_)
    await subject.becomes(exit_, CANCELED)
    subject.venue.show(LINEAR, Decimal(bid), Decimal(bid) + 1)
    assert (subject.venue.held(LINEAR), await surveyed(subject)) == (entry.quantity, {})


async def test_a_take_profit_waits_for_its_price(subject: Subject):
    entry = subject.order("entry")
    await subject.send(entry)
    await subject.becomes(entry, FILLED)
    terms = {"order_type": OrderType.TAKE_PROFIT, "stop_price": Decimal(65000), "reduce_only": True, "is_exit": True}
    exit_ = subject.order("exit", "sell", **terms)
    await subject.send(exit_)
    subject.venue.show(LINEAR, Decimal(64900), Decimal(64901))
    assert subject.venue.held(LINEAR) == entry.quantity
    subject.venue.show(LINEAR, Decimal(65010), Decimal(65011))
    await subject.becomes(exit_, FILLED)
    assert (subject.venue.held(LINEAR), await surveyed(subject)) == (0, {})


async def test_what_was_refused_the_venue_does_not_have(subject: Subject):
    huge = subject.order("a-1", lots=1_000_000_000)
    await subject.send(huge)
    await subject.becomes(huge, OrderStatus.REJECTED)
    assert subject.venue.accepted("a-1") == 0
    assert await subject.resolve(huge) is None
