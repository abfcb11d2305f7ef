"""A walk over the levels of an order book."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from portfolio.prices.depth import Level
from portfolio.prices.filling import Filled, bought, bought_for, sold

D = Decimal


def levels(*pairs: tuple[str, str]) -> list[Level]:
    return [Level(D(price), D(quantity)) for price, quantity in pairs]


ASKS = levels(("100", "1"), ("101", "2"), ("105", "10"))
BIDS = levels(("99", "1"), ("98", "2"))


def test_money_buys_the_best_levels_first_and_part_of_the_last() -> None:
    """201 buy 1 at 100 and 1 at 101: on average 100.5."""
    assert bought_for(ASKS, D(201)) == Filled(D(2), D(201), D("100.5"))


def test_a_quantity_is_bought_and_sold_over_as_many_levels_as_it_takes() -> None:
    assert bought(ASKS, D(2)) == Filled(D(2), D(201), D("100.5"))
    assert sold(BIDS, D(2)) == Filled(D(2), D(197), D("98.5"))


def test_there_is_no_more_than_the_book_has() -> None:
    sale = sold(BIDS, D(10))
    assert (sale.quantity, sale.money) == (3, 295)
    assert bought_for(levels(("100", "1")), D(1000)) == Filled(D(1), D(100), D(100))
    assert bought_for([], D(1000)) == bought([], D(1)) == sold([], D(1)) == Filled()


NUMBERS = st.decimals("0.00000001", "1000000", places=8)
BOOKS = st.lists(st.builds(Level, NUMBERS, NUMBERS), min_size=1, max_size=8)


@given(BOOKS, NUMBERS)
def test_the_average_is_never_better_than_the_best_level(book: list[Level], amount: Decimal) -> None:
    asks, bids = sorted(book), sorted(book, reverse=True)

    for filled in (bought_for(asks, amount), bought(asks, amount)):
        assert filled.price is None or filled.price >= asks[0].price
    sale = sold(bids, amount)
    assert sale.price is None or sale.price <= bids[0].price


@given(BOOKS, NUMBERS)
def test_no_more_is_spent_than_there_is_money_and_no_more_sold_than_wanted(book: list[Level], amount: Decimal) -> None:
    assert bought_for(sorted(book), amount).money <= amount + D("1e-24")
    assert sold(sorted(book, reverse=True), amount).quantity <= amount
