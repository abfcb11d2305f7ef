"""The matching engine: what becomes of every sort of order as the market and time go on."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from exchange.engine import MOST_FUNDINGS_AT_ONCE, MatchingEngine, News
from exchange.ledger import VenueState, VenueTerms
from exchange.ticket import Liquidation, MarketPrice, Ticket, Update
from portfolio.model.fill import Funding
from portfolio.model.order import OrderType, PriceSource, TimeInForce
from portfolio.model.position import Position
from portfolio.model.side import Side
from tests.fakes import BTC, ETH, INVERSE, NOW, SPOT, instrument

D = Decimal
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)


def engine(held: str = "0", market: str | None = "100", **terms: Any) -> MatchingEngine:
    """A venue at a price of 100 with 1,000 USDT and 10 BTC, without fees; `held` contracts were bought at 100."""
    rates = {"maintenance_margin": "0.005", "funding_rate": "0.001"}
    known: dict[str, Any] = {
        "instruments": {
            BTC: instrument(max_quantity="500", **rates),
            ETH: instrument(ETH, **rates),
            INVERSE: instrument(INVERSE, lot="1", **rates),
            SPOT: instrument(SPOT),
        },
        "maker_fee": D(0),
        "taker_fee": D(0),
        "slippage": D(0),
        "leverage": D(10),
    }
    state = VenueState({"USDT": D(1000), "BTC": D(10)})
    if market is not None:
        state.prices.update(dict.fromkeys((BTC, SPOT, INVERSE), MarketPrice.single(D(market), PriceSource.QUOTE)))
    if D(held):
        state.positions[BTC] = Position(D(held), D(held) * 100)
    return MatchingEngine(VenueTerms(**{**known, **terms}), state)


def ticket(side: str, kind: str = "market", quantity: str = "1", *, symbol: str = BTC, **fields: Any) -> Ticket:
    """Prices are given as text, times as seconds from now."""
    given = {name: D(value) if name.endswith("price") else value for name, value in fields.items()}
    if "force" in given:
        given["time_in_force"] = TimeInForce(given.pop("force"))
    if "expires" in given:
        given["expires_at"] = NOW + timedelta(seconds=given.pop("expires"))
    known: dict[str, Any] = {"id": "A-1", "symbol": symbol, "side": Side(side), "order_type": OrderType(kind), **given}
    return Ticket(quantity=D(quantity), **known)


def place(venue: MatchingEngine, placed: Ticket) -> tuple[str, list[str]]:
    return told(venue.place(placed, NOW))


def show(venue: MatchingEngine, bid: str, ask: str | None = None, symbol: str = BTC, after_s: int = 0) -> list[News]:
    price = MarketPrice(D(bid), D(ask or bid), PriceSource.QUOTE)
    return venue.show(symbol, price, NOW + timedelta(seconds=after_s))


def told(update: News) -> tuple[str, list[str]]:
    """The status, and each execution as `quantity@price`."""
    assert isinstance(update, Update)
    return update.status.value, [f"{item.quantity}@{item.price}" for item in update.executions]


def shown(venue: MatchingEngine, *path: str, **fields: Any) -> list[tuple[str, list[str]]]:
    return [told(update) for price in path for update in show(venue, price, **fields)]


# --- time in force -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "price", "force", "becomes"),
    [
        ("buy", "99", "GTC", ("OPEN", [])),
        ("buy", "100", "GTC", ("FILLED", ["1@100"])),
        ("buy", "101", "GTC", ("FILLED", ["1@100"])),
        ("sell", "101", "GTC", ("OPEN", [])),
        ("sell", "99", "GTC", ("FILLED", ["1@100"])),
        ("buy", "99", "IOC", ("CANCELED", [])),
        ("buy", "100", "IOC", ("FILLED", ["1@100"])),
        ("sell", "101", "IOC", ("CANCELED", [])),
        ("sell", "99", "IOC", ("FILLED", ["1@100"])),
        ("buy", "99", "FOK", ("CANCELED", [])),
        ("buy", "100", "FOK", ("FILLED", ["1@100"])),
        ("sell", "101", "FOK", ("CANCELED", [])),
        ("sell", "99", "FOK", ("FILLED", ["1@100"])),
        ("buy", "99", "GTD", ("OPEN", [])),
        ("sell", "99", "GTD", ("FILLED", ["1@100"])),
    ],
)
def test_a_limit_order_takes_what_is_there_and_rests_if_it_may(
    side: str, price: str, force: str, becomes: tuple[str, list[str]]
) -> None:
    venue = engine()
    expires = {"expires": 60} if force == "GTD" else {}
    assert place(venue, ticket(side, "limit", price=price, force=force, **expires)) == becomes
    assert bool(venue._state.resting) is (becomes[0] == "OPEN")


@pytest.mark.parametrize(
    ("force", "becomes"),
    [
        ("GTC", ("PARTIALLY_FILLED", ["0.4@100"])),
        ("IOC", ("CANCELED", ["0.4@100"])),
        ("FOK", ("CANCELED", [])),
    ],
)
def test_where_only_a_part_is_there_the_rest_is_what_the_time_in_force_says(
    force: str, becomes: tuple[str, list[str]]
) -> None:
    assert place(engine(fill_ratio=D("0.4")), ticket("buy", "limit", price="100", force=force)) == becomes


@pytest.mark.parametrize("force", ["IOC", "FOK", "GTC"])
def test_a_market_order_takes_all_of_it_in_parts(force: str) -> None:
    parts = ("FILLED", ["0.4@100", "0.4@100", "0.2@100"])
    assert place(engine(fill_ratio=D("0.4")), ticket("sell", force=force)) == parts


def test_without_a_price_a_limit_order_rests_and_one_for_at_once_is_gone() -> None:
    assert place(engine(market=None), ticket("buy", "limit", price="100"))[0] == "OPEN"
    assert place(engine(market=None), ticket("buy", "limit", price="100", force="IOC"))[0] == "CANCELED"
    assert engine(market=None).place(ticket("buy"), NOW).reason == "there is no price of BTC/USDT:USDT"


@pytest.mark.parametrize("kind", ["limit", "stop", "take_profit"])
def test_a_good_till_date_order_expires_at_its_time_and_not_before(kind: str) -> None:
    prices = {"limit": {"price": "90"}, "stop": {"stop_price": "110"}, "take_profit": {"stop_price": "90"}}[kind]
    venue = engine()
    place(venue, ticket("buy", kind, force="GTD", expires=60, **prices))
    assert venue.pass_time(NOW + timedelta(seconds=59)) == []
    (news,) = venue.pass_time(NOW + timedelta(seconds=60))
    assert told(news) == ("EXPIRED", [])
    assert venue.pass_time(NOW + timedelta(seconds=61)) == []


def test_a_price_that_comes_too_late_does_not_fill_it() -> None:
    venue = engine()
    place(venue, ticket("buy", "limit", price="90", force="GTD", expires=60))
    assert shown(venue, "90", after_s=60) == [("EXPIRED", [])]


def test_an_order_whose_time_is_over_is_refused() -> None:
    refused = engine().place(ticket("buy", "limit", price="90", force="GTD", expires=0), NOW)
    assert (refused.status, refused.reason) == ("REJECTED", "the order's time is over already")


# --- stops and take-profits --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "side", "path", "at"),
    [
        ("stop", "buy", ["105", "109.9", "110"], "110"),
        ("stop", "buy", ["118"], "118"),
        ("stop", "sell", ["95", "90.1", "90"], "90"),
        ("stop", "sell", ["82"], "82"),
        ("take_profit", "sell", ["105", "109.9", "110"], "110"),
        ("take_profit", "sell", ["118"], "118"),
        ("take_profit", "buy", ["95", "90.1", "90"], "90"),
        ("take_profit", "buy", ["82"], "82"),
    ],
)
def test_it_trades_at_the_market_once_its_stop_is_reached_gaps_included(
    kind: str, side: str, path: list[str], at: str
) -> None:
    venue = engine()
    stop = "110" if (kind == "stop") is (side == "buy") else "90"
    assert place(venue, ticket(side, kind, stop_price=stop)) == ("OPEN", [])
    assert shown(venue, *path[:-1]) == []
    (news,) = show(venue, path[-1])
    assert told(news) == ("FILLED", [f"1@{at}"])
    assert isinstance(news, Update)
    assert news.ticket.triggered


@pytest.mark.parametrize(
    ("kind", "side", "stop"), [("stop", "buy", "99"), ("stop", "sell", "100"), ("take_profit", "sell", "100")]
)
def test_a_stop_that_the_market_is_past_triggers_at_once(kind: str, side: str, stop: str) -> None:
    assert place(engine(), ticket(side, kind, stop_price=stop)) == ("FILLED", ["1@100"])


def test_a_stop_slips_as_a_market_order_does() -> None:
    venue = engine(slippage=D("0.01"))
    place(venue, ticket("sell", "stop", stop_price="90"))
    assert shown(venue, "90") == [("FILLED", ["1@89.1"])]


def test_a_stop_looks_at_its_own_side_of_the_market() -> None:
    venue = engine()
    place(venue, ticket("buy", "stop", stop_price="110"))
    assert show(venue, "109", "109.9") == []
    assert [told(news) for news in show(venue, "109", "110")] == [("FILLED", ["1@110"])]


@pytest.mark.parametrize(
    ("side", "stop", "price", "path", "becomes"),
    [
        ("buy", "110", "112", ["110"], [("FILLED", ["1@110"])]),
        ("buy", "110", "112", ["115"], [("OPEN", [])]),
        ("buy", "110", "112", ["115", "112"], [("OPEN", []), ("FILLED", ["1@112"])]),
        ("buy", "110", "112", ["115", "100"], [("OPEN", []), ("FILLED", ["1@112"])]),
        ("sell", "90", "88", ["90"], [("FILLED", ["1@90"])]),
        ("sell", "90", "88", ["80", "88"], [("OPEN", []), ("FILLED", ["1@88"])]),
        ("buy", "110", "105", ["108", "105", "110", "105"], [("OPEN", []), ("FILLED", ["1@105"])]),
    ],
)
def test_a_stop_limit_becomes_a_limit_order(
    side: str, stop: str, price: str, path: list[str], becomes: list[tuple[str, list[str]]]
) -> None:
    venue = engine()
    assert place(venue, ticket(side, "stop_limit", stop_price=stop, price=price)) == ("OPEN", [])
    assert shown(venue, *path) == becomes


def test_a_stop_that_the_account_can_no_longer_carry_is_cancelled() -> None:
    venue = engine(market="100")
    place(venue, ticket("buy", "stop", "9", symbol=SPOT, stop_price="110"))
    (news,) = show(venue, "130", symbol=SPOT)
    assert isinstance(news, Update)
    assert (told(news), news.reason) == (("CANCELED", []), "insufficient USDT")
    assert venue._state.wallets == {"USDT": 1000, "BTC": 10}


# --- post-only ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "price", "status"), [("buy", "99.9", "OPEN"), ("buy", "100", "REJECTED"), ("sell", "100", "REJECTED")]
)
def test_a_post_only_order_never_takes(side: str, price: str, status: str) -> None:
    assert place(engine(), ticket(side, "limit", price=price, post_only=True)) == (status, [])


def test_a_post_only_stop_limit_waits_for_its_stop_before_it_is_judged() -> None:
    venue = engine()
    assert place(venue, ticket("sell", "stop_limit", stop_price="90", price="95", post_only=True)) == ("OPEN", [])
    assert shown(venue, "89", "95") == [("OPEN", []), ("FILLED", ["1@95"])]
    assert place(venue, ticket("sell", "stop_limit", stop_price="90", price="89", post_only=True)) == ("OPEN", [])
    (news,) = show(venue, "90")
    assert isinstance(news, Update)
    assert (told(news), news.reason) == (("CANCELED", []), "post-only: it would trade at once")


def test_resting_orders_pay_as_makers_and_others_as_takers() -> None:
    venue = engine(maker_fee=D("0.0001"), taker_fee=D("0.0005"))
    taken = venue.place(ticket("buy", "limit", price="100"), NOW)
    place(venue, ticket("buy", "limit", price="90", id="A-2"))
    place(venue, ticket("sell", "stop", stop_price="89", id="A-3"))
    made, stopped = (news for price in ("90", "89") for news in show(venue, price))
    assert isinstance(made, Update)
    assert isinstance(stopped, Update)
    fees = [update.executions[0].fee for update in (taken, made, stopped)]
    assert fees == [D("0.05"), D("0.009"), D("0.0445")]


# --- partial fills -----------------------------------------------------------------------------------------------


def test_a_resting_order_is_filled_a_part_with_each_price() -> None:
    venue = engine(fill_ratio=D("0.4"))
    place(venue, ticket("buy", "limit", price="90"))
    assert shown(venue, "91", "90", "95", "89", "90") == [
        ("PARTIALLY_FILLED", ["0.4@90"]),
        ("PARTIALLY_FILLED", ["0.4@90"]),
        ("FILLED", ["0.2@90"]),
    ]


def test_executions_are_counted_on_over_a_restart() -> None:
    half = ticket("buy", "limit", price="90", filled=D("0.5"), executions=7)
    venue = engine(fill_ratio=D("0.4"))
    venue._state.resting["A-1"] = half
    updates = [*show(venue, "90"), *show(venue, "90")]
    numbers = [item.number for update in updates if isinstance(update, Update) for item in update.executions]
    assert numbers == [8, 9]


def test_a_quantity_that_is_no_multiple_of_the_part_is_filled_to_the_last_lot() -> None:
    venue = engine(fill_ratio=D("0.3"))
    filled = venue.place(ticket("buy", quantity="0.007"), NOW)
    assert told(filled) == ("FILLED", ["0.002@100", "0.002@100", "0.002@100", "0.001@100"])


# --- reduce-only -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("market", {}),
        ("limit", {"price": "100"}),
        ("stop", {"stop_price": "100"}),
        ("take_profit", {"stop_price": "100"}),
        ("stop_limit", {"stop_price": "100", "price": "99"}),
    ],
)
def test_a_reduce_only_order_is_cut_to_the_position(kind: str, fields: dict[str, str]) -> None:
    venue = engine("2")
    assert place(venue, ticket("sell", kind, "3", reduce_only=True, **fields)) == ("CANCELED", ["2@100"])
    assert venue._state.positions[BTC].quantity == 0
    refused = venue.place(ticket("sell", kind, "3", reduce_only=True, id="A-2", **fields), NOW)
    assert (refused.status, refused.reason) == ("REJECTED", "reduce-only: there is no position to reduce")


def test_of_a_stop_and_a_take_profit_the_first_that_is_reached_ends_the_other() -> None:
    venue = engine("2")
    place(venue, ticket("sell", "stop", "2", stop_price="90", reduce_only=True, id="stop"))
    place(venue, ticket("sell", "take_profit", "2", stop_price="110", reduce_only=True, id="target"))
    assert shown(venue, "110") == [("FILLED", ["2@110"])]
    assert shown(venue, "80") == [("CANCELED", [])]
    assert venue._state.wallets["USDT"] == 1020


def test_where_one_price_reaches_both_the_older_trades() -> None:
    venue = engine("2")
    place(venue, ticket("sell", "limit", "2", price="110", reduce_only=True, id="a"))
    place(venue, ticket("sell", "take_profit", "2", stop_price="110", reduce_only=True, id="b"))
    assert shown(venue, "111") == [("FILLED", ["2@110"]), ("CANCELED", [])]


# --- refusals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("refused", "reason"),
    [
        (ticket("buy", quantity="500.001"), "above 500"),
        (ticket("buy", quantity="0.0001"), "multiple of 0.001"),
        (ticket("buy", "limit"), "a price is missing or too many"),
        (ticket("buy", price="100"), "a price is missing or too many"),
        (ticket("buy", "stop"), "a price is missing or too many"),
        (ticket("buy", "stop_limit", price="100"), "a price is missing or too many"),
        (ticket("buy", "limit", price="100", stop_price="90"), "a price is missing or too many"),
        (ticket("buy", "stop", stop_price="90.05"), "multiple of 0.1"),
        (ticket("buy", "stop_limit", price="90.05", stop_price="90"), "multiple of 0.1"),
        (ticket("buy", "stop", "101", stop_price="110"), "insufficient margin"),
        (ticket("buy", "stop", "9.2", symbol=SPOT, stop_price="110"), "insufficient USDT"),
        (ticket("buy", "limit", "10.1", symbol=SPOT, price="99"), ""),
        (ticket("sell", "stop", "10.001", symbol=SPOT, stop_price="90"), "insufficient BTC"),
        (ticket("sell", "limit", "10.001", symbol=SPOT, price="110"), "insufficient BTC"),
    ],
)
def test_what_a_venue_would_not_take_is_refused(refused: Ticket, reason: str) -> None:
    update = engine().place(refused, NOW)
    assert reason in update.reason
    assert (update.status == "REJECTED") is bool(reason)


def test_resting_orders_lock_what_they_would_spend_until_they_end() -> None:
    venue = engine()
    assert place(venue, ticket("buy", "limit", "10", symbol=SPOT, price="90"))[0] == "OPEN"
    assert place(venue, ticket("sell", "take_profit", "6", symbol=SPOT, stop_price="120", id="A-2"))[0] == "OPEN"
    assert place(venue, ticket("buy", quantity="1.001", symbol=SPOT, id="A-3"))[0] == "REJECTED"
    assert place(venue, ticket("sell", quantity="4.001", symbol=SPOT, id="A-4"))[0] == "REJECTED"
    assert place(venue, ticket("sell", quantity="4", symbol=SPOT, id="A-5"))[0] == "FILLED"
    venue.cancel("A-1")
    assert place(venue, ticket("buy", quantity="14", symbol=SPOT, id="A-6"))[0] == "FILLED"


def test_a_market_buy_is_paid_with_its_slippage() -> None:
    assert place(engine(slippage=D("0.01")), ticket("buy", quantity="10", symbol=SPOT))[0] == "REJECTED"
    assert place(engine(slippage=D("0.01")), ticket("buy", quantity="9.9", symbol=SPOT))[0] == "FILLED"


# --- liquidation -------------------------------------------------------------------------------------------------


def test_a_liquidation_cancels_what_rests_on_the_symbol_and_closes_at_the_mark() -> None:
    venue = engine("50", taker_fee=D("0.001"))
    place(venue, ticket("sell", "limit", price="150"))
    place(venue, ticket("buy", "limit", price="50", symbol=SPOT, id="A-2"))
    assert show(venue, "81") == []
    canceled, gone = show(venue, "80")
    assert isinstance(canceled, Update)
    assert (told(canceled), canceled.reason) == (("CANCELED", []), "the position is being liquidated")
    assert isinstance(gone, Liquidation)
    assert (gone.symbol, gone.side, gone.execution.quantity, gone.execution.price) == (BTC, "sell", 50, 80)
    assert (gone.execution.fee, gone.execution.source) == (4, "liquidation")
    assert (venue._state.wallets["USDT"], list(venue._state.resting)) == (-4, ["A-2"])
    assert show(venue, "10") == []


def test_a_short_is_liquidated_by_a_rise() -> None:
    venue = engine("-50")
    (gone,) = show(venue, "125")
    assert isinstance(gone, Liquidation)
    assert (gone.side, gone.execution.quantity) == ("buy", 50)


def test_a_stop_that_triggers_at_the_same_price_comes_first() -> None:
    venue = engine("50")
    place(venue, ticket("sell", "stop", "50", stop_price="85", reduce_only=True))
    assert shown(venue, "80") == [("FILLED", ["50@80"])]


# --- funding -----------------------------------------------------------------------------------------------------


def fundings(venue: MatchingEngine, *times: datetime) -> list[tuple[datetime, Decimal]]:
    paid = [news for time in times for news in venue.pass_time(time)]
    assert all(isinstance(news, Funding) for news in paid)
    return [(news.time, news.amount) for news in paid if isinstance(news, Funding)]


def at(hours: float) -> datetime:
    return MIDNIGHT + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("interval_h", "times", "paid"),
    [
        (8, [7.99, 8], [8]),
        (8, [8, 8, 8.5, 15.99], []),
        (8, [8, 16, 24], [16, 24]),
        (1, [0.5, 1, 1.5, 2.5], [1, 2]),
        (8, [1, 25], [8, 16, 24]),
        (24, [1, 23, 25], [24]),
        (6, [1, 6], [6]),
    ],
)
def test_funding_is_paid_once_at_each_boundary(interval_h: int, times: list[float], paid: list[float]) -> None:
    venue = engine("10", funding_interval_h=interval_h)
    assert fundings(venue, *map(at, times)) == [(at(hour), -1) for hour in paid]


def test_funding_that_fell_due_while_nothing_ran_is_paid_at_the_last_mark() -> None:
    venue = engine("-10", market="120")
    venue._state.funded[BTC] = at(3)
    assert fundings(venue, at(30)) == [(at(hour), D("1.2")) for hour in (8, 16, 24)]


def test_a_very_long_absence_is_bounded() -> None:
    venue = engine("10", funding_interval_h=1)
    venue._state.funded[BTC] = at(0)
    assert len(fundings(venue, at(24 * 365))) == MOST_FUNDINGS_AT_ONCE
    assert fundings(venue, at(24 * 365 + 0.5)) == []


def test_nothing_is_due_for_the_time_before_there_was_a_position() -> None:
    venue = engine()
    venue._state.funded[BTC] = at(0)
    assert fundings(venue, at(30)) == []
    place(venue, ticket("buy"))
    assert fundings(venue, at(31)) == []
    assert fundings(venue, at(32)) == [(at(32), D("-0.1"))]


def test_a_position_of_less_than_a_tick_pays_like_any_other() -> None:
    venue = engine()
    venue.pass_time(at(15.999))
    place(venue, ticket("buy"))
    assert fundings(venue, at(16)) == [(at(16), D("-0.1"))]


def test_spot_and_contracts_without_a_price_or_a_rate_pay_nothing() -> None:
    venue = engine(market=None)
    venue._state.positions[ETH] = Position(D(1), D(100))
    assert fundings(venue, at(7), at(8)) == []
    place(venue, ticket("buy", symbol=SPOT, at=MarketPrice.single(D(1), PriceSource.SIGNAL)))
    assert fundings(venue, at(16)) == []


# --- amended -----------------------------------------------------------------------------------------------------


def amended(venue: MatchingEngine, quantity: str, **prices: str) -> str | tuple[str, list[str]]:
    price, stop = (D(prices[name]) if name in prices else None for name in ("price", "stop_price"))
    answer = venue.amend("A-1", D(quantity), price, stop, NOW)
    return answer if isinstance(answer, str) else told(answer)


def test_an_order_at_rest_becomes_larger_or_smaller_and_moves() -> None:
    venue = engine("5")
    place(venue, ticket("sell", "stop", "1", stop_price="90", reduce_only=True))
    assert amended(venue, "3", stop_price="92") == ("OPEN", [])
    (update,) = show(venue, "91")
    assert isinstance(update, Update)
    assert told(update) == ("FILLED", ["3@91"])


def test_what_was_filled_counts() -> None:
    venue = engine(fill_ratio=D("0.5"))
    place(venue, ticket("buy", "limit", "4", price="95"))
    show(venue, "95")
    assert amended(venue, "3", price="95") == ("PARTIALLY_FILLED", [])
    assert amended(venue, "2", price="95") == "2 of the order are filled already"


def test_one_that_the_market_has_reached_trades() -> None:
    venue = engine("5")
    place(venue, ticket("sell", "stop", "5", stop_price="90", reduce_only=True))
    assert amended(venue, "5", stop_price="100") == ("FILLED", ["5@100"])
    other = engine()
    place(other, ticket("buy", "limit", "2", price="95"))
    assert amended(other, "2", price="100") == ("FILLED", ["2@100"])


@pytest.mark.parametrize(
    ("quantity", "price", "refusal"),
    [("1.0005", "95", "multiple of 0.001"), ("1", "95.05", "multiple of 0.1"), ("501", "95", "above 500")],
)
def test_what_a_venue_would_not_take_anew_it_does_not_take_so(quantity: str, price: str, refusal: str) -> None:
    venue = engine()
    place(venue, ticket("buy", "limit", "2", price="95"))
    assert refusal in str(amended(venue, quantity, price=price))
    assert amended(venue, "2", price="95") == ("OPEN", [])


def test_an_order_that_has_gone_cannot_be_amended() -> None:
    assert amended(engine(), "1", price="95") == "there is no such order at rest"
