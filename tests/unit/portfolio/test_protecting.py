"""A stop-loss and a take-profit of an alert: they wait for the entry's fills, protect them, and end with them."""

from decimal import Decimal
from typing import Any

import pytest

from portfolio.model.decision import Decision, Outcome
from portfolio.model.instrument import Family, Instrument
from portfolio.model.order import OrderType
from portfolio.model.position import Key
from portfolio.model.signal import Size, SizeType
from strategies.close_only import CloseOnly
from strategies.follow import Follow
from strategies.reverse import Reverse
from strategies.target import Target
from tests.fakes import BTC, HELD, Desk, account, codes, ids, instrument, moves, strategy

D = Decimal
SPOT = "BTC/USDT"
COINS = Key("main", "follow", SPOT)
PROTECTED: dict[str, Any] = {"stop_loss": D(90), "take_profit": D(120)}


def spot(**terms: Any) -> Instrument:
    known = {"contract_size": D(1), "lot": D("0.001"), "tick": D("0.1"), "min_quantity": D("0.001"), **terms}
    return Instrument(symbol=SPOT, base="BTC", quote="USDT", settle="USDT", family=Family.SPOT, **known)


def spot_desk() -> Desk:
    return Desk(account(instruments={SPOT: spot(), BTC: instrument()}))


def protected(desk: Desk, action: str = "buy", quantity: str = "2", **fields: Any) -> tuple[str, str, str]:
    """The ids of an entry, its stop and its take-profit."""
    entry, stop, goal = ids(desk.alert(action, quantity, **{**PROTECTED, **fields}))
    return entry, stop, goal


def filled(desk: Desk, *args: str, **fields: Any) -> tuple[str, str, str]:
    """The same once the entry is filled and the protection rests."""
    entry, stop, goal = protected(desk, *args, **fields)
    desk.fill(entry)
    desk.report(stop, "OPEN")
    desk.report(goal, "OPEN")
    return entry, stop, goal


# --- waiting for the entry ---------------------------------------------------------------------------------------


def test_an_entry_takes_its_protection_along() -> None:
    desk = Desk()
    entry, stop, goal = protected(desk)
    assert desk.sent == [entry]
    assert [desk.order(each).order_type for each in (stop, goal)] == [OrderType.STOP, OrderType.TAKE_PROFIT]
    assert [desk.order(each).stop_price for each in (stop, goal)] == [90, 120]
    assert [
        (order.side, order.quantity, order.reduce_only, order.after) for order in map(desk.order, (stop, goal))
    ] == [("sell", 2, True, entry)] * 2


def test_both_leave_once_something_of_the_entry_is_filled() -> None:
    desk = Desk()
    entry, stop, goal = protected(desk)
    desk.fill(entry)
    assert desk.sent == [entry, stop, goal]


def test_a_short_is_protected_the_other_way_round() -> None:
    desk = Desk()
    entry, stop, goal = protected(desk, "sell", stop_loss=D(110), take_profit=D(80))
    desk.fill(entry)
    assert [(desk.order(each).side, desk.order(each).stop_price) for each in (stop, goal)] == [
        ("buy", 110),
        ("buy", 80),
    ]


@pytest.mark.parametrize("field", ["stop_loss", "take_profit"])
def test_either_may_stand_alone(field: str) -> None:
    desk = Desk()
    entry, leg = ids(desk.alert("buy", "1", **{field: PROTECTED[field]}))
    desk.fill(entry)
    assert desk.sent == [entry, leg]


def test_what_waits_reserves_nothing_and_nothing_closes_less_for_it() -> None:
    desk = Desk()
    entry, *_ = protected(desk)
    assert desk.book.reservation(HELD).orders == 1
    desk.fill(entry)
    assert moves(desk.alert("close")) == [("sell", "2", "PENDING")]


def test_an_entry_that_was_denied_has_no_protection() -> None:
    decision = Desk().alert("buy", "0.0001", **PROTECTED)
    assert codes(decision) == ["BELOW_MINIMUM"]
    assert len(decision.orders) == 1


@pytest.mark.parametrize("end", ["CANCELED", "EXPIRED", "REJECTED"])
def test_it_ends_with_an_entry_that_was_never_filled(end: str) -> None:
    desk = Desk()
    entry, stop, goal = protected(desk, order_type=OrderType.LIMIT)
    desk.report(entry, "OPEN") if end != "REJECTED" else None
    desk.report(entry, end)
    assert [desk.status(each) for each in (stop, goal)] == ["EXPIRED_UNSENT"] * 2
    assert desk.sent == [entry]


def test_of_an_entry_filled_in_part_and_cancelled_it_protects_what_was_filled() -> None:
    desk = Desk()
    entry, stop, goal = protected(desk, order_type=OrderType.LIMIT)
    desk.report(entry, "OPEN")
    desk.fill(entry, "0.5")
    assert desk.sent == [entry, stop, goal]
    desk.report(entry, "CANCELED")
    assert desk.sent == [entry, stop, goal]
    assert [desk.order(each).quantity for each in (stop, goal)] == [D("0.5")] * 2


def test_a_cancel_alert_leaves_what_protects_a_part_that_was_filled() -> None:
    desk = Desk()
    entry, stop, goal = protected(desk, order_type=OrderType.LIMIT)
    desk.report(entry, "OPEN")
    desk.fill(entry, "0.5")
    assert desk.alert("cancel").canceled == (entry,)
    desk.report(entry, "CANCELED")
    assert [desk.order(each).quantity for each in (stop, goal)] == [D("0.5")] * 2


def test_a_cancel_alert_ends_protection_that_rests() -> None:
    desk = Desk()
    _, stop, goal = filled(desk)
    assert set(desk.alert("cancel").canceled) == {stop, goal}


def test_after_a_restart_it_still_waits_for_its_entry() -> None:
    desk = Desk()
    entry, stop, goal = protected(desk, order_type=OrderType.LIMIT)
    desk.report(entry, "OPEN")
    desk.restart()
    desk.finish()
    assert desk.sent == []
    desk.fill(entry)
    assert desk.sent == [stop, goal]


def test_a_second_entry_has_its_own_and_only_for_what_it_adds() -> None:
    desk = Desk()
    filled(desk, "buy", "2")
    entry, stop, goal = protected(desk, "buy", "1", order_type=OrderType.LIMIT)
    desk.report(entry, "OPEN")
    desk.fill(entry, "0.25")
    desk.report(entry, "CANCELED")
    assert [desk.order(each).quantity for each in (stop, goal)] == [D("0.25")] * 2


# --- ending with the position ------------------------------------------------------------------------------------


def test_when_one_has_closed_the_position_the_other_is_cancelled() -> None:
    desk = Desk()
    _, stop, goal = filled(desk)
    desk.fill(stop, price="90")
    assert (desk.quantity, desk.cancels) == (0, [goal])


def test_when_the_position_is_closed_otherwise_both_are_cancelled() -> None:
    desk = Desk()
    _, stop, goal = filled(desk)
    desk.fill(desk.place("close"))
    assert (desk.quantity, desk.cancels) == (0, [stop, goal])


def test_when_the_position_turns_they_do_not_wait_for_the_next_long() -> None:
    desk = Desk()
    _, stop, goal = filled(desk)
    desk.fill(desk.place("sell", "3"))
    assert (desk.quantity, set(desk.cancels)) == (-1, {stop, goal})


def test_a_close_that_overtakes_the_entry_leaves_nothing_behind() -> None:
    desk = Desk()
    entry, stop, goal = protected(desk)
    close = ids(desk.alert("close"))[0]
    desk.fill(entry)
    desk.fill(close)
    for each in (stop, goal):
        desk.report(each, "CANCELED")
    assert (desk.quantity, desk.live()) == (0, [])


def test_flat_ends_what_waits_and_what_was_to_be_protected() -> None:
    desk = Desk()
    entry, stop, goal = protected(desk, order_type=OrderType.LIMIT)
    desk.report(entry, "OPEN")
    desk.alert("flat")
    desk.report(entry, "CANCELED")
    assert [desk.status(each) for each in (entry, stop, goal)] == ["CANCELED"] * 3
    assert (desk.quantity, desk.live()) == (0, [])


def test_a_halt_cancels_the_entry_and_protects_what_it_had_filled() -> None:
    desk = Desk()
    entry, stop, goal = protected(desk, order_type=OrderType.LIMIT)
    desk.report(entry, "OPEN")
    desk.fill(entry, "0.5")
    desk.halt()
    desk.report(entry, "CANCELED")
    assert desk.sent == [entry, stop, goal]


# --- on its side of the price ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "fields", "code"),
    [
        ("buy", {"stop_loss": D(101)}, "WRONG_SIDE_STOP"),
        ("buy", {"stop_loss": D(100)}, "WRONG_SIDE_STOP"),
        ("long", {"take_profit": D(99)}, "WRONG_SIDE_TAKE_PROFIT"),
        ("sell", {"stop_loss": D(99)}, "WRONG_SIDE_STOP"),
        ("short", {"take_profit": D(101)}, "WRONG_SIDE_TAKE_PROFIT"),
        ("buy", {"order_type": OrderType.LIMIT, "price": "80", "stop_loss": D(90)}, "WRONG_SIDE_STOP"),
        ("buy", {"order_type": OrderType.STOP, "stop_price": D(110), "take_profit": D(105)}, "WRONG_SIDE_TAKE_PROFIT"),
    ],
)
def test_protection_on_the_wrong_side_of_the_entry_denies_it(action: str, fields: dict[str, Any], code: str) -> None:
    desk = Desk()
    decision = desk.alert(action, "1", **fields)
    assert (decision.status, codes(decision), desk.sent) == (Outcome.DENIED, [code], [])
    assert len(decision.orders) == 1


def test_both_wrong_sides_are_told() -> None:
    decision = Desk().alert("buy", "1", stop_loss=D(120), take_profit=D(90))
    assert codes(decision) == ["WRONG_SIDE_STOP", "WRONG_SIDE_TAKE_PROFIT"]
    assert [(reason.limit, reason.value) for reason in decision.reasons] == [(100, 120), (100, 90)]


def test_the_entry_price_counts_and_not_the_market() -> None:
    desk = Desk()
    fields = {"order_type": OrderType.STOP, "stop_price": D(110), "stop_loss": D(105)}
    assert desk.alert("buy", "1", **fields).status is Outcome.ACCEPTED


@pytest.mark.parametrize(
    ("order_type", "stop_price", "code"),
    [(OrderType.STOP, "110", "WRONG_SIDE_STOP"), (OrderType.TAKE_PROFIT, "90", "WRONG_SIDE_TAKE_PROFIT")],
)
def test_a_close_that_waits_for_where_the_market_is_past_is_denied(
    order_type: OrderType, stop_price: str, code: str
) -> None:
    desk = Desk()
    desk.hold("1")
    decision = desk.alert("close", order_type=order_type, stop_price=D(stop_price), price=None)
    assert (codes(decision), desk.quantity) == ([code], 1)


def test_a_close_may_be_a_stop_or_a_take_profit_of_its_own() -> None:
    desk = Desk()
    desk.hold("2")
    stop = desk.alert("close", order_type=OrderType.STOP, stop_price=D(95), price=None)
    goal = desk.alert("close", order_type=OrderType.TAKE_PROFIT, stop_price=D(130), price=None)
    assert moves(stop) == moves(goal) == [("sell", "2", "PENDING")]
    assert all(desk.order(order_id).reduce_only for decision in (stop, goal) for order_id in ids(decision))


def test_protection_that_the_market_has_overtaken_meanwhile_still_leaves() -> None:
    desk = Desk()
    entry, stop, _ = protected(desk)
    desk.quote("80")
    desk.fill(entry)
    assert stop in desk.sent


# --- what each strategy makes of it ------------------------------------------------------------------------------


def test_an_order_that_only_reduces_is_not_protected() -> None:
    desk = Desk()
    desk.hold("2")
    decision = desk.alert("sell", "1", **PROTECTED)
    assert moves(decision) == [("sell", "1", "PENDING")]


def test_a_reversal_protects_the_new_side_once_it_is_filled() -> None:
    desk = Desk()
    desk.hold("1")
    decision = desk.alert("reverse", stop_loss=D(110))
    close, opening, stop = ids(decision)
    desk.fill(close)
    desk.fill(opening)
    assert desk.sent[-3:] == [close, opening, stop]
    assert (desk.order(stop).side, desk.order(stop).quantity) == ("buy", 1)


def test_protection_of_an_opening_that_never_left_ends_with_it() -> None:
    desk = Desk()
    desk.hold("1")
    close, opening, stop = ids(desk.alert("reverse", stop_loss=D(110)))
    desk.report(close, "REJECTED")
    assert [desk.status(each) for each in (opening, stop)] == ["EXPIRED_UNSENT"] * 2


def test_the_side_that_reverse_takes_is_protected() -> None:
    desk = Desk(strategy(kind=Reverse()))
    entry, stop, goal = protected(desk, "sell", stop_loss=D(110), take_profit=D(80))
    desk.fill(entry)
    assert desk.sent == [entry, stop, goal]


def test_close_only_protects_nothing_as_it_opens_nothing() -> None:
    desk = Desk(strategy(), strategy("winding", CloseOnly()))
    desk.hold("1")
    decision = desk.alert("sell", "1", strategy="winding", **PROTECTED)
    assert codes(decision) == ["REDUCE_ONLY"]


def target_desk() -> Desk:
    return Desk(strategy(kind=Target()))


def target(desk: Desk, size: str, **fields: Any) -> Decision:
    return desk.alert("buy", position_size=D(size), **fields)


def test_a_target_is_protected_as_a_whole_by_what_its_newest_alert_says() -> None:
    desk = target_desk()
    entry, stop = ids(target(desk, "1", stop_loss=D(90)))
    desk.fill(entry)
    desk.report(stop, "OPEN")
    assert target(desk, "3", stop_loss=D(95)).canceled == (stop,)
    desk.report(stop, "CANCELED")
    more = desk.sent[-1]
    assert desk.order(more).quantity == 2
    desk.fill(more)
    assert (desk.order(desk.sent[-1]).stop_price, desk.order(desk.sent[-1]).quantity) == (95, 3)


def test_a_target_that_is_reduced_keeps_protection_for_what_stays() -> None:
    desk = target_desk()
    desk.hold("3", position_size=D(3))
    close, stop = ids(target(desk, "1", stop_loss=D(90)))
    desk.fill(close)
    assert (desk.quantity, desk.order(stop).quantity, desk.sent[-1]) == (1, 1, stop)


def test_a_target_that_is_there_gets_new_protection() -> None:
    desk = target_desk()
    desk.hold("3", position_size=D(3))
    assert moves(target(desk, "3", stop_loss=D(90))) == [("sell", "3", "PENDING")]


def test_a_target_that_was_stopped_out_is_not_bought_again() -> None:
    desk = target_desk()
    entry, stop = ids(target(desk, "1", stop_loss=D(90)))
    desk.fill(entry)
    desk.fill(stop, price="90")
    assert (desk.quantity, desk.sent) == (0, [entry, stop])


def test_a_target_filled_in_part_is_pursued_and_protected_as_a_whole_then() -> None:
    desk = target_desk()
    entry, stop = ids(target(desk, "2", stop_loss=D(90)))
    desk.fill(entry, "0.5")
    desk.report(entry, "CANCELED")
    desk.report(stop, "OPEN")
    desk.report(stop, "CANCELED")
    rest = desk.sent[-1]
    assert desk.order(rest).quantity == D("1.5")
    desk.fill(rest)
    last = desk.order(desk.sent[-1])
    assert (last.order_type, last.quantity, desk.quantity) == (OrderType.STOP, 2, 2)


# --- coins can lie in one order only -----------------------------------------------------------------------------


def test_on_spot_the_stop_has_the_coins_and_the_take_profit_is_denied() -> None:
    desk = spot_desk()
    decision = desk.alert("buy", "1", symbol=SPOT, **PROTECTED)
    assert [placed.status for placed in decision.orders] == ["PENDING", "PENDING", "DENIED"]
    assert (decision.status, codes(decision)) == (Outcome.ACCEPTED, ["CLAIMED_BY_STOP_LOSS"])
    entry, stop, _ = ids(decision)
    desk.fill(entry)
    assert desk.sent == [entry, stop]
    assert desk.book.reducible(COINS) == 0


def test_on_spot_a_take_profit_alone_is_placed() -> None:
    desk = spot_desk()
    entry, goal = ids(desk.alert("buy", "1", symbol=SPOT, take_profit=D(120)))
    desk.fill(entry)
    assert desk.sent == [entry, goal]


def test_on_spot_what_fees_took_of_the_coins_is_not_sold() -> None:
    desk = spot_desk()
    entry, stop = ids(desk.alert("buy", "1", symbol=SPOT, stop_loss=D(90)))
    trade = desk.trade(entry, "1", fee=D("0.0004"))
    desk.report(entry, None, type(trade)(**{**{n: getattr(trade, n) for n in trade.__slots__}, "fee_currency": "BTC"}))
    assert desk.order(stop).quantity == D("0.999")


def test_of_a_shared_symbol_the_stop_has_the_strategys_share() -> None:
    desk = Desk(
        strategy("a", shared=True, symbols=frozenset({BTC})), strategy("b", shared=True, symbols=frozenset({BTC}))
    )
    decision = desk.alert("buy", "1", strategy="a", **PROTECTED)
    assert codes(decision) == ["CLAIMED_BY_STOP_LOSS"]


# --- as much as may be lost --------------------------------------------------------------------------------------


def test_a_quantity_by_risk_needs_a_stop() -> None:
    risky = strategy(sizing=Size(D(1), SizeType.RISK_PERCENT))
    decision = Desk(risky).alert("buy")
    assert "NO_STOP" in codes(decision)
    for kind in (Follow(), Reverse(), Target()):
        desk = Desk(strategy(kind=kind, sizing=Size(D(1), SizeType.RISK_PERCENT)))
        assert "NO_STOP" in codes(desk.alert("long")), kind
        assert desk.sent == []


@pytest.mark.parametrize("kind", [Follow(), Reverse(), Target()])
def test_each_strategy_sizes_by_risk(kind: Any) -> None:
    desk = Desk(strategy(kind=kind, sizing=Size(D(1), SizeType.RISK_PERCENT)))
    decision = desk.alert("long", stop_loss=D(95))
    assert moves(decision)[0] == ("buy", "20", "PENDING")


def test_a_stop_on_the_wrong_side_is_no_measure_of_risk() -> None:
    decision = Desk().alert("buy", Size(D(50), SizeType.RISK), stop_loss=D(105))
    assert (decision.status, codes(decision)) == (Outcome.DENIED, ["WRONG_SIDE_STOP"])


def test_the_risk_is_counted_from_where_the_entry_would_trade() -> None:
    limit = Desk().alert("buy", Size(D(50), SizeType.RISK), order_type=OrderType.LIMIT, price="95", stop_loss=D(90))
    stop = Desk().alert(
        "buy", Size(D(50), SizeType.RISK), order_type=OrderType.STOP, stop_price=D(110), stop_loss=D(100)
    )
    assert (moves(limit)[0], moves(stop)[0]) == (("buy", "10", "PENDING"), ("buy", "5", "PENDING"))


# --- a close that is refused -------------------------------------------------------------------------------------


def test_a_close_that_is_denied_leaves_the_stops_where_they_are() -> None:
    desk = Desk(account(instruments={SPOT: spot(min_quantity=D("0.01")), BTC: instrument()}))
    for _ in range(2):
        desk.fill(desk.place("buy", "1", symbol=SPOT))
    for _ in range(2):
        stop = desk.place("sell", "1", symbol=SPOT, order_type=OrderType.STOP, stop_price=D(90), reduce_only=True)
        desk.report(stop, "OPEN")
    decision = desk.alert("close", "0.005", symbol=SPOT)
    assert (decision.status, codes(decision), decision.canceled) == (Outcome.DENIED, ["BELOW_MINIMUM"], ())
    assert desk.cancels == []
