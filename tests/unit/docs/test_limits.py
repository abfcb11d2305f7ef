"""docs/limits.md has every limit, and its examples are true."""

from decimal import Decimal

import pytest

from docs.uml.generate import ROOT
from portfolio.limits.registry import LIMITS
from portfolio.limits.standing import EVERY_ORDER, NEW_RISK
from portfolio.model.decision import Outcome
from tests.fakes import codes
from tests.unit.docs.worked import Row, figure, play, rows, sections

PAGE = (ROOT / "docs/limits.md").read_text(encoding="utf-8")
ROWS = list(rows(PAGE))


def test_every_limit_has_a_section() -> None:
    assert sorted(sections(PAGE)) == sorted(LIMITS)


@pytest.mark.parametrize("key", LIMITS)
def test_every_limit_is_shown_with_what_it_admits_and_what_it_denies(key: str) -> None:
    assert {row.answer for row in ROWS if row.key == key} == {"accepted", "denied"}


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_an_example_is_true(row: Row) -> None:
    decision = play(row)
    if row.answer == "accepted":
        assert (decision.status, codes(decision)) == (Outcome.ACCEPTED, [])
    else:
        assert decision.status is Outcome.DENIED
        assert row.code in codes(decision)
    assert figure(decision, row.key.upper()) == (Decimal(row.value) if row.value else None)


def test_what_always_holds_is_told() -> None:
    told = PAGE.partition("## What always holds")[2]
    always = {control.code for control in (*NEW_RISK, *EVERY_ORDER)} - {"TRADING_STATE"} | {"HALTED", "REDUCING"}
    assert sorted(code for code in always if f"`{code}`" not in told) == []
