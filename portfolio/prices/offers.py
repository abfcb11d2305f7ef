"""What all venues offer for one symbol, side by side, and where it is best to buy and to sell."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from portfolio.model.decimals import plain
from portfolio.model.identifiers import Symbol
from portfolio.prices.gap import PriceGap
from portfolio.prices.labels import Label, LabelCode, percent
from portfolio.prices.outliers import outliers
from portfolio.prices.row import PriceRow
from portfolio.prices.rows import Glance
from portfolio.prices.terms import PriceTerms
from portfolio.prices.ticker import Venue


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """A row for each venue, in the order asked. `best_bid`, `best_ask` and `gap` only know rows fit to be compared;
    the gap is the best pair of two different venues, None with fewer than two."""

    asked: Symbol
    rows: tuple[PriceRow, ...]
    best_bid: PriceRow | None
    best_ask: PriceRow | None
    gap: PriceGap | None


def offers(asked: Symbol, venues: Iterable[Venue], glance: Glance) -> Offers:
    """Every venue's row of the symbol, compared with one another."""
    rows = compared([glance.row(asked, venue) for venue in venues], glance.terms)
    fit = [row for row in rows if not row.labels]
    asks = sorted(fit, key=_ask)
    bids = sorted(fit, key=_bid, reverse=True)
    return Offers(
        asked=asked,
        rows=tuple(rows),
        best_bid=bids[0] if bids else None,
        best_ask=asks[0] if asks else None,
        gap=_widest(asks, bids),
    )


def compared(rows: list[PriceRow], terms: PriceTerms) -> list[PriceRow]:
    """The rows, with the labels that only a look at the others can give."""
    for judge in (_other_assets, _frozen, _absurd):
        found = judge([row for row in rows if not row.labels], terms)
        if found:
            rows = [_labelled(row, found.get(row.venue)) for row in rows]
    return rows


def gap_between(buy: PriceRow, sell: PriceRow) -> PriceGap:
    """Bought at the one's ask and sold at the other's bid; both rows have prices in the same currency, and fees."""
    assert buy.ask is not None and sell.bid is not None  # noqa: PT018
    assert buy.fee is not None and sell.fee is not None  # noqa: PT018
    return PriceGap(buy_at=buy.venue, sell_at=sell.venue, ask=buy.ask, bid=sell.bid, buy_fee=buy.fee, sell_fee=sell.fee)


def _widest(asks: Sequence[PriceRow], bids: Sequence[PriceRow]) -> PriceGap | None:
    """Best ask and best bid; where one venue has both, the better of the two ways to give one of them up."""
    if len(asks) < 2:
        return None
    if asks[0].venue != bids[0].venue:
        return gap_between(asks[0], bids[0])
    return max(gap_between(asks[0], bids[1]), gap_between(asks[1], bids[0]), key=lambda gap: gap.gross)


def _other_assets(rows: Sequence[PriceRow], terms: PriceTerms) -> dict[Venue, Label]:
    """Of venues that give the coin different names, most are right."""
    names = {row.venue: name for row in rows if row.market and (name := terms.assets.name(row.market))}
    if len(set(names.values())) < 2:
        return {}
    usual = Counter(names.values()).most_common(1)[0][0]
    said = {row.venue: row.market.base_name for row in rows if row.market}
    model = next(venue for venue, name in names.items() if name == usual)
    return {
        venue: Label(LabelCode.OTHER_ASSET, f"{said[venue]} here, {said[model]} at {model}")
        for venue, name in names.items()
        if name != usual
    }


def _frozen(rows: Sequence[PriceRow], terms: PriceTerms) -> dict[Venue, Label]:
    """A market may rest; that it rests while another of the same moves is what makes it doubtful."""
    still = [row for row in rows if row.standing and row.standing.unchanged_s >= terms.frozen_after_s]
    found: dict[Venue, Label] = {}
    for row in still:
        assert row.standing is not None
        since_s = row.standing.first.received_s
        moved = [other for other in rows if other.standing and _moved_after(other, since_s)]
        if moved:
            reason = f"unchanged for {row.standing.unchanged_s:.0f} s while {moved[0].venue} moved"
            found[row.venue] = Label(LabelCode.FROZEN, reason)
    return found


def _moved_after(row: PriceRow, moment_s: float) -> bool:
    return row.standing is not None and row.standing.has_moved and row.standing.first.received_s > moment_s


def _absurd(rows: Sequence[PriceRow], terms: PriceTerms) -> dict[Venue, Label]:
    mids = {row.venue: mid for row in rows if (mid := row.mid) is not None}
    limit = percent(terms.absurd_above)
    return {
        venue: Label(
            LabelCode.ABSURD,
            f"{plain(mids[venue])} is {percent(off)} from the others' {plain(middle)}, the limit is {limit}",
        )
        for venue, (middle, off) in outliers(mids, terms.absurd_above).items()
    }


def _labelled(row: PriceRow, label: Label | None) -> PriceRow:
    return replace(row, labels=(*row.labels, label)) if label else row


def _ask(row: PriceRow) -> tuple[Decimal, Venue]:
    assert row.ask is not None
    return row.ask, row.venue


def _bid(row: PriceRow) -> tuple[Decimal, Venue]:
    assert row.bid is not None
    return row.bid, row.venue
