"""A venue's account: wallets, margin, funding and liquidation, by the venues' own formulas."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from exchange.ledger import Ledger, VenueState, VenueTerms
from exchange.ticket import MarketPrice, Ticket
from portfolio.liquidation import price_without_margin
from portfolio.model.instrument import Instrument
from portfolio.model.order import OrderType, PriceSource
from portfolio.model.position import Position
from portfolio.model.side import Side
from tests.fakes import BTC, ETH, INVERSE, SPOT, instrument

D = Decimal
EUR = "BTC/EUR"
RATE = "0.0001"


def ledger(wallets: dict[str, str], **terms: Any) -> Ledger:
    """Four instruments at a leverage of ten and a maintenance margin of half a per cent; fees of 0.02 % and 0.05 %."""
    rates = {"maintenance_margin": "0.005", "funding_rate": RATE}
    known: dict[str, Any] = {
        "instruments": {
            BTC: instrument(**rates),
            ETH: instrument(ETH, max_leverage="2", **rates),
            INVERSE: instrument(INVERSE, lot="1", **rates),
            SPOT: instrument(SPOT),
            EUR: instrument(EUR),
        },
        "maker_fee": D("0.0002"),
        "taker_fee": D("0.0005"),
        "slippage": D(0),
        "leverage": D(10),
    }
    state = VenueState({currency: D(amount) for currency, amount in wallets.items()})
    return Ledger(VenueTerms(**{**known, **terms}), state)


def trade(books: Ledger, symbol: str, quantity: str, price: str, *, is_maker: bool = False) -> tuple[Decimal, str]:
    """The signed quantity is traded at the price, at which the symbol is marked then."""
    side = Side.SELL if quantity.startswith("-") else Side.BUY
    charged = books.execute(symbol, side, D(quantity.lstrip("-")), D(price), is_maker=is_maker)
    mark(books, symbol, price)
    return charged


def mark(books: Ledger, symbol: str, price: str) -> None:
    books._state.prices[symbol] = MarketPrice.single(D(price), PriceSource.QUOTE)


def wallets(books: Ledger) -> dict[str, Decimal]:
    return books._state.wallets


def ticket(symbol: str, side: str, quantity: str, **fields: Any) -> Ticket:
    return Ticket(id="A-1", symbol=symbol, side=Side(side), order_type=OrderType.MARKET, quantity=D(quantity), **fields)


# --- trades and fees ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("symbol", "quantity", "price", "is_maker", "fee"),
    [
        # fee = contract value x rate: Bybit, "Trading fee structure": quantity x price, or quantity / price in coins
        (BTC, "2", "100", False, ("0.1", "USDT")),
        (BTC, "2", "100", True, ("0.04", "USDT")),
        (INVERSE, "10000", "8000", False, ("0.000625", "BTC")),
        (INVERSE, "-10000", "8000", True, ("0.00025", "BTC")),
        (SPOT, "2", "100", False, ("0.1", "USDT")),
        (SPOT, "-2", "100", False, ("0.1", "USDT")),
    ],
)
def test_a_fee_is_a_share_of_the_traded_value(
    symbol: str, quantity: str, price: str, is_maker: bool, fee: tuple[str, str]
) -> None:
    charged, currency = trade(ledger({"BTC": "5"}), symbol, quantity, price, is_maker=is_maker)
    assert (charged, currency) == (D(fee[0]), fee[1])


def test_spot_may_take_the_fee_of_a_buy_in_coins_and_of_a_sell_in_the_quote() -> None:
    books = ledger({"USDT": "1000"}, base_fees=True)
    assert trade(books, SPOT, "2", "100") == (D("0.001"), "BTC")
    assert wallets(books) == {"USDT": 800, "BTC": D("1.999")}
    assert trade(books, SPOT, "-1", "100") == (D("0.05"), "USDT")


def test_spot_exchanges_coins() -> None:
    books = ledger({"USDT": "1000"}, taker_fee=D(0))
    trade(books, SPOT, "2", "100")
    assert wallets(books) == {"USDT": 800, "BTC": 2}
    assert books.held(SPOT) == books.held(EUR) == 2


@pytest.mark.parametrize(
    ("symbol", "trades", "currency", "left"),
    [
        (BTC, [("1", "100"), ("-1", "110")], "USDT", "1010"),
        (BTC, [("-1", "100"), ("3", "110")], "USDT", "990"),
        (BTC, [("3", "100"), ("-1", "130")], "USDT", "1030"),
        (INVERSE, [("100", "50"), ("-100", "100")], "BTC", "1001"),
        (INVERSE, [("-100", "100"), ("50", "50")], "BTC", "1000.5"),
    ],
)
def test_what_a_trade_closes_is_realised_into_the_wallet(
    symbol: str, trades: list[tuple[str, str]], currency: str, left: str
) -> None:
    books = ledger({currency: "1000"}, taker_fee=D(0))
    for quantity, price in trades:
        trade(books, symbol, quantity, price)
    assert wallets(books) == {currency: D(left)}


# --- margin ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("symbol", "currency", "quantity", "price", "covered"),
    [
        # initial margin = position value / leverage: Bybit, "Initial margin"
        (BTC, "USDT", "100", "100", True),
        (BTC, "USDT", "100.001", "100", False),
        (ETH, "USDT", "20", "100", True),
        (ETH, "USDT", "20.001", "100", False),
        (INVERSE, "BTC", "80000000", "8000", True),
        (INVERSE, "BTC", "80000001", "8000", False),
    ],
)
def test_a_position_needs_its_value_over_its_leverage(
    symbol: str, currency: str, quantity: str, price: str, covered: bool
) -> None:
    for side in ("buy", "sell"):
        lack = ledger({currency: "1000"}).lacks(ticket(symbol, side, quantity), D(price))
        assert lack == ("" if covered else "insufficient margin")


def test_margin_is_by_currency() -> None:
    assert ledger({"BTC": "1000"}).lacks(ticket(BTC, "buy", "1"), D(100)) == "insufficient margin"
    assert ledger({"USDT": "1000"}).lacks(ticket(INVERSE, "buy", "1"), D(100)) == "insufficient margin"


def test_each_contract_counts_at_its_own_leverage() -> None:
    books = ledger({"USDT": "1000"}, taker_fee=D(0))
    trade(books, ETH, "10", "100")
    assert books.lacks(ticket(BTC, "buy", "50"), D(100)) == ""
    assert books.lacks(ticket(BTC, "buy", "50.001"), D(100)) == "insufficient margin"


@pytest.mark.parametrize(
    ("side", "quantity", "price", "lack"),
    [
        ("buy", "9.995", "100", ""),
        ("buy", "9.996", "100", "insufficient USDT"),
        ("sell", "3", "100", ""),
        ("sell", "3.001", "100", "insufficient BTC"),
    ],
)
def test_spot_trades_what_is_in_the_wallet_fee_included(side: str, quantity: str, price: str, lack: str) -> None:
    books = ledger({"USDT": "1000", "BTC": "3"})
    assert books.lacks(ticket(SPOT, side, quantity), D(price)) == lack


def test_coins_of_resting_orders_are_locked_for_every_pair_that_trades_them() -> None:
    books = ledger({"USDT": "1000", "BTC": "3", "EUR": "1000"}, taker_fee=D(0))
    for side, price in (("sell", "120"), ("buy", "90")):
        resting = Ticket(
            id=side, symbol=SPOT, side=Side(side), order_type=OrderType.LIMIT, quantity=D(2), price=D(price)
        )
        books._state.resting[side] = resting
    assert books.lacks(ticket(EUR, "sell", "1"), D(100)) == ""
    assert books.lacks(ticket(EUR, "sell", "1.001"), D(100)) == "insufficient BTC"
    assert books.lacks(ticket(SPOT, "buy", "8.2"), D(100)) == ""
    assert books.lacks(ticket(SPOT, "buy", "8.201"), D(100)) == "insufficient USDT"


# --- funding -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("symbol", "quantity", "price", "received"),
    [
        # funding fee = position value x funding rate, longs to shorts: Bybit, "Introduction to funding rate"
        (BTC, "10", "8000", "-8"),
        (BTC, "-10", "8000", "8"),
        (INVERSE, "10000", "8000", "-0.000125"),
        (INVERSE, "-10000", "8000", "0.000125"),
    ],
)
def test_longs_pay_shorts_the_rate_of_the_positions_value(
    symbol: str, quantity: str, price: str, received: str
) -> None:
    books = ledger({"USDT": "0", "BTC": "0"}, taker_fee=D(0))
    trade(books, symbol, quantity, price)
    assert books.fund(symbol, D(price)) == D(received)
    assert sum(wallets(books).values()) == D(received)
    assert list(books.funded_symbols()) == [symbol]


# --- liquidation -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("symbol", "quantity", "wallet", "price"),
    [
        # Binance, "How to calculate liquidation price of USD-M futures contracts", cross margin, no maintenance
        # amounts: (WB - side x position x entry) / (position x MMR - side x position), from an entry of 100
        (BTC, "10", "200", "80.40201"),
        (BTC, "-10", "200", "119.40299"),
        (BTC, "10", "2000", None),
        # the same condition with coins as margin: 10,000 USD at 100 are 100 coins
        (INVERSE, "10000", "20", "83.75"),
        (INVERSE, "-10000", "20", "124.375"),
        (INVERSE, "-10000", "100", None),
    ],
)
def test_a_position_is_liquidated_where_equity_falls_below_its_maintenance_margin(
    symbol: str, quantity: str, wallet: str, price: str | None
) -> None:
    terms = instrument(symbol, maintenance_margin="0.005")
    found = price_without_margin(terms, Position().traded(D(quantity), D(100), terms), D(wallet))
    assert (found.quantize(D("0.00001")) if found is not None else None) == (D(price) if price else None)


@pytest.mark.parametrize("symbol", [BTC, INVERSE])
@given(
    st.decimals("-1000", "1000", places=3),
    st.decimals("1", "1000", places=1),
    st.decimals("0.001", "5000", places=3),
    st.sampled_from([D("0.001"), D("0.005"), D("0.05")]),
)
def test_the_venue_liquidates_on_the_far_side_of_that_price_alone(
    symbol: str, quantity: Decimal, entry: Decimal, wallet: Decimal, rate: Decimal
) -> None:
    assume(quantity)
    terms: Instrument = instrument(symbol, maintenance_margin=str(rate))
    currency = terms.settle
    books = ledger({currency: str(wallet)}, instruments={symbol: terms}, taker_fee=D(0))
    trade(books, symbol, str(quantity), str(entry))
    price = price_without_margin(terms, books._state.positions[symbol], wallet)
    if price is None:
        probes = {D("0.0001"): False, D(1000): False, D(10**9): False}
        if symbol == INVERSE and quantity > 0:
            probes = {}
    else:
        far = price * (D("0.999") if quantity > 0 else D("1.001"))
        near = price * (D("1.001") if quantity > 0 else D("0.999"))
        probes = {far: True, near: False}
    for probe, gone in probes.items():
        mark(books, symbol, str(probe))
        assert books.to_liquidate(currency) == ([symbol] if gone else [])


def test_every_contract_of_a_currency_goes_and_those_of_others_stay() -> None:
    books = ledger({"USDT": "100", "BTC": "1"}, taker_fee=D(0))
    trade(books, BTC, "5", "100")
    trade(books, ETH, "-1", "100")
    trade(books, INVERSE, "100", "100")
    mark(books, BTC, "81")
    assert books.to_liquidate("USDT") == []
    mark(books, BTC, "80")
    assert books.to_liquidate("USDT") == [BTC, ETH]
    assert books.to_liquidate("BTC") == []


def test_a_contract_without_a_price_is_left_alone() -> None:
    books = ledger({"USDT": "-100"})
    books._state.positions[BTC] = Position(D(1), D(100))
    assert (books.to_liquidate("USDT"), books.equity("USDT")) == ([], -100)


def test_orders_that_rest_lock_their_fees_too() -> None:
    """Two buys of 500 with fees of 0.25 cost 1,000.50 together."""
    books = ledger({"USDT": "1000.25"})
    resting = replace(ticket(SPOT, "buy", "5"), id="A-0", order_type=OrderType.LIMIT, price=D(100))
    books._state.resting["A-0"] = resting
    assert books.lacks(ticket(SPOT, "buy", "5"), D(100)) == "insufficient USDT"
    wallets(books)["USDT"] += D("0.25")
    assert books.lacks(ticket(SPOT, "buy", "5"), D(100)) == ""
