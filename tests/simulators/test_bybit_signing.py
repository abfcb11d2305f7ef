from collections.abc import Callable
from typing import Any

import ccxt
import pytest

from tests.simulators.bybit import API_KEY, BybitSimulator
from tests.simulators.bybit.driver import driver

BTC = "BTC/USDT:USDT"


async def refusal_of(venue: BybitSimulator, **told: Any) -> tuple[type[Exception], str]:
    """What a driver with these terms gets for an order."""
    async with driver(venue, **told) as exchange:
        exchange.options |= {"enableUnifiedMargin": False, "enableUnifiedAccount": True}
        await exchange.fetch_markets()
        body = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Market", "qty": "0.01"}
        with pytest.raises(ccxt.BaseError) as caught:
            await exchange.private_post_v5_order_create(body)
        return type(caught.value), str(caught.value)


async def test_an_unknown_key_is_refused(venue: BybitSimulator) -> None:
    kind, text = await refusal_of(venue, key="nobody")

    assert kind is ccxt.AuthenticationError
    assert '"retCode":10003' in text


async def test_a_wrong_signature_is_refused_and_the_secret_is_not_told(venue: BybitSimulator) -> None:
    kind, text = await refusal_of(venue, secret="wrong-secret")

    assert kind is ccxt.AuthenticationError
    assert '"retCode":10004' in text
    assert "wrong-secret" not in text
    assert next(iter(venue.keys.values())).secret not in text


async def test_an_expired_key_is_refused(venue: BybitSimulator) -> None:
    venue.control.key(expired=True)
    kind, text = await refusal_of(venue)

    assert kind is ccxt.AuthenticationError
    assert '"retCode":33004' in text


@pytest.mark.parametrize(
    "change",
    [
        lambda venue: venue.control.key(read_only=True),
        lambda venue: venue.control.key(permissions={"ContractTrade": ["Position"], "Spot": ["SpotTrade"]}),
    ],
)
async def test_a_key_without_the_right_to_trade_is_refused(
    venue: BybitSimulator, change: Callable[[BybitSimulator], None]
) -> None:
    change(venue)
    kind, text = await refusal_of(venue)

    assert kind is ccxt.PermissionDenied
    assert '"retCode":10005' in text


@pytest.mark.parametrize("shift_ms", [6_000, 3_600_000, -6_000, -3_600_000, -1_100])
async def test_a_clock_that_is_off_is_refused(venue: BybitSimulator, shift_ms: int) -> None:
    venue.control.clock(shift_ms)
    kind, text = await refusal_of(venue)

    assert kind is ccxt.InvalidNonce
    assert '"retCode":10002' in text
    assert not venue.venue.orders


@pytest.mark.parametrize("shift_ms", [4_500, -500])
async def test_a_clock_that_is_off_by_less_than_the_window_is_taken(
    desk: Any, venue: BybitSimulator, shift_ms: int
) -> None:
    venue.control.clock(shift_ms)

    assert (await desk.create_order(BTC, "market", "buy", 0.01))["id"]


async def test_the_receive_window_is_the_requests_own(desk: Any, venue: BybitSimulator) -> None:
    venue.control.clock(4_500)
    desk.options["recvWindow"] = 3_000

    with pytest.raises(ccxt.InvalidNonce):
        await desk.create_order(BTC, "market", "buy", 0.01)


async def test_an_unsigned_question_about_the_account_is_refused(desk: Any, venue: BybitSimulator) -> None:
    answer = await desk.session.get(f"{venue.rest_url}/v5/order/realtime?category=linear&symbol=BTCUSDT")

    assert answer.status == 401


async def test_a_body_that_was_changed_on_the_way_is_refused(desk: Any, venue: BybitSimulator) -> None:
    body = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "orderType": "Market", "qty": "0.01"}
    signed = desk.sign("v5/order/create", ["private"], "POST", body)
    changed = signed["body"].replace("0.01", "9.01")
    answer = await desk.session.post(signed["url"], data=changed, headers=signed["headers"])

    assert (await answer.json())["retCode"] == 10004
    assert API_KEY in (await answer.text())
