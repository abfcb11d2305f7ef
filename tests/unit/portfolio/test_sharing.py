"""Several strategies on one symbol: each has its own holding, their venue knows the net."""

from decimal import Decimal
from typing import Any

import pytest

from portfolio.exposure import exposure_of
from portfolio.model.account import TradingState, TradingStatus
from portfolio.model.decision import Outcome
from portfolio.model.effect import SendOrder
from portfolio.model.event import EventKind
from portfolio.model.order import Order, OrderType
from portfolio.model.position import Key
from portfolio.model.scope import PORTFOLIO, Scope
from tests.fakes import BTC, MAIN, Desk, account, codes, ids, moves, strategy

D = Decimal
LIMIT = OrderType.LIMIT
EVERYTHING = Scope("main", symbol=BTC)


def desk(*names: str, limits: Any = None) -> Desk:
    return Desk(account(), *(strategy(name, shared=True) for name in names or ("a", "b")), limits=limits)


def holding(limits: Any = None, **quantities: str) -> Desk:
    of = desk(*quantities, limits=limits)
    for name, quantity in quantities.items():
        if D(quantity):
            of.hold(quantity, strategy=name)
    return of


def held(of: Desk, name: str) -> Decimal:
    return of.book.position(Key("main", name, BTC)).quantity


def last_sent(of: Desk) -> Order:
    """The order as the venue got it."""
    return [effect.order for effect in of.effects if isinstance(effect, SendOrder)][-1]


# --- exposure ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quantities", "gross", "single"),
    [
        ({"a": "3", "b": "2"}, 500, [300, 200]),
        ({"a": "3", "b": "-2"}, 100, [300, 200]),
        ({"a": "3", "b": "-3"}, 0, [300, 300]),
        ({"a": "3", "b": "-2", "c": "-4"}, 300, [300, 200, 400]),
    ],
)
def test_an_account_is_exposed_by_the_net_and_each_strategy_by_its_own(
    quantities: dict[str, str], gross: int, single: list[int]
) -> None:
    book = holding(**quantities).book
    for scope in (PORTFOLIO, MAIN, EVERYTHING):
        assert exposure_of(book, scope).gross == gross
    assert [exposure_of(book, Scope("main", name)).gross for name in quantities] == single
    assert book.net("main", BTC) == sum(map(D, quantities.values()))


def test_what_rests_counts_as_if_the_position_had_been_closed_before_it_trades() -> None:
    """No limit stops the close: short 6 and 10 to buy are long 10 then, not long 4."""
    of = holding(a="-6")
    of.rest("buy", "10", "90", strategy="a")
    assert exposure_of(of.book, MAIN).gross == 10 * 90
    of.rest("sell", "1", "110", strategy="a")
    assert exposure_of(of.book, MAIN).gross == 10 * 90


def test_an_exit_at_the_market_may_have_traded_before_what_was_told_since() -> None:
    """Short 8, closed, and nobody tells: 8 and then 6 bought since make 14 long, not 6, until the close is told of."""
    of = holding(a="-8")
    closing = of.place("close", strategy="a")
    of.hold("8", strategy="a")
    of.hold("6", strategy="a")
    assert exposure_of(of.book, MAIN).gross == pytest.approx(6 * 100 + 8 * 100, rel=Decimal("0.02"))
    of.fill(closing)
    assert exposure_of(of.book, MAIN).gross == 14 * 100


def test_live_orders_count_in_the_worst_case_of_the_net() -> None:
    """Long 3 and short 2: long 1 and 4 more were b's buy filled, short 6 were a's sell after all was closed."""
    of = holding(a="3", b="-2")
    of.rest("buy", "4", "90", strategy="b")
    assert exposure_of(of.book, MAIN).gross == 100 + 4 * 90
    of.rest("sell", "6", "110", strategy="a")
    assert exposure_of(of.book, MAIN).gross == 6 * 110


def test_positions_profits_and_fees_add_up_to_the_account() -> None:
    of = holding(a="3", b="-2", c="1")
    of.fill(of.place("sell", "1", price="110", strategy="a"), fee=D(1))
    of.mark("120")
    profits = [of.book.equity(Scope("main", name)) for name in "abc"]
    assert profits == [10 - 1 + 40, -40, 20]
    assert of.book.equity(MAIN) == 10_000 + sum(profits)
    assert of.book.net("main", BTC) == sum(held(of, name) for name in "abc") == 1


# --- what an order may do ----------------------------------------------------------------------------------------


def test_a_close_that_another_holding_offsets_is_held_against_limits() -> None:
    """Closing a's long would leave the account short 3."""
    of = holding(a="3", b="-3")
    assert moves(of.alert("close", strategy="a")) == [("sell", "3", "PENDING")]
    tight = holding({MAIN: {"max_exposure": "305"}}, a="3", b="-3")
    tight.mark("110")
    assert codes(tight.alert("close", price=None, strategy="a")) == ["MAX_EXPOSURE"]


@pytest.mark.parametrize("b", ["-3", "-5"])
def test_a_flat_that_another_holding_offsets_is_one_order(b: str) -> None:
    of = holding(a="3", b=b)
    decision = of.alert("flat", strategy="a")
    assert moves(decision) == [("sell", "3", "PENDING")]
    of.fill(ids(decision)[0])
    assert (held(of, "a"), of.live(Key("main", "a", BTC))) == (0, [])


def test_what_is_closed_once_is_not_closed_again_by_an_order_that_only_reduces() -> None:
    of = holding(a="3", b="-5")
    assert codes(of.alert("sell", "2", strategy="a", order_type=LIMIT, price=D(110), reduce_only=True)) == []
    assert codes(of.alert("sell", "2", strategy="a", order_type=LIMIT, price=D(110), reduce_only=True)) == [
        "REDUCE_ONLY"
    ]


def test_a_close_that_shrinks_the_net_is_never_denied() -> None:
    of = holding({MAIN: {"max_exposure": "305"}}, a="3", b="-1")
    of.mark("200")
    assert moves(of.alert("close", "2", price=None, strategy="a")) == [("sell", "2", "PENDING")]
    assert codes(of.alert("buy", "1", price=None, strategy="a")) == ["MAX_EXPOSURE"]


def test_while_reducing_the_net_decides() -> None:
    of = holding({MAIN: {"max_daily_loss": "50"}}, a="5", b="-1", c="0")
    of.mark("85")
    assert moves(of.alert("close", "3", price=None, strategy="a")) == [("sell", "3", "PENDING")]
    assert codes(of.alert("sell", "1.1", price=None, strategy="c")) == ["REDUCING", "MAX_DAILY_LOSS"]
    assert "REDUCING" in codes(of.alert("close", price=None, strategy="b"))


def test_while_reducing_an_order_that_opens_here_may_shrink_the_net() -> None:
    of = holding(a="5", b="0")
    of.halt(MAIN)
    state = of.book.states[MAIN]
    of.book.states.put(MAIN, type(state)(type(state.status)("REDUCING"), "MAX_DAILY_LOSS", of.now))
    assert moves(of.alert("sell", "5", strategy="b")) == [("sell", "5", "PENDING")]
    assert codes(of.alert("sell", "0.1", strategy="b")) == ["REDUCING"]


# --- what the venue gets -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "size", "flagged"),
    [("2", "3", True), ("0", "3", True), ("-2", "1", True), ("-2", "1.5", False), ("-5", "1", False)],
)
def test_reduce_only_is_said_where_the_accounts_net_shrinks_by_all_of_it(other: str, size: str, flagged: bool) -> None:
    of = holding(a="3", b=other)
    of.alert("close", size, strategy="a")
    assert last_sent(of).reduce_only is flagged
    assert of.order(last_sent(of).client_order_id).reduce_only


def test_it_is_not_said_while_another_strategys_order_may_trade_first() -> None:
    of = holding(a="3", b="2")
    of.place("close", strategy="b")
    of.alert("close", strategy="a")
    sent = [effect.order for effect in of.effects if isinstance(effect, SendOrder)]
    assert [order.reduce_only for order in sent[-2:]] == [True, False]


def test_an_exit_that_rests_is_the_desks_own_to_bound() -> None:
    of = holding(a="3", b="2")
    of.rest("close", "3", "120", strategy="a")
    assert not last_sent(of).reduce_only


def test_a_symbol_of_one_strategy_is_always_the_venues_to_bound() -> None:
    of = Desk()
    of.hold("3")
    of.rest("close", "3", "120")
    assert last_sent(of).reduce_only


# --- flatten -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("quantities", [{"a": "3", "b": "-3"}, {"a": "3", "b": "2"}, {"a": "1", "b": "-4", "c": "2"}])
def test_a_person_closes_each_whatever_the_net(quantities: dict[str, str]) -> None:
    of = holding({MAIN: {"max_exposure": "510"}}, **quantities)
    of.mark("400")
    before = len(of.sent)
    of.flatten()
    closing = [of.order(order_id) for order_id in of.sent[before:]]
    assert {order.strategy: order.side.signed(order.quantity) for order in closing} == {
        name: -D(quantity) for name, quantity in quantities.items()
    }
    for order in closing:
        of.fill(order.client_order_id)
    assert [held(of, name) for name in quantities] == [0] * len(quantities)
    assert of.book.flattenings.items() == []


def test_flatten_of_one_strategy_leaves_the_other() -> None:
    of = holding(a="3", b="-3")
    of.flatten(Scope("main", "a"))
    of.fill(of.sent[-1])
    assert (held(of, "a"), held(of, "b"), of.book.net("main", BTC)) == (0, -3, -3)
    assert codes(of.alert("buy", "1", strategy="b")) == []


# --- flat, as an alert asks --------------------------------------------------------------------------------------


def stopped_and_offset(**limits: str) -> tuple[Desk, str]:
    """Long 5 with a stop here, short 5 there."""
    of = holding({MAIN: limits}, a="5", b="0")
    stop = of.place("sell", "5", strategy="a", order_type=OrderType.STOP, stop_price=D(90), reduce_only=True)
    of.report(stop, "OPEN")
    of.hold("-5", strategy="b")
    return of, stop


def test_flat_that_would_add_to_the_net_is_refused_before_anything_is_cancelled() -> None:
    of, stop = stopped_and_offset(max_exposure="510")
    of.mark("110")
    decision = of.alert("flat", strategy="a", price=None)
    assert (decision.status, codes(decision), decision.canceled) == (Outcome.DENIED, ["MAX_EXPOSURE"], ())
    assert (of.status(stop), of.book.flattenings.items()) == ("OPEN", [])
    assert [event.detail["codes"] for event in of.events(EventKind.ORDER_DENIED)] == [["MAX_EXPOSURE"]]


def test_flat_that_limits_let_go_is_pursued_to_its_end() -> None:
    of, stop = stopped_and_offset(max_exposure="510")
    assert of.alert("flat", strategy="a").canceled == (stop,)
    of.report(stop, "CANCELED")
    of.fill(of.sent[-1])
    assert (held(of, "a"), of.book.net("main", BTC), of.book.flattenings.items()) == (0, -5, [])


# --- a close that waits ------------------------------------------------------------------------------------------


def stopped_and_hedged() -> tuple[Desk, str]:
    """The same, and then a halt."""
    of, stop = stopped_and_offset()
    of.halt()
    return of, stop


def test_a_close_that_would_have_to_wait_is_held_against_the_net_too() -> None:
    of, stop = stopped_and_hedged()
    assert codes(of.alert("close", strategy="a")) == ["HALTED"]
    assert of.status(stop) == "OPEN"


def test_a_close_that_waited_is_held_against_the_net_as_it_is_then() -> None:
    of = holding(a="5", b="0")
    stop = of.place("sell", "5", strategy="a", order_type=OrderType.STOP, stop_price=D(90), reduce_only=True)
    of.report(stop, "OPEN")
    close = of.place("close", strategy="a", price=None)
    assert of.order(close).after == stop
    of.hold("-5", strategy="b")
    of.halt()
    of.report(stop, "CANCELED")
    assert (of.status(close), of.book.net("main", BTC)) == ("EXPIRED_UNSENT", 0)


def test_a_close_behind_its_own_entry_passes_while_halted() -> None:
    of = holding(a="0", b="0")
    entry = of.place("buy", "5", strategy="a")
    of.halt()
    close = of.place("close", strategy="a", price=None)
    of.fill(entry)
    of.fill(close)
    assert of.book.net("main", BTC) == 0


def test_while_reducing_nothing_rests_that_only_the_net_of_now_makes_a_reduction() -> None:
    of = holding(a="5", b="0")
    of.book.states.put(MAIN, TradingState(TradingStatus.REDUCING, "MAX_DAILY_LOSS", of.now))
    rests = of.alert("sell", "5", price="110", order_type=OrderType.LIMIT, strategy="b")
    assert codes(rests) == ["REDUCING"]
    assert moves(of.alert("sell", "5", strategy="b")) == [("sell", "5", "PENDING")]
