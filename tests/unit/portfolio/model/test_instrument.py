"""Contract terms: rounding that never raises risk, symbols that say what they settle in."""

from decimal import Decimal

import pytest

from portfolio.model.instrument import Family, family_of, parse_symbol
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


@pytest.mark.parametrize(
    ("symbol", "parts", "family"),
    [
        ("BTC/USDT", ("BTC", "USDT", "USDT"), Family.SPOT),
        ("BTC/USDT:USDT", ("BTC", "USDT", "USDT"), Family.LINEAR),
        ("BTC/USD:BTC", ("BTC", "USD", "BTC"), Family.INVERSE),
    ],
)
def test_a_symbol_says_its_family_and_what_it_settles_in(
    symbol: str, parts: tuple[str, str, str], family: Family
) -> None:
    assert (parse_symbol(symbol), family_of(symbol)) == (parts, family)


@pytest.mark.parametrize(
    "text",
    ["", "BTC", "/USDT:USDT", "BTC/:", "BTC/", "/BTC", "BTC:USDT", "BTC/USDT:", "BTC/USDT:EUR", "BTC/BTC", "A/B/C"],
)
def test_any_other_text_is_no_symbol(text: str) -> None:
    assert parse_symbol(text) is None
