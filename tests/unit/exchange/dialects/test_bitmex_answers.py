"""A definite no, a pause and a doubt are told apart by status and words."""

from datetime import UTC, datetime
from typing import Any

import pytest

from exchange.dialects.bitmex_answers import allowance, judge, time_of
from exchange.errors import NotSent, Refusal, Refused, Throttled, Unclear
from exchange.limiter import Allowance

NOW_MS = 1_780_000_000_000


def error(message: str, name: str = "HTTPError") -> dict[str, Any]:
    return {"error": {"message": message, "name": name}}


@pytest.mark.parametrize("answer", [{"orderID": "1"}, [], [{"orderID": "1"}]])
def test_a_sound_answer_is_a_yes(answer: Any) -> None:
    assert judge(200, {}, answer, NOW_MS) is None


@pytest.mark.parametrize(
    ("status", "message", "refusal"),
    [
        (400, "Duplicate clOrdID", Refusal.DUPLICATE),
        (400, "Account has insufficient Available Balance, 1234 XBt required", Refusal.ORDER),
        (400, "Invalid price tickSize", Refusal.ORDER),
        (400, "Invalid ordStatus", Refusal.NOT_FOUND),
        (400, "Invalid origClOrdID", Refusal.NOT_FOUND),
        (404, "Not Found", Refusal.NOT_FOUND),
        (400, "Invalid symbol", Refusal.SYMBOL),
        (400, "Invalid amend: orderQty, leavesQty, price, stopPx unchanged", Refusal.UNCHANGED),
        (401, "Signature not valid.", Refusal.KEY),
        (401, "Invalid API Key.", Refusal.KEY),
        (401, "This request has expired - `expires` is in the past. Current time: 1780000000", Refusal.CLOCK),
        (403, "Access Denied", Refusal.KEY),
        (403, "We require all new traders to verify their identity", Refusal.KEY),
    ],
)
def test_a_well_formed_error_is_a_definite_no(status: int, message: str, refusal: Refusal) -> None:
    verdict = judge(status, {}, error(message), NOW_MS)
    assert isinstance(verdict, Refused)
    assert verdict.refusal is refusal
    assert message in verdict.detail


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (500, error("Server Error")),
        (504, error("Gateway Time-out")),
        (502, None),
        (503, error("Service unavailable")),
        (503, None),
        (200, None),
        (400, None),
        (302, {}),
    ],
)
def test_anything_else_is_a_doubt(status: int, answer: Any) -> None:
    assert isinstance(judge(status, {}, answer, NOW_MS), Unclear)


def test_an_overloaded_system_has_taken_nothing() -> None:
    verdict = judge(503, {}, error("The system is currently overloaded. Please try again later."), NOW_MS)
    assert isinstance(verdict, NotSent)


@pytest.mark.parametrize(
    ("headers", "pause_s"), [({"Retry-After": "29"}, 29.0), ({"retry-after": "0"}, 0.0), ({}, 5.0)]
)
def test_too_many_requests_ask_for_a_pause(headers: dict[str, str], pause_s: float) -> None:
    verdict = judge(429, headers, error("Rate limit exceeded, retry in 29 seconds.", "RateLimitError"), NOW_MS)
    assert isinstance(verdict, Throttled)
    assert verdict.pause_s == pause_s


def test_a_page_of_a_firewall_asks_for_a_long_one() -> None:
    verdict = judge(403, {}, None, NOW_MS)
    assert isinstance(verdict, Throttled)
    assert verdict.pause_s == 60


def test_a_key_that_is_refused_without_words_is_refused() -> None:
    verdict = judge(401, {}, None, NOW_MS)
    assert isinstance(verdict, Refused)
    assert verdict.refusal is Refusal.KEY


@pytest.mark.parametrize(
    ("headers", "left"),
    [
        ({}, Allowance()),
        ({"x-ratelimit-limit": "120", "x-ratelimit-remaining": "119"}, Allowance(119, 0.1)),
        ({"X-RateLimit-Remaining": "50", "X-RateLimit-Remaining-1s": "3"}, Allowance(3, 0.1)),
        ({"x-ratelimit-limit": "120", "x-ratelimit-remaining": "0"}, Allowance(0, 0.5)),
    ],
)
def test_the_smaller_of_both_limits_counts(headers: dict[str, str], left: Allowance) -> None:
    assert allowance(headers) == left


def test_the_venues_clock_is_the_middle_of_the_second_it_names() -> None:
    told = time_of({"date": "Mon, 01 Jun 2026 09:36:35 GMT"})
    assert told == datetime(2026, 6, 1, 9, 36, 35, 500_000, UTC)
    assert time_of({"Date": "no date"}) is None
    assert time_of({}) is None
