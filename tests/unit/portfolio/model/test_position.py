"""A holding through its trades: what it cost, what was earned, and that nothing is ever lost in between."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.model.position import Position
from portfolio.model.side import Side
from tests.fakes import fill, instrument

LINEAR = instrument()
TENTHS = instrument(contract_size="0.1")


def after(*trades: tuple[str, str, str], fee: str = "0") -> Position:
    position = Position()
    for side, quantity, price in trades:
        position = position.after(fill(side, quantity, price, fee), LINEAR, Decimal(fee))
    return position


def numbers(position: Position) -> list[Decimal]:
    return [position.quantity, position.cost, position.realised]


def test_buying_costs_what_was_paid() -> None:
    assert numbers(after(("buy", "2", "100"), ("buy", "1", "130"))) == [3, 330, 0]


def test_a_short_has_a_negative_cost() -> None:
    assert numbers(after(("sell", "2", "100"))) == [-2, -200, 0]


def test_selling_a_part_realises_its_share() -> None:
    assert numbers(after(("buy", "4", "100"), ("sell", "1", "110"))) == [3, 300, 10]


def test_buying_back_a_short_cheaper_earns() -> None:
    assert numbers(after(("sell", "2", "100"), ("buy", "1", "90"))) == [-1, -100, 10]


def test_the_last_part_takes_all_of_the_cost_with_it() -> None:
    thirds = after(("buy", "3", "100"), ("buy", "4", "101"), ("sell", "3", "100"), ("sell", "4", "100"))
    assert numbers(thirds) == [0, 0, -4]


def test_crossing_zero_closes_at_one_price_and_opens_at_the_same() -> None:
    assert numbers(after(("buy", "1", "100"), ("sell", "3", "120"))) == [-2, -240, 20]
    assert numbers(after(("sell", "1", "100"), ("buy", "3", "120"))) == [2, 240, -20]


def test_fees_add_up_beside_the_profit() -> None:
    position = after(("buy", "1", "100"), ("sell", "1", "110"), fee="0.5")
    assert (position.realised, position.fees) == (10, 1)


def test_a_rebate_is_a_negative_fee() -> None:
    assert after(("buy", "1", "100"), fee="-0.1").fees == Decimal("-0.1")


def test_contract_size_scales_money_and_not_the_entry_price() -> None:
    position = Position().after(fill("buy", "5", "100"), TENTHS, Decimal(0))
    assert (position.cost, position.entry_price(TENTHS)) == (50, 100)


def test_a_flat_holding_has_no_entry_price() -> None:
    assert Position().entry_price(LINEAR) is None


@pytest.mark.parametrize(("side", "mark", "profit"), [("buy", "110", 20), ("sell", "110", -20), ("sell", "90", 20)])
def test_unrealised_profit_is_worth_less_cost(side: str, mark: str, profit: int) -> None:
    assert after((side, "2", "100")).unrealised(Decimal(mark), LINEAR) == profit


quantities = st.decimals("0.001", "1000", places=3)
prices = st.decimals("0.0001", "100000", places=4)
trades = st.lists(st.tuples(st.sampled_from(Side), quantities, prices, st.decimals("-5", "5", places=6)), max_size=25)


@given(trades, prices)
def test_no_sequence_of_trades_gains_or_loses_a_digit(
    done: list[tuple[Side, Decimal, Decimal, Decimal]], mark: Decimal
) -> None:
    position, cash = Position(), Decimal(0)
    for side, quantity, price, fee in done:
        position = position.after(fill(side.value, str(quantity), str(price), str(fee)), LINEAR, fee)
        cash -= side.signed(quantity) * price + fee
    wallet = position.realised - position.fees
    assert wallet + position.unrealised(mark, LINEAR) == cash + position.quantity * mark
    assert position.quantity or not position.cost
