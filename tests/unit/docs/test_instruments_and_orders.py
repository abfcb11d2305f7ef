"""docs/instruments-and-orders.md: its figures are those of the code, and every term and type has its words."""

import re
from decimal import Decimal

import pytest

from app.settings import InstrumentSettings
from docs.uml.generate import ROOT
from exchange.instruments import COMMON_INSTRUMENTS
from portfolio.model.decimals import plain
from portfolio.model.instrument import Family

PAGE = (ROOT / "docs/instruments-and-orders.md").read_text(encoding="utf-8")
PROFITS = re.findall(r"^\| `(\S+)` \| (-?[\d.]+) \| ([\d.]+) \| ([\d.]+) \| (-?[\d.]+) (\w+) \|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("symbol", "quantity", "entry", "exit_", "profit", "currency"), PROFITS)
def test_a_profit_is_what_the_books_say(
    symbol: str, quantity: str, entry: str, exit_: str, profit: str, currency: str
) -> None:
    terms, held = COMMON_INSTRUMENTS[symbol], Decimal(quantity)
    made = terms.value(held, Decimal(exit_)) - terms.value(held, Decimal(entry))
    assert (plain(made), terms.settle) == (profit, currency)


def test_each_family_is_shown() -> None:
    shown = {COMMON_INSTRUMENTS[row[0]].family for row in PROFITS}
    assert shown == set(Family)
    assert all(f"### {family.value.capitalize()}\n" in PAGE for family in Family)


@pytest.mark.parametrize("term", [name for name in InstrumentSettings.model_fields if name != "symbol"])
def test_every_term_is_told(term: str) -> None:
    assert f"`{term}`" in PAGE
