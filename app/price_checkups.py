"""Venues of [prices] asked once for what is watched: whether they answer, how fast, and what they have of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.prices.desk import PriceDesk
from app.prices.view import View
from portfolio.prices.labels import LabelCode
from portfolio.prices.row import PriceRow
from portfolio.prices.source import SourceState, SourceStatus
from portfolio.prices.ticker import Venue

_NOWHERE = (LabelCode.NOT_LISTED, LabelCode.OTHER_ASSET)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFindings:
    """What was found of one venue. Nothing of it keeps a desk from trading."""

    venue: Venue
    facts: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


async def check_up_prices(desk: PriceDesk) -> list[SourceFindings]:
    """Every venue of [prices]; nobody is asked where no symbol is watched. The desk is closed."""
    if not desk.settings.symbols:
        return []
    try:
        view = await desk.ask(desk.question(max_age_s=0))
    finally:
        await desk.close()
    return [_found(state, view) for state in view.states]


def _found(state: SourceState, view: View) -> SourceFindings:
    rows = [row for offered in view.offers for row in offered.rows if row.venue == state.venue]
    if state.status is not SourceStatus.LIVE:
        why = f": {state.detail}" if state.detail else ""
        return SourceFindings(venue=state.venue, warnings=(f"{state.status}{why}",))
    return SourceFindings(venue=state.venue, facts=tuple(_facts(state, rows)), warnings=tuple(_warnings(rows)))


def _facts(state: SourceState, rows: Sequence[PriceRow]) -> Iterator[str]:
    yield "answers" if state.latency_s is None else f"answers within {state.latency_s:.2f} s"
    markets = [row.market.symbol for row in rows if row.market is not None]
    if markets:
        yield f"has {', '.join(markets)}"


def _warnings(rows: Sequence[PriceRow]) -> Iterator[str]:
    for row in rows:
        for label in row.labels:
            yield label.reason if label.code in _NOWHERE else f"{row.asked} {label.code}: {label.reason}"
