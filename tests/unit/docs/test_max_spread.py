"""The example of docs/writing-a-control.md, tested as its author would."""

from decimal import Decimal

import pytest

from docs.examples.max_spread import LINE
from portfolio.limits.registry import LIMITS
from portfolio.model.decision import Outcome
from portfolio.model.scope import PORTFOLIO, Scope
from tests.fakes import BTC, ETH, FOLLOW, MAIN, Desk, codes

SCOPES = [PORTFOLIO, MAIN, FOLLOW, Scope(symbol=BTC)]


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "max_spread", LINE["max_spread"])


def desk(scope: Scope = PORTFOLIO, *, ask: str) -> Desk:
    """A desk where 100 is bid, `ask` is asked, and the spread may be 1 %."""
    made = Desk(limits={scope: {"max_spread": "1%"}})
    made.quote("100", ask)
    return made


@pytest.mark.parametrize("scope", SCOPES, ids=str)
@pytest.mark.parametrize(("ask", "denied"), [("101", False), ("101.1", True)])
def test_a_wide_spread_opens_nothing(scope: Scope, ask: str, denied: bool) -> None:
    decision = desk(scope, ask=ask).alert("buy", "1", price=None)
    assert codes(decision) == (["MAX_SPREAD"] if denied else [])


def test_the_denial_tells_the_figure() -> None:
    (reason,) = desk(ask="102").alert("sell", "1", price=None).reasons
    assert (reason.limit, reason.value, reason.scope) == (Decimal("0.01"), Decimal(2) / 101, "portfolio")


def test_closing_is_never_limited() -> None:
    made = desk(ask="100")
    made.hold("1")
    made.quote("100", "110")
    assert made.alert("close", price=None).status is Outcome.ACCEPTED


def test_without_a_quote_there_is_no_spread() -> None:
    assert codes(Desk(limits={PORTFOLIO: {"max_spread": "1%"}}).alert("buy", "1", price="100")) == []


def test_another_symbol_is_not_held_to_it() -> None:
    made = desk(Scope(symbol=BTC), ask="110")
    assert codes(made.alert("buy", "1", symbol=ETH, price="100")) == []


@pytest.mark.parametrize("text", ["0", "-1%", "wide"])
def test_it_must_be_a_positive_ratio(text: str) -> None:
    with pytest.raises(ValueError):
        LIMITS["max_spread"].read(text)
