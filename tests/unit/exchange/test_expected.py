"""What a venue does not tell of by itself is asked for; what it has told of is not."""

import pytest

from exchange.expected import Expected
from portfolio.model.order import Order, OrderStatus, OrderType
from tests.fakes import order
from tests.unit.exchange.test_tracker import news

OPEN, FILLED, CANCELED = OrderStatus.OPEN, OrderStatus.FILLED, OrderStatus.CANCELED
MARKET, RESTING = order("a"), order("a", order_type=OrderType.LIMIT)
CANCELING = RESTING.but(cancel_requested=True)


class Time:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Time:
    return Time()


def test_an_order_is_asked_for_later_and_later_and_then_no_more(clock: Time):
    expected = Expected(clock)
    expected.add(MARKET, 1.0)
    asked = []
    for step in range(1000):
        clock.now_s = step / 10
        if expected.take_due():
            asked.append(clock.now_s)
    assert asked == pytest.approx([1, 3, 7, 15])


@pytest.mark.parametrize(
    ("sent", "told", "is_enough"),
    [
        (MARKET, OPEN, False),
        (MARKET, FILLED, True),
        (RESTING, OPEN, True),
        (RESTING, CANCELED, True),
        (CANCELING, OPEN, False),
        (CANCELING, CANCELED, True),
    ],
)
@pytest.mark.parametrize("is_told_first", [True, False])
def test_what_was_told_of_is_not_asked_for(
    clock: Time, sent: Order, told: OrderStatus, is_enough: bool, is_told_first: bool
):
    """News often overtake the answer to the very request that they are about."""
    expected = Expected(clock)
    steps = [lambda: expected.add(sent, 1.0), lambda: expected.heard(news(told))]
    for step in reversed(steps) if is_told_first else steps:
        step()
    clock.now_s = 2
    assert bool(expected.take_due()) is not is_enough


def test_old_news_do_not_bring_back_an_order_that_has_ended(clock: Time):
    expected = Expected(clock)
    expected.heard(news(FILLED))
    expected.heard(news(OPEN))
    expected.add(MARKET, 1.0)
    clock.now_s = 2
    assert expected.take_due() == []
