"""What fills, funding and trades from outside change in wallets and positions."""

from decimal import Decimal
from typing import Any

import pytest

from portfolio.model.account import TradingStatus
from portfolio.model.command import ReportFunding, ReportOutsideTrade
from portfolio.model.event import EventKind
from portfolio.model.fill import Cause, Funding, OutsideTrade, Trade
from portfolio.model.identifiers import UNASSIGNED, Symbol
from portfolio.model.order import OrderType, PriceSource
from portfolio.model.position import Key
from portfolio.model.scope import Scope
from portfolio.model.side import Side
from tests.fakes import BTC, INVERSE, MAIN, SPOT, Desk, account, codes, instrument, strategy

D = Decimal


def desk(*strategies: str) -> Desk:
    """Contracts in USDT and in BTC, and a spot pair; every strategy shares them."""
    symbols = {symbol: instrument(symbol) for symbol in (BTC, INVERSE, SPOT)}
    own = account(instruments=symbols, balances={"USDT": D(10_000), "BTC": D(100)})
    return Desk(own, *(strategy(name, shared=len(strategies) > 1) for name in strategies or ("follow",)))


def held(of: Desk, name: str = "follow", symbol: Symbol = BTC) -> Decimal:
    return of.book.position(Key("main", name, symbol)).quantity


def fund(of: Desk, amount: str, symbol: Symbol = BTC, hours: int = 0) -> None:
    currency = of.book.setup.accounts["main"].instruments[symbol].settle
    time = of.now.replace(hour=16 + hours)
    payment = Funding(symbol=symbol, amount=D(amount), currency=currency, rate=D("0.0001"), price=D(100), time=time)
    of.handle(ReportFunding("main", payment))


def outside(
    of: Desk, side: str, quantity: str, cause: Cause, price: str = "100", fee: str = "0", **fields: Any
) -> None:
    trade = Trade(
        trade_id=f"outside-{of.seq}",
        quantity=D(quantity),
        price=D(price),
        fee=D(fee),
        fee_currency="USDT",
        source=PriceSource.LIQUIDATION if cause is Cause.LIQUIDATION else PriceSource.QUOTE,
        time=of.now,
    )
    known: dict[str, Any] = {"symbol": BTC, **fields}
    of.handle(ReportOutsideTrade("main", OutsideTrade(side=Side(side), cause=cause, trade=trade, **known)))


# --- fills and fees ----------------------------------------------------------------------------------------------


def test_a_spot_buy_moves_two_wallets() -> None:
    books = desk()
    books.hold("2", symbol=SPOT)
    assert (books.book.wallet("main", "USDT"), books.book.wallet("main", "BTC")) == (9_800, 102)


def test_an_inverse_contract_pays_its_profit_in_coins() -> None:
    books = desk()
    books.hold("100", "50", symbol=INVERSE)
    books.fill(books.place("close", symbol=INVERSE), price="100")
    assert (books.book.wallet("main", "BTC"), books.book.wallet("main", "USDT")) == (101, 10_000)


@pytest.mark.parametrize(
    ("symbol", "fee", "currency", "quantity", "fees", "wallet"),
    [
        (BTC, "0.5", "USDT", "2", "0.5", ("USDT", "9999.5")),
        (BTC, "0.01", "BTC", "2", "1", ("BTC", "99.99")),
        (SPOT, "0.5", "USDT", "2", "0.5", ("USDT", "9799.5")),
        (SPOT, "0.002", "BTC", "1.998", "0.2", ("BTC", "101.998")),
        (INVERSE, "0.001", "BTC", "2", "0.001", ("BTC", "99.999")),
    ],
)
def test_a_fee_leaves_its_own_wallet_and_counts_in_the_settle_currency(
    symbol: Symbol, fee: str, currency: str, quantity: str, fees: str, wallet: tuple[str, str]
) -> None:
    books = desk()
    order_id = books.place("buy", "500" if symbol == INVERSE else "2", symbol=symbol)
    books.fill(order_id, "2", "100", fee=D(fee), fee_currency=currency)
    position = books.book.position(Key("main", "follow", symbol))
    assert (position.quantity, position.fees) == (D(quantity), D(fees))
    assert books.book.wallet("main", wallet[0]) == D(wallet[1])


def test_a_fee_in_a_third_currency_counts_at_the_rates_of_now() -> None:
    books = desk()
    books.quote("50", symbol=BTC)
    order_id = books.place("buy", "2", price=None)
    books.fill(order_id, fee=D(2), fee_currency="USDC")
    assert (books.position().fees, books.book.wallet("main", "USDC")) == (2, -2)


# --- funding -----------------------------------------------------------------------------------------------------


def test_funding_is_in_the_wallet_and_with_the_strategy_that_holds() -> None:
    books = desk()
    books.hold("2")
    fund(books, "-0.02")
    assert books.book.wallet("main", "USDT") == D("9999.98")
    assert (books.position().funding, books.position().earned) == (D("-0.02"), D("-0.02"))
    (event,) = books.events(EventKind.FUNDING_BOOKED)
    assert (event.strategy, event.detail["amount"], event.detail["currency"]) == ("follow", "-0.020000000000", "USDT")


def test_what_strategies_hold_apart_is_paid_by_what_each_holds() -> None:
    """Net long 1, which pays 0.01: the long of 3 pays 0.03, the short of 2 gets 0.02."""
    books = desk("a", "b")
    books.hold("3", strategy="a")
    books.hold("-2", strategy="b")
    fund(books, "-0.01")
    assert [books.book.position(Key("main", name, BTC)).funding for name in "ab"] == [D("-0.03"), D("0.02")]


def test_what_cannot_be_shared_out_evenly_is_nobodys() -> None:
    books = desk("a", "b", "c")
    for name in "abc":
        books.hold("1", strategy=name)
    fund(books, "-0.000000000001")
    funding = [books.book.position(Key("main", name, BTC)).funding for name in ("a", "b", "c", UNASSIGNED)]
    assert sum(funding) == D("-0.000000000001")
    assert funding[:3] == [0, 0, 0]


def test_funding_of_a_position_that_nobody_here_holds_is_nobodys() -> None:
    books = desk()
    fund(books, "0.5")
    assert books.book.position(Key("main", UNASSIGNED, BTC)).funding == D("0.5")


def test_a_payment_told_twice_is_booked_once() -> None:
    books = desk()
    books.hold("2")
    for hours in (0, 0, 1, 0):
        fund(books, "-0.02", hours=hours)
    assert books.position().funding == D("-0.04")
    assert len(books.events(EventKind.FUNDING_BOOKED)) == 2


def test_funding_survives_a_restart() -> None:
    books = desk()
    books.hold("2")
    fund(books, "-0.02")
    books.restart()
    fund(books, "-0.02")
    assert books.position().funding == D("-0.02")


# --- liquidation -------------------------------------------------------------------------------------------------


def test_a_liquidation_closes_what_the_strategy_held_and_the_account_only_reduces() -> None:
    books = desk()
    books.hold("5")
    outside(books, "sell", "5", Cause.LIQUIDATION, "80", "0.4")
    assert (held(books), books.position().realised, books.position().fees) == (0, -100, D("0.4"))
    assert books.book.wallet("main", "USDT") == D("9899.6")
    assert books.book.states[MAIN].status is TradingStatus.REDUCING
    assert codes(books.alert("buy", "1")) == ["REDUCING"]
    books.resume(MAIN)
    assert codes(books.alert("buy", "1")) == []
    assert books.stored.fills[-1].client_order_id is None


def test_a_liquidation_ends_protection() -> None:
    books = desk()
    books.hold("5")
    target = books.rest("close", "5", price="120")
    outside(books, "sell", "5", Cause.LIQUIDATION, "80")
    assert books.cancels == [target]


@pytest.mark.parametrize("halted", [False, True])
def test_a_liquidation_ends_what_could_add_risk(halted: bool) -> None:
    books = desk()
    books.hold("5")
    entry = books.rest("buy", "1", "90")
    if halted:
        books.halt(MAIN)
    outside(books, "sell", "5", Cause.LIQUIDATION, "80")
    assert books.cancels == [entry]


def test_a_liquidation_of_the_net_closes_the_largest_on_that_side_first() -> None:
    """Net long 6 of 5, 4 and -3: the venue sells 6."""
    books = desk("a", "b", "c")
    for name, quantity in (("a", "4"), ("b", "5"), ("c", "-3")):
        books.hold(quantity, strategy=name)
    outside(books, "sell", "6", Cause.LIQUIDATION, "80", "0.6")
    assert [held(books, name) for name in "abc"] == [3, 0, -3]
    assert books.book.net("main", BTC) == 0
    parts = [(fill.strategy, fill.quantity, fill.fee) for fill in books.stored.fills[-2:]]
    assert parts == [("b", 5, D("0.5")), ("a", 1, D("0.1"))]
    assert len({fill.trade_id for fill in books.stored.fills}) == len(books.stored.fills)


def test_what_a_liquidation_closes_beyond_what_is_known_is_nobodys() -> None:
    books = desk()
    books.hold("2")
    outside(books, "sell", "5", Cause.LIQUIDATION, fee="1")
    assert (held(books), held(books, UNASSIGNED)) == (0, -3)
    assert sum(fill.fee for fill in books.stored.fills) == 1
    assert books.book.net("main", BTC) == -3


def test_what_nobody_held_and_what_nobody_knew_of_are_one_fill() -> None:
    books = desk()
    books.hold("2")
    outside(books, "buy", "1", Cause.FOREIGN)
    outside(books, "sell", "5", Cause.LIQUIDATION)
    assert (held(books), held(books, UNASSIGNED)) == (0, -2)
    assert [(fill.strategy, fill.quantity) for fill in books.stored.fills[-2:]] == [("follow", 2), (UNASSIGNED, 3)]


def test_a_stricter_state_stays_after_a_liquidation() -> None:
    books = desk()
    books.hold("5")
    books.halt(MAIN)
    outside(books, "sell", "5", Cause.LIQUIDATION)
    assert books.book.status_of(MAIN) is TradingStatus.HALTED


# --- trades by somebody else -------------------------------------------------------------------------------------


def test_a_foreign_trade_is_nobodys_and_trading_goes_on() -> None:
    books = desk()
    books.hold("2")
    outside(books, "sell", "3", Cause.FOREIGN, "110", "0.1")
    assert (held(books), held(books, UNASSIGNED), books.book.net("main", BTC)) == (2, -3, -1)
    assert books.book.states.items() == []
    assert [event.strategy for event in books.events(EventKind.FOREIGN_TRADE_BOOKED)] == [UNASSIGNED]
    assert books.book.equity(MAIN) == 10_000 + 100 * 100 + 2 * 0 + 30 - D("0.1")


def test_flatten_closes_what_is_nobodys_too() -> None:
    books = desk()
    books.hold("2")
    outside(books, "buy", "3", Cause.FOREIGN)
    books.flatten()
    sent = [books.order(order_id) for order_id in books.sent[1:]]
    assert [(order.strategy, order.side, order.quantity) for order in sent] == [
        ("follow", "sell", 2),
        (UNASSIGNED, "sell", 3),
    ]
    for order in sent:
        books.fill(order.client_order_id)
    assert (books.book.net("main", BTC), books.book.flattenings.items()) == (0, [])


def test_flatten_of_a_strategy_leaves_what_is_nobodys() -> None:
    books = desk()
    books.hold("2")
    outside(books, "buy", "3", Cause.FOREIGN)
    books.flatten(Scope("main", "follow"))
    assert [books.order(order_id).strategy for order_id in books.sent[1:]] == ["follow"]


def test_what_is_nobodys_counts_in_the_accounts_limits() -> None:
    books = Desk(limits={MAIN: {"max_position": "500"}})
    outside(books, "buy", "4", Cause.FOREIGN)
    assert codes(books.alert("buy", "2")) == ["MAX_POSITION"]
    assert codes(books.alert("buy", "1", order_type=OrderType.LIMIT)) == []
