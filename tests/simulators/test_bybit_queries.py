from typing import Any

import ccxt
import pytest

from tests.simulators.bybit import BybitSimulator

BTC, ETH = "BTC/USDT:USDT", "ETH/USDT:USDT"
LINEAR = {"category": "linear", "symbol": "BTCUSDT"}
DAY_MS = 86_400_000


async def pages_of(ask: Any, asked: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Every page until one is empty."""
    pages, cursor = [], ""
    while True:
        result = (await ask({**asked, **({"cursor": cursor} if cursor else {})}))["result"]
        if not result["list"]:
            assert result["nextPageCursor"] == ""
            return pages
        pages.append(result["list"])
        cursor = result["nextPageCursor"]


async def rest_orders(desk: Any, count: int) -> None:
    for number in range(count):
        await desk.create_order(BTC, "limit", "buy", 0.001, 50000 + number, {"clientOrderId": f"a-{number}"})


# --- markets and prices ------------------------------------------------------------------------------------------


async def test_markets_have_the_venues_precision(desk: Any) -> None:
    linear, spot, inverse = (desk.market(name) for name in (BTC, "BTC/USDT", "BTC/USD:BTC"))

    assert (linear["precision"], linear["contractSize"]) == ({"amount": 0.001, "price": 0.1}, 1)
    assert (spot["precision"]["amount"], spot["limits"]["cost"]["min"]) == (0.000001, 5)
    assert (inverse["precision"]["amount"], inverse["settle"], inverse["inverse"]) == (1, "BTC", True)
    assert linear["info"]["leverageFilter"]["maxLeverage"] == "100.00"


async def test_a_delisted_symbol_takes_no_order_and_is_gone(desk: Any, venue: BybitSimulator) -> None:
    await desk.create_order(BTC, "limit", "buy", 0.01, 60000, {"clientOrderId": "a-1"})
    venue.control.status(BTC, "Closed")
    with pytest.raises(ccxt.ExchangeError, match="110074"):
        await desk.create_order(BTC, "limit", "buy", 0.01, 60000)
    await desk.load_markets(reload=True)

    assert BTC not in desk.markets
    assert venue.venue.links["a-1"].status == "Cancelled"


async def test_a_symbol_that_ends_soon_is_listed_as_inactive(desk: Any, venue: BybitSimulator) -> None:
    venue.control.status(BTC, "Delivering")
    await desk.load_markets(reload=True)

    assert desk.market(BTC)["active"] is False


async def test_prices_are_asked_for(desk: Any, venue: BybitSimulator) -> None:
    venue.control.price(BTC, "61000", "61000.5")
    ticker = await desk.fetch_ticker(BTC)
    book = await desk.fetch_order_book(BTC)

    assert (ticker["bid"], ticker["ask"]) == (61000, 61000.5)
    assert (book["bids"][0][0], book["asks"][0][0]) == (61000, 61000.5)


async def test_the_time_is_the_venues(desk: Any, venue: BybitSimulator) -> None:
    venue.control.clock(3_600_000)

    assert abs(await desk.fetch_time() - desk.milliseconds() - 3_600_000) < 1000


# --- orders ------------------------------------------------------------------------------------------------------


async def test_open_orders_come_in_pages_of_twenty(desk: Any) -> None:
    await rest_orders(desk, 45)
    pages = await pages_of(desk.private_get_v5_order_realtime, LINEAR)
    ids = [row["orderLinkId"] for page in pages for row in page]

    assert [len(page) for page in pages] == [20, 20, 5]
    assert ids == [f"a-{number}" for number in reversed(range(45))]


async def test_a_page_stays_where_it_was_while_new_orders_come(desk: Any) -> None:
    await rest_orders(desk, 4)
    first = (await desk.private_get_v5_order_realtime({**LINEAR, "limit": 2}))["result"]
    await desk.create_order(BTC, "limit", "buy", 0.001, 50000, {"clientOrderId": "b-1"})
    second = await desk.private_get_v5_order_realtime({**LINEAR, "limit": 2, "cursor": first["nextPageCursor"]})

    assert [row["orderLinkId"] for row in second["result"]["list"]] == ["a-1", "a-0"]


async def test_pages_hold_fifty_orders_at_most(desk: Any) -> None:
    await rest_orders(desk, 51)
    answer = await desk.private_get_v5_order_realtime({**LINEAR, "limit": 500})

    assert len(answer["result"]["list"]) == 50


async def test_linear_open_orders_need_a_symbol_or_a_coin(desk: Any) -> None:
    with pytest.raises(ccxt.BadRequest, match="symbol or settleCoin or baseCoin"):
        await desk.private_get_v5_order_realtime({"category": "linear"})


async def test_open_orders_are_those_of_the_settle_coin(desk: Any) -> None:
    await desk.create_order(BTC, "limit", "buy", 0.01, 60000, {"clientOrderId": "a-1"})
    await desk.create_order(ETH, "limit", "buy", 0.1, 3000, {"clientOrderId": "a-2"})

    assert {order["clientOrderId"] for order in await desk.fetch_open_orders()} == {"a-1", "a-2"}
    assert [order["clientOrderId"] for order in await desk.fetch_open_orders(ETH)] == ["a-2"]


async def test_history_has_only_what_has_ended(desk: Any) -> None:
    await desk.create_order(BTC, "limit", "buy", 0.01, 60000, {"clientOrderId": "a-1"})
    await desk.create_order(BTC, "market", "buy", 0.01, None, {"clientOrderId": "a-2"})
    everything = await desk.private_get_v5_order_history(LINEAR)
    resting = await desk.private_get_v5_order_history({**LINEAR, "orderLinkId": "a-1"})

    assert [row["orderLinkId"] for row in everything["result"]["list"]] == ["a-2"]
    assert resting["result"]["list"] == []


async def test_an_order_that_never_was_is_in_no_list(desk: Any) -> None:
    for ask in (desk.private_get_v5_order_realtime, desk.private_get_v5_order_history):
        assert (await ask({**LINEAR, "orderLinkId": "never"}))["result"]["list"] == []


# --- executions and money ----------------------------------------------------------------------------------------


async def test_executions_come_in_pages_newest_first(desk: Any, venue: BybitSimulator) -> None:
    venue.control.split(10)
    for number in range(12):
        side = "buy" if number % 2 == 0 else "sell"
        await desk.create_order(BTC, "market", side, 0.01, None, {"clientOrderId": f"a-{number}"})
    pages = await pages_of(desk.private_get_v5_execution_list, {**LINEAR, "limit": 50})
    ids = [row["execId"] for page in pages for row in page]

    assert [len(page) for page in pages] == [50, 50, 20]
    assert ids == [item.execution_id for item in reversed(venue.venue.executions)]


async def test_executions_are_told_for_seven_days_at_a_time(desk: Any, venue: BybitSimulator) -> None:
    await desk.create_order(BTC, "market", "buy", 0.01, None, {"clientOrderId": "a-1"})
    now_ms = venue.clock.now_ms()
    venue.control.clock(8 * DAY_MS)
    desk.options["timeDifference"] = -8 * DAY_MS
    lately = await desk.private_get_v5_execution_list(LINEAR)
    then = await desk.private_get_v5_execution_list({**LINEAR, "startTime": now_ms - 1000})
    with pytest.raises(ccxt.BadRequest, match="7 days"):
        await desk.private_get_v5_execution_list({**LINEAR, "startTime": now_ms, "endTime": now_ms + 8 * DAY_MS})

    assert lately["result"]["list"] == []
    assert len(then["result"]["list"]) == 1


async def test_an_execution_tells_what_it_closed_and_earned(desk: Any, venue: BybitSimulator) -> None:
    await desk.create_order(BTC, "market", "buy", 0.01, None, {"clientOrderId": "a-1"})
    venue.control.price(BTC, "66000")
    await desk.create_order(BTC, "market", "sell", 0.03, None, {"clientOrderId": "a-2"})
    [_, told] = venue.control.executions()["executions"]

    assert (told["closedSize"], told["execPnl"]) == ("0.01", "10")


async def test_the_position_and_the_wallet_follow_from_the_executions(desk: Any, venue: BybitSimulator) -> None:
    await desk.create_order(BTC, "market", "buy", 0.03, None, {"clientOrderId": "a-1"})
    venue.control.price(BTC, "66000")
    await desk.create_order(BTC, "market", "sell", 0.01, None, {"clientOrderId": "a-2"})
    [position] = await desk.fetch_positions([BTC])
    balance = (await desk.fetch_balance())["info"]["result"]["list"][0]["coin"]
    coins = {row["coin"]: row for row in balance}

    assert (position["info"]["size"], position["info"]["avgPrice"]) == ("0.02", "65000")
    assert position["info"]["unrealisedPnl"] == "20"
    assert coins["USDT"]["walletBalance"] == "1000008.5645"
    assert coins["USDT"]["equity"] == "1000028.5645"


async def test_a_flat_position_is_told_when_asked_for_by_symbol(desk: Any) -> None:
    by_symbol = await desk.private_get_v5_position_list(LINEAR)
    by_coin = await desk.private_get_v5_position_list({"category": "linear", "settleCoin": "USDT"})

    assert [(row["side"], row["size"]) for row in by_symbol["result"]["list"]] == [("", "0")]
    assert by_coin["result"]["list"] == []


async def test_the_transaction_log_has_deposits_and_funding(desk: Any, venue: BybitSimulator) -> None:
    await desk.create_order(BTC, "market", "buy", 0.01, None, {"clientOrderId": "a-1"})
    venue.control.transfer("USDT", "500")
    venue.control.funding(BTC, "0.0001")
    rows = (await desk.private_get_v5_account_transaction_log({"accountType": "UNIFIED"}))["result"]["list"]
    told = [(row["type"], row["currency"], row["change"]) for row in rows]

    assert told == [
        ("SETTLEMENT", "USDT", "-0.06499995"),
        ("TRANSFER_IN", "USDT", "500"),
        ("TRADE", "USDT", "-0.3575"),
    ]


async def test_funding_and_liquidation_are_executions_of_their_own_kinds(desk: Any, venue: BybitSimulator) -> None:
    await desk.create_order(BTC, "market", "buy", 0.01, None, {"clientOrderId": "a-1"})
    venue.control.funding(BTC, "0.0001")
    venue.control.liquidate(BTC, "60000")
    rows = (await desk.private_get_v5_execution_list(LINEAR))["result"]["list"]

    assert [(row["execType"], row["execFee"]) for row in rows] == [
        ("BustTrade", "0.33"),
        ("Funding", "0.06499995"),
        ("Trade", "0.3575"),
    ]
    assert [trade["order"] for trade in await desk.fetch_my_trades(BTC)] == [rows[2]["orderId"]]


# --- the account -------------------------------------------------------------------------------------------------


async def test_the_kind_of_account_is_asked_for_once(desk: Any, venue: BybitSimulator) -> None:
    before = len(venue.edge.requests["/v5/user/query-api"])
    await desk.create_order(BTC, "market", "buy", 0.01)
    await desk.create_order(BTC, "market", "buy", 0.01)

    assert before == 1
    assert len(venue.edge.requests["/v5/user/query-api"]) == 1


async def test_the_key_tells_what_it_may_do(desk: Any, venue: BybitSimulator) -> None:
    cautious = (await desk.private_get_v5_user_query_api())["result"]
    venue.control.key(may_withdraw=True)
    careless = (await desk.private_get_v5_user_query_api())["result"]

    assert "Withdraw" not in cautious["permissions"]["Wallet"]
    assert "Withdraw" in careless["permissions"]["Wallet"]


async def test_leverage_is_set_once(desk: Any) -> None:
    await desk.set_leverage(5, BTC)
    with pytest.raises(ccxt.BadRequest, match="110043"):
        await desk.set_leverage(5, BTC)
    [row] = (await desk.private_get_v5_position_list(LINEAR))["result"]["list"]

    assert row["leverage"] == "5"


async def test_leverage_bounds_what_can_be_carried(desk: Any) -> None:
    await desk.set_leverage(1, BTC)
    with pytest.raises(ccxt.InsufficientFunds):
        await desk.create_order(BTC, "market", "buy", 20)
    await desk.set_leverage(50, BTC)

    assert (await desk.create_order(BTC, "market", "buy", 20))["id"]


@pytest.mark.parametrize("leverage", ["0", "101", "much"])
async def test_a_leverage_that_there_is_not_is_refused(desk: Any, leverage: str) -> None:
    with pytest.raises(ccxt.BadRequest):
        await desk.private_post_v5_position_set_leverage({**LINEAR, "buyLeverage": leverage, "sellLeverage": leverage})


async def test_positions_are_one_way_until_told_otherwise(desk: Any) -> None:
    with pytest.raises(ccxt.NoChange, match="110025"):
        await desk.set_position_mode(False, BTC)
    await desk.set_position_mode(True, BTC)
    with pytest.raises(ccxt.BadRequest, match="position idx not match position mode"):
        await desk.create_order(BTC, "market", "buy", 0.01)
    [row] = (await desk.private_get_v5_position_list(LINEAR))["result"]["list"]

    assert row["positionIdx"] == 1


async def test_the_margin_mode_is_told_as_it_was_set(desk: Any) -> None:
    await desk.set_margin_mode("isolated")

    assert (await desk.private_get_v5_account_info())["result"]["marginMode"] == "ISOLATED_MARGIN"
