"""The states of an order: exactly the arrows of the design, and nothing ever reopens."""

from itertools import product

import pytest

from portfolio.model.decimals import ZERO
from portfolio.model.errors import IllegalTransition
from portfolio.model.order import AT_VENUE, TRANSITIONS, OrderStatus
from tests.fakes import NOW, order

DESIGN = """
PENDING -> SUBMITTED OPEN PARTIALLY_FILLED FILLED EXPIRED CANCELED EXPIRED_UNSENT UNKNOWN REJECTED
SUBMITTED -> OPEN PARTIALLY_FILLED FILLED CANCELED EXPIRED REJECTED UNKNOWN PENDING_CANCEL
UNKNOWN -> OPEN PARTIALLY_FILLED FILLED CANCELED EXPIRED REJECTED NOT_ACCEPTED
OPEN -> PARTIALLY_FILLED FILLED CANCELED EXPIRED PENDING_CANCEL
PARTIALLY_FILLED -> FILLED CANCELED EXPIRED PENDING_CANCEL
PENDING_CANCEL -> CANCELED PARTIALLY_FILLED FILLED OPEN EXPIRED
"""
ARROWS = {
    (OrderStatus(start.strip()), OrderStatus(end))
    for start, _, ends in (line.partition("->") for line in DESIGN.strip().splitlines())
    for end in ends.split()
}

TERMINAL = frozenset(OrderStatus) - TRANSITIONS.keys()


def test_the_table_is_the_designs() -> None:
    assert {(start, end) for start, ends in TRANSITIONS.items() for end in ends} == ARROWS


@pytest.mark.parametrize(("start", "end"), sorted(ARROWS))
def test_an_order_moves_along_each_arrow(start: OrderStatus, end: OrderStatus) -> None:
    assert order(status=start).moved_to(end, NOW).status is end


@pytest.mark.parametrize(("start", "end"), sorted(set(product(OrderStatus, OrderStatus)) - ARROWS))
def test_an_order_moves_nowhere_else(start: OrderStatus, end: OrderStatus) -> None:
    with pytest.raises(IllegalTransition, match=f"A-1: {start} -> {end}"):
        order(status=start).moved_to(end, NOW)


def test_what_has_ended_is_not_live() -> None:
    ended = {"DENIED", "FILLED", "CANCELED", "EXPIRED", "REJECTED", "EXPIRED_UNSENT", "NOT_ACCEPTED"}
    assert ended == TERMINAL
    assert [order(status=status).is_live for status in OrderStatus if status in TERMINAL] == [False] * 7


def test_only_what_the_venue_confirmed_can_be_cancelled_there() -> None:
    assert {"SUBMITTED", "OPEN", "PARTIALLY_FILLED"} == AT_VENUE


def test_a_leg_waits_until_it_may_be_sent() -> None:
    leg = order(after="A-0", send_by=None)
    assert leg.is_waiting
    assert not leg.is_in_doubt
    assert not order(after="A-0").is_waiting


def test_what_may_have_left_is_in_doubt() -> None:
    doubtful = [status for status in OrderStatus if order(status=status).is_in_doubt]
    assert doubtful == [OrderStatus.PENDING, OrderStatus.UNKNOWN]


def test_what_remains_is_what_was_not_filled() -> None:
    assert order(quantity="3", filled=ZERO + 1).remaining == 2
