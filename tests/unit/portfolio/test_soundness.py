"""What a strategy may answer: anything else is its own error, and takes nothing else with it."""

from decimal import Decimal
from functools import reduce
from typing import Any

import pytest

from portfolio.model.check import Reason
from portfolio.model.intent import OrderIntent, Wishes
from portfolio.model.signal import Size
from portfolio.soundness import as_stored, sound
from tests.fakes import Desk, Scripted, codes, intent, strategy, wishing


@pytest.mark.parametrize(
    "state",
    [
        [1],
        {"n": 2**70},
        {"text": "\ud800"},
        {"d": Decimal(1)},
        {"nan": float("nan")},
        {"deep": reduce(lambda inner, _: [inner], range(60), [])},
    ],
)
def test_a_state_that_no_store_gives_back_is_refused(state: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        as_stored(state)


def test_a_state_is_kept_as_a_restart_would_find_it() -> None:
    assert as_stored({"pair": (1, 2), 3: "three"}) == {"pair": [1, 2], "3": "three"}


@pytest.mark.parametrize(
    "wishes",
    [
        Wishes(orders=(OrderIntent(side="buy", size=Size(Decimal(1))),)),  # type: ignore[arg-type]
        Wishes(orders=(intent("buy", "1E+400000"),)),
        Wishes(ignored=Reason("CODE", "why", limit=object())),  # type: ignore[arg-type]
        Wishes(denied="no"),  # type: ignore[arg-type]
    ],
)
def test_wishes_that_cannot_be_placed_are_refused(wishes: Wishes) -> None:
    with pytest.raises((TypeError, ValueError)):
        sound(wishes)


def test_a_fill_stays_booked_whatever_the_strategy_then_answers() -> None:
    junk = wishing(OrderIntent(side="buy", size=Size(Decimal(1))))  # type: ignore[arg-type]
    desk = Desk(strategy(kind=Scripted(signal=wishing(intent("buy", "1")), order=junk)))
    desk.fill(desk.place("buy"))
    assert desk.quantity == 1
    assert codes(desk.alert("buy")) == ["STRATEGY_PAUSED"]


def test_an_error_whose_text_cannot_be_written_is_told_all_the_same() -> None:
    def fail(*_: Any) -> Wishes:
        raise RuntimeError("\ud800")

    assert codes(Desk(strategy(kind=Scripted(signal=fail))).alert("buy", "1")) == ["STRATEGY_ERROR"]


def test_an_absurd_amount_is_denied_rather_than_an_error() -> None:
    decision = Desk().alert("buy", "1E+18", price="1E+18")
    assert "INSUFFICIENT_MARGIN" in codes(decision)
