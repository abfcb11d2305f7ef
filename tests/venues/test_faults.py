"""Every fault of a venue: what was sent ends as the venue's own books say, and never as their opposite."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from portfolio.model.fill import OrderReport
from portfolio.model.order import OrderStatus
from portfolio.ports import Unknown, Unsent
from tests.simulators.bybit import BybitSimulator
from tests.simulators.bybit.faults import REQUEST_FAULTS
from tests.venues.desks import (
    AMEND,
    CANCEL,
    CREATE,
    EXECUTIONS,
    HISTORY,
    PAST,
    POSITIONS,
    REALTIME,
    WALLET,
    desk_at,
    order,
    resting,
)

TAKEN = {
    "timeout_after_accept",
    "lost_after_accept",
    "reset_after_accept",
    "html_502_after_accept",
    "json_500_after_accept",
    "json_504_after_accept",
    "truncated_after_accept",
    "html_200_after_accept",
    "empty_200_after_accept",
    "code_10000_after_accept",
    "code_10016_after_accept",
}
IN_DOUBT = TAKEN | {
    "timeout_before_accept",
    "reset_before_accept",
    "html_502_before_accept",
    "html_200_before_accept",
    "empty_200_before_accept",
    "overloaded_503",
    "code_10000_before_accept",
    "code_10016_before_accept",
}
TURNED_AWAY = {"http_429", "http_403", "code_10006"}
REFUSED = {"refused_funds", "refused_400", "refused_401", "refused_expired"}
REPEATED = {"repeated_request"}
HARMLESS = {"slow_after_accept", "slow_before_accept", "late_accept", "unseen", "repeated_rows"}
SECONDS = {"timeout_after_accept": 3, "timeout_before_accept": 3, "http_403": 0.1, "code_10006": 0.3, "unseen": 0.2}
SECONDS |= dict.fromkeys(("slow_after_accept", "slow_before_accept", "late_accept"), 0.15)
LOST = {"timeout_after_accept", "lost_after_accept", "timeout_before_accept"}

pytestmark = pytest.mark.usefixtures("quick")


def test_the_table_knows_every_fault_of_the_simulator():
    assert IN_DOUBT | TURNED_AWAY | HARMLESS | REFUSED | REPEATED == REQUEST_FAULTS
    assert not IN_DOUBT & TURNED_AWAY


def patience(kind: str) -> dict[str, float]:
    """Nobody waits long for an answer that never comes."""
    return {"send_timeout_s": 0.3} if kind in LOST else {}


def strike(venue: BybitSimulator, kind: str, path: str, **more: Any) -> None:
    venue.control.fault(kind, path, seconds=SECONDS.get(kind, 0), **more)


@pytest.mark.parametrize("kind", sorted(IN_DOUBT))
async def test_an_order_whose_answer_is_lost_becomes_what_the_venue_says(venue: BybitSimulator, kind: str):
    async with desk_at(venue, is_listening=False, **patience(kind)) as desk:
        strike(venue, kind, CREATE)
        sent_at_s = time.monotonic()
        answer = await desk.gateway.send(order("a-1"))
        assert isinstance(answer, Unknown)
        assert answer.lapses_in_s <= 0.8
        found = await desk.resolved(order("a-1"))
        if kind in TAKEN:
            assert found is not None
            assert (found.status, found.mismatch) == (OrderStatus.FILLED, "")
            assert sum(trade.quantity for trade in found.trades) == order("a-1").quantity
        else:
            assert found is None
            assert time.monotonic() - sent_at_s >= 0.8 + 0.2, "believed before the request had lapsed"
        assert (desk.record("a-1") is not None) is (kind in TAKEN)
        assert desk.received(CREATE) == 1


@pytest.mark.parametrize("kind", sorted(TURNED_AWAY))
async def test_an_order_that_was_turned_away_may_go_again_after_the_pause(venue: BybitSimulator, kind: str):
    async with desk_at(venue, is_listening=False) as desk:
        strike(venue, kind, CREATE)
        answer = await desk.gateway.send(order("a-1"))
        assert isinstance(answer, Unsent)
        assert answer.pause_s > 0
        assert desk.record("a-1") is None


@pytest.mark.parametrize("kind", sorted(REFUSED))
async def test_an_order_that_was_refused_in_words_is_refused_at_once(venue: BybitSimulator, kind: str):
    async with desk_at(venue, is_listening=False) as desk:
        strike(venue, kind, CREATE)
        answer = await desk.gateway.send(order("a-1"))
        assert isinstance(answer, OrderReport)
        assert answer.status is OrderStatus.REJECTED
        assert desk.record("a-1") is None


async def test_an_order_that_a_proxy_has_sent_twice_is_taken_once_and_found(venue: BybitSimulator):
    async with desk_at(venue, is_listening=False) as desk:
        strike(venue, "repeated_request", CREATE)
        answer = await desk.gateway.send(order("a-1"))
        assert isinstance(answer, OrderReport)
        assert (answer.status, answer.mismatch) == (OrderStatus.FILLED, "")
        assert venue.venue.accepted["a-1"] == 1


@pytest.mark.parametrize("kind", sorted(HARMLESS))
async def test_an_answer_that_is_only_late_or_odd_is_an_answer(venue: BybitSimulator, kind: str):
    async with desk_at(venue, is_listening=False) as desk:
        strike(venue, kind, CREATE)
        answer = await desk.gateway.send(order("a-1"))
        assert isinstance(answer, OrderReport)
        assert answer.status is OrderStatus.SUBMITTED
        assert (await desk.resolved(order("a-1"))).status is OrderStatus.FILLED  # type: ignore[union-attr]


async def test_a_refused_order_is_refused_whatever_was_asked_before(venue: BybitSimulator):
    async with desk_at(venue, is_listening=False) as desk:
        answer = await desk.gateway.send(order("a-1", "100000"))
        assert isinstance(answer, OrderReport)
        assert answer.status is OrderStatus.REJECTED
        assert answer.reason.endswith("(10001)")
        assert await desk.resolved(order("a-1")) is None


@pytest.mark.parametrize("kind", sorted(REQUEST_FAULTS))
async def test_a_cancel_is_told_when_the_venue_has_carried_it_out(venue: BybitSimulator, kind: str):
    async with desk_at(venue, is_listening=False, **patience(kind)) as desk:
        await desk.gateway.send(resting("a-1"))
        strike(venue, kind, CANCEL)
        answer = await desk.gateway.cancel(resting("a-1"))
        is_understood = kind in HARMLESS | REPEATED
        assert isinstance(answer, OrderReport) is is_understood
        if kind in TURNED_AWAY:
            return
        answer = await desk.canceled(resting("a-1"))
        record = desk.record("a-1")
        assert record is not None
        assert record.status == "Cancelled"
        assert answer.status in (None, OrderStatus.CANCELED)


@pytest.mark.parametrize("kind", sorted(IN_DOUBT | HARMLESS))
async def test_an_amendment_in_doubt_is_unknown_and_may_be_repeated(venue: BybitSimulator, kind: str):
    async with desk_at(venue, is_listening=False, **patience(kind)) as desk:
        await desk.gateway.send(resting("a-1"))
        changed = resting("a-1", "59000", "0.02")
        strike(venue, kind, AMEND)
        answer = await desk.gateway.amend(changed)
        assert isinstance(answer, Unknown) is (kind in IN_DOUBT)
        again = await desk.gateway.amend(changed)
        assert isinstance(again, OrderReport)
        assert again.reason == ""
        record = desk.record("a-1")
        assert record is not None
        assert (record.price, record.quantity) == (changed.price, changed.quantity)


@pytest.mark.parametrize("path", [REALTIME, POSITIONS, WALLET, EXECUTIONS, HISTORY])
@pytest.mark.parametrize("kind", ["html_200_before_accept", "truncated_after_accept", "html_502_after_accept"])
async def test_a_question_that_went_wrong_is_unknown_and_never_an_empty_answer(
    venue: BybitSimulator, path: str, kind: str
):
    async with desk_at(venue, is_listening=False) as desk:
        await desk.gateway.send(order("a-1"))
        venue.venue.ended.clear() if path == HISTORY else None
        strike(venue, kind, path)
        if path in (EXECUTIONS, REALTIME):
            assert isinstance(await desk.gateway.look_up(order("a-1")), Unknown)
        elif path == HISTORY:
            assert isinstance(await desk.gateway.look_up(order("never")), Unknown)
        else:
            assert isinstance(await desk.gateway.survey(), Unknown)
        survey = await desk.gateway.survey()
        assert not isinstance(survey, Unknown)
        assert [position.quantity for position in survey.positions or ()] == [order("a-1").quantity]
        strike(venue, kind, EXECUTIONS)
        since = datetime.now(UTC) - PAST
        assert isinstance(await desk.gateway.history(since), Unknown)
        history = await desk.gateway.history(since)
        assert not isinstance(history, Unknown)
        assert len(history) == 1


async def test_rows_that_come_twice_count_once(venue: BybitSimulator):
    async with desk_at(venue, is_listening=False) as desk:
        await desk.gateway.send(order("a-1"))
        await desk.gateway.send(resting("a-2"))
        strike(venue, "repeated_rows", "*", times=None)
        survey = await desk.gateway.survey()
        assert not isinstance(survey, Unknown)
        assert [len(part or ()) for part in (survey.orders, survey.positions)] == [1, 1]
        assert len(survey.balances or ()) == len({item.currency for item in survey.balances or ()})
        history = await desk.gateway.history(datetime.now(UTC) - PAST)
        assert not isinstance(history, Unknown)
        (report,) = history
        assert isinstance(report, OrderReport)
        assert len(report.trades) == 1


# --- duplicates ------------------------------------------------------------------------------------------------------


async def test_a_repeated_id_is_the_order_that_exists(venue: BybitSimulator):
    async with desk_at(venue, is_listening=False) as desk:
        await desk.gateway.send(order("a-1"))
        answer = await desk.gateway.send(order("a-1"))
        assert isinstance(answer, OrderReport)
        assert (answer.status, answer.mismatch) == (OrderStatus.FILLED, "")
        assert venue.venue.accepted["a-1"] == 1


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (resting("a-1", quantity="0.02"), "quantity: sent 0.02, found 0.01"),
        (resting("a-1", "60001"), "price: sent 60001, found 60000"),
        (order("a-1"), "price: sent None, found 60000"),
    ],
)
async def test_a_repeated_id_of_another_order_says_in_what_they_differ(venue: BybitSimulator, other: Any, told: str):
    async with desk_at(venue, is_listening=False) as desk:
        await desk.gateway.send(resting("a-1"))
        answer = await desk.gateway.send(other)
        assert isinstance(answer, OrderReport)
        assert (answer.status, answer.mismatch) == (OrderStatus.OPEN, told)


async def test_an_order_known_to_exist_is_never_proven_absent(venue: BybitSimulator):
    async with desk_at(venue, is_listening=False) as desk:
        await desk.gateway.send(resting("a-1"))
        venue.venue.links["a-1"].visible_ms = venue.clock.now_ms() + 1500
        assert isinstance(await desk.gateway.send(resting("a-1")), Unknown)
        found = await desk.resolved(resting("a-1"))
        assert found is not None
        assert found.status is OrderStatus.OPEN


# --- proof of absence ------------------------------------------------------------------------------------------------


async def test_a_look_up_that_does_not_see_the_order_for_a_while_proves_nothing(venue: BybitSimulator):
    async with desk_at(venue, is_listening=False, send_timeout_s=0.3) as desk:
        strike(venue, "lost_after_accept", CREATE)
        assert isinstance(await desk.gateway.send(resting("a-1")), Unknown)
        venue.venue.links["a-1"].visible_ms = venue.clock.now_ms() + 150
        found = await desk.resolved(resting("a-1"))
        assert found is not None
        assert found.status is OrderStatus.OPEN


async def test_an_order_that_the_venue_takes_after_nobody_waits_for_it_is_found(venue: BybitSimulator):
    """It found the request good in time and carries it out when that has expired."""
    async with desk_at(venue, is_listening=False, send_timeout_s=0.2) as desk:
        venue.control.fault("late_accept", CREATE, seconds=0.9)
        assert isinstance(await desk.gateway.send(order("a-1")), Unknown)
        found = await desk.resolved(order("a-1"))
        assert found is not None
        assert found.status is OrderStatus.FILLED


async def test_one_empty_look_up_is_no_proof(venue: BybitSimulator):
    async with desk_at(venue, is_listening=False, send_timeout_s=0.3) as desk:
        strike(venue, "timeout_before_accept", CREATE)
        await desk.gateway.send(order("a-1"))
        await asyncio.sleep(0.8)
        assert isinstance(await desk.gateway.look_up(order("a-1")), Unknown)
        assert isinstance(await desk.gateway.look_up(order("a-1")), Unknown)
        await asyncio.sleep(0.06)
        assert await desk.gateway.look_up(order("a-1")) is None


async def test_a_cancel_of_an_order_that_never_was_ends_with_the_proof(venue: BybitSimulator):
    async with desk_at(venue, is_listening=False, send_timeout_s=0.3) as desk:
        strike(venue, "timeout_before_accept", CREATE)
        await desk.gateway.send(resting("a-1"))
        assert (await desk.canceled(resting("a-1"))).status is OrderStatus.NOT_ACCEPTED
