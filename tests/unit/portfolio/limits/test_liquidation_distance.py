"""How far the mark must stay from liquidation, with every entry on its way counted as filled."""

from decimal import Decimal

import pytest

from portfolio.model.account import Readiness
from portfolio.model.decision import Outcome
from portfolio.model.scope import PORTFOLIO
from tests.fakes import BTC, MAIN, Desk, account, codes, instrument

CODE = "MIN_LIQUIDATION_DISTANCE"


def desk(least: str = "20%") -> Desk:
    """10,000 USDT, ten times leverage, and no maintenance margin: a short of q at 50000 is gone 10000 / q higher."""
    contract = instrument(maintenance_margin="0")
    return Desk(account(instruments={BTC: contract}), limits={PORTFOLIO: {"min_liquidation_distance": least}})


@pytest.mark.parametrize(("quantity", "denied"), [("0.999", []), ("1", []), ("1.001", [CODE])])
def test_the_distance_must_not_be_less(quantity: str, denied: list[str]) -> None:
    assert codes(desk().alert("sell", quantity, price="50000")) == denied


def test_entries_on_their_way_count_as_filled() -> None:
    short = desk()
    short.alert("sell", "0.6", price="50000")
    assert codes(short.alert("sell", "0.401", price="50000")) == [CODE]
    assert codes(short.alert("sell", "0.4", price="50000")) == []


def test_entries_of_unknown_outcome_count_too() -> None:
    short = desk()
    (lost,) = short.alert("sell", "0.6", price="50000").orders
    short.report(lost.client_order_id, "UNKNOWN")
    assert CODE in codes(short.alert("sell", "0.401", price="50000"))


def test_what_is_held_counts_after_a_restart() -> None:
    short = desk()
    short.hold("-0.6", "50000")
    short.restart()
    short.book.readiness.load("main", Readiness.RECONCILED)
    assert codes(short.alert("sell", "0.401", price="50000")) == [CODE]


def test_a_close_always_passes() -> None:
    held = Desk(limits={MAIN: {"min_liquidation_distance": "90%"}})
    held.hold("-0.1", "50000")
    assert held.alert("close", price="95000").status is Outcome.ACCEPTED


def test_a_position_that_nothing_can_liquidate_is_far_from_it() -> None:
    assert codes(desk("99%").alert("buy", "0.1", price="50000")) == []


def test_its_use_is_the_limit_over_the_nearest_distance() -> None:
    limited = desk()
    limited.hold("-0.5", "50000")
    (limit,) = limited.limits.all()
    use = limit.use(limited.book, limited.now)
    assert use is not None
    assert (use.value, use.of) == (Decimal("0.5"), BTC)
