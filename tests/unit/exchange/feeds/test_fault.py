"""What a venue said is shown on one line, without what must not be shown."""

import ccxt
import pytest
from ccxt.base.errors import BaseError

from exchange.errors import NotSent
from exchange.feeds.fault import LONGEST_DETAIL, one_line, told_by_ccxt, unreadable, unsent, words_of
from portfolio.prices.source import SourceStatus


def test_tags_addresses_and_line_breaks_are_not_shown() -> None:
    text = "<html>\n<b>Bad</b> gateway at https://key:secret@venue.example/v1?signature=1 \x1b[31m<script"
    assert one_line(text) == "Bad gateway at … [31m"
    assert len(one_line("x" * 1000)) == LONGEST_DETAIL


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"code": "50011", "msg": "Too Many Requests", "data": []}, "Too Many Requests"),
        ({"error": ["EGeneral:Too many requests"]}, "EGeneral:Too many requests"),
        ({"code": -1003, "msg": "Way too much request weight used"}, "Way too much request weight used"),
        ({"error": {"message": "down"}}, "down"),
        ({"errors": []}, ""),
        ([1, 2], ""),
        (None, ""),
    ],
)
def test_the_venues_own_words_are_found(answer: object, words: str) -> None:
    assert words_of(answer) == words


def test_words_of_a_bottomless_answer_are_none() -> None:
    deep: dict[str, object] = {}
    deep["error"] = deep
    assert words_of(deep) == ""


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ccxt.RateLimitExceeded("x"), SourceStatus.RATE_LIMITED),
        (ccxt.DDoSProtection("x"), SourceStatus.RATE_LIMITED),
        (ccxt.RequestTimeout("x"), SourceStatus.TIMED_OUT),
        (ccxt.OnMaintenance("x"), SourceStatus.FAILED),
        (ccxt.ExchangeNotAvailable("x"), SourceStatus.UNREACHABLE),
        (ccxt.BadSymbol("x"), SourceStatus.FAILED),
    ],
)
def test_what_ccxt_says_is_a_status_and_its_text_is_not_shown(error: BaseError, status: SourceStatus) -> None:
    fault = told_by_ccxt(error)
    assert fault.status is status
    assert type(error).__name__ in fault.detail


def test_no_answer_is_a_time_out_or_a_venue_that_cannot_be_reached() -> None:
    error = NotSent("nothing was sent: Connection refused")
    assert unsent(error).status is SourceStatus.UNREACHABLE
    error.timed_out = True
    assert unsent(error).status is SourceStatus.TIMED_OUT
    assert unreadable("the answer", KeyError("secret")).detail == "the answer cannot be read: KeyError"
