"""A holding through its trades: what it cost, what was earned, and that nothing is ever lost in between."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.model.instrument import Instrument
from portfolio.model.position import Position
from portfolio.model.side import Side
from tests.fakes import INVERSE, SPOT, fill, instrument

LINEAR = instrument()
TENTHS = instrument(contract_size="0.1")
USD = instrument(INVERSE, lot="1")
COINS = instrument(SPOT)


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


# --- worked examples of venues -----------------------------------------------------------------------------------


def held(instrument_: Instrument, *trades: tuple[str, str, str]) -> Position:
    position = Position()
    for side, quantity, price in trades:
        position = position.after(fill(side, quantity, price), instrument_, Decimal(0))
    return position


@pytest.mark.parametrize(
    ("trades", "entry", "mark", "profit"),
    [
        # Bybit help centre, "Profit & Loss calculations (USDT Contract)", sections 1 and 2
        ([("buy", "0.5", "5000"), ("buy", "0.3", "6000")], "5375", "5375", "0"),
        ([("buy", "0.2", "7000")], "7000", "7500", "100"),
        ([("sell", "0.4", "6000")], "6000", "5000", "400"),
    ],
)
def test_a_linear_contract_earns_as_bybit_says(
    trades: list[tuple[str, str, str]], entry: str, mark: str, profit: str
) -> None:
    position = held(LINEAR, *trades)
    assert position.entry_price(LINEAR) == Decimal(entry)
    assert position.unrealised(Decimal(mark), LINEAR) == Decimal(profit)


@pytest.mark.parametrize(
    ("trades", "entry", "mark", "profit"),
    [
        # Bybit help centre, "P&L calculations (Inverse Contracts)", 1 and 2, which shows 0.01819 for the second
        ([("buy", "1000", "5000"), ("buy", "2000", "6000")], "5625", "5625", "0"),
        ([("buy", "1000", "5000")], "5000", "5500", "0.018181818182"),
        ([("sell", "1000", "5000")], "5000", "4500", "0.022222222222"),
        # BitMEX, inverse guides: contracts x multiplier x (1/entry - 1/exit); 100,000 from 10,000 to 10,500
        ([("buy", "100000", "10000")], "10000", "10500", "0.476190476190"),
        ([("buy", "50000", "10000")], "10000", "11000", "0.454545454545"),
        ([("buy", "50000", "10000")], "10000", "9000", "-0.555555555556"),
    ],
)
def test_an_inverse_contract_earns_coins_as_bybit_and_bitmex_say(
    trades: list[tuple[str, str, str]], entry: str, mark: str, profit: str
) -> None:
    position = held(USD, *trades)
    average = position.entry_price(USD)
    assert average is not None
    assert average.quantize(Decimal("0.000001")) == Decimal(entry)
    assert abs(position.unrealised(Decimal(mark), USD) - Decimal(profit)) <= Decimal("2E-12")


def test_a_round_trip_in_an_inverse_contract_realises_what_was_unrealised() -> None:
    position = held(USD, ("buy", "50000", "10000"), ("sell", "50000", "11000"))
    assert numbers(position) == [0, 0, Decimal("0.454545454545")]


def test_an_inverse_contract_that_is_turned_round_closes_and_opens_at_one_price() -> None:
    position = held(USD, ("buy", "100", "50"), ("sell", "300", "100"))
    assert numbers(position) == [-200, 2, 1]
    assert position.entry_price(USD) == 100


def test_spot_bought_in_two_steps_has_the_average_price_and_earns_by_the_coin() -> None:
    position = held(COINS, ("buy", "1", "100"), ("buy", "1", "130"), ("sell", "0.5", "120"))
    assert (position.entry_price(COINS), position.realised) == (115, Decimal("2.5"))


def test_a_fee_in_coins_leaves_fewer_to_hold_at_the_price_paid() -> None:
    position = Position().after(fill("buy", "1", "100", "0.001", "BTC"), COINS, Decimal("0.1"))
    assert (position.quantity, position.cost, position.fees) == (Decimal("0.999"), Decimal("99.9"), Decimal("0.1"))
    assert position.entry_price(COINS) == 100


def test_a_fee_in_the_coins_that_back_an_inverse_contract_leaves_its_quantity() -> None:
    position = Position().after(fill("buy", "100", "50", "0.001", "BTC"), USD, Decimal("0.001"))
    assert (position.quantity, position.cost, position.fees) == (100, -2, Decimal("0.001"))


quantities = st.decimals("0.001", "1000", places=3)
prices = st.decimals("0.0001", "100000", places=4)
trades = st.lists(st.tuples(st.sampled_from(Side), quantities, prices, st.decimals("-5", "5", places=6)), max_size=25)


@pytest.mark.parametrize("terms", [LINEAR, TENTHS, USD, COINS], ids=["linear", "tenths", "inverse", "spot"])
@given(trades, prices, st.sampled_from(["BTC", "USDT"]))
def test_no_sequence_of_trades_gains_or_loses_a_digit(
    terms: Instrument, done: list[tuple[Side, Decimal, Decimal, Decimal]], mark: Decimal, currency: str
) -> None:
    """What went in and came out, and what is left at the mark, is the profit; coins taken as a fee count when taken."""
    position, cash, coins = Position(), Decimal(0), Decimal(0)
    for side, quantity, price, fee in done:
        part = fill(side.value, str(quantity), str(price), str(fee), currency)
        before, in_settle = position, terms.value(fee, price) if terms.is_spot and currency == "BTC" else fee
        position = position.after(part, terms, in_settle)
        signed = side.signed(quantity)
        closed = before.quantity + signed if before.quantity * (before.quantity + signed) < 0 else None
        parts = (signed,) if closed is None else (signed - closed, closed)
        cash -= sum((terms.value(some, price) for some in parts), in_settle)
        if terms.is_spot and currency == "BTC":
            cash += in_settle
            coins += fee
    assert position.quantity == sum((side.signed(quantity) for side, quantity, _, _ in done), -coins)
    wallet = position.realised - position.fees
    assert wallet + position.unrealised(mark, terms) == cash + terms.value(position.quantity, mark)
    assert position.quantity or not position.cost
