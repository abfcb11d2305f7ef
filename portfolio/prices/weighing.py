"""What the order books of two venues bear of a difference between them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import TypeAlias

from portfolio.model.decimals import ZERO, plain
from portfolio.prices.depth import Depth, Level
from portfolio.prices.differing import of_gap
from portfolio.prices.discrepancy import AtSize, Discrepancy
from portfolio.prices.filling import Filled, bought, bought_for, sold
from portfolio.prices.gap import PriceGap, gross, net
from portfolio.prices.labels import Label, LabelCode, crossed, is_down, source_down, stale
from portfolio.prices.row import PriceRow
from portfolio.prices.source import SourceState
from portfolio.prices.terms import PriceTerms

Books: TypeAlias = Depth | SourceState | None
"""A venue's order book, why it has none to show, or None where it was not asked."""

_WHOLE = Decimal("0.999999")
"""What rounding leaves of a size that the books bear in full."""


def weighed(
    found: Discrepancy, asks_of: Books, bids_of: Books, size: Decimal | None, terms: PriceTerms, now_s: float
) -> Discrepancy:
    """The same with what the order books of both venues bear of `size`, in the currency asked for; None: nobody knows
    how much that is."""
    labels = [*found.labels, *_of_book(found.buy, asks_of, terms, now_s), *_of_book(found.sell, bids_of, terms, now_s)]
    asks, bids = _asks(found.buy, asks_of), _bids(found.sell, bids_of)
    if asks and bids:
        gap = replace(found.gap, ask=asks[0].price, bid=bids[0].price)
        at_size = _at_size(asks, bids, size, gap) if size is not None else None
        is_absurd = any(label.code is LabelCode.ABSURD for label in labels)
        labels += [*([] if is_absurd else of_gap(gap, terms)), *_of_size(at_size, size, found)]
        found = replace(found, gap=gap, at_size=at_size)
    return replace(found, labels=tuple(dict.fromkeys(labels)))


def _of_book(row: PriceRow, book: Books, terms: PriceTerms, now_s: float) -> Iterator[Label]:
    """What is wrong with the order book that the row's venue shows."""
    if isinstance(book, SourceState):
        label = source_down(book, now_s) if is_down(book) else Label(LabelCode.NO_PRICE, "no order book yet")
        yield Label(label.code, f"{row.venue}: {label.reason}")
    elif book is not None:
        age_s = max(0.0, now_s - book.received_s)
        if age_s > terms.max_age_s:
            yield Label(LabelCode.STALE, f"{row.venue}: order book {stale(age_s, terms.max_age_s).reason}")
        if not book.bids or not book.asks:
            side = "bids" if not book.bids else "asks"
            yield Label(LabelCode.ONE_SIDED, f"{row.venue}: no {side} in the order book")
        elif book.bids[0].price >= book.asks[0].price:
            label = crossed(book.bids[0].price, book.asks[0].price)
            yield Label(label.code, f"{row.venue}: order book: {label.reason}")


def _asks(row: PriceRow, book: Books) -> list[Level]:
    """In the currency asked for, the best first; none where there is no order book."""
    if not isinstance(book, Depth):
        return []
    levels = book.asks if row.rate is None else [Level(row.rate.asks(one.price), one.quantity) for one in book.asks]
    return sorted(_real(levels), key=lambda one: one.price)


def _bids(row: PriceRow, book: Books) -> list[Level]:
    if not isinstance(book, Depth):
        return []
    levels = book.bids if row.rate is None else [Level(row.rate.bids(one.price), one.quantity) for one in book.bids]
    return sorted(_real(levels), key=lambda one: one.price, reverse=True)


def _real(levels: Iterable[Level]) -> Iterator[Level]:
    return (one for one in levels if one.price > 0 and one.quantity > 0)


def _at_size(asks: list[Level], bids: list[Level], size: Decimal, gap: PriceGap) -> AtSize | None:
    """The same quantity bought and sold: what the money buys, or what there is on the scarcer side."""
    buy = bought_for(asks, size)
    sell = sold(bids, buy.quantity)
    if sell.quantity < buy.quantity:
        buy = bought(asks, sell.quantity)
    return _worth(buy, sell, size, gap)


def _worth(buy: Filled, sell: Filled, size: Decimal, gap: PriceGap) -> AtSize | None:
    if buy.price is None or sell.price is None:
        return None
    paid, received = buy.money, sell.money
    return AtSize(
        size=size,
        quantity=buy.quantity,
        paid=paid,
        received=received,
        buy_price=buy.price,
        sell_price=sell.price,
        gross=gross(buy.price, sell.price),
        net=net(buy.price, sell.price, gap.buy_fee.rate, gap.sell_fee.rate),
        profit=received * (1 - gap.sell_fee.rate) - paid * (1 + gap.buy_fee.rate),
    )


def _of_size(at_size: AtSize | None, size: Decimal | None, found: Discrepancy) -> list[Label]:
    if size is None:
        return [Label(LabelCode.NO_RATE, f"nobody quotes a rate that tells the size in {found.buy.currency}")]
    fillable = at_size.paid if at_size else ZERO
    if fillable >= size * _WHOLE:
        return []
    told = f"the order books bear {plain(round(fillable, 8))} of {plain(size)} {found.buy.currency}"
    return [Label(LabelCode.THIN, told)]
