"""Stops and take-profits lie beside each other on one position, and end with it."""

from decimal import Decimal
from typing import Any

import pytest

from portfolio.model.decision import Decision
from portfolio.model.event import EventKind
from portfolio.model.order import OrderType
from portfolio.model.position import Key
from tests.fakes import BTC, INVERSE, SPOT, Desk, Literal, account, codes, ids, instrument, moves, strategy


def holding(quantity: str = "3", symbol: str = BTC, **terms: Any) -> Desk:
    symbols = {known: instrument(known, min_cost="1") for known in (BTC, SPOT, INVERSE)}
    balances = {"USDT": Decimal(10_000), "BTC": Decimal(10_000)}
    desk = Desk(account(instruments=symbols, balances=balances), strategy(kind=Literal(), **terms))
    desk.hold(quantity, symbol=symbol)
    return desk


def protect(desk: Desk, kind: str, stop: str, size: str = "3", side: str = "sell", **fields: Any) -> Decision:
    given = {"price": None, "stop_price": Decimal(stop), "reduce_only": True, **fields}
    return desk.alert(side, size, order_type=OrderType(kind), **given)


def protected(symbol: str = BTC, **terms: Any) -> tuple[Desk, str, str]:
    """A desk that holds 3, with a stop at 90 and a take-profit at 110 for all of it."""
    desk = holding(symbol=symbol, **terms)
    stop, target = (
        ids(protect(desk, kind, at, symbol=symbol))[0] for kind, at in (("stop", "90"), ("take_profit", "110"))
    )
    for order_id in (stop, target):
        desk.report(order_id, "OPEN")
    return desk, stop, target


@pytest.mark.parametrize("symbol", [BTC, INVERSE])
def test_a_stop_and_a_take_profit_for_the_same_position_are_both_taken(symbol: str) -> None:
    desk, stop, target = protected(symbol)
    for order_id in (stop, target):
        kept = desk.order(order_id)
        assert (kept.quantity, kept.is_exit, kept.reduce_only, kept.status) == (3, True, True, "OPEN")


def test_the_first_that_fills_ends_the_other() -> None:
    desk, stop, target = protected()
    desk.report(target, "FILLED", desk.trade(target, "3", "110"), triggered=True)
    assert (desk.quantity, desk.cancels) == (0, [stop])
    assert [event.client_order_id for event in desk.events(EventKind.ORDER_TRIGGERED)] == [target]
    desk.report(stop, "CANCELED")
    assert desk.live() == []


def test_a_part_that_fills_ends_nothing() -> None:
    desk, _, target = protected()
    desk.fill(target, "1")
    assert desk.cancels == []


def test_whatever_brings_the_position_to_zero_ends_both() -> None:
    desk, stop, target = protected()
    desk.fill(desk.place("close"))
    assert (desk.quantity, desk.cancels) == (0, [stop, target])


def test_a_position_that_is_turned_round_leaves_no_protection_of_the_old_one() -> None:
    desk, stop, target = protected()
    desk.fill(desk.place("sell", "5"))
    assert (desk.quantity, desk.cancels) == (-2, [stop, target])


def test_protection_does_not_stand_in_the_way_of_a_close() -> None:
    desk, _, _ = protected()
    assert moves(desk.alert("close")) == [("sell", "3", "PENDING")]
    assert desk.cancels == []


def test_protection_counts_as_exposure_no_more_than_the_position() -> None:
    desk, _, _ = protected()
    assert desk.book.reducible(Key("main", "follow", BTC)) == 3
    assert codes(desk.alert("buy", "987.2")) == ["INSUFFICIENT_MARGIN"]
    assert codes(desk.alert("buy", "987.1")) == []


@pytest.mark.parametrize(("side", "size"), [("buy", "1"), ("sell", "3.001")])
def test_what_would_do_more_than_reduce_is_no_protection(side: str, size: str) -> None:
    assert codes(protect(holding(), "stop", "90" if side == "sell" else "110", size, side)) == ["REDUCE_ONLY"]


def test_on_spot_the_second_has_nothing_left_to_close() -> None:
    desk = holding(symbol=SPOT)
    stop = protect(desk, "stop", "90", symbol=SPOT)
    assert moves(stop) == [("sell", "3", "PENDING")]
    target = protect(desk, "take_profit", "110", symbol=SPOT)
    assert target.status == "denied"
    assert "REDUCE_ONLY" in codes(target)


def test_on_spot_a_part_each_may_be_protected() -> None:
    desk = holding(symbol=SPOT)
    for kind, at, size in (("stop", "90", "2"), ("take_profit", "110", "1")):
        assert moves(protect(desk, kind, at, size, symbol=SPOT)) == [("sell", size, "PENDING")]


def test_of_a_shared_symbol_too_each_exit_claims_what_it_closes() -> None:
    desk = holding(shared=True)
    assert codes(protect(desk, "stop", "90")) == []
    assert "REDUCE_ONLY" in codes(protect(desk, "take_profit", "110"))


def test_a_close_of_coins_takes_their_protection_away_first() -> None:
    desk = holding(symbol=SPOT)
    (stop,) = ids(protect(desk, "stop", "90", symbol=SPOT))
    desk.report(stop, "OPEN")
    decision = desk.alert("close", symbol=SPOT)
    assert decision.canceled == (stop,)
    assert ids(decision)[0] not in desk.sent
    desk.report(stop, "CANCELED")
    assert desk.sent[-1] == ids(decision)[0]


@pytest.mark.parametrize("terms", [{"symbol": SPOT}, {"shared": True}])
def test_what_a_close_leaves_is_protected_again(terms: dict[str, Any]) -> None:
    desk = holding(**terms)
    symbol = terms.get("symbol", BTC)
    (stop,) = ids(protect(desk, "stop", "90", symbol=symbol))
    desk.report(stop, "OPEN")
    decision = desk.alert("close", "1", symbol=symbol, strategy="follow")
    closing, again = ids(decision)
    assert decision.canceled == (stop,)
    desk.restart()
    desk.report(stop, "CANCELED")
    desk.fill(closing)
    kept = desk.order(again)
    assert (desk.sent[-1], kept.quantity, kept.stop_price, kept.order_type) == (again, 2, 90, "stop")


def test_a_close_that_is_denied_leaves_protection_where_it_is() -> None:
    desk = holding(symbol=SPOT)
    (stop,) = ids(protect(desk, "stop", "90", symbol=SPOT))
    desk.report(stop, "OPEN")
    assert codes(desk.alert("close", "0.0001", symbol=SPOT)) == ["BELOW_MINIMUM"]
    assert (desk.order(stop).status, desk.cancels) == ("OPEN", [])


def test_of_a_shared_symbol_protection_shrinks_with_the_position() -> None:
    """No venue cuts it there: 3 with a stop for 3, of which a sell of 2 is filled in two parts."""
    desk = holding(shared=True)
    (stop,) = ids(protect(desk, "stop", "90"))
    desk.report(stop, "OPEN")
    sell = desk.place("sell", "2", strategy="follow")
    desk.fill(sell, "0.5")
    assert desk.cancels == [stop]
    desk.fill(sell, "1.5")
    desk.report(stop, "CANCELED")
    (again,) = desk.live()
    kept = desk.order(again)
    assert (desk.cancels, kept.quantity, kept.stop_price, kept.reduce_only) == ([stop], 1, 90, True)
    desk.fill(again, price="90")
    assert (desk.quantity, desk.live()) == (0, [])


def test_a_halt_leaves_protection_where_it_is_and_takes_more() -> None:
    desk, _, _ = protected()
    desk.halt()
    assert desk.cancels == []
    assert moves(protect(desk, "stop", "95")) == [("sell", "3", "PENDING")]


def test_a_flatten_cancels_protection_and_closes_at_once() -> None:
    desk, stop, target = protected()
    desk.flatten()
    assert desk.cancels == [stop, target]
    assert (desk.order(desk.sent[-1]).quantity, desk.order(desk.sent[-1]).order_type) == (3, "market")


def test_protection_survives_a_restart() -> None:
    desk, stop, target = protected()
    desk.restart()
    assert desk.live() == [stop, target]
    assert desk.book.reducible(Key("main", "follow", BTC)) == 3
    desk.fill(stop, price="90")
    assert desk.cancels == [target]


@pytest.mark.parametrize(
    ("side", "kind", "asked", "kept"),
    [
        ("sell", "stop", "90.05", "90.1"),
        ("sell", "take_profit", "110.05", "110"),
        ("buy", "stop", "110.05", "110"),
        ("buy", "take_profit", "90.05", "90.1"),
    ],
)
def test_a_stop_between_ticks_triggers_rather_earlier_than_later(side: str, kind: str, asked: str, kept: str) -> None:
    decision = holding().alert(side, "1", order_type=OrderType(kind), price=None, stop_price=Decimal(asked))
    assert decision.orders[0].stop_price == Decimal(kept)
