"""Take-profit and stop-loss of a whole position, as Bybit documents them and ccxt asks for them."""

from decimal import Decimal
from typing import Any

import ccxt
import pytest

from tests.simulators.bybit import BybitSimulator
from tests.simulators.test_bybit_orders import order_of, refusal_of

BTC = "BTC/USDT:USDT"
STOP = {"stopLoss": {"triggerPrice": 63000}}
BOTH = {**STOP, "takeProfit": {"triggerPrice": 66000}}


async def enter(desk: Any, link_id: str = "a-1", quantity: float = 0.04, **told: Any) -> None:
    """A limit order that rests at 64000."""
    await desk.create_order(BTC, "limit", "buy", quantity, 64000, {"clientOrderId": link_id, **(told or BOTH)})


async def trading_stop(desk: Any, **told: str) -> None:
    known = {"category": "linear", "symbol": "BTCUSDT", "tpslMode": "Full", "positionIdx": 0}
    await desk.private_post_v5_position_trading_stop({**known, **told})


def waiting(venue: BybitSimulator) -> dict[str, tuple[str, str]]:
    """Trigger price and quantity of what the venue has made by itself."""
    own = (item.told() for item in venue.venue.untriggered.values() if not item.link_id)
    return {item["stopOrderType"]: (item["triggerPrice"], item["qty"]) for item in own}


def fill(venue: BybitSimulator) -> None:
    """The market comes to 64000 and leaves again."""
    venue.control.price(BTC, "64000")
    venue.control.price(BTC, "64100")


async def test_it_waits_for_the_entrys_first_fill_and_grows_with_the_others(desk: Any, venue: BybitSimulator) -> None:
    venue.control.split(4, 60)
    await enter(desk)
    before = waiting(venue)
    fill(venue)
    first = waiting(venue)
    fill(venue)

    assert before == {}
    assert first == {"StopLoss": ("63000", "0.01"), "TakeProfit": ("66000", "0.01")}
    assert waiting(venue) == {"StopLoss": ("63000", "0.02"), "TakeProfit": ("66000", "0.02")}


async def test_it_shrinks_with_the_position_and_goes_with_it(desk: Any, venue: BybitSimulator) -> None:
    await enter(desk)
    fill(venue)
    await desk.create_order(BTC, "market", "sell", 0.01, None, {"reduceOnly": True})
    part = waiting(venue)
    await desk.create_order(BTC, "market", "sell", 0.03, None, {"reduceOnly": True})

    assert part == {"StopLoss": ("63000", "0.03"), "TakeProfit": ("66000", "0.03")}
    assert waiting(venue) == {}


async def test_what_it_trades_has_no_client_order_id_and_says_who_made_it(desk: Any, venue: BybitSimulator) -> None:
    await enter(desk, **STOP)
    fill(venue)
    venue.control.price(BTC, "62900")
    rows = (await desk.private_get_v5_execution_list({"category": "linear", "symbol": "BTCUSDT"}))["result"]["list"]

    assert [(row["orderLinkId"], row["createType"], row["execQty"]) for row in rows] == [
        ("", "CreateByStopLoss", "0.04"),
        ("a-1", "CreateByUser", "0.04"),
    ]


async def test_an_entry_that_goes_on_filling_below_its_stop_is_closed_at_once(desk: Any, venue: BybitSimulator) -> None:
    venue.control.split(2, 60)
    await enter(desk, **STOP)
    fill(venue)
    venue.control.split(1, 0)
    venue.control.price(BTC, "62900")

    assert (await order_of(desk, "a-1"))["orderStatus"] == "Filled"
    assert not venue.venue.state.positions[BTC].quantity


async def test_a_later_entrys_own_takes_the_place_of_the_first(desk: Any, venue: BybitSimulator) -> None:
    await enter(desk, **STOP)
    await enter(desk, "a-2", stopLoss={"triggerPrice": 62000})
    fill(venue)

    assert waiting(venue) == {"StopLoss": ("62000", "0.08")}


@pytest.mark.parametrize(
    ("told", "left"),
    [
        ({"stopLoss": "0"}, {"TakeProfit": ("66000", "0.04")}),
        ({"stopLoss": "0", "takeProfit": "0"}, {}),
        ({"stopLoss": "62000"}, {"StopLoss": ("62000", "0.04"), "TakeProfit": ("66000", "0.04")}),
    ],
)
async def test_a_trading_stop_changes_what_is_told_and_a_zero_takes_it_away(
    desk: Any, venue: BybitSimulator, told: dict[str, str], left: dict[str, tuple[str, str]]
) -> None:
    await enter(desk)
    fill(venue)
    await trading_stop(desk, **told)

    assert waiting(venue) == left


async def test_taken_from_the_position_alone_it_comes_back_with_the_next_fill(desk: Any, venue: BybitSimulator) -> None:
    venue.control.split(4, 60)
    await enter(desk, **STOP)
    fill(venue)
    await trading_stop(desk, stopLoss="0")
    without = waiting(venue)
    fill(venue)
    again = waiting(venue)
    await desk.edit_order(None, BTC, "limit", "buy", None, None, {"orderLinkId": "a-1", "stopLoss": "0"})
    await trading_stop(desk, stopLoss="0")
    fill(venue)

    assert (without, again) == ({}, {"StopLoss": ("63000", "0.02")})
    assert (waiting(venue), venue.venue.state.positions[BTC].quantity) == ({}, Decimal("0.03"))


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ({"stopLoss": "64000"}, "StopLoss:6400000000000 set for Buy position should be lower than base_price"),
        ({"takeProfit": "63000"}, "TakeProfit:6300000000000 set for Buy position should be higher than base_price"),
    ],
)
async def test_an_entry_is_refused_with_what_lies_on_the_wrong_side(
    desk: Any, venue: BybitSimulator, told: dict[str, str], text: str
) -> None:
    body = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "qty": "0.01"}
    _, words = await refusal_of(desk.private_post_v5_order_create({**body, "price": "64000", **told}))

    assert text in words
    assert not venue.venue.orders


async def test_without_a_position_there_is_nothing_to_stop(desk: Any) -> None:
    kind, text = await refusal_of(trading_stop(desk, stopLoss="0"))

    assert issubclass(kind, ccxt.ExchangeError)
    assert "can not set tp/sl/ts for zero position" in text


async def test_what_is_so_already_is_not_modified(desk: Any, venue: BybitSimulator) -> None:
    await enter(desk, **STOP)
    fill(venue)
    _, text = await refusal_of(trading_stop(desk, stopLoss="63000", takeProfit="0"))

    assert "34040" in text
