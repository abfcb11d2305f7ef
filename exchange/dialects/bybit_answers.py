"""What Bybit's answers amount to: a yes, a definite no, a pause, or nothing that can be relied on.

Codes: https://bybit-exchange.github.io/docs/v5/error. HTTP statuses in the 500s say nothing of the order.
"""

from collections.abc import Mapping
from typing import Any

from exchange.dialects.reading import header, retry_after
from exchange.errors import Refusal, Refused, Throttled, Unclear, VenueError

PAUSE_S = 5.0
_BANNED_PAUSE_S = 60.0
_LONGEST = 200

_REFUSALS: dict[int, Refusal] = {
    **dict.fromkeys((10003, 10004, 10005, 10007, 10008, 10009, 10010, 33004), Refusal.KEY),
    10002: Refusal.CLOCK,
    **dict.fromkeys((110072, 170141), Refusal.DUPLICATE),
    **dict.fromkeys((110001, 110008, 110010, 170213, 170139, 170142, 170143), Refusal.NOT_FOUND),
    **dict.fromkeys((110043, 110025, 110026, 34036), Refusal.UNCHANGED),
    **dict.fromkeys((110074, 110024, 170121, 170344), Refusal.SYMBOL),
}
_THROTTLES = frozenset({10006, 10018, 10429, 170222, 170005})
_UNCLEAR = frozenset({10000, 10016, 10019, 170001, 170007, 170032, 170146, 170147})


def judge(status: int, headers: Mapping[str, str], answer: Any, now_ms: int) -> VenueError | None:
    code = code_of(answer)
    text = str(answer.get("retMsg", ""))[:_LONGEST] if isinstance(answer, Mapping) else ""
    if status == 429 or code in _THROTTLES:
        return Throttled(f"too many requests: HTTP {status} {text}".rstrip(), pause_of(headers, now_ms))
    if status == 403 and code is None:
        return Throttled("HTTP 403: the venue refuses this address for a while", _BANNED_PAUSE_S)
    if status == 401 and code is None:
        return Refused(Refusal.KEY, "HTTP 401", "the venue does not accept the key")
    if status >= 500 or code is None or code in _UNCLEAR:
        return Unclear(f"HTTP {status} {text}".rstrip())
    if code == 0:
        return None if status < 300 else Unclear(f"HTTP {status} {text}".rstrip())
    if "not modified" in text.lower():
        return Refused(Refusal.UNCHANGED, str(code), text)
    return Refused(_REFUSALS.get(code, Refusal.ORDER), str(code), text)


def code_of(answer: Any) -> int | None:
    """`retCode`; None where the answer is not one of Bybit's."""
    if not isinstance(answer, Mapping):
        return None
    code = answer.get("retCode")
    return int(code) if isinstance(code, int | str) and str(code).lstrip("-").isdigit() else None


def pause_of(headers: Mapping[str, str], now_ms: int) -> float:
    """Seconds of silence: `Retry-After`, else until the limit's reset, else a guess on the safe side."""
    if (told := retry_after(headers, now_ms)) is not None:
        return told
    reset = header(headers, "X-Bapi-Limit-Reset-Timestamp")
    if reset is not None and reset.isdigit() and int(reset) > now_ms:
        return min((int(reset) - now_ms) / 1000, 600.0)
    return PAUSE_S
