"""Why a price is not compared with the others."""

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from portfolio.model.decimals import HUNDRED, plain
from portfolio.prices.source import SourceState, SourceStatus


class LabelCode(StrEnum):
    """A row with any of these is shown, and is never the best bid or ask nor an opportunity.

    NOT_LISTED: the venue has no such market. NO_PRICE: it has said nothing of it yet. SOURCE_DOWN: its last answer was
    none. STALE: older than `max_age_s`. ONE_SIDED: no bid, or no ask. CROSSED: the bid is not below the ask. FROZEN: it
    has not changed for `frozen_after_s` while another venue has. ABSURD: further than `absurd_above` from the others.
    NO_RATE: in another currency, and nobody quotes the rate. OTHER_ASSET: the same code, and another coin. THIN: the
    order books do not bear the size.
    """

    NOT_LISTED = "NOT_LISTED"
    OTHER_ASSET = "OTHER_ASSET"
    SOURCE_DOWN = "SOURCE_DOWN"
    NO_PRICE = "NO_PRICE"
    STALE = "STALE"
    ONE_SIDED = "ONE_SIDED"
    CROSSED = "CROSSED"
    NO_RATE = "NO_RATE"
    FROZEN = "FROZEN"
    ABSURD = "ABSURD"
    THIN = "THIN"


class Label(NamedTuple):
    """A code, and one line with the figures."""

    code: LabelCode
    reason: str


def is_down(state: SourceState | None) -> bool:
    return state is not None and state.status not in (SourceStatus.LIVE, SourceStatus.UNKNOWN)


def source_down(state: SourceState, now_s: float) -> Label:
    parts = [f"{state.status} for {max(0.0, now_s - state.at_s):.1f} s"]
    if state.detail:
        parts.append(state.detail)
    if state.next_try_s is not None:
        parts.append(f"next try in {max(0.0, state.next_try_s - now_s):.1f} s")
    return Label(LabelCode.SOURCE_DOWN, "; ".join(parts))


def stale(age_s: float, max_age_s: float) -> Label:
    return Label(LabelCode.STALE, f"{age_s:.1f} s old, the limit is {max_age_s:g} s")


def one_sided(bid: Decimal | None, ask: Decimal | None) -> Label:
    missing = "neither bid nor ask" if bid is None and ask is None else "no bid" if bid is None else "no ask"
    return Label(LabelCode.ONE_SIDED, missing)


def crossed(bid: Decimal, ask: Decimal) -> Label:
    return Label(LabelCode.CROSSED, f"bid {plain(bid)} is not below ask {plain(ask)}")


def percent(fraction: Decimal, places: int = 2) -> str:
    """A fraction as text: 0.0525 is `5.25 %`."""
    return f"{fraction * HUNDRED:.{places}f} %"
