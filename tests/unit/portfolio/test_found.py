"""Orders that rest at a venue and that the book does not know as live."""

from decimal import Decimal

import pytest

from portfolio.exposure import exposure_of
from portfolio.model.event import EventKind
from portfolio.model.identifiers import UNASSIGNED, has_our_form
from portfolio.model.order import OrderType
from portfolio.model.position import Key
from portfolio.model.scope import Scope
from portfolio.model.venue import ForeignOrders
from tests.fakes import BTC, HELD, MAIN, Desk, codes, strategy, told
from tests.unit.portfolio.venue_desk import OURS, execution, foreign, look, resting, venue_desk

NOBODYS = Key("main", UNASSIGNED, BTC)


@pytest.fixture
def desk() -> Desk:
    return venue_desk()


@pytest.mark.parametrize(
    ("order_id", "is_ours"),
    [
        ("01ABCDEFGH0123456789-1", True),
        ("01ABCDEFGH0123456789-12", True),
        ("01ABCDEFGH0123456789-4Z-1", True),
        ("01ABCDEFGH0123456789", False),
        ("01ABCDEFGH0123456789-", False),
        ("01ABCDEFGH0123456789-x", False),
        ("01abcdefgh0123456789-1", False),
        ("01ABCDEFGH012345678-1", False),
        ("bot-1", False),
        ("", False),
    ],
)
def test_an_id_in_our_form_is_known(order_id: str, is_ours: bool) -> None:
    assert has_our_form(order_id) is is_ours


# --- ours, lost ----------------------------------------------------------------------------------------------------


def test_an_order_of_ours_that_the_store_has_lost_is_adopted_with_what_remains_of_it(desk: Desk) -> None:
    there = resting(OURS, quantity="3", filled=Decimal(1))
    reply = look(desk, orders=(there,))
    assert (reply.settled, reply.adopted, reply.foreign) == (True, (OURS,), ())
    order = desk.order(OURS)
    assert (order.status, order.strategy, order.quantity, order.filled) == ("OPEN", "follow", 2, 0)
    assert (order.venue_order_id, order.is_adopted, order.price) == ("V-1", True, 90)
    assert len(desk.events(EventKind.ORDER_ADOPTED)) == 1
    assert exposure_of(desk.book, MAIN).gross == 200


def test_an_adopted_order_is_live_like_any_other_after_a_restart_too(desk: Desk) -> None:
    look(desk, orders=(resting(OURS, quantity="2"),))
    desk.restart()
    assert desk.book.live_orders(HELD)[0].client_order_id == OURS
    desk.fill(OURS, "0.5")
    desk.fill(OURS)
    assert (desk.status(OURS), desk.quantity, desk.events(EventKind.LATE_FILL)) == ("FILLED", 2, [])


def test_an_adopted_order_is_cancelled_with_the_others(desk: Desk) -> None:
    look(desk, orders=(resting(OURS),))
    desk.halt()
    assert desk.cancels == [OURS]


def test_what_an_adopted_order_traded_before_is_not_booked_again(desk: Desk) -> None:
    first, second = execution("T-1", "1"), execution("T-2", "2")
    there = resting(OURS, quantity="3", filled=Decimal(1))
    foreign(desk, there, first)
    look(desk, {BTC: "1"}, orders=(there,))
    desk.restart()
    desk.report(OURS, "PARTIALLY_FILLED", first)
    desk.report(OURS, "FILLED", first, second)
    desk.report(OURS, "FILLED", first, second)
    assert (desk.status(OURS), desk.quantity, desk.book.net("main", BTC)) == ("FILLED", 2, 3)


def test_an_adopted_order_whose_end_was_booked_without_it_ends(desk: Desk) -> None:
    there = resting(OURS, quantity="3")
    foreign(desk, there, execution("T-1", "1"))
    look(desk, {BTC: "1"}, orders=(there,))
    desk.report(OURS, "FILLED", execution("T-1", "1"), execution("T-2", "2"))
    assert (desk.status(OURS), desk.order(OURS).filled, desk.book.net("main", BTC)) == ("CANCELED", 2, 3)


@pytest.mark.parametrize("others", [(), ("follow", "other")])
def test_an_adopted_order_of_which_nobody_knows_the_strategy_is_nobodys(others: tuple[str, ...]) -> None:
    parts = [strategy(name, shared=True) for name in others] or [strategy(symbols=frozenset({"ETH/USDT:USDT"}))]
    desk = venue_desk(*parts)
    look(desk, orders=(resting(OURS),))
    assert desk.order(OURS).strategy == UNASSIGNED


def test_an_order_in_a_symbol_without_terms_is_told_of_and_not_adopted(desk: Desk) -> None:
    reply = look(desk, orders=(resting(OURS, symbol="NEW/USDT:USDT"),))
    assert ([order.known_as for order in reply.foreign], reply.adopted) == ([OURS], ())


# --- somebody else's -----------------------------------------------------------------------------------------------


def test_a_foreign_order_is_reported_once_and_blocks_nothing(desk: Desk) -> None:
    for _ in range(3):
        reply = look(desk, orders=(resting(), resting(None, venue_order_id="V-2")))
        assert (reply.settled, [order.known_as for order in reply.foreign]) == (True, ["SOMEBODY", "V-2"])
    desk.restart()
    look(desk, orders=(resting(),))
    reported = [event.client_order_id for event in desk.events(EventKind.FOREIGN_ORDER_REPORTED)]
    assert reported == ["SOMEBODY", "V-2"]
    assert codes(desk.alert("buy", "1")) == []


def test_foreign_orders_are_not_even_listed_where_they_are_ignored() -> None:
    desk = venue_desk(foreign_orders=ForeignOrders.IGNORE)
    assert look(desk, orders=(resting(),)).foreign == ()
    assert desk.events(EventKind.FOREIGN_ORDER_REPORTED) == []


def test_foreign_orders_can_be_adopted_as_nobodys() -> None:
    desk = venue_desk(foreign_orders=ForeignOrders.ADOPT)
    stop = resting(
        None,
        "sell",
        venue_order_id="V-2",
        order_type=OrderType.STOP,
        price=None,
        stop_price=Decimal(80),
        reduce_only=True,
    )
    reply = look(desk, orders=(resting(), stop))
    assert reply.adopted == ("SOMEBODY", "V-2")
    assert (desk.order("SOMEBODY").strategy, desk.order("V-2").is_exit) == (UNASSIGNED, True)
    assert look(desk, orders=(resting(), stop)).adopted == ()
    desk.flatten(MAIN)
    assert set(desk.cancels) == {"SOMEBODY", "V-2"}


# --- ours, ended ---------------------------------------------------------------------------------------------------


def test_an_order_that_has_ended_and_still_rests_is_cancelled_when_seen_twice(desk: Desk) -> None:
    order_id = desk.rest("buy", "2")
    desk.report(order_id, "CANCELED")
    there = resting(order_id, quantity="2")
    assert (look(desk, orders=(there,)).settled, desk.cancels) == (False, [])
    reply = look(desk, orders=(there,))
    assert (reply.ended, desk.cancels, desk.status(order_id)) == ((order_id,), [order_id], "CANCELED")
    (state,) = desk.book.states.items()
    assert (state[0], state[1].status, state[1].cause) == (Scope("main", symbol=BTC), "REDUCING", "ENDED_ORDER")
    (event,) = desk.events(EventKind.ENDED_ORDER_FOUND)
    assert (event.client_order_id, event.detail["ended"], event.detail["quantity"]) == (order_id, "CANCELED", "2")
    look(desk, orders=(there,))
    assert (desk.cancels, len(desk.events(EventKind.ENDED_ORDER_FOUND))) == ([order_id, order_id], 1)
    assert look(desk).settled


def test_an_order_that_ended_while_the_venue_was_asked_is_left_alone(desk: Desk) -> None:
    order_id = desk.place("buy", "2")
    desk.fill(order_id)
    look(desk, {BTC: "2"}, orders=(resting(order_id, quantity="2"),))
    assert look(desk, {BTC: "2"}).settled
    assert (desk.cancels, desk.events(EventKind.ENDED_ORDER_FOUND)) == ([], [])


def test_an_order_that_became_live_while_the_venue_was_asked_is_no_news(desk: Desk) -> None:
    order_id = desk.rest("buy", "2")
    reply = look(desk, orders=(resting(order_id, quantity="2"),))
    assert (reply.settled, reply.adopted, reply.foreign, reply.ended) == (True, (), (), ())


def test_a_report_of_an_order_that_has_left_the_book_is_no_foreign_one(desk: Desk) -> None:
    order_id = desk.place("buy", "2")
    desk.fill(order_id)
    again = desk.trade(order_id, "2", trade_id=f"{order_id}-1")
    desk.finish(told(order_id, "FILLED", again))
    assert (desk.quantity, desk.events(EventKind.FOREIGN_ORDER_REPORTED)) == (2, [])
