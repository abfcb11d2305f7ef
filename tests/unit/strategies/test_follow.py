"""`follow` does what the alert says, also while earlier orders are still on their way."""

from decimal import Decimal

import pytest

from portfolio.model.decision import Outcome
from portfolio.model.order import OrderType
from portfolio.model.scope import PORTFOLIO
from portfolio.model.signal import Size, SizeType
from tests.fakes import MAIN, Desk, codes, ids, moves, strategy

WORTH_500 = Size(Decimal(500), SizeType.NOTIONAL)


def holding(quantity: str) -> Desk:
    desk = Desk()
    desk.hold(quantity)
    return desk


# --- buy and sell ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("action", "signed"), [("buy", 2), ("sell", -2)])
def test_buy_and_sell_trade_the_quantity(action: str, signed: int) -> None:
    desk = Desk()
    desk.fill(desk.place(action, "2"))
    assert desk.quantity == signed


def test_a_sell_may_cross_zero_in_one_order() -> None:
    desk = holding("2")
    desk.fill(desk.place("sell", "5"))
    assert desk.quantity == -3


def test_the_strategys_own_size_counts_where_the_alert_has_none() -> None:
    desk = Desk(strategy(sizing=Size(Decimal(10), SizeType.PERCENT_OF_EQUITY)))
    assert moves(desk.alert("buy")) == [("buy", "10", "PENDING")]


def test_without_any_size_the_alert_is_denied() -> None:
    assert codes(Desk().alert("buy")) == ["NO_SIZE"]


def test_a_limit_order_takes_the_alerts_price() -> None:
    desk = Desk()
    resting = desk.order(desk.rest("buy", "1", price="95.17"))
    assert (resting.order_type, resting.price) == (OrderType.LIMIT, Decimal("95.1"))


def test_a_price_without_an_order_type_is_only_a_reference() -> None:
    desk = Desk()
    assert desk.order(desk.place("buy", "1", price="95")).price is None


# --- long and short ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("action", "held", "side"), [("long", "2", "buy"), ("short", "-2", "sell")])
def test_a_side_already_held_is_added_to(action: str, held: str, side: str) -> None:
    assert moves(holding(held).alert(action, "1")) == [(side, "1", "PENDING")]


@pytest.mark.parametrize(("action", "held", "side"), [("long", "-2", "buy"), ("short", "2", "sell")])
def test_an_opposite_position_is_closed_first(action: str, held: str, side: str) -> None:
    desk = holding(held)
    decision = desk.alert(action, "1")
    assert moves(decision) == [(side, "2", "PENDING"), (side, "1", "PENDING")]
    close, opening = ids(decision)
    assert desk.sent[1:] == [close]
    desk.fill(close)
    assert desk.sent[1:] == [close, opening]


@pytest.mark.parametrize("end", ["CANCELED", "REJECTED", "EXPIRED"])
def test_the_opening_never_leaves_where_the_close_was_not_filled(end: str) -> None:
    desk = holding("2")
    close, opening = ids(desk.alert("short", "1"))
    desk.report(close, end)
    assert desk.status(opening) == "EXPIRED_UNSENT"
    assert opening not in desk.sent


def test_a_short_behind_an_unfilled_buy_waits_for_it() -> None:
    desk = Desk()
    buy = desk.place("buy", "3")
    close, opening = ids(desk.alert("short", "1"))
    assert desk.sent == [buy]
    desk.fill(buy)
    desk.fill(close)
    desk.fill(opening)
    assert desk.sent == [buy, close, opening]
    assert desk.quantity == -1


def test_a_short_behind_a_buy_that_adds_ends_short_as_well() -> None:
    desk = holding("2")
    buy = desk.place("buy", "1")
    close, opening = ids(desk.alert("short", "1"))
    assert not desk.order(opening).is_exit
    for order_id in (buy, close, opening):
        desk.fill(order_id)
    assert desk.quantity == -1


# --- close -------------------------------------------------------------------------------------------------------


def test_close_without_a_quantity_closes_all() -> None:
    assert moves(holding("2.5").alert("close")) == [("sell", "2.5", "PENDING")]


@pytest.mark.parametrize(("asked", "closed"), [("1", "1"), ("2", "2"), ("9", "2")])
def test_close_reduces_by_the_quantity_at_most_to_zero(asked: str, closed: str) -> None:
    assert moves(holding("-2").alert("close", asked)) == [("buy", closed, "PENDING")]


def test_close_takes_a_share_of_the_position() -> None:
    half = Size(Decimal(50), SizeType.PERCENT_OF_POSITION)
    assert moves(holding("2").alert("close", half)) == [("sell", "1", "PENDING")]


def test_close_with_nothing_held_is_ignored() -> None:
    decision = Desk().alert("close")
    assert (decision.status, codes(decision)) == (Outcome.IGNORED, ["NOTHING_TO_CLOSE"])


def test_close_as_a_limit_order_rests_and_only_reduces() -> None:
    desk = holding("2")
    resting = desk.order(desk.rest("close", "1", price="120"))
    assert (resting.price, resting.reduce_only, resting.is_exit) == (120, True, True)
    whole = desk.order(desk.rest("close", "1", price="120.01"))
    assert (whole.price, whole.is_exit) == (Decimal("120.1"), True)


def test_close_all_as_a_limit_order_is_for_everything() -> None:
    desk = holding("2")
    assert desk.order(desk.rest("close", None, price="120")).quantity == 2  # type: ignore[arg-type]


def test_close_by_value_needs_a_price() -> None:
    desk = holding("10")
    assert moves(desk.alert("close", WORTH_500)) == [("sell", "5", "PENDING")]
    bare = Desk()
    bare.book.positions.load(*desk.book.positions.items()[0])
    assert codes(bare.alert("close", WORTH_500, price=None)) == ["NO_REFERENCE_PRICE"]


def test_a_close_behind_an_unfilled_buy_leaves_once_that_is_filled() -> None:
    desk = Desk()
    buy = desk.place("buy", "3")
    close = desk.place("close")
    assert desk.sent == [buy]
    desk.fill(buy)
    assert desk.sent == [buy, close]
    desk.fill(close)
    assert desk.quantity == 0


def test_a_close_behind_a_buy_that_fills_in_part_closes_that_part() -> None:
    desk = Desk()
    buy = desk.place("buy", "3")
    close = desk.place("close")
    desk.fill(buy, "1")
    assert close not in desk.sent
    desk.report(buy, "CANCELED")
    assert desk.order(close).quantity == 1
    assert desk.sent == [buy, close]


def test_a_close_behind_a_buy_that_never_fills_ends_unsent() -> None:
    desk = Desk()
    buy = desk.place("buy", "3")
    close = desk.place("close")
    desk.report(buy, "REJECTED")
    assert desk.status(close) == "EXPIRED_UNSENT"


def test_a_close_does_not_wait_for_a_limit_order_that_may_never_trade() -> None:
    desk = holding("1")
    desk.place("buy", "1", price="90", order_type=OrderType.LIMIT)
    closing = desk.alert("close")
    assert moves(closing) == [("sell", "1", "PENDING")]
    desk.fill(ids(closing)[0])
    assert desk.quantity == 0


def test_a_second_close_behind_the_first_has_nothing_to_do() -> None:
    desk = holding("2")
    desk.place("close")
    assert codes(desk.alert("close")) == ["NOTHING_TO_CLOSE"]


def test_a_close_of_all_goes_before_resting_exits_which_end_with_the_position() -> None:
    desk = holding("2")
    target = desk.rest("close", "1", price="120")
    decision = desk.alert("close")
    assert (decision.canceled, desk.cancels) == ((), [])
    desk.fill(ids(decision)[0])
    assert (desk.quantity, desk.cancels) == (0, [target])


def test_a_close_of_all_takes_exits_that_claim_what_they_close_away_first() -> None:
    desk = Desk(strategy(shared=True))
    desk.hold("2")
    target = desk.rest("close", "1", price="120")
    decision = desk.alert("close")
    assert decision.canceled == (target,)
    assert moves(decision) == [("sell", "2", "PENDING")]
    assert ids(decision)[0] not in desk.sent
    desk.report(target, "CANCELED")
    desk.fill(ids(decision)[0])
    assert desk.quantity == 0


def test_a_reverse_takes_a_resting_exit_away_first_and_turns() -> None:
    desk = holding("-1")
    target = desk.rest("buy", "1", price="90")
    decision = desk.alert("reverse")
    assert decision.canceled == (target,)
    assert moves(decision) == [("buy", "1", "PENDING"), ("buy", "1", "PENDING")]
    desk.report(target, "CANCELED")
    for order_id in ids(decision):
        desk.fill(order_id)
    assert desk.quantity == 1


def test_a_resting_exit_that_fills_before_its_cancel_leaves_nothing_to_close() -> None:
    desk = Desk(strategy(shared=True))
    desk.hold("1")
    target = desk.rest("close", "1", price="120")
    decision = desk.alert("close")
    desk.fill(target)
    assert desk.order(ids(decision)[0]).status == "EXPIRED_UNSENT"
    assert desk.quantity == 0


# --- flat, cancel ------------------------------------------------------------------------------------------------


def test_flat_cancels_every_order_and_closes_everything() -> None:
    desk = holding("2")
    resting = desk.rest("buy", "1", price="90")
    decision = desk.alert("flat")
    assert decision.canceled == (resting,)
    assert moves(decision) == [("sell", "2", "PENDING")]


def test_flat_with_neither_position_nor_order_is_ignored() -> None:
    assert codes(Desk().alert("flat")) == ["NOTHING_TO_CLOSE"]


def test_flat_with_only_an_order_cancels_it() -> None:
    desk = Desk()
    resting = desk.rest("buy", "1")
    decision = desk.alert("flat")
    assert (decision.status, decision.canceled, decision.orders) == (Outcome.ACCEPTED, (resting,), ())


def test_a_second_flat_finds_everything_under_way() -> None:
    desk = holding("2")
    desk.alert("flat")
    assert codes(desk.alert("flat")) == ["NOTHING_TO_DO"]


def test_cancel_ends_every_live_order_of_the_symbol() -> None:
    desk = Desk()
    resting = (desk.rest("buy", "1"), desk.rest("sell", "1", price="110"))
    decision = desk.alert("cancel")
    assert (decision.status, decision.canceled) == (Outcome.ACCEPTED, resting)
    assert desk.cancels == list(resting)


def test_cancel_without_a_live_order_is_ignored() -> None:
    decision = Desk().alert("cancel")
    assert (decision.status, codes(decision)) == (Outcome.IGNORED, ["NOTHING_TO_CANCEL"])


# --- reverse -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("held", "side", "ends"), [("2", "sell", -2), ("-2", "buy", 2)])
def test_reverse_turns_the_position_round(held: str, side: str, ends: int) -> None:
    desk = holding(held)
    decision = desk.alert("reverse")
    assert moves(decision) == [(side, "2", "PENDING"), (side, "2", "PENDING")]
    for order_id in ids(decision):
        desk.fill(order_id)
    assert desk.quantity == ends


def test_reverse_opens_the_alerts_quantity() -> None:
    assert moves(holding("2").alert("reverse", "5")) == [("sell", "2", "PENDING"), ("sell", "5", "PENDING")]


def test_reverse_with_nothing_held_is_ignored() -> None:
    assert codes(Desk().alert("reverse")) == ["NOTHING_TO_CLOSE"]


def test_reverse_by_value_needs_a_price() -> None:
    desk = holding("2")
    bare = Desk()
    bare.book.positions.load(*desk.book.positions.items()[0])
    assert codes(bare.alert("reverse", WORTH_500, price=None)) == ["NO_REFERENCE_PRICE"]


def test_where_limits_deny_the_opening_the_close_still_goes() -> None:
    desk = Desk(limits={MAIN: {"max_order_notional": "300"}})
    desk.hold("2")
    decision = desk.alert("reverse", "5")
    assert decision.status is Outcome.ACCEPTED
    assert moves(decision) == [("sell", "2", "PENDING"), ("sell", "5", "DENIED")]
    assert codes(decision) == ["MAX_ORDER_NOTIONAL"]


def test_where_the_close_is_denied_the_opening_is_as_well() -> None:
    desk = holding("2")
    bare = Desk(limits={PORTFOLIO: {"max_exposure": "1"}})
    bare.book.positions.load(*desk.book.positions.items()[0])
    decision = bare.alert("reverse", price=None)
    assert decision.status is Outcome.DENIED
    assert "CLOSE_DENIED" in codes(decision)


def test_reverse_behind_an_unfilled_buy_turns_what_will_be_held() -> None:
    desk = Desk()
    buy = desk.place("buy", "3")
    close, opening = ids(desk.alert("reverse"))
    for order_id in (buy, close, opening):
        desk.fill(order_id)
    assert desk.quantity == -3


# --- prices that are not the market's ----------------------------------------------------------------------------


def test_the_price_of_a_cancel_is_no_mark_that_could_fill_what_it_cancels() -> None:
    desk = holding("1")
    resting = desk.rest("buy", "1", price="90")
    before = desk.book.marks.as_dict()
    assert desk.alert("cancel", price="89").canceled == (resting,)
    assert desk.book.marks.as_dict() == before


def test_a_reverse_at_a_limit_closes_at_the_market_and_opens_at_the_limit() -> None:
    desk = holding("1")
    decision = desk.alert("reverse", price="120", order_type=OrderType.LIMIT)
    closing, opening = (desk.order(order_id) for order_id in ids(decision))
    assert (closing.order_type, closing.reference_price, closing.reference_source) == ("market", 100, "last")
    assert (opening.order_type, opening.price) == ("limit", 120)


def test_flat_has_no_limit_price() -> None:
    assert codes(holding("1").alert("flat", price="120", order_type=OrderType.LIMIT)) == ["NOT_SUPPORTED"]
