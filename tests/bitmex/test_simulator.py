"""The simulated venue as the driver sees it: documents, figures and refusals like BitMEX's own."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import ccxt
import pytest

from tests.bitmex.drivers import driver_of
from tests.simulators.bitmex import BitmexSimulator
from tests.simulators.bitmex.contracts import XBTUSDT
from tests.simulators.bitmex.signing import Key

INVERSE, LINEAR, SPOT = "BTC/USD:BTC", "BTC/USDT:USDT", "BTC/USDT"


@pytest.fixture
async def venue() -> AsyncIterator[BitmexSimulator]:
    async with BitmexSimulator(per_minute=6000, per_second=1000) as simulator:
        simulator.set_price("XBTUSD", 65000, 65000.5)
        simulator.set_price("XBTUSDT", 65000, 65000.5)
        simulator.set_price("XBT_USDT", 65000, 65000.5)
        yield simulator


@pytest.fixture
async def driver(venue: BitmexSimulator) -> AsyncIterator[Any]:
    async with driver_of(venue) as driver:
        yield driver


async def test_the_driver_reads_its_markets(driver: Any):
    markets = await driver.load_markets()
    assert markets[INVERSE]["inverse"]
    assert markets[INVERSE]["contractSize"] == 1e8
    assert markets[LINEAR]["linear"]
    assert markets[LINEAR]["contractSize"] == 1e-6
    assert markets[SPOT]["spot"]
    assert markets["ETH/USD:BTC"]["quanto"]


async def test_a_market_order_fills_at_once_and_an_inverse_one_reports_its_quantities_in_dollars(driver: Any):
    order = await driver.create_order(INVERSE, "market", "buy", 1300, None, {"clOrdID": "first-1"})
    assert order["status"] == "closed"
    assert order["amount"] != 1300  # the driver's own figure of an inverse order is of no use
    info = order["info"]
    assert (info["clOrdID"], info["orderQty"], info["cumQty"]) == ("first-1", 1300, 1300)
    (trade,) = await driver.fetch_my_trades(INVERSE)
    # 1300 dollars at 65000.5 are 0.0199998... bitcoin; 0.05 % of that in satoshi, which the driver calls bitcoin.
    assert trade["info"]["execComm"] == 1000
    assert trade["fee"] == {"cost": 1000.0, "currency": "BTC", "rate": 0.0005}
    (position,) = await driver.fetch_positions()
    assert position["info"]["currentQty"] == 1300


async def test_a_short_is_told_by_the_sign_of_its_quantity(driver: Any):
    await driver.create_order(LINEAR, "market", "sell", 1000)
    (position,) = await driver.fetch_positions()
    assert position["info"]["currentQty"] == -1000
    assert position["info"]["homeNotional"] == -0.001


async def test_a_flat_position_stays_listed_and_looks_like_a_long_to_the_driver(driver: Any):
    await driver.create_order(LINEAR, "market", "sell", 1000)
    await driver.create_order(LINEAR, "market", "buy", 1000)
    (position,) = await driver.fetch_positions()
    assert (position["info"]["currentQty"], position["side"]) == (0, "long")


async def test_fees_and_balances_are_whole_units_of_the_wire(driver: Any, venue: BitmexSimulator):
    await driver.create_order(LINEAR, "market", "buy", 1300)
    (trade,) = await driver.fetch_my_trades(LINEAR)
    assert (trade["info"]["execComm"], trade["info"]["settlCurrency"]) == (42250, "USDt")
    balance = await driver.fetch_balance()
    assert venue.venue.state.wallets["USDT"] == Decimal(100_000) - Decimal("0.04225")
    assert {row["currency"]: row["walletBalance"] for row in balance["info"]} == {
        "XBt": 100000000,
        "USDt": 99999957750,
    }


async def test_spot_is_quoted_in_satoshi(driver: Any, venue: BitmexSimulator):
    order = await driver.create_order(SPOT, "market", "buy", 0.01)
    assert order["info"]["orderQty"] == 1000000
    assert venue.venue.state.wallets["BTC"] == Decimal("1.01")


async def test_a_resting_order_is_found_by_its_client_id_amended_and_canceled(driver: Any):
    await driver.create_order(INVERSE, "limit", "buy", 500, 60000, {"clOrdID": "rests-1"})
    found = await driver.fetch_orders(None, None, None, {"filter": {"clOrdID": "rests-1"}})
    assert [order["info"]["ordStatus"] for order in found] == ["New"]
    amended = await driver.private_put_order({"origClOrdID": "rests-1", "orderQty": 700, "price": 60100.5})
    assert (amended["orderQty"], amended["price"], amended["leavesQty"]) == (700, 60100.5, 700)
    canceled = await driver.private_delete_order({"clOrdID": "rests-1"})
    assert [order["ordStatus"] for order in canceled] == ["Canceled"]
    with pytest.raises(ccxt.OrderNotFound, match="existing state: Canceled"):
        await driver.cancel_order("", None, {"clOrdID": "rests-1"})
    with pytest.raises(ccxt.ExchangeError, match="Not Found"):
        await driver.cancel_order("", None, {"clOrdID": "never"})


async def test_a_resting_order_fills_as_a_maker_when_the_market_comes_to_it(driver: Any, venue: BitmexSimulator):
    await driver.create_order(LINEAR, "limit", "buy", 1000, 64000)
    venue.set_price("XBTUSDT", 63990, 64000)
    (trade,) = await driver.fetch_my_trades(LINEAR)
    assert (trade["info"]["lastPx"], trade["info"]["execComm"]) == (64000.0, 12800)
    assert trade["info"]["lastLiquidityInd"] == "AddedLiquidity"


async def test_the_drivers_price_of_an_execution_is_the_orders_average(driver: Any, venue: BitmexSimulator):
    venue.venue.change_terms(fill_ratio=Decimal("0.5"))
    await driver.create_order(LINEAR, "limit", "sell", 1000, 65000)
    venue.set_price("XBTUSDT", 66000)
    trades = await driver.fetch_my_trades(LINEAR)
    assert [trade["info"]["lastQty"] for trade in trades] == [500, 500]
    assert len({trade["info"]["execID"] for trade in trades}) == 2


async def test_stops_wait_for_the_market(driver: Any, venue: BitmexSimulator):
    await driver.create_order(LINEAR, "market", "buy", 1000)
    asked = {"triggerPrice": 60000, "triggerDirection": "below", "reduceOnly": True}
    stop = await driver.create_order(LINEAR, "market", "sell", 1000, None, asked)
    assert (stop["info"]["ordType"], stop["info"]["ordStatus"]) == ("Stop", "New")
    venue.set_price("XBTUSDT", 59990)
    (position,) = await driver.fetch_positions()
    assert position["info"]["currentQty"] == 0
    (told,) = await driver.fetch_orders(LINEAR, None, None, {"filter": {"orderID": stop["id"]}})
    assert (told["info"]["ordStatus"], told["info"]["triggered"]) == ("Filled", "StopOrderTriggered")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"orderQty": 250}, "Order quantity must be a multiple of lot size: 100"),
        ({"orderQty": -100}, "Invalid orderQty"),
        ({"price": 60000.05}, "Invalid price tickSize"),
        ({"symbol": "ETHUSD"}, "Invalid symbol"),
        ({"reduceOnly": True}, "Unrecognized field reduceOnly"),
        ({"timeInForce": "GoodTillDate"}, "Unsupported timeInForce"),
        ({"clOrdID": "taken"}, "Duplicate clOrdID"),
        ({"clOrdID": "x" * 37}, "Invalid clOrdID"),
        ({"orderQty": 10_000_000}, "Account has insufficient Available Balance"),
    ],
)
async def test_what_it_refuses_it_refuses_in_the_venues_words(driver: Any, asked: dict[str, Any], words: str):
    await driver.create_order(INVERSE, "limit", "buy", 100, 60000, {"clOrdID": "taken"})
    usual = {"symbol": "XBTUSD", "side": "Buy", "orderQty": 100, "price": 60000, "ordType": "Limit"}
    with pytest.raises(ccxt.ExchangeError, match=words):
        await driver.private_post_order({**usual, **asked})


async def test_post_only_and_reduce_only_orders_that_may_not_trade_are_taken_and_canceled(driver: Any):
    order = await driver.create_order(INVERSE, "limit", "buy", 100, 70000, {"postOnly": True})
    assert order["status"] == "canceled"
    assert "Order had execInst of ParticipateDoNotInitiate" in order["info"]["text"]
    order = await driver.create_order(INVERSE, "market", "sell", 100, None, {"reduceOnly": True})
    assert "but current position is 0" in order["info"]["text"]
    ioc = {"timeInForce": "ImmediateOrCancel"}
    order = await driver.create_order(INVERSE, "limit", "buy", 100, 60000, ioc)
    assert "Order had timeInForce of ImmediateOrCancel" in order["info"]["text"]


async def test_funding_is_told_among_the_executions(driver: Any, venue: BitmexSimulator):
    await driver.create_order(LINEAR, "market", "buy", 1_000_000)
    venue.venue.change_instrument(XBTUSDT, funding_rate=Decimal("0.0001"))
    venue.clock_ahead_s += 8 * 3600
    venue.venue.pass_time()
    venue.clock_ahead_s -= 8 * 3600
    paid = [row for row in venue.venue.executions if row["execType"] == "Funding"]
    assert [row["execComm"] for row in paid] == [6_500_025]


async def test_a_signature_counts_to_the_last_byte(venue: BitmexSimulator):
    async with driver_of(venue, secret="another") as driver:
        with pytest.raises(ccxt.AuthenticationError, match="Signature not valid"):
            await driver.private_get_position()
    async with driver_of(venue, apiKey="another") as driver:
        with pytest.raises(ccxt.AuthenticationError, match="Invalid API Key"):
            await driver.private_get_position()


async def test_a_request_that_has_expired_is_refused(driver: Any, venue: BitmexSimulator):
    venue.clock_ahead_s = 6
    with pytest.raises(ccxt.ExchangeError, match=r"This request has expired - `expires` is in the past. Current time"):
        await driver.private_get_position()


async def test_a_key_without_the_permission_may_only_look():
    async with BitmexSimulator(key=Key("reader", "secret", permissions=())) as simulator:
        simulator.set_price("XBTUSD", "65000")
        async with driver_of(simulator) as driver:
            assert await driver.private_get_position() == []
            (key,) = await driver.private_get_apikey()
            assert key["permissions"] == []
            with pytest.raises(ccxt.PermissionDenied, match="Access Denied"):
                await driver.create_order(INVERSE, "market", "buy", 100)


async def test_too_many_requests_are_refused_with_a_time_to_wait():
    async with BitmexSimulator(per_second=2) as simulator:
        simulator.set_price("XBTUSD", "65000")
        async with driver_of(simulator) as driver:
            await driver.load_markets()
            for _ in range(2):
                await driver.create_order(INVERSE, "market", "buy", 100)
            assert driver.last_response_headers["x-ratelimit-remaining-1s"] == "0"
            with pytest.raises(ccxt.DDoSProtection, match="retry in 1 seconds"):
                await driver.create_order(INVERSE, "market", "buy", 100)
            assert driver.last_response_headers["Retry-After"] == "1"
        assert simulator.pace.refused == 1


async def test_the_dead_mans_switch_counts_in_milliseconds(driver: Any, venue: BitmexSimulator):
    await driver.create_order(INVERSE, "limit", "buy", 100, 60000)
    await driver.private_post_order_cancelallafter({"timeout": 50})
    answer = await driver.private_post_order_cancelallafter({"timeout": 0})
    assert answer["cancelTime"] == 0
    await driver.cancel_all_orders_after(60_000)  # the driver sends 60: all is gone in a moment
    await asyncio.sleep(0.2)
    assert venue.desk.switch.fired == 1
    assert await driver.fetch_open_orders() == []
