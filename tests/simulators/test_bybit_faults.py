import asyncio
from typing import Any

import ccxt
import pytest

from tests.simulators.bybit import BybitSimulator
from tests.simulators.bybit.faults import REQUEST_FAULTS, Fault

BTC = "BTC/USDT:USDT"
CREATE = "/v5/order/create"
REALTIME = "/v5/order/realtime"
LINEAR = {"category": "linear", "symbol": "BTCUSDT"}


async def send(desk: Any, link_id: str = "a-1") -> Any:
    return await desk.create_order(BTC, "limit", "buy", 0.01, 60000, {"clientOrderId": link_id})


# --- what ccxt makes of each fault, and what became of the order -------------------------------------------------

RAISED = [
    # ccxt looks at the body first: with JSON of any kind a 429 or a 503 is an ExchangeError like another
    # fault, what ccxt raises, whether the order was accepted
    ("timeout_after_accept", ccxt.RequestTimeout, True),
    ("timeout_before_accept", ccxt.RequestTimeout, False),
    ("lost_after_accept", ccxt.RequestTimeout, True),
    ("reset_after_accept", ccxt.ExchangeNotAvailable, True),
    ("reset_before_accept", ccxt.ExchangeNotAvailable, False),
    ("html_502_after_accept", ccxt.ExchangeNotAvailable, True),
    ("html_502_before_accept", ccxt.ExchangeNotAvailable, False),
    ("json_500_after_accept", ccxt.ExchangeError, True),
    ("json_504_after_accept", ccxt.ExchangeError, True),
    ("truncated_after_accept", ccxt.ExchangeError, True),
    ("overloaded_503", ccxt.ExchangeError, False),
    ("http_429", ccxt.ExchangeError, False),
    ("http_403", ccxt.RateLimitExceeded, False),
    ("code_10006", ccxt.RateLimitExceeded, False),
    ("code_10000_after_accept", ccxt.ExchangeError, True),
    ("code_10000_before_accept", ccxt.ExchangeError, False),
    ("code_10016_after_accept", ccxt.ExchangeError, True),
    ("code_10016_before_accept", ccxt.ExchangeError, False),
    ("repeated_request", ccxt.InvalidOrder, True),
    ("refused_funds", ccxt.InsufficientFunds, False),
    ("refused_400", ccxt.BadRequest, False),
    ("refused_401", ccxt.AuthenticationError, False),
    ("refused_expired", ccxt.AuthenticationError, False),
]
ANSWERED = [
    # fault, whether the answer has an id, whether the order was accepted
    ("html_200_after_accept", False, True),
    ("html_200_before_accept", False, False),
    ("empty_200_after_accept", False, True),
    ("empty_200_before_accept", False, False),
    ("slow_after_accept", True, True),
    ("slow_before_accept", True, True),
    ("late_accept", True, True),
    ("unseen", True, True),
    ("repeated_rows", True, True),
]


@pytest.mark.parametrize(("kind", "raised", "is_accepted"), RAISED)
async def test_a_fault_that_ccxt_raises_for(
    desk: Any, venue: BybitSimulator, kind: str, raised: type[Exception], is_accepted: bool
) -> None:
    desk.timeout = 300
    venue.control.fault(kind, CREATE, seconds=0.4)
    with pytest.raises(ccxt.BaseError) as caught:
        await send(desk)

    assert type(caught.value) is raised
    assert ("a-1" in venue.venue.links) is is_accepted
    assert venue.edge.received["a-1"] == 1


@pytest.mark.parametrize(("kind", "has_id", "is_accepted"), ANSWERED)
async def test_a_fault_that_ccxt_takes_for_an_answer(
    desk: Any, venue: BybitSimulator, kind: str, has_id: bool, is_accepted: bool
) -> None:
    venue.control.fault(kind, CREATE, seconds=0.05)
    order = await send(desk)

    assert bool(order["id"]) is has_id
    assert ("a-1" in venue.venue.links) is is_accepted


@pytest.mark.parametrize(("kind", "is_accepted"), [("late_accept", True), ("slow_before_accept", False)])
async def test_what_comes_late_is_taken_if_it_was_checked_in_time(
    desk: Any, venue: BybitSimulator, kind: str, is_accepted: bool
) -> None:
    desk.timeout, desk.options["recvWindow"] = 100, 200
    venue.control.fault(kind, CREATE, seconds=0.4)
    with pytest.raises(ccxt.RequestTimeout):
        await send(desk)
    early = "a-1" in venue.venue.links
    await asyncio.sleep(0.4)

    assert not early
    assert ("a-1" in venue.venue.links) is is_accepted


def test_every_fault_is_tried() -> None:
    assert {row[0] for row in RAISED} | {row[0] for row in ANSWERED} == REQUEST_FAULTS


# --- when a fault strikes ----------------------------------------------------------------------------------------


async def test_a_fault_strikes_as_often_as_told_and_then_no_more(desk: Any, venue: BybitSimulator) -> None:
    venue.control.fault("overloaded_503", CREATE, times=2, skip=1)
    fates = [type(await _fate(send(desk, f"a-{number}"))) for number in range(4)]

    assert fates == [dict, ccxt.ExchangeError, ccxt.ExchangeError, dict]


async def test_a_fault_strikes_at_its_endpoint_only(desk: Any, venue: BybitSimulator) -> None:
    venue.control.fault("overloaded_503", "/v5/order/cancel")

    assert (await send(desk))["id"]


async def test_a_fault_may_spare_one_endpoint(desk: Any, venue: BybitSimulator) -> None:
    venue.control.fault("overloaded_503", f"!{CREATE}", times=None)

    assert (await send(desk))["id"]
    with pytest.raises(ccxt.ExchangeError):
        await desk.private_get_v5_order_realtime(LINEAR)


async def test_faults_are_cleared(desk: Any, venue: BybitSimulator) -> None:
    venue.control.fault("overloaded_503", times=None)
    venue.control.clear_faults()

    assert (await send(desk))["id"]


def test_a_seeded_chance_draws_the_same_again() -> None:
    def draws(seed: int) -> list[bool]:
        fault = Fault("overloaded_503", CREATE, times=None, probability=0.05, seed=seed)
        return [fault.strikes(CREATE) for _ in range(2000)]

    assert draws(7) == draws(7) != draws(8)
    assert 60 < sum(draws(7)) < 140


def test_an_unknown_fault_is_an_error() -> None:
    with pytest.raises(ValueError, match="no such fault: fire"):
        Fault("fire")


# --- looking up --------------------------------------------------------------------------------------------------


async def test_an_order_may_stay_unseen_for_a_while_though_its_id_is_taken(desk: Any, venue: BybitSimulator) -> None:
    venue.control.fault("unseen", CREATE, seconds=0.2)
    await send(desk)
    asked = {**LINEAR, "orderLinkId": "a-1"}
    early = await desk.private_get_v5_order_realtime(asked)
    with pytest.raises(ccxt.InvalidOrder, match="110072"):
        await send(desk)
    await asyncio.sleep(0.25)
    late = await desk.private_get_v5_order_realtime(asked)

    assert early["result"]["list"] == []
    assert len(late["result"]["list"]) == 1


async def test_rows_of_a_list_may_come_twice(desk: Any, venue: BybitSimulator) -> None:
    await desk.create_order(BTC, "market", "buy", 0.01)
    venue.control.fault("repeated_rows", "/v5/execution/list")
    rows = (await desk.private_get_v5_execution_list(LINEAR))["result"]["list"]

    assert len(rows) == 2
    assert len({row["execId"] for row in rows}) == 1


# --- limits ------------------------------------------------------------------------------------------------------


def told(desk: Any) -> tuple[int, int, int]:
    """Limit, what is left of it and when it is whole again, as the last answer's headers say."""
    headers = {name.lower(): value for name, value in desk.last_response_headers.items()}
    names = ("x-bapi-limit", "x-bapi-limit-status", "x-bapi-limit-reset-timestamp")
    return tuple(int(headers[name]) for name in names)  # type: ignore[return-value]


async def test_every_answer_tells_the_limit(desk: Any, venue: BybitSimulator) -> None:
    venue.control.limits(by_endpoint={CREATE: 10})
    await send(desk, "a-1")
    await send(desk, "a-2")
    limit, left, resets_ms = told(desk)

    assert (limit, left) == (10, 8)
    assert abs(resets_ms - venue.clock.now_ms()) < 1000


async def test_over_the_limit_nothing_is_accepted_until_the_window_is_over(desk: Any, venue: BybitSimulator) -> None:
    venue.control.limits(by_endpoint={CREATE: 2}, grace_ms=0)
    fates = [type(await _fate(send(desk, f"a-{number}"))) for number in range(4)]
    _, left, resets_ms = told(desk)
    await asyncio.sleep((resets_ms - venue.clock.now_ms()) / 1000 + 0.01)
    after = await send(desk, "b-1")

    assert fates == [dict, dict, ccxt.RateLimitExceeded, ccxt.RateLimitExceeded]
    assert left == 0
    assert after["id"]
    assert set(venue.venue.links) == {"a-0", "a-1", "b-1"}


async def test_who_sends_into_a_closed_window_is_counted(desk: Any, venue: BybitSimulator) -> None:
    venue.control.limits(by_endpoint={CREATE: 1}, grace_ms=10)
    await send(desk, "a-1")
    await _fate(send(desk, "a-2"))
    await asyncio.sleep(0.02)
    await _fate(send(desk, "a-3"))
    await desk.fetch_open_orders(BTC)
    [(_, path, is_told)] = venue.control.summary()["inside_closed_window"]

    assert (path, is_told) == (CREATE, True)


@pytest.mark.parametrize(("tells", "header"), [(True, "2"), (False, None)])
async def test_429_closes_everything_with_and_without_telling_for_how_long(
    desk: Any, venue: BybitSimulator, tells: bool, header: str | None
) -> None:
    venue.control.limits(by_endpoint={CREATE: 1}, answer="429", ban_s=1.5, tells_retry_after=tells, grace_ms=0)
    await send(desk, "a-1")
    with pytest.raises(ccxt.ExchangeError):
        await send(desk, "a-2")
    retry_after = desk.last_response_headers.get("Retry-After")
    await asyncio.sleep(0.01)
    with pytest.raises(ccxt.ExchangeError):
        await desk.fetch_open_orders(BTC)
    [(_, path, is_told)] = venue.control.summary()["inside_closed_window"]

    assert retry_after == header
    assert (path, is_told) == (REALTIME, tells)


async def test_403_is_an_answer_to_too_many_requests(desk: Any, venue: BybitSimulator) -> None:
    venue.control.limits(by_endpoint={CREATE: 1}, answer="403", ban_s=0.1)
    await send(desk, "a-1")
    with pytest.raises(ccxt.RateLimitExceeded):
        await send(desk, "a-2")
    await asyncio.sleep(0.12)
    venue.control.limits(by_endpoint={})

    assert (await send(desk, "a-3"))["id"]


@pytest.mark.parametrize(("kind", "status"), [("http_429", 429), ("http_403", 403), ("code_10006", 200)])
async def test_a_window_closed_by_a_fault_stays_closed_in_the_same_words(
    desk: Any, venue: BybitSimulator, kind: str, status: int
) -> None:
    venue.control.fault(kind, CREATE, seconds=0.3)
    for _ in range(2):
        with pytest.raises(ccxt.ExchangeError if status == 429 else ccxt.RateLimitExceeded):
            await send(desk)
    answer = await desk.session.post(f"{venue.rest_url}{CREATE}", data="{}")
    await asyncio.sleep(0.35)

    assert answer.status == status
    assert (await send(desk))["id"]


# --- the venue is not there --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mode", "raised"), [("http", ccxt.ExchangeNotAvailable), ("code", ccxt.ExchangeError)])
async def test_maintenance_turns_everything_away_but_the_status(
    desk: Any, venue: BybitSimulator, mode: str, raised: type[Exception]
) -> None:
    venue.control.maintenance(mode)
    with pytest.raises(raised):
        await send(desk)
    during = await desk.fetch_status()
    venue.control.maintenance("off")

    assert during["status"] == "maintenance"
    assert (await desk.fetch_status())["status"] == "ok"
    assert (await send(desk))["id"]
    assert len(venue.venue.links) == 1


async def test_a_restart_drops_connections_and_keeps_what_the_venue_knows(desk: Any, venue: BybitSimulator) -> None:
    await send(desk)
    venue.drop_connections(0.2)
    with pytest.raises(ccxt.NetworkError):
        await desk.fetch_open_orders(BTC)
    await asyncio.sleep(0.25)

    assert [order["clientOrderId"] for order in await desk.fetch_open_orders(BTC)] == ["a-1"]


async def _fate(awaitable: Any) -> Any:
    try:
        return await awaitable
    except ccxt.BaseError as error:
        return error
