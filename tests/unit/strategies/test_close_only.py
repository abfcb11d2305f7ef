"""`close_only` winds a position down and opens nothing."""

import pytest

from portfolio.model.decision import Outcome
from strategies.close_only import CloseOnly
from tests.fakes import Desk, codes, moves, strategy


def holding(quantity: str) -> Desk:
    """The position was there before the strategy was."""
    before, desk = Desk(), Desk(strategy(kind=CloseOnly()))
    before.hold(quantity)
    desk.book.positions.load(*before.book.positions.items()[0])
    return desk


@pytest.mark.parametrize(
    ("held", "action", "side"),
    [("2", "sell", "sell"), ("2", "short", "sell"), ("-2", "buy", "buy"), ("-2", "long", "buy")],
)
def test_the_opposite_side_reduces_at_most_to_zero(held: str, action: str, side: str) -> None:
    assert moves(holding(held).alert(action, "5")) == [(side, "2", "PENDING")]
    assert moves(holding(held).alert(action, "0.5")) == [(side, "0.5", "PENDING")]


@pytest.mark.parametrize(("held", "action"), [("2", "buy"), ("2", "long"), ("-2", "sell"), ("-2", "short")])
def test_what_would_add_is_denied(held: str, action: str) -> None:
    assert codes(holding(held).alert(action, "1")) == ["REDUCE_ONLY"]


def test_what_would_open_is_denied() -> None:
    assert codes(Desk(strategy(kind=CloseOnly())).alert("buy", "1")) == ["REDUCE_ONLY"]


@pytest.mark.parametrize("action", ["close", "flat", "reverse"])
def test_everything_else_closes(action: str) -> None:
    desk = holding("2")
    desk.fill(desk.place(action))
    assert desk.quantity == 0


def test_cancel_cancels() -> None:
    desk = holding("2")
    resting = desk.rest("close", "1", price="120")
    assert desk.alert("cancel").canceled == (resting,)
    assert desk.alert("cancel").status is Outcome.IGNORED
