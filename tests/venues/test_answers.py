"""Answers that make no sense: nothing is taken for a yes or a no that is none, and nothing escapes."""

import asyncio
import gzip
import logging
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import pytest
from aiohttp import web

from exchange import wire
from portfolio.model.fill import OrderReport
from portfolio.model.order import OrderStatus
from portfolio.ports import Unknown, Unsent
from tests.simulators.bybit import API_KEY, API_SECRET, BybitSimulator
from tests.venues.desks import CREATE, EXECUTIONS, REALTIME, Desk, access_to, desk_at, order, resting

Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
OK = {"retCode": 0, "retMsg": "OK", "result": {}, "time": 1}

pytestmark = pytest.mark.usefixtures("quick")


def odd(venue: BybitSimulator, path: str, answer: Answer, times: int = 1) -> None:
    """The order is taken, and then something else is answered."""
    serve, left = venue.edge.serve, [times]

    async def served(request: web.BaseRequest, asked: str, query: str) -> web.StreamResponse:
        if asked != path or not left[0]:
            return await serve(request, asked, query)
        left[0] -= 1
        await serve(request, asked, query)
        return await answer(request)

    venue.edge.serve = served  # type: ignore[method-assign]


def body(content: bytes, status: int = 200, kind: str = "application/json", **headers: str) -> Answer:
    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=content, status=status, headers={"Content-Type": kind, **headers})

    return answer


def told(**fields: Any) -> Answer:
    return body(orjson.dumps(OK | fields))


def raw(content: bytes) -> Answer:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.write(content)
        request.transport.close()
        return web.Response()

    return answer


async def huge(request: web.BaseRequest) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(64):
        await response.write(b" " * 65536)
    return response


SENSELESS: dict[str, Answer] = {
    "html": body(b"<html>Welcome</html>", kind="text/html"),
    "nothing": body(b""),
    "null": body(b"null"),
    "a list": body(b"[]"),
    "a text": body(b'"OK"'),
    "a number": body(b"0"),
    "cut JSON": body(b'{"retCode":0,"retMsg":"OK","resu'),
    "no UTF-8": body(b"\xff\xfe{}"),
    "NaN": body(b'{"retCode":NaN,"result":{"orderId":"1"}}'),
    "deep": body(b"[" * 200_000),
    "no code": body(b'{"result":{"orderId":"1"}}'),
    "a code that is null": body(b'{"retCode":null,"result":{"orderId":"1"}}'),
    "a code that is true": body(b'{"retCode":false,"result":{"orderId":"1"}}'),
    "a code that is a fraction": body(b'{"retCode":0.5,"result":{"orderId":"1"}}'),
    "no result": body(b'{"retCode":0,"retMsg":"OK"}'),
    "a result that is a list": told(result=[]),
    "no order id": told(result={}),
    "a code nobody knows": told(retCode=131230, retMsg="oops"),
    "a refusal that speaks of trouble": told(retCode=110099, retMsg="internal error, please try again later"),
    "a yes with status 500": body(orjson.dumps(OK | {"result": {"orderId": "1"}}), status=500),
    "a refusal with status 502": body(b'{"retCode":110007,"retMsg":"no balance"}', status=502),
    "a yes with status 302": body(orjson.dumps(OK), status=302, Location="/v5/order/create"),
    "a repetition": body(b"", status=307, Location="/v5/order/create"),
    "another host": body(b"", status=308, Location="http://127.0.0.1:9/v5/order/create"),
    "no HTTP": raw(b"\x00\x01\x02\x03\r\n\r\n"),
    "half a header": raw(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "broken gzip": body(b"\x1f\x8b\x08nonsense", **{"Content-Encoding": "gzip"}),
    "a broken chunk": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}"),
    "a huge body": huge,
    "a bomb": body(gzip.compress(b" " * 3_000_000), **{"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("name", sorted(SENSELESS))
async def test_what_makes_no_sense_leaves_the_order_in_doubt(
    venue: BybitSimulator, monkeypatch: pytest.MonkeyPatch, name: str
):
    monkeypatch.setattr(wire, "LARGEST_ANSWER", 2_000_000)
    async with desk_at(venue, is_listening=False) as desk:
        odd(venue, CREATE, SENSELESS[name])
        answer = await desk.gateway.send(order("a-1"))
        assert isinstance(answer, Unknown), answer
        assert desk.received(CREATE) == 1, "sent twice"
        found = await desk.resolved(order("a-1"))
        assert found is not None
        assert found.status is OrderStatus.FILLED


@pytest.mark.parametrize("name", ["html", "nothing", "cut JSON", "deep", "a result that is a list", "no result"])
@pytest.mark.parametrize("path", [REALTIME, EXECUTIONS])
async def test_a_look_up_that_makes_no_sense_says_nothing(venue: BybitSimulator, path: str, name: str):
    async with desk_at(venue, is_listening=False) as desk:
        await desk.gateway.send(order("a-1"))
        odd(venue, path, SENSELESS[name])
        assert isinstance(await desk.gateway.look_up(order("a-1")), Unknown)


ROWS: dict[str, dict[str, Any]] = {
    "a quantity that is no number": {"qty": "NaN"},
    "a quantity without end": {"cumExecQty": "Infinity"},
    "a number beyond sense": {"cumExecQty": "1e999999"},
    "a side nobody knows": {"side": "Both"},
    "no state": {"orderStatus": None, "orderId": None},
}


@pytest.mark.parametrize("name", sorted(ROWS))
async def test_an_order_that_cannot_be_read_stays_in_doubt(venue: BybitSimulator, name: str):
    async with desk_at(venue, is_listening=False) as desk:
        await desk.gateway.send(resting("a-1"))
        record = desk.record("a-1")
        assert record is not None
        row = {key: value for key, value in {**record.told(), **ROWS[name]}.items() if value is not None}
        odd(venue, REALTIME, told(result={"list": [row], "nextPageCursor": ""}))
        assert isinstance(await desk.gateway.look_up(resting("a-1")), Unknown)


async def test_a_state_nobody_knows_ends_nothing(venue: BybitSimulator):
    async with desk_at(venue, is_listening=False) as desk:
        await desk.gateway.send(resting("a-1"))
        record = desk.record("a-1")
        assert record is not None
        row = record.told() | {"orderStatus": "Pondering"}
        odd(venue, REALTIME, told(result={"list": [row], "nextPageCursor": ""}))
        found = await desk.gateway.look_up(resting("a-1"))
        assert isinstance(found, OrderReport)
        assert found.status is OrderStatus.OPEN


@pytest.mark.parametrize("code", ["0", 0])
async def test_a_code_may_be_text(venue: BybitSimulator, code: Any):
    async with desk_at(venue, is_listening=False) as desk:
        odd(venue, CREATE, told(retCode=code, result={"orderId": "x-1"}))
        answer = await desk.gateway.send(order("a-1"))
        assert isinstance(answer, OrderReport)
        assert (answer.status, answer.venue_order_id) == (OrderStatus.SUBMITTED, "x-1")


@pytest.mark.parametrize("moment", [1, "1", "1" + "0" * 30, -5, "soon", None, [], 4_102_444_800_000])
async def test_a_time_beyond_sense_does_not_move_the_clock(venue: BybitSimulator, moment: Any):
    async with desk_at(venue, is_listening=False) as desk:
        odd(venue, CREATE, told(result={"orderId": "x-1"}, time=moment))
        assert isinstance(await desk.gateway.send(order("a-1")), OrderReport)
        assert abs(desk.gateway._clock.offset_s) < 1


async def test_an_account_without_a_key_sends_nothing(venue: BybitSimulator):
    async with desk_at(venue, is_listening=False) as desk:
        desk.gateway._driver.apiKey = ""
        assert isinstance(await desk.gateway.send(order("a-1")), Unsent)
        assert desk.received(CREATE) == 0


async def test_compressed_answers_are_read(venue: BybitSimulator):
    async with desk_at(venue, is_listening=False) as desk:
        content = zlib.compress(orjson.dumps(OK | {"result": {"orderId": "x-1"}}))
        odd(venue, CREATE, body(content, **{"Content-Encoding": "deflate"}))
        assert isinstance(await desk.gateway.send(order("a-1")), OrderReport)


async def test_a_list_without_end_is_given_up(venue: BybitSimulator, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("exchange.dialects.bybit.MOST_PAGES", 5)
    async with desk_at(venue, is_listening=False) as desk:
        await desk.gateway.send(resting("a-1"))
        record = desk.record("a-1")
        assert record is not None
        cursors = iter(range(1000))

        async def endless(_: web.BaseRequest) -> web.StreamResponse:
            result = {"list": [record.told()], "nextPageCursor": f"c{next(cursors)}"}
            return web.Response(body=orjson.dumps(OK | {"result": result}), content_type="application/json")

        odd(venue, REALTIME, endless, times=1000)
        assert isinstance(await desk.gateway.survey(), Unknown)


# --- connections -----------------------------------------------------------------------------------------------------


async def test_a_connection_that_the_venue_closed_meanwhile_costs_no_second_order(venue: BybitSimulator):
    """The request goes out on the kept connection and meets its end: in doubt, and never repeated by itself."""
    async with desk_at(venue, is_listening=False) as desk:
        await desk.gateway.survey()
        arrived: list[str] = []
        serve = venue.edge.serve

        async def served(request: web.BaseRequest, path: str, query: str) -> web.StreamResponse:
            arrived.append(path)
            assert request.transport is not None
            request.transport.close()
            return web.Response()

        venue.edge.serve = served  # type: ignore[method-assign]
        answer = await desk.gateway.send(order("a-1"))
        venue.edge.serve = serve  # type: ignore[method-assign]
        assert isinstance(answer, Unknown)
        assert arrived == [CREATE]


async def test_a_venue_that_is_not_there_got_nothing(venue: BybitSimulator):
    async with desk_at(venue, is_listening=False) as desk:
        desk.gateway._driver.urls["api"] = dict.fromkeys(desk.gateway._driver.urls["api"], "http://127.0.0.1:9")
        answer = await desk.gateway.send(order("a-1"))
        assert isinstance(answer, Unsent)
        assert "nothing was sent" in answer.reason


async def test_a_gateway_that_is_closed_sends_nothing(venue: BybitSimulator):
    async with desk_at(venue, is_listening=False) as desk:
        await desk.gateway.close()
        assert isinstance(await desk.gateway.send(order("a-1")), Unsent)
        assert desk.received(CREATE) == 0


async def test_a_market_list_of_which_half_is_lost_is_not_believed(venue: BybitSimulator):
    """ccxt asks for two lists at once; the one that came must not stand for both."""
    async with desk_at(venue, is_listening=False) as desk:
        path = "/v5/market/instruments-info"
        for skip in (0, 1):
            venue.control.fault("html_502_after_accept", path, skip=skip)
            await asyncio.gather(desk.gateway._dialect.load(frozenset({"BTC/USDT:USDT"}), {}), return_exceptions=True)
            venue.control.clear_faults()
            assert desk.gateway._dialect.delisted() == frozenset()
            assert isinstance(await desk.gateway.send(order(f"a-{skip}")), OrderReport)


# --- frames ----------------------------------------------------------------------------------------------------------

FRAMES = [
    b"{bad",
    b"[]",
    b'"text"',
    b"{}",
    b'{"topic":"order"}',
    b'{"topic":"order","data":7}',
    b'{"topic":"order","data":["x"]}',
    b'{"topic":"order","data":[{"category":"linear","symbol":"NOSUCH","orderId":"1"}]}',
    b'{"topic":"order","data":[{"category":"linear","symbol":"BTCUSDT","orderId":"1"}]}',
    b'{"topic":"execution","data":[{"category":"linear","symbol":"BTCUSDT","execId":"1","execQty":"NaN","execTime":"1",'
    b'"orderId":"1","side":"Buy","execPrice":"1"}]}',
    b'{"topic":"execution","data":[{"category":"linear","symbol":"BTCUSDT"}]}',
    b'{"topic":"nothing.we.know","data":[]}',
    b'{"topic":"execution","data":[{"category":"linear","symbol":"BTCUSDT","execTime":"soon"}]}',
    b'{"op":"subscribe"}',
    b'{"success":false,"ret_msg":"error:what","op":"subscribe"}',
    b'{"retCode":10016,"retMsg":"trouble"}',
    b"[" * 5000,
]


@pytest.mark.parametrize("frame", FRAMES)
async def test_a_frame_that_makes_no_sense_harms_nothing(venue: BybitSimulator, frame: bytes):
    async with desk_at(venue, ws_url=venue.ws_url) as desk:
        await desk.until(lambda: venue.streams.hears("execution"))
        for connection in venue.streams.connections:
            connection._out.put_nowait(frame)
        await asyncio.sleep(0.05)
        await desk.until(lambda: venue.streams.hears("execution"))
        await desk.gateway.send(order("a-1"))
        await desk.until(lambda: OrderStatus.FILLED in desk.statuses("a-1"))
        desk.assert_as_booked("a-1")
        assert {report.client_order_id for report in desk.told if isinstance(report, OrderReport)} == {"a-1"}


# --- secrets ---------------------------------------------------------------------------------------------------------


async def test_no_key_no_secret_and_no_signature_is_ever_shown(
    venue: BybitSimulator, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
):
    caplog.set_level(logging.DEBUG)
    shown: list[object] = []
    signed: list[str] = []
    serve = venue.edge.serve

    async def served(request: web.BaseRequest, path: str, query: str) -> web.StreamResponse:
        signed.append(request.headers.get("X-BAPI-SIGN", ""))
        return await serve(request, path, query)

    venue.edge.serve = served  # type: ignore[method-assign]
    async with desk_at(venue, ws_url=venue.ws_url) as desk:
        await desk.until(lambda: venue.streams.hears("execution"))
        await _through_every_trouble(venue, desk, shown)
        shown += desk.told
    shown += [access_to(venue), repr(desk.gateway.__dict__)]
    text = "\n".join([*map(repr, shown), *map(repr, caplog.records), caplog.text, *capfd.readouterr()])
    assert "10004" in text
    assert len(signed) > 20
    for secret in (API_KEY, API_SECRET, *filter(None, signed)):
        assert secret not in text


async def _through_every_trouble(venue: BybitSimulator, desk: Desk, shown: list[object]) -> None:
    kinds = ["html_502_after_accept", "truncated_after_accept", "reset_before_accept", "timeout_before_accept"]
    for number, kind in enumerate([*kinds, "code_10016_after_accept"]):
        venue.control.fault(kind, CREATE, seconds=1)
        shown.append(await desk.gateway.send(order(f"a-{number}")))
        shown.append(await desk.gateway.look_up(order(f"a-{number}")))
    name = next(iter(venue.keys))
    for secret, expired, read_only in (("wrong", False, False), (API_SECRET, True, False), (API_SECRET, False, True)):
        venue.control.key(secret=secret, expired=expired, read_only=read_only)
        shown.append(await desk.gateway.send(order("b-1")))
        shown.append(await desk.gateway.check_up(frozenset()))
        venue.control.streams("cut")
        await asyncio.sleep(0.15)
    del venue.keys[name]
    shown.append(await desk.gateway.survey())
    await asyncio.sleep(0.1)
