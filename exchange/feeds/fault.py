"""Why a venue gave no price: in which state it is, and one line that says so."""

import re

from ccxt.base.errors import BaseError, DDoSProtection, NetworkError, OnMaintenance, RateLimitExceeded, RequestTimeout

from exchange.errors import VenueError
from portfolio.prices.source import SourceStatus

LONGEST_DETAIL = 160
_TAGS = re.compile(r"<[^>]*>?")
_ADDRESSES = re.compile(r"\b(?:https?|wss?)://\S+")
_WORDS = ("msg", "message", "retMsg", "error", "errors", "error_description", "detail", "label")
_DEEPEST = 4


class Fault(VenueError):
    """`status` is what the venue's state becomes; `pause_s` is how long it asks to be left alone."""

    def __init__(self, status: SourceStatus, detail: str, pause_s: float = 0.0) -> None:
        super().__init__(one_line(detail))
        self.status = status
        self.pause_s = pause_s


def one_line(text: str) -> str:
    """What a venue said, fit to be shown: no tags, no addresses, no control characters, not long."""
    bare = _ADDRESSES.sub("…", _TAGS.sub(" ", text))
    line = " ".join("".join(c if c.isprintable() else " " for c in bare).split())
    return line if len(line) <= LONGEST_DETAIL else line[: LONGEST_DETAIL - 1] + "…"


def unsent(error: VenueError) -> Fault:
    """No whole answer came."""
    return Fault(SourceStatus.TIMED_OUT if error.timed_out else SourceStatus.UNREACHABLE, error.detail)


def told_by_ccxt(error: BaseError, said: str = "") -> Fault:
    """ccxt reads the answer as an error; `said` is what the venue itself said, where it did."""
    kind = type(error).__name__
    detail = f"{said} ({kind})" if said else f"ccxt: {kind}"
    if isinstance(error, RateLimitExceeded | DDoSProtection):
        return Fault(SourceStatus.RATE_LIMITED, detail)
    if isinstance(error, RequestTimeout):
        return Fault(SourceStatus.TIMED_OUT, detail)
    if isinstance(error, OnMaintenance):
        return Fault(SourceStatus.FAILED, f"maintenance: {detail}")
    return Fault(
        SourceStatus.UNREACHABLE if isinstance(error, NetworkError) and not said else SourceStatus.FAILED, detail
    )


def unreadable(what: str, error: BaseException | None = None) -> Fault:
    named = f": {type(error).__name__}" if error is not None else ""
    return Fault(SourceStatus.GARBLED, f"{what} cannot be read{named}")


def words_of(answer: object, depth: int = 0) -> str:
    """The venue's own words in an answer that is an error; empty where it has none."""
    if isinstance(answer, str):
        return one_line(answer)
    if depth >= _DEEPEST:
        return ""
    if isinstance(answer, list):
        return next((said for item in answer[:3] if (said := words_of(item, depth + 1))), "")
    if isinstance(answer, dict):
        return next((said for key in _WORDS if (said := words_of(answer.get(key), depth + 1))), "")
    return ""
