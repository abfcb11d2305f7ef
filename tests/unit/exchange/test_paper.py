"""The paper exchange accepts, refuses and fills as a venue would, and keeps nothing that the book does not have."""

from decimal import Decimal
from typing import Any

import pytest

from exchange.ledger import VenueState, VenueTerms
from exchange.paper import PaperExchange, ticket_of
from portfolio.model.effect import ShowPrice
from portfolio.model.fill import OrderReport
from portfolio.model.order import Order, PriceSource
from portfolio.model.position import Position
from portfolio.ports import Exchange
from tests.fakes import BTC, ETH, NOW, instrument, order

D = Decimal


def venue(held: str = "0", balance: str = "1000", **terms: Any) -> PaperExchange:
    """Two symbols, ten times leverage, fees of 0.02 % and 0.05 %; `held` was bought at 100."""
    known: dict[str, Any] = {
        "instruments": {BTC: instrument(), ETH: instrument(ETH, max_leverage="2")},
        "maker_fee": D("0.0002"),
        "taker_fee": D("0.0005"),
        "slippage": D(0),
        "leverage": D(10),
    }
    state = VenueState({"USDT": D(balance)})
    if D(held):
        state.positions[BTC] = Position(D(held), D(held) * 100)
    return PaperExchange(VenueTerms(**{**known, **terms}), state, clock=lambda: NOW)


def limit(price: str, **fields: Any) -> Order:
    return order(order_type="limit", price=D(price), **fields)


def show(paper: PaperExchange, bid: str, ask: str | None = None, symbol: str = BTC) -> list[OrderReport]:
    """What the venue has to tell after the price moved."""
    paper.show_price(ShowPrice("main", symbol, D(bid), D(ask or bid), PriceSource.QUOTE))
    return paper.collect()


async def reason(paper: PaperExchange, refused: Order) -> str:
    report = await paper.send(refused)
    assert (report.status, report.trades) == ("REJECTED", ())
    return report.reason


def test_it_is_an_exchange() -> None:
    port: Exchange = venue()
    assert port.collect() == []


# --- market and limit --------------------------------------------------------------------------------------------


async def test_a_market_order_is_filled_in_one_report() -> None:
    report = await venue().send(order(quantity="2"))
    (trade,) = report.trades
    assert (report.status, report.sent_at) == ("FILLED", NOW)
    assert (trade.trade_id, trade.quantity, trade.price, trade.time) == ("A-1-1", 2, 100, NOW)
    assert (trade.fee, trade.fee_currency) == (D("0.1"), "USDT")


async def test_slippage_is_against_the_order() -> None:
    (trade,) = (await venue(slippage=D("0.01")).send(order())).trades
    assert trade.price == 101


async def test_a_limit_order_takes_what_is_there_and_pays_as_a_taker() -> None:
    paper = venue()
    show(paper, "94", "95")
    report = await paper.send(limit("100"))
    assert (report.status, report.trades[0].price, report.trades[0].fee) == ("FILLED", 95, D("0.0475"))


async def test_a_limit_order_rests_until_a_price_reaches_it_and_pays_as_a_maker() -> None:
    paper = venue()
    assert (await paper.send(limit("90"))).status == "OPEN"
    assert show(paper, "91") == []
    (report,) = show(paper, "80")
    assert (report.status, report.trades[0].price, report.trades[0].fee) == ("FILLED", 90, D("0.018"))
    assert show(paper, "70") == []


async def test_prices_of_other_symbols_fill_nothing() -> None:
    paper = venue()
    await paper.send(limit("90"))
    assert show(paper, "80", symbol=ETH) == []


async def test_resting_orders_are_filled_oldest_first() -> None:
    paper = venue()
    for order_id in ("A-2", "A-1"):
        await paper.send(limit("90", order_id=order_id))
    assert [report.client_order_id for report in show(paper, "90")] == ["A-2", "A-1"]


async def test_what_remains_of_an_order_is_what_is_filled() -> None:
    partly = limit("90", quantity="3", filled=D(1), status="PARTIALLY_FILLED")
    paper = venue()
    await paper.send(partly)
    assert show(paper, "90")[0].trades[0].quantity == 2


# --- cancel and look-up ------------------------------------------------------------------------------------------


async def test_a_resting_order_is_cancelled_at_once() -> None:
    paper = venue()
    await paper.send(limit("90"))
    assert (await paper.cancel(limit("90"))).status == "CANCELED"
    assert show(paper, "80") == []


async def test_a_cancel_of_anything_else_is_no_news() -> None:
    paper = venue()
    await paper.send(order())
    assert (await paper.cancel(order())).status is None


async def test_a_resting_order_is_found_and_any_other_is_absent() -> None:
    paper = venue()
    await paper.send(limit("90"))
    await paper.send(order("A-2"))
    found = await paper.look_up(limit("90"))
    assert found is not None
    assert (found.status, await paper.look_up(order("A-2"))) == ("OPEN", None)


async def test_a_rebuilt_venue_knows_the_books_resting_orders() -> None:
    resting = limit("90", status="OPEN")
    rebuilt = VenueState({"USDT": D(1000)}, resting={"A-1": ticket_of(resting)})
    paper = PaperExchange(venue()._engine._terms, rebuilt, clock=lambda: NOW)
    assert await paper.look_up(resting) is not None
    assert await reason(paper, resting) == "the client order id was used before"


# --- refusals ----------------------------------------------------------------------------------------------------


async def test_an_id_is_taken_once() -> None:
    paper = venue()
    await paper.send(order())
    assert await reason(paper, order()) == "the client order id was used before"


async def test_an_unknown_symbol_is_refused() -> None:
    assert await reason(venue(), order(symbol="NO/USDT:USDT")) == "unknown symbol NO/USDT:USDT"


@pytest.mark.parametrize("quantity", ["0.0005", "1.0005"])
async def test_a_quantity_that_is_no_lot_or_too_small_is_refused(quantity: str) -> None:
    assert "multiple of 0.001" in await reason(venue(), order(quantity=quantity))


async def test_the_whole_position_may_be_closed_whatever_its_size() -> None:
    assert (await venue("0.0005").send(order(side="sell", quantity="0.0005"))).status == "FILLED"


async def test_a_limit_price_that_is_no_tick_is_refused() -> None:
    assert "multiple of 0.1" in await reason(venue(), order(order_type="limit", price=D("90.05")))


async def test_a_limit_order_without_a_price_is_refused() -> None:
    assert "price is missing" in await reason(venue(), order(order_type="limit"))


@pytest.mark.parametrize(("held", "side", "quantity"), [("0", "sell", "1"), ("1", "buy", "1")])
async def test_a_reduce_only_order_that_would_open_is_refused(held: str, side: str, quantity: str) -> None:
    assert "reduce-only" in await reason(venue(held), order(side=side, quantity=quantity, reduce_only=True))


async def test_a_reduce_only_order_larger_than_the_position_closes_it_and_the_rest_is_canceled() -> None:
    report = await venue("1").send(order(side="sell", quantity="1.5", reduce_only=True))
    assert (report.status, [trade.quantity for trade in report.trades]) == ("CANCELED", [1])


async def test_a_resting_reduce_only_order_ends_once_the_position_is_gone() -> None:
    paper = venue("1")
    await paper.send(limit("120", order_id="A-1", side="sell", reduce_only=True))
    await paper.send(order("A-2", side="sell"))
    (report,) = show(paper, "120")
    assert (report.status, report.reason) == ("CANCELED", "reduce-only: cut to the position")


@pytest.mark.parametrize(("quantity", "status"), [("100", "FILLED"), ("100.001", "REJECTED")])
async def test_the_position_after_the_trade_must_be_covered_by_margin(quantity: str, status: str) -> None:
    assert (await venue().send(order(quantity=quantity))).status == status


async def test_an_instruments_own_leverage_may_be_lower() -> None:
    assert await reason(venue(), order(symbol=ETH, quantity="20.001")) == "insufficient margin"


async def test_a_reduction_needs_no_margin() -> None:
    assert (await venue("5", balance="-10000").send(order(side="sell", quantity="5"))).status == "FILLED"


async def test_crossing_zero_needs_margin_for_the_rest() -> None:
    assert await reason(venue("5"), order(side="sell", quantity="105.001")) == "insufficient margin"


async def test_margin_counts_the_other_positions_and_their_losses() -> None:
    paper = venue("50")
    show(paper, "90")
    assert await reason(paper, order(symbol=ETH, quantity="10", reference_price=D(100))) == "insufficient margin"
    show(paper, "100")
    assert await reason(paper, order(symbol=ETH, quantity="10.001")) == "insufficient margin"
    assert (await paper.send(order("A-2", symbol=ETH, quantity="10"))).status == "FILLED"


async def test_a_round_trip_costs_its_fees_and_earns_its_profit() -> None:
    paper = venue()
    await paper.send(order("A-1", quantity="10"))
    await paper.send(order("A-2", side="sell", quantity="10", reference_price=D(110)))
    state = paper._state
    assert state.positions[BTC].quantity == 0
    assert state.wallets["USDT"] == 1000 + 100 - D("0.5") - D("0.55")


async def test_an_amendment_is_taken_or_refused_by_name() -> None:
    paper = venue(held="3")
    stop = order("A-2", "sell", "1", order_type="stop", stop_price=D(90), reduce_only=True)
    assert (await paper.amend(stop)).amended is False
    await paper.send(stop)
    report = await paper.amend(stop.but(quantity=D(3)))
    assert (report.amended, report.status, report.trades) == (True, "OPEN", ())
    refused = await paper.amend(stop.but(quantity=D("0.0001")))
    assert (refused.amended, refused.status) == (False, None)
    assert "0.001" in refused.reason
    (news,) = show(paper, "89")
    assert [trade.quantity for trade in news.trades] == [3]
