"""What BitMEX's answers amount to: a yes, a definite no, a pause, or nothing that can be relied on.

Words: BitMEX's list of reject reasons for orders. Its statuses in the 500s say nothing of the order but one: an
overloaded system has not taken it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from exchange.dialects.reading import header, retry_after
from exchange.errors import NotSent, Refusal, Refused, Throttled, Unclear, VenueError
from exchange.limiter import Allowance

PAUSE_S = 5.0
_BANNED_PAUSE_S = 60.0
_BANNED = "HTTP 403: the venue refuses this address for a while"
_LONGEST = 200
_HALF_A_SECOND = timedelta(milliseconds=500)

# How an error's message begins, in lower case. Every other one that is well-formed is of the order itself.
_BEGINNINGS: tuple[tuple[str, Refusal], ...] = (
    ("duplicate clordid", Refusal.DUPLICATE),
    ("this request has expired", Refusal.CLOCK),
    ("invalid api key", Refusal.KEY),
    ("this key is disabled", Refusal.KEY),
    ("signature not valid", Refusal.KEY),
    ("access denied", Refusal.KEY),
    ("account is restricted", Refusal.KEY),
    ("account is suspended", Refusal.KEY),
    ("not found", Refusal.NOT_FOUND),
    ("invalid orderid", Refusal.NOT_FOUND),
    ("invalid origclordid", Refusal.NOT_FOUND),
    ("invalid ordstatus", Refusal.NOT_FOUND),
    ("unable to cancel order", Refusal.NOT_FOUND),
    ("invalid amend: orderqty, leavesqty, price, stoppx unchanged", Refusal.UNCHANGED),
    ("invalid symbol", Refusal.SYMBOL),
    ("instrument expired", Refusal.SYMBOL),
    ("instrument not listed", Refusal.SYMBOL),
    ("market is not open", Refusal.SYMBOL),
)


def judge(status: int, headers: Mapping[str, str], answer: Any, now_ms: int) -> VenueError | None:
    message = message_of(answer)
    if status == 429:
        told = retry_after(headers, now_ms)
        return Throttled(f"too many requests: {message or 'HTTP 429'}", PAUSE_S if told is None else told)
    if status == 403 and message is None:
        return Throttled(_BANNED, _BANNED_PAUSE_S, by_address=True)
    if status == 401 and message is None:
        return Refused(Refusal.KEY, "HTTP 401", "the venue does not accept the key")
    if status >= 500:
        return _out_of_order(status, message)
    if message is not None:
        return refused(message, status)
    if answer is None or status >= 300:
        return Unclear(f"HTTP {status} without an answer")
    return None


def _out_of_order(status: int, message: str | None) -> VenueError:
    if status == 503 and message is not None and "overloaded" in message:
        return NotSent("the venue is overloaded and took nothing")
    return Unclear(f"HTTP {status} {message or ''}".rstrip())


def refused(message: str, status: int) -> Refused:
    """The venue's definite no. What is wrong with a key says 401 or 403 whatever its words."""
    lower = message.lower()
    known = next((refusal for beginning, refusal in _BEGINNINGS if lower.startswith(beginning)), None)
    if known is None and status in (401, 403):
        known = Refusal.KEY
    return Refused(known or Refusal.ORDER, f"HTTP {status}", message)


def message_of(answer: Any) -> str | None:
    """The error's text; None where the answer is not one of BitMEX's errors."""
    error = answer.get("error") if isinstance(answer, Mapping) else None
    if isinstance(error, Mapping) and isinstance(error.get("message"), str):
        return str(error["message"])[:_LONGEST]
    return None


def allowance(headers: Mapping[str, str]) -> Allowance:
    """The smaller of what is left of the minute and of the second. Both fill evenly: one token comes back soon."""
    minute, second = _whole(headers, "x-ratelimit-remaining"), _whole(headers, "x-ratelimit-remaining-1s")
    told = [left for left in (minute, second) if left is not None]
    if not told:
        return Allowance()
    size = _whole(headers, "x-ratelimit-limit") or 60
    return Allowance(min(told), 60 / size if minute == 0 else 0.1)


def _whole(headers: Mapping[str, str], name: str) -> int | None:
    text = header(headers, name)
    return int(text) if text is not None and text.isdigit() else None


def time_of(headers: Mapping[str, str]) -> datetime | None:
    """The middle of the second that the answer's `Date` names: BitMEX tells no finer."""
    text = header(headers, "Date")
    if text is None:
        return None
    try:
        return parsedate_to_datetime(text).astimezone(UTC) + _HALF_A_SECOND
    except ValueError:
        return None
