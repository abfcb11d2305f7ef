"""What Bybit's answers amount to: a yes, a definite no, a pause, or nothing that can be relied on.

Codes: https://bybit-exchange.github.io/docs/v5/error. HTTP statuses in the 500s say nothing of the order, nor does a
code outside the families that Bybit refuses orders with, nor one whose text speaks of trouble inside.
"""

from collections.abc import Mapping
from typing import Any

from exchange.dialects.reading import header, retry_after, whole
from exchange.errors import Refusal, Refused, Throttled, Unclear, VenueError

PAUSE_S = 5.0
_BANNED_PAUSE_S = 60.0
_BANNED = "HTTP 403: the venue refuses this address for a while"
_LONGEST = 200

_REFUSALS: dict[int, Refusal] = {
    **dict.fromkeys((10003, 10004, 10005, 10007, 10008, 10009, 10010, 33004), Refusal.KEY),
    10002: Refusal.CLOCK,
    **dict.fromkeys((110072, 170141), Refusal.DUPLICATE),
    **dict.fromkeys((110001, 110008, 110010, 170213, 170139, 170142, 170143), Refusal.NOT_FOUND),
    **dict.fromkeys((110043, 110025, 110026, 34036), Refusal.UNCHANGED),
    **dict.fromkeys((110074, 170121, 170151, 170344), Refusal.SYMBOL),
}
_FAMILIES = (range(10_001, 10_030), range(30_000, 40_000), range(110_000, 111_000), range(170_000, 180_000))
_UNCHANGED = ("not modified", "remains unchanged", "for zero position")
_SPARSE = frozenset({10404, 100028, 3400045})
_TROUBLE = ("timeout", "timed out", "time out", "internal", "server error", "try again", "busy", "unavailable")
_THROTTLES = frozenset({10006, 10018, 10429, 170222, 170005})
_ADDRESS_THROTTLES = frozenset({10018, 10429})
"""Held against the address, as are HTTP 403 and 429; the others against the account."""
_UNCLEAR = frozenset({10000, 10014, 10016, 10019, 170001, 170007, 170032, 170146, 170147})


def judge(status: int, headers: Mapping[str, str], answer: Any, now_ms: int) -> VenueError | None:
    code = code_of(answer)
    text = str(answer.get("retMsg", ""))[:_LONGEST] if isinstance(answer, Mapping) else ""
    if status == 429 or (code in _THROTTLES and status < 500):
        otherwise_s = _BANNED_PAUSE_S if status == 403 else PAUSE_S
        by_address = status in (403, 429) or code in _ADDRESS_THROTTLES
        pause_s = pause_of(headers, now_ms, otherwise_s)
        return Throttled(f"too many requests: HTTP {status} {text}".rstrip(), pause_s, by_address=by_address)
    if status == 403 and code is None:
        return Throttled(_BANNED, _BANNED_PAUSE_S, by_address=True)
    if status == 401 and code is None:
        return Refused(Refusal.KEY, "HTTP 401", "the venue does not accept the key")
    if status >= 500 or code is None or code in _UNCLEAR:
        return Unclear(f"HTTP {status} {text}".rstrip())
    if code == 0:
        return None if status < 300 else Unclear(f"HTTP {status} {text}".rstrip())
    if any(words in text.lower() for words in _UNCHANGED):
        return Refused(Refusal.UNCHANGED, str(code), text)
    if code in _REFUSALS:
        return Refused(_REFUSALS[code], str(code), text)
    if _is_refusal(code, text):
        return Refused(Refusal.ORDER, str(code), text)
    return Unclear(f"HTTP {status} {text} ({code})")


def _is_refusal(code: int, text: str) -> bool:
    is_known = code in _SPARSE or any(code in family for family in _FAMILIES)
    return is_known and not any(word in text.lower() for word in _TROUBLE)


def code_of(answer: Any) -> int | None:
    """`retCode`; None where the answer is not one of Bybit's."""
    if not isinstance(answer, Mapping):
        return None
    code = answer.get("retCode")
    return int(code) if isinstance(code, int | str) and str(code).lstrip("-").isdigit() else None


def pause_of(headers: Mapping[str, str], now_ms: int, otherwise_s: float = PAUSE_S) -> float:
    """Seconds of silence: `Retry-After`, else until the limit's reset, else a guess on the safe side."""
    if (told := retry_after(headers, now_ms)) is not None:
        return told
    reset = whole(header(headers, "X-Bapi-Limit-Reset-Timestamp"))
    if reset is not None and reset > now_ms:
        return min((reset - now_ms) / 1000, 600.0)
    return otherwise_s
