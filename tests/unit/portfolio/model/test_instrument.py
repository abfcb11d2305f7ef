"""Contract terms: rounding that never raises risk, symbols that say what they settle in."""

from decimal import Decimal

import pytest

from portfolio.model.instrument import parse_symbol
from portfolio.model.side import Side
from tests.fakes import instrument


@pytest.mark.parametrize(("asked", "rounded"), [("1.0019", "1.001"), ("1.001", "1.001"), ("0.0009", "0")])
def test_a_quantity_is_rounded_down_to_lots(asked: str, rounded: str) -> None:
    assert instrument().rounded_quantity(Decimal(asked)) == Decimal(rounded)


@pytest.mark.parametrize(
    ("side", "asked", "rounded"), [(Side.BUY, "100.19", "100.1"), (Side.SELL, "100.11", "100.2"), (Side.BUY, "1", "1")]
)
def test_a_limit_price_is_rounded_in_its_owners_favour(side: Side, asked: str, rounded: str) -> None:
    assert instrument().rounded_price(side, Decimal(asked)) == Decimal(rounded)


def test_value_counts_the_contract_size() -> None:
    assert instrument(contract_size="0.1").value(Decimal(-5), Decimal(100)) == -50


def test_a_quantity_worth_is_the_value_turned_round() -> None:
    assert instrument(contract_size="0.1").quantity_worth(Decimal(50), Decimal(100)) == 5


def test_a_linear_symbol_has_three_parts() -> None:
    assert parse_symbol("BTC/USDT:USDT") == ("BTC", "USDT", "USDT")


@pytest.mark.parametrize("text", ["", "BTC", "BTC/USDT", "BTC/USD:BTC", "/USDT:USDT", "BTC/:", "BTC:USDT"])
def test_any_other_text_is_no_linear_symbol(text: str) -> None:
    assert parse_symbol(text) is None
