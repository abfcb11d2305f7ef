import asyncio
from decimal import Decimal
from typing import Any

import pytest

from tests.simulators.bybit import BybitSimulator

BTC, ETH, SPOT = "BTC/USDT:USDT", "ETH/USDT:USDT", "BTC/USDT"
FOREIGN = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": "0.01"}


async def test_somebody_elses_order_is_seen_like_any_other(desk: Any, venue: BybitSimulator) -> None:
    told = venue.control.order(**FOREIGN, price="60000")
    [order] = await desk.fetch_open_orders(BTC)
    [kept] = venue.control.orders()["orders"]

    assert (order["id"], order["clientOrderId"]) == (told["orderId"], None)
    assert kept["isForeign"]


async def test_somebody_elses_trade_moves_the_position(desk: Any, venue: BybitSimulator) -> None:
    venue.control.order(**{**FOREIGN, "orderType": "Market"}, orderLinkId="theirs")
    [position] = await desk.fetch_positions([BTC])

    assert position["contracts"] == 0.01
    assert venue.control.state()["received"] == {}


async def test_somebody_else_may_cancel(desk: Any, venue: BybitSimulator) -> None:
    await desk.create_order(BTC, "limit", "buy", 0.01, 60000, {"clientOrderId": "a-1"})
    venue.control.cancel(link_id="a-1")

    assert await desk.fetch_open_orders(BTC) == []


async def test_deposits_and_withdrawals_move_the_wallet(desk: Any, venue: BybitSimulator) -> None:
    venue.control.transfer("USDT", "250.5")
    venue.control.transfer("BTC", "-1")
    balance = await desk.fetch_balance()

    assert (balance["USDT"]["total"], balance["BTC"]["total"]) == (1_000_250.5, 9)


async def test_funding_is_paid_by_longs_at_a_positive_rate(desk: Any, venue: BybitSimulator) -> None:
    await desk.create_order(BTC, "market", "buy", 0.01)
    venue.control.price(BTC, "65000")
    before = venue.venue.state.wallets["USDT"]

    assert venue.control.funding(BTC, "0.0001") == {"amount": "-0.065"}
    assert venue.venue.state.wallets["USDT"] - before == Decimal("-0.065")


async def test_a_price_that_margin_does_not_carry_liquidates(desk: Any, venue: BybitSimulator) -> None:
    venue.control.transfer("USDT", "-994000")
    await desk.create_order(BTC, "market", "buy", 0.9)
    await desk.create_order(BTC, "limit", "buy", 0.001, 30000, {"clientOrderId": "a-1"})
    venue.control.price(BTC, "57000")
    last = venue.control.executions()["executions"][-1]

    assert (last["execType"], last["orderLinkId"], last["side"]) == ("BustTrade", "", "Sell")
    assert not venue.venue.links["a-1"].is_open
    assert not venue.venue.state.positions[BTC].quantity


async def test_the_worst_exposure_counts_what_might_have_been_filled(desk: Any, venue: BybitSimulator) -> None:
    await desk.create_order(BTC, "market", "buy", 0.01)
    for number in range(3):
        await desk.create_order(BTC, "limit", "buy", 0.02, 60000, {"clientOrderId": f"a-{number}"})
    await desk.create_order(BTC, "limit", "sell", 0.05, 70000)
    await desk.create_order(ETH, "limit", "sell", 1, 3500)
    await desk.cancel_all_orders(BTC)
    told = venue.control.summary()["exposure"]

    assert told["symbols"][BTC]["worst_quantity"] == "0.07"
    assert told["symbols"][BTC]["open_buys"] == told["symbols"][BTC]["open_sells"] == "0"
    assert told["symbols"][BTC]["worst_value"] == "4249.9995"
    assert told["worst_total_value"] == "7749.9995"


async def test_coins_that_were_there_before_are_no_exposure(desk: Any, venue: BybitSimulator) -> None:
    await desk.create_order(SPOT, "market", "buy", 0.01)

    assert venue.control.summary()["exposure"]["symbols"][SPOT]["worst_quantity"] == "0.01"


async def test_reductions_are_no_exposure(desk: Any, venue: BybitSimulator) -> None:
    await desk.create_order(BTC, "market", "buy", 0.01)
    await desk.create_order(BTC, "limit", "sell", 0.01, 70000, {"reduceOnly": True})

    assert venue.control.summary()["exposure"]["symbols"][BTC]["worst_quantity"] == "0.01"


@pytest.mark.parametrize("pieces", [1, 3, 7, 20])
async def test_the_venues_books_agree_with_its_executions(desk: Any, venue: BybitSimulator, pieces: int) -> None:
    """Wallets are what they were, plus what executions brought; positions are the sum of what was traded."""
    venue.control.split(pieces)
    for number in range(12):
        side = "buy" if number % 3 else "sell"
        quantity = Decimal("0.02") + Decimal("0.003") * number
        await desk.create_order(BTC, "market", side, float(quantity))
        venue.control.price(BTC, str(65000 + 37 * number))
    executions = venue.venue.executions
    signed = sum(item.order.side.signed(item.quantity) for item in executions)
    earned = sum(item.profit - item.fee for item in executions)

    assert venue.venue.state.positions[BTC].quantity == signed
    assert venue.venue.state.wallets["USDT"] == 1_000_000 + earned


async def test_arrivals_are_noted_by_client_order_id(desk: Any, venue: BybitSimulator) -> None:
    await desk.create_order(BTC, "limit", "buy", 0.01, 60000, {"clientOrderId": "a-1"})
    state = venue.control.state()

    assert state["orders"][0]["arrivedNs"] > 1_700_000_000 * 10**9
    assert list(state["requests"]["/v5/order/create"])
    assert state["positions"] == {}


async def test_a_control_that_there_is_not_or_is_misused_is_an_error(desk: Any, venue: BybitSimulator) -> None:
    for name, arguments in (("fire", {}), ("price", {"symbol": "X"}), ("_order", {}), ("fault", {"kind": "fire"})):
        answer = await desk.session.post(f"{venue.rest_url}/_control/{name}", json=arguments)
        assert answer.status == 400
        assert "error" in await answer.json()


async def test_spot_coins_are_locked_by_what_rests(desk: Any, venue: BybitSimulator) -> None:
    await desk.create_order(SPOT, "limit", "buy", 0.01, 60000)
    rows = (await desk.private_get_v5_account_wallet_balance({"accountType": "UNIFIED", "coin": "USDT"}))["result"]

    assert rows["list"][0]["coin"][0]["locked"] == "600"


async def test_a_thousand_orders_rest_and_are_still_told_quickly(desk: Any, venue: BybitSimulator) -> None:
    for number in range(1000):
        venue.control.order(**FOREIGN, price=str(50000 + number), orderLinkId=f"a-{number}")
    async with asyncio.timeout(2):
        asked = {"category": "linear", "symbol": "BTCUSDT", "limit": 50}
        count, cursor = 0, ""
        while True:
            result = (await desk.private_get_v5_order_realtime({**asked, "cursor": cursor} if cursor else asked))[
                "result"
            ]
            count, cursor = count + len(result["list"]), result["nextPageCursor"]
            if not cursor:
                break

    assert count == 1000
