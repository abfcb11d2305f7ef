import asyncio
from collections.abc import AsyncIterator
from typing import Any

import ccxt
import orjson
import pytest

from tests.simulators.bybit import API_KEY, API_SECRET, BybitSimulator
from tests.simulators.bybit.driver import driver
from tests.simulators.bybit.signing import signature

BTC, ETH, SPOT = "BTC/USDT:USDT", "ETH/USDT:USDT", "BTC/USDT"


class Listener:
    """A bare connection: what a venue sends, frame by frame."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket

    async def say(self, **frame: Any) -> None:
        await self._socket.send_str(orjson.dumps(frame).decode())

    async def hear(self, within_s: float = 1.0) -> dict[str, Any]:
        return orjson.loads(await self._socket.receive_str(timeout=within_s))

    async def topics(self, count: int) -> list[str]:
        return [(await self.hear())["topic"] for _ in range(count)]

    async def hears_nothing(self, for_s: float = 0.15) -> bool:
        try:
            await self.hear(for_s)
        except TimeoutError:
            return True
        return False

    async def log_in(self, venue: BybitSimulator, secret: str = API_SECRET) -> dict[str, Any]:
        expires = str(venue.clock.now_ms() + 10_000)
        await self.say(op="auth", args=[API_KEY, expires, signature(secret, f"GET/realtime{expires}")])
        return await self.hear()

    async def subscribe(self, *topics: str) -> dict[str, Any]:
        await self.say(op="subscribe", req_id="7", args=list(topics))
        return await self.hear()


@pytest.fixture
async def listener(desk: Any, venue: BybitSimulator) -> AsyncIterator[Listener]:
    """Logged in, subscribed to everything private."""
    async with desk.session.ws_connect(f"{venue.ws_url}/v5/private") as socket:
        listener = Listener(socket)
        await listener.log_in(venue)
        await listener.subscribe("order", "execution", "position", "wallet")
        yield listener


async def rest(desk: Any, link_id: str = "a-1") -> None:
    await desk.create_order(BTC, "limit", "buy", 0.01, 60000, {"clientOrderId": link_id})


async def take(desk: Any, link_id: str = "a-1", quantity: float = 0.01) -> None:
    await desk.create_order(BTC, "market", "buy", quantity, None, {"clientOrderId": link_id})


# --- as ccxt hears it --------------------------------------------------------------------------------------------


async def test_the_life_of_an_order_is_heard(desk: Any, venue: BybitSimulator) -> None:
    watching = asyncio.create_task(desk.watch_orders())
    await _until(lambda: venue.streams.hears("order"))
    heard = []
    await rest(desk)
    heard += [order["status"] for order in await watching]
    venue.control.price(BTC, "59999.9", "60000")
    heard += [order["status"] for order in await desk.watch_orders()]

    assert heard == ["open", "closed"]


async def test_executions_are_heard_with_their_fees(desk: Any, venue: BybitSimulator) -> None:
    watching = asyncio.create_task(desk.watch_my_trades())
    await _until(lambda: venue.streams.hears("execution"))
    await take(desk)
    [trade] = await watching

    assert (trade["info"]["orderLinkId"], trade["fee"]) == (
        "a-1",
        {"cost": 0.3575, "currency": "USDT", "rate": 0.00055},
    )


async def test_positions_and_balances_are_heard(desk: Any, venue: BybitSimulator) -> None:
    desk.options["watchPositions"] = {"fetchPositionsSnapshot": False}
    positions = asyncio.create_task(desk.watch_positions([BTC]))
    balance = asyncio.create_task(desk.watch_balance())
    await _until(lambda: venue.streams.hears("position") and venue.streams.hears("wallet"))
    await take(desk)

    assert [(item["side"], item["contracts"]) for item in await positions] == [("long", 0.01)]
    assert (await balance)["USDT"]["total"] == pytest.approx(999_999.642, abs=0.01)


async def test_a_wrong_secret_is_told_at_login(venue: BybitSimulator) -> None:
    async with driver(venue, secret="wrong") as exchange:
        exchange.options |= {"enableUnifiedMargin": False, "enableUnifiedAccount": True}
        exchange.set_markets(await exchange.fetch_markets())
        with pytest.raises(ccxt.ExchangeError, match="Params Error"):
            await exchange.watch_orders()


@pytest.mark.parametrize("symbol", [BTC, SPOT, "BTC/USD:BTC"])
async def test_quotes_begin_with_a_snapshot_and_go_on_with_what_changed(
    desk: Any, venue: BybitSimulator, symbol: str
) -> None:
    first = (await desk.watch_bids_asks([symbol]))[symbol]
    venue.control.price(symbol, "61000", "61000.5")
    second = (await desk.watch_bids_asks([symbol]))[symbol]

    assert (first["bid"], first["ask"]) == (64999.9, 65000)
    assert (second["bid"], second["ask"]) == (61000, 61000.5)


async def test_tickers_are_heard(desk: Any, venue: BybitSimulator) -> None:
    await desk.watch_ticker(BTC)
    venue.control.price(BTC, "61000", "61000.5")
    ticker = await desk.watch_ticker(BTC)

    assert (ticker["bid"], ticker["ask"]) == (61000, 61000.5)


async def test_a_topic_that_there_is_not_is_refused(desk: Any, venue: BybitSimulator) -> None:
    url = f"{venue.ws_url}/v5/public/linear"
    async with desk.session.ws_connect(url) as socket:
        answer = await Listener(socket).subscribe("orderbook.1.NOPE")

    assert (answer["success"], answer["ret_msg"]) == (False, "error:handler not found,topic:orderbook.1.NOPE")


async def test_private_topics_need_a_login(desk: Any, venue: BybitSimulator) -> None:
    async with desk.session.ws_connect(f"{venue.ws_url}/v5/private") as socket:
        answer = await Listener(socket).subscribe("order")

    assert answer["success"] is False


# --- frame by frame ----------------------------------------------------------------------------------------------


async def test_a_fill_is_told_as_order_execution_position_and_wallet(desk: Any, listener: Listener) -> None:
    await take(desk)

    assert await listener.topics(4) == ["order", "execution", "position", "wallet"]


async def test_every_piece_of_a_fill_over_time_is_told(desk: Any, venue: BybitSimulator, listener: Listener) -> None:
    venue.control.split(4, 0.02)
    await take(desk)
    frames = [await listener.hear() for _ in range(1 + 4 * 4)]
    statuses = [row["orderStatus"] for frame in frames if frame["topic"] == "order" for row in frame["data"]]
    pieces = [row["execQty"] for frame in frames if frame["topic"] == "execution" for row in frame["data"]]

    assert statuses == ["New", "PartiallyFilled", "PartiallyFilled", "PartiallyFilled", "Filled"]
    assert pieces == ["0.002", "0.002", "0.003", "0.003"]


async def test_a_conditional_order_is_told_through_its_life(
    desk: Any, venue: BybitSimulator, listener: Listener
) -> None:
    told = {"clientOrderId": "a-1", "triggerPrice": 66000, "triggerDirection": "ascending"}
    await desk.create_order(BTC, "limit", "buy", 0.01, 65000, told)
    venue.control.price(BTC, "66000", "66000.1")
    venue.control.price(BTC, "64999.9", "65000")
    statuses = [(await listener.hear())["data"][0]["orderStatus"] for _ in range(4)]

    assert statuses == ["Untriggered", "Triggered", "New", "Filled"]


async def test_a_ping_is_answered(listener: Listener) -> None:
    await listener.say(op="ping", req_id="9")
    answer = await listener.hear()

    assert (answer["op"], answer["req_id"]) == ("pong", "9")


async def test_the_best_prices_are_repeated_while_nothing_changes(desk: Any, venue: BybitSimulator) -> None:
    async with desk.session.ws_connect(f"{venue.ws_url}/v5/public/linear") as socket:
        quotes = Listener(socket)
        await quotes.subscribe("orderbook.1.BTCUSDT")
        first, second = await quotes.hear(), await quotes.hear(4.5)

    assert (first["type"], second["type"]) == ("snapshot", "snapshot")
    assert first["data"]["u"] == second["data"]["u"]


async def test_the_best_prices_come_whole_and_a_deeper_book_as_what_changed(desk: Any, venue: BybitSimulator) -> None:
    async with desk.session.ws_connect(f"{venue.ws_url}/v5/public/linear") as socket:
        quotes = Listener(socket)
        await quotes.subscribe("orderbook.1.BTCUSDT", "orderbook.50.BTCUSDT")
        await quotes.topics(2)
        venue.control.price(BTC, "61000", "61000.5")
        await quotes.topics(2)
        venue.control.price(BTC, "61000", "61001")
        best, deep = await quotes.hear(), await quotes.hear()

    assert (best["type"], best["data"]["a"]) == ("snapshot", [["61001", "25"]])
    assert (deep["type"], deep["data"]["a"]) == ("delta", [["61000.5", "0"], ["61001", "25"]])


async def test_a_book_that_ccxt_keeps_follows_the_prices(desk: Any, venue: BybitSimulator) -> None:
    await desk.watch_order_book(BTC, 50)
    for bid in (61000, 62000):
        venue.control.price(BTC, str(bid), str(bid + 1))
        book = await desk.watch_order_book(BTC, 50)

    assert (book["bids"], book["asks"]) == ([[62000, 25]], [[62001, 25]])


# --- trouble -----------------------------------------------------------------------------------------------------


async def test_a_frame_may_come_twice(desk: Any, venue: BybitSimulator, listener: Listener) -> None:
    venue.control.fault("frame_duplicated", "execution")
    await take(desk)

    assert await listener.topics(5) == ["order", "execution", "execution", "position", "wallet"]


async def test_a_frame_may_be_overtaken(desk: Any, venue: BybitSimulator, listener: Listener) -> None:
    venue.control.fault("frame_reordered", "order")
    await take(desk)

    assert await listener.topics(4) == ["execution", "order", "position", "wallet"]


async def test_a_frame_that_nothing_overtakes_comes_late(desk: Any, venue: BybitSimulator, listener: Listener) -> None:
    venue.control.fault("frame_reordered", "order")
    await rest(desk)

    assert await listener.hears_nothing()
    assert (await listener.hear(1.5))["topic"] == "order"


async def test_a_frame_may_be_late(desk: Any, venue: BybitSimulator, listener: Listener) -> None:
    venue.control.fault("frame_delayed", "order", seconds=0.1)
    await take(desk)

    assert await listener.topics(4) == ["execution", "position", "wallet", "order"]


async def test_a_frame_may_be_lost(desk: Any, venue: BybitSimulator, listener: Listener) -> None:
    venue.control.fault("frame_lost", "order")
    await take(desk)

    assert await listener.topics(3) == ["execution", "position", "wallet"]


async def test_a_stream_may_be_cut_in_the_middle_of_a_fill(desk: Any, venue: BybitSimulator) -> None:
    venue.control.split(4, 0.05)
    venue.control.fault("cut_after_frame", "execution", skip=1)
    watching = asyncio.create_task(desk.watch_my_trades())
    await _until(lambda: venue.streams.hears("execution"))
    await take(desk)
    heard = len(await watching) + len(await desk.watch_my_trades())
    with pytest.raises(ccxt.NetworkError):
        await desk.watch_my_trades()
    await _until(lambda: len(venue.venue.executions) == 4)

    assert heard == 2
    assert len(await desk.fetch_my_trades(BTC)) == 4


async def test_after_a_cut_a_stream_can_be_opened_again(desk: Any, venue: BybitSimulator) -> None:
    watching = asyncio.create_task(desk.watch_orders())
    await _until(lambda: venue.streams.hears("order"))
    venue.control.streams("cut")
    with pytest.raises(ccxt.NetworkError):
        await watching
    watching = asyncio.create_task(desk.watch_orders())
    await _until(lambda: venue.streams.hears("order"))
    await rest(desk)

    assert [order["clientOrderId"] for order in await watching] == ["a-1"]


async def test_a_silent_stream_stays_open_and_answers_nothing(
    desk: Any, venue: BybitSimulator, listener: Listener
) -> None:
    venue.control.streams("silence")
    await listener.say(op="ping")
    await take(desk)
    was_silent = await listener.hears_nothing()
    venue.control.streams("speak")
    await rest(desk, "a-2")

    assert was_silent
    assert (await listener.hear())["data"][0]["orderLinkId"] == "a-2"


async def test_a_removed_key_ends_private_streams(venue: BybitSimulator, listener: Listener) -> None:
    venue.control.key(expired=True)
    await _until(lambda: not venue.streams.connections)


# --- disconnect-cancel-all ---------------------------------------------------------------------------------------


async def test_orders_go_when_nobody_has_listened_for_too_long(
    desk: Any, venue: BybitSimulator, listener: Listener
) -> None:
    await desk.cancel_all_orders_after(3000)
    venue.switch.windows["DERIVATIVES"] = 0.2  # the venue's shortest is three seconds
    await listener.subscribe("dcp.future")
    await rest(desk)
    await desk.create_order(SPOT, "limit", "buy", 0.01, 60000, {"clientOrderId": "a-2"})
    venue.control.streams("cut")
    await _until(lambda: not venue.venue.links["a-1"].is_open)

    assert venue.venue.links["a-1"].cancel_type == "CancelByDCP"
    assert venue.venue.links["a-2"].is_open


async def test_orders_stay_when_a_stream_is_back_in_time(desk: Any, venue: BybitSimulator, listener: Listener) -> None:
    await desk.cancel_all_orders_after(3000)
    venue.switch.windows["DERIVATIVES"] = 0.2
    await listener.subscribe("dcp.future")
    await rest(desk)
    venue.control.streams("cut")
    async with desk.session.ws_connect(f"{venue.ws_url}/v5/private") as socket:
        again = Listener(socket)
        await again.log_in(venue)
        await again.subscribe("dcp.future")
        await asyncio.sleep(0.3)

        assert venue.venue.links["a-1"].is_open


async def test_orders_stay_without_a_stream_that_asked_for_it(
    desk: Any, venue: BybitSimulator, listener: Listener
) -> None:
    await desk.cancel_all_orders_after(3000)
    venue.switch.windows["DERIVATIVES"] = 0.1
    await rest(desk)
    venue.control.streams("cut")
    await asyncio.sleep(0.2)

    assert venue.venue.links["a-1"].is_open


async def _until(condition: Any, within_s: float = 3.0) -> None:
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.005)
