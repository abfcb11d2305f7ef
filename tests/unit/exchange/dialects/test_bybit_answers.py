"""What an answer amounts to: a yes and a no only where Bybit says so in its own words."""

from typing import Any

import pytest

from exchange.dialects.bybit_answers import judge
from exchange.dialects.reading import retry_after
from exchange.errors import Refusal, Refused, Throttled, Unclear

NOW_MS = 1_700_000_000_000


def told(code: Any, text: str = "") -> dict[str, Any]:
    return {"retCode": code, "retMsg": text, "result": {}}


@pytest.mark.parametrize("status", [200, 201])
def test_zero_is_a_yes(status: int):
    assert judge(status, {}, told(0, "OK"), NOW_MS) is None


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 500, 502, 503, 504])
def test_zero_with_another_status_is_nothing(status: int):
    assert isinstance(judge(status, {}, told(0, "OK"), NOW_MS), Unclear)


@pytest.mark.parametrize(
    ("code", "text", "refusal"),
    [
        (10001, "Qty invalid", Refusal.ORDER),
        (10002, "invalid request, please check your timestamp", Refusal.CLOCK),
        (10003, "API key is invalid.", Refusal.KEY),
        (10004, "error sign!", Refusal.KEY),
        (10005, "Permission denied", Refusal.KEY),
        (10010, "Unmatched IP", Refusal.KEY),
        (33004, "Your api key has expired.", Refusal.KEY),
        (110001, "order not exists or too late to cancel", Refusal.NOT_FOUND),
        (170213, "Order does not exist.", Refusal.NOT_FOUND),
        (110007, "ab not enough for new order", Refusal.ORDER),
        (170131, "Insufficient balance.", Refusal.ORDER),
        (110072, "OrderLinkedID is duplicate", Refusal.DUPLICATE),
        (170141, "Duplicate clientOrderId", Refusal.DUPLICATE),
        (110043, "Set leverage not modified", Refusal.UNCHANGED),
        (10001, "The order remains unchanged as the parameters entered match the existing ones.", Refusal.UNCHANGED),
        (110074, "This contract is not live", Refusal.SYMBOL),
        (10404, "path not found", Refusal.ORDER),
    ],
)
def test_a_no_is_one_of_bybits(code: int, text: str, refusal: Refusal):
    for status in (200, 400, 401, 403):
        error = judge(status, {}, told(code, text), NOW_MS)
        assert isinstance(error, Refused)
        assert (error.refusal, error.code) == (refusal, str(code))


@pytest.mark.parametrize("code", [10000, 10014, 10016, 10019, 170007, 170146, 131230, -1, 1, 999999999])
def test_a_code_that_does_not_say_no_is_none(code: int):
    assert isinstance(judge(200, {}, told(code, "something"), NOW_MS), Unclear)


@pytest.mark.parametrize("text", ["Internal error", "system busy", "Timeout waiting", "please try again later"])
def test_a_no_that_speaks_of_trouble_inside_is_none(text: str):
    assert isinstance(judge(200, {}, told(110099, text), NOW_MS), Unclear)


@pytest.mark.parametrize("answer", [None, [], "OK", 0, {}, {"retCode": None}, {"retCode": True}, {"retCode": "x"}])
@pytest.mark.parametrize("status", [200, 400, 500])
def test_what_is_not_bybits_is_nothing(status: int, answer: Any):
    assert isinstance(judge(status, {}, answer, NOW_MS), Unclear)


@pytest.mark.parametrize(
    ("status", "headers", "answer", "pause_s"),
    [
        (429, {"Retry-After": "7"}, None, 7),
        (429, {"retry-after": "7.5"}, None, 7.5),
        (429, {"Retry-After": "Tue, 14 Nov 2023 22:13:30 GMT"}, None, 10),
        (429, {"Retry-After": "inf"}, None, 5),
        (429, {"Retry-After": "nan"}, None, 5),
        (429, {"Retry-After": "-3"}, None, 0),
        (429, {"Retry-After": "1e300"}, None, 86400),
        (429, {"Retry-After": "soon"}, None, 5),
        (429, {}, None, 5),
        (200, {"X-Bapi-Limit-Reset-Timestamp": str(NOW_MS + 1500)}, told(10006), 1.5),
        (200, {"X-Bapi-Limit-Reset-Timestamp": "9" * 30}, told(10006), 600),
        (200, {"X-Bapi-Limit-Reset-Timestamp": "²"}, told(10006), 5),
        (200, {}, told(10018), 5),
        (403, {}, told(10018), 60),
        (403, {}, None, 60),
    ],
)
def test_too_much_haste_costs_a_pause(status: int, headers: dict[str, str], answer: Any, pause_s: float):
    error = judge(status, headers, answer, NOW_MS)
    assert isinstance(error, Throttled)
    assert error.pause_s == pytest.approx(pause_s)


def test_an_unknown_key_without_words_is_refused():
    error = judge(401, {}, None, NOW_MS)
    assert isinstance(error, Refused)
    assert error.refusal is Refusal.KEY


def test_a_long_text_is_cut():
    error = judge(200, {}, told(10001, "x" * 10_000), NOW_MS)
    assert isinstance(error, Refused)
    assert len(error.detail) < 300


def test_no_header_is_no_pause():
    assert retry_after({}, NOW_MS) is None
