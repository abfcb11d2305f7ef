"""A send whose answer is lost is in doubt for a while, and never sent twice."""

from portfolio.model.fill import OrderReport
from portfolio.model.order import OrderStatus
from portfolio.ports import Unknown
from tests.contract.subject import LINEAR, Subject


async def test_an_order_that_was_taken_is_found_with_all_it_traded(distant: Subject):
    order = distant.order("A-1")
    distant.venue.lose_answer()
    assert isinstance(await distant.send(order), Unknown)
    found = await distant.resolve(order)
    assert found is not None
    assert (found.status, found.mismatch) == (OrderStatus.FILLED, "")
    assert distant.traded(order) == order.quantity == distant.venue.held(LINEAR)
    assert distant.venue.accepted("A-1") == 1


async def test_an_order_that_was_taken_and_rests_is_found_resting(distant: Subject):
    order = distant.limit("A-1", "60000")
    distant.venue.lose_answer()
    assert isinstance(await distant.send(order), Unknown)
    found = await distant.resolve(order)
    assert found is not None
    assert found.status is OrderStatus.OPEN
    assert distant.venue.accepted("A-1") == 1


async def test_an_order_that_never_arrived_is_absent_only_once_that_is_proven(distant: Subject):
    order = distant.order("A-1")
    distant.venue.lose_request()
    assert isinstance(await distant.send(order), Unknown)
    assert isinstance(await distant.exchange.look_up(order), Unknown), "an empty answer alone proves nothing"
    assert await distant.resolve(order) is None
    assert (distant.venue.accepted("A-1"), distant.venue.held(LINEAR)) == (0, 0)


async def test_a_repeated_id_means_that_the_order_exists(distant: Subject):
    order = distant.limit("A-1", "60000")
    await distant.send(order)
    await distant.becomes(order, OrderStatus.OPEN)
    again = await distant.send(order)
    assert isinstance(again, OrderReport)
    assert (again.status, again.mismatch) == (OrderStatus.OPEN, "")
    assert distant.venue.accepted("A-1") == 1


async def test_another_order_under_a_known_id_is_told_apart(distant: Subject):
    order = distant.limit("A-1", "60000")
    await distant.send(order)
    await distant.becomes(order, OrderStatus.OPEN)
    another = await distant.send(distant.limit("A-1", "60000", lots=20))
    assert isinstance(another, OrderReport)
    assert another.mismatch.startswith("quantity: ")


async def test_an_order_that_nobody_sent_is_absent(subject: Subject):
    assert await subject.resolve(subject.order("never")) is None
