import asyncio
from decimal import Decimal
from typing import Any

import ccxt
import pytest

from tests.simulators.bybit import BybitSimulator

BTC, SPOT, INVERSE = "BTC/USDT:USDT", "BTC/USDT", "BTC/USD:BTC"


async def order_of(desk: Any, link_id: str, symbol: str = BTC) -> dict[str, Any]:
    """The order as a look-up by its client order id tells it."""
    market = desk.market(symbol)
    category = "spot" if market["spot"] else "linear" if market["linear"] else "inverse"
    asked = {"category": category, "symbol": market["id"], "orderLinkId": link_id}
    answer = await desk.private_get_v5_order_realtime(asked)
    [row] = answer["result"]["list"]
    return row


async def refusal_of(awaitable: Any) -> tuple[type[Exception], str]:
    with pytest.raises(ccxt.BaseError) as caught:
        await awaitable
    return type(caught.value), str(caught.value)


# --- what a new order does ---------------------------------------------------------------------------------------


async def test_a_new_order_is_answered_with_its_ids_alone(desk: Any) -> None:
    order = await desk.create_order(BTC, "limit", "buy", 0.01, 60000, {"clientOrderId": "a-1"})

    assert order["clientOrderId"] == "a-1"
    assert order["status"] is None
    assert (await order_of(desk, "a-1"))["orderId"] == order["id"]


async def test_a_limit_order_rests_until_the_market_comes(desk: Any, venue: BybitSimulator) -> None:
    await desk.create_order(BTC, "limit", "buy", 0.01, 60000, {"clientOrderId": "a-1"})
    resting = await order_of(desk, "a-1")
    venue.control.price(BTC, "59999.9", "60000")
    filled = await order_of(desk, "a-1")

    assert (resting["orderStatus"], resting["leavesQty"]) == ("New", "0.01")
    assert (filled["orderStatus"], filled["avgPrice"], filled["cumExecFee"]) == ("Filled", "60000", "0.12")


async def test_a_market_order_takes_the_ask_and_pays_the_taker_fee(desk: Any) -> None:
    await desk.create_order(BTC, "market", "buy", 0.01, None, {"clientOrderId": "a-1"})
    [trade] = await desk.fetch_my_trades(BTC)

    assert (trade["price"], trade["amount"], trade["takerOrMaker"]) == (65000, 0.01, "taker")
    assert trade["info"]["execFee"] == "0.3575"


async def test_an_inverse_order_is_of_dollars_and_pays_in_coins(desk: Any, venue: BybitSimulator) -> None:
    venue.control.price(INVERSE, "50000")
    await desk.create_order(INVERSE, "market", "buy", 1000, None, {"clientOrderId": "a-1"})
    [trade] = await desk.fetch_my_trades(INVERSE)
    [position] = await desk.fetch_positions([INVERSE])

    assert (trade["info"]["execQty"], trade["info"]["execValue"]) == ("1000", "0.02")
    assert (trade["info"]["execFee"], trade["fee"]["currency"]) == ("0.000011", "BTC")
    assert (position["info"]["size"], position["info"]["avgPrice"]) == ("1000", "50000")


async def test_spot_takes_the_fee_of_a_buy_in_the_coins_bought(desk: Any, venue: BybitSimulator) -> None:
    await desk.create_order(SPOT, "market", "buy", 0.01, None, {"clientOrderId": "a-1"})
    [trade] = await desk.fetch_my_trades(SPOT)

    assert (trade["fee"]["currency"], trade["info"]["feeCurrency"]) == ("BTC", "BTC")
    assert venue.venue.state.wallets["BTC"] == Decimal("10.01") - Decimal(trade["info"]["execFee"])


async def test_a_spot_market_buy_in_quote_coins_leaves_what_is_less_than_a_lot(desk: Any) -> None:
    await desk.create_market_buy_order_with_cost(SPOT, 100, {"clientOrderId": "a-1"})
    order = await order_of(desk, "a-1", SPOT)

    assert (order["marketUnit"], order["qty"], order["cumExecQty"]) == ("quoteCoin", "100", "0.001538")
    assert order["orderStatus"] == "PartiallyFilledCanceled"


async def test_immediate_or_cancel_leaves_nothing(desk: Any) -> None:
    await desk.create_order(BTC, "limit", "buy", 0.01, 60000, {"clientOrderId": "a-1", "timeInForce": "IOC"})
    order = await order_of(desk, "a-1")

    assert (order["orderStatus"], order["rejectReason"]) == ("Cancelled", "EC_NoImmediateQtyToFill")


async def test_fill_or_kill_is_filled_as_a_whole(desk: Any, venue: BybitSimulator) -> None:
    venue.control.split(4)
    await desk.create_order(BTC, "limit", "buy", 0.01, 65000, {"clientOrderId": "a-1", "timeInForce": "FOK"})

    assert (await order_of(desk, "a-1"))["orderStatus"] == "Filled"


async def test_post_only_ends_where_it_would_take(desk: Any) -> None:
    await desk.create_order(BTC, "limit", "buy", 0.01, 65000, {"clientOrderId": "a-1", "postOnly": True})
    await desk.create_order(BTC, "limit", "buy", 0.01, 64000, {"clientOrderId": "a-2", "postOnly": True})
    taking, making = await order_of(desk, "a-1"), await order_of(desk, "a-2")

    assert (taking["orderStatus"], taking["rejectReason"]) == ("Cancelled", "EC_PostOnlyWillTakeLiquidity")
    assert (making["orderStatus"], making["timeInForce"]) == ("New", "PostOnly")


async def test_a_conditional_order_waits_for_its_price(desk: Any, venue: BybitSimulator) -> None:
    told = {"clientOrderId": "a-1", "triggerPrice": 66000, "triggerDirection": "ascending"}
    await desk.create_order(BTC, "market", "buy", 0.01, None, told)
    waiting = await order_of(desk, "a-1")
    venue.control.price(BTC, "66000", "66000.1")
    filled = await order_of(desk, "a-1")

    assert (waiting["orderStatus"], waiting["triggerPrice"]) == ("Untriggered", "66000")
    assert (filled["orderStatus"], filled["avgPrice"]) == ("Filled", "66000.1")


async def test_a_conditional_limit_order_may_wait_for_a_better_price_too(desk: Any, venue: BybitSimulator) -> None:
    told = {"clientOrderId": "a-1", "triggerPrice": 66000, "triggerDirection": "ascending"}
    await desk.create_order(BTC, "limit", "sell", 0.01, 66100, told)
    venue.control.price(BTC, "66000", "66000.1")

    assert (await order_of(desk, "a-1"))["orderStatus"] == "New"


async def test_protection_attached_to_an_entry_closes_the_position(desk: Any, venue: BybitSimulator) -> None:
    told = {"clientOrderId": "a-1", "takeProfit": {"triggerPrice": 67000}, "stopLoss": {"triggerPrice": 64000}}
    await desk.create_order(BTC, "market", "buy", 0.01, None, told)
    [position] = await desk.fetch_positions([BTC])
    venue.control.price(BTC, "64000", "64000.1")
    by_kind = {item.stop_order_type: item.status for item in venue.venue.orders.values()}

    assert (position["info"]["takeProfit"], position["info"]["stopLoss"]) == ("67000", "64000")
    assert by_kind == {"": "Filled", "TakeProfit": "Deactivated", "StopLoss": "Filled"}
    assert not venue.venue.state.positions[BTC].quantity


# --- reductions --------------------------------------------------------------------------------------------------


async def test_a_reduction_is_cut_to_the_position(desk: Any) -> None:
    await desk.create_order(BTC, "market", "buy", 0.01, None, {"clientOrderId": "a-1"})
    await desk.create_order(BTC, "limit", "sell", 0.05, 70000, {"clientOrderId": "a-2", "reduceOnly": True})

    assert (await order_of(desk, "a-2"))["qty"] == "0.01"


async def test_a_reduction_of_nothing_is_refused(desk: Any) -> None:
    kind, text = await refusal_of(desk.create_order(BTC, "market", "sell", 0.01, None, {"reduceOnly": True}))

    assert kind is ccxt.InvalidOrder
    assert "110017" in text


async def test_resting_reductions_go_with_their_position(desk: Any) -> None:
    await desk.create_order(BTC, "market", "buy", 0.01, None, {"clientOrderId": "a-1"})
    await desk.create_order(BTC, "limit", "sell", 0.01, 70000, {"clientOrderId": "a-2", "reduceOnly": True})
    await desk.create_order(BTC, "market", "sell", 0.01, None, {"clientOrderId": "a-3"})
    order = await order_of(desk, "a-2")

    assert (order["orderStatus"], order["cancelType"]) == ("Cancelled", "CancelByReduceOnly")


# --- cancelling and amending -------------------------------------------------------------------------------------


@pytest.mark.parametrize("symbol", [BTC, SPOT, INVERSE])
async def test_an_order_is_cancelled_by_its_client_order_id(desk: Any, symbol: str) -> None:
    quantity = 100 if symbol == INVERSE else 0.01
    await desk.create_order(symbol, "limit", "buy", quantity, 60000, {"clientOrderId": "a-1"})
    await desk.cancel_order(None, symbol, {"orderLinkId": "a-1"})
    order = await order_of(desk, "a-1", symbol)

    assert (order["orderStatus"], order["cancelType"]) == ("Cancelled", "CancelByUser")


async def test_a_conditional_order_is_cancelled_before_its_time(desk: Any, venue: BybitSimulator) -> None:
    told = {"clientOrderId": "a-1", "triggerPrice": 66000, "triggerDirection": "ascending"}
    await desk.create_order(BTC, "market", "buy", 0.01, None, told)
    await desk.cancel_order(None, BTC, {"orderLinkId": "a-1"})
    venue.control.price(BTC, "67000")

    assert (await order_of(desk, "a-1"))["orderStatus"] == "Cancelled"


@pytest.mark.parametrize(("symbol", "code"), [(BTC, "110001"), (SPOT, "170213")])
async def test_cancelling_what_has_ended_or_never_was_is_refused(desk: Any, symbol: str, code: str) -> None:
    await desk.create_order(symbol, "market", "buy", 0.01, None, {"clientOrderId": "a-1"})

    for link_id in ("a-1", "never"):
        kind, text = await refusal_of(desk.cancel_order(None, symbol, {"orderLinkId": link_id}))
        assert kind is ccxt.OrderNotFound
        assert code in text


async def test_cancelling_everything_spares_other_categories(desk: Any) -> None:
    await desk.create_order(BTC, "limit", "buy", 0.01, 60000, {"clientOrderId": "a-1"})
    await desk.create_order(SPOT, "limit", "buy", 0.01, 60000, {"clientOrderId": "a-2"})
    await desk.cancel_all_orders(BTC)

    assert (await order_of(desk, "a-1"))["orderStatus"] == "Cancelled"
    assert (await order_of(desk, "a-2", SPOT))["orderStatus"] == "New"


async def test_an_order_is_amended_and_may_trade_at_once(desk: Any) -> None:
    order = await desk.create_order(BTC, "limit", "buy", 0.01, 60000, {"clientOrderId": "a-1"})
    await desk.edit_order(order["id"], BTC, "limit", "buy", 0.02, 61000)
    resting = await order_of(desk, "a-1")
    await desk.edit_order(order["id"], BTC, "limit", "buy", None, 65000)
    filled = await order_of(desk, "a-1")

    assert (resting["qty"], resting["price"], resting["orderStatus"]) == ("0.02", "61000", "New")
    assert (filled["orderStatus"], filled["cumExecQty"]) == ("Filled", "0.02")


async def test_an_amendment_that_changes_nothing_is_refused(desk: Any) -> None:
    order = await desk.create_order(BTC, "limit", "buy", 0.01, 60000, {"clientOrderId": "a-1"})
    _, text = await refusal_of(desk.edit_order(order["id"], BTC, "limit", "buy", 0.01, 60000))

    assert "remains unchanged" in text


async def test_a_trigger_price_is_amended(desk: Any, venue: BybitSimulator) -> None:
    told = {"clientOrderId": "a-1", "triggerPrice": 66000, "triggerDirection": "ascending"}
    order = await desk.create_order(BTC, "market", "buy", 0.01, None, told)
    await desk.edit_order(order["id"], BTC, "market", "buy", None, None, {"triggerPrice": "67000"})
    venue.control.price(BTC, "66500")

    assert (await order_of(desk, "a-1"))["orderStatus"] == "Untriggered"


# --- refusals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("symbol", "code"), [(BTC, "110072"), (SPOT, "170141")])
async def test_a_client_order_id_is_taken_once_for_ever(
    desk: Any, venue: BybitSimulator, symbol: str, code: str
) -> None:
    await desk.create_order(symbol, "market", "buy", 0.01, None, {"clientOrderId": "a-1"})
    kind, text = await refusal_of(desk.create_order(symbol, "market", "buy", 0.01, None, {"clientOrderId": "a-1"}))

    assert kind is ccxt.InvalidOrder
    assert code in text
    assert venue.control.state()["received"] == {"a-1": 2}
    assert venue.control.state()["accepted"] == {"a-1": 1}


async def test_a_repeated_id_is_told_before_that_money_is_lacking(desk: Any, venue: BybitSimulator) -> None:
    await desk.create_order(BTC, "limit", "buy", 1, 60000, {"clientOrderId": "a-1"})
    venue.control.transfer("USDT", "-999999")
    _, text = await refusal_of(desk.create_order(BTC, "limit", "buy", 1, 60000, {"clientOrderId": "a-1"}))

    assert "110072" in text


@pytest.mark.parametrize(("symbol", "code"), [(BTC, "110007"), (SPOT, "170131")])
async def test_an_order_that_the_account_cannot_carry_is_refused(desk: Any, symbol: str, code: str) -> None:
    quantity = 1000 if symbol == BTC else 70
    kind, text = await refusal_of(desk.create_order(symbol, "limit", "buy", quantity, 60000))

    assert kind is ccxt.InsufficientFunds
    assert code in text


@pytest.mark.parametrize(
    ("category", "fields", "code"),
    [
        ("linear", {"qty": "0.0005"}, 10001),
        ("linear", {"qty": "0"}, 10001),
        ("linear", {"qty": "-1"}, 10001),
        ("linear", {"qty": "NaN"}, 10001),
        ("linear", {"qty": "5000"}, 10001),
        ("linear", {"price": "60000.05"}, 10001),
        ("linear", {"price": ""}, 10001),
        ("linear", {"qty": "0.001", "price": "4000"}, 110094),
        ("linear", {"symbol": "NOPE"}, 10001),
        ("linear", {"side": "buy"}, 10001),
        ("linear", {"orderType": "Stop"}, 10001),
        ("linear", {"orderLinkId": "x" * 37}, 10001),
        ("linear", {"triggerPrice": "66000"}, 10001),
        ("linear", {"triggerPrice": "64000", "triggerDirection": 1}, 110092),
        ("linear", {"triggerPrice": "66000", "triggerDirection": 2}, 110093),
        ("linear", {"positionIdx": 1}, 10001),
        ("spot", {"qty": "0.0000001"}, 170137),
        ("spot", {"qty": "0.00001", "price": "1000"}, 170140),
        ("spot", {"price": "60000.005"}, 170134),
        ("spot", {"symbol": "NOPE"}, 170121),
        ("future", {}, 10001),
    ],
)
async def test_a_wrong_order_is_refused_with_bybits_code(
    desk: Any, category: str, fields: dict[str, Any], code: int
) -> None:
    good = {"symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": "0.01", "price": "60000"}
    _, text = await refusal_of(desk.private_post_v5_order_create({"category": category, **good, **fields}))

    assert f'"retCode":{code},' in text


async def test_an_inverse_order_is_of_whole_dollars(desk: Any) -> None:
    asked = {"category": "inverse", "symbol": "BTCUSD", "side": "Buy", "orderType": "Market", "qty": "1.5"}
    _, text = await refusal_of(desk.private_post_v5_order_create(asked))

    assert '"retCode":10001,' in text


# --- fills in pieces ---------------------------------------------------------------------------------------------


async def test_a_market_order_comes_in_as_many_executions_as_told(desk: Any, venue: BybitSimulator) -> None:
    venue.control.split(5)
    await desk.create_order(BTC, "market", "buy", 0.01, None, {"clientOrderId": "a-1"})

    assert [item.quantity for item in venue.venue.executions] == [Decimal("0.002")] * 5
    assert (await order_of(desk, "a-1"))["orderStatus"] == "Filled"


async def test_a_resting_order_comes_in_as_many_executions_as_told(desk: Any, venue: BybitSimulator) -> None:
    venue.control.split(20)
    await desk.create_order(BTC, "limit", "sell", 0.02, 66000, {"clientOrderId": "a-1"})
    venue.control.price(BTC, "66000")

    assert [item.quantity for item in venue.venue.executions] == [Decimal("0.001")] * 20
    assert (await order_of(desk, "a-1"))["orderStatus"] == "Filled"


async def test_an_order_that_fills_over_time_can_be_cancelled_half_way(desk: Any, venue: BybitSimulator) -> None:
    venue.control.split(4, 0.2)
    await desk.create_order(BTC, "market", "buy", 0.02, None, {"clientOrderId": "a-1"})
    part = await order_of(desk, "a-1")
    await desk.cancel_order(None, BTC, {"orderLinkId": "a-1"})
    ended = await order_of(desk, "a-1")

    assert (part["orderStatus"], part["cumExecQty"], part["leavesQty"]) == ("PartiallyFilled", "0.005", "0.015")
    assert (ended["orderStatus"], ended["cumExecQty"], ended["leavesQty"]) == ("Cancelled", "0.005", "0")
    assert venue.venue.state.positions[BTC].quantity == Decimal("0.005")


async def test_pieces_go_on_at_the_price_that_there_is_by_then(desk: Any, venue: BybitSimulator) -> None:
    venue.control.split(4, 0.05)
    await desk.create_order(BTC, "limit", "buy", 0.02, 64500, {"clientOrderId": "a-1"})
    venue.control.price(BTC, "64400", "64500")
    venue.control.price(BTC, "66000", "66000.1")
    await asyncio.sleep(0.12)
    part = await order_of(desk, "a-1")
    venue.control.price(BTC, "64400", "64500")
    await asyncio.sleep(0.25)
    whole = await order_of(desk, "a-1")

    assert (part["orderStatus"], part["cumExecQty"]) == ("PartiallyFilled", "0.005")
    assert venue.venue.price(venue.venue.by_symbol[BTC]).ask == Decimal(64500)
    assert (whole["orderStatus"], whole["avgPrice"]) == ("Filled", "64500")


async def test_several_reductions_never_turn_a_position(desk: Any, venue: BybitSimulator) -> None:
    await desk.create_order(BTC, "market", "buy", 0.01, None, {"clientOrderId": "a-1"})
    for number in range(3):
        told = {"clientOrderId": f"b-{number}", "reduceOnly": True}
        await desk.create_order(BTC, "limit", "sell", 0.007, 66000 + number, told)
    venue.control.price(BTC, "67000")
    ended = [
        (venue.venue.links[f"b-{number}"].status, str(venue.venue.links[f"b-{number}"].filled)) for number in range(3)
    ]

    assert ended == [("Filled", "0.007"), ("Cancelled", "0.003"), ("Cancelled", "0")]
    assert venue.venue.state.positions[BTC].quantity == 0


async def test_a_triggered_reduction_without_a_position_ends(desk: Any, venue: BybitSimulator) -> None:
    told = {"clientOrderId": "a-1", "triggerPrice": 64000, "triggerDirection": "descending", "reduceOnly": True}
    await desk.create_order(BTC, "market", "sell", 0.01, None, told)
    venue.control.price(BTC, "63000")
    order = await order_of(desk, "a-1")

    assert (order["orderStatus"], order["rejectReason"]) == ("Rejected", "EC_ReduceOnly")
