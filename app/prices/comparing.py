"""Pairs of venues that differ, weighed by what their order books bear."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeAlias

from app.prices.asking import Question
from app.prices.desk import PriceDesk
from portfolio.model.decimals import ONE, ZERO
from portfolio.model.identifiers import Symbol
from portfolio.prices.differing import differing
from portfolio.prices.discrepancy import Discrepancy
from portfolio.prices.offers import Offers
from portfolio.prices.ports import PriceFeed
from portfolio.prices.row import PriceRow
from portfolio.prices.ticker import Venue
from portfolio.prices.weighing import Books, weighed

Place: TypeAlias = tuple[Venue, Symbol]
BOOK_AGE_S = 1.0
_EVERY_PAIR = -ONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What one symbol brings between the venues. `found` are pairs of venues, the best first, those with labels last;
    `size` is what they were weighed at, in the currency asked for; None: no rate tells it."""

    offers: Offers
    found: tuple[Discrepancy, ...]
    size: Decimal | None


async def compare(
    desk: PriceDesk, question: Question, size: Decimal, *, every_pair: bool = False
) -> tuple[Comparison, ...]:
    """Every symbol, its pairs weighed at so much of the desk's currency; where not `every_pair`, those with a gap."""
    view = await desk.ask(question)
    above = _EVERY_PAIR if every_pair else ZERO
    compared = [_tickers(desk, offered, size, above) for offered in view.offers]
    return tuple(await asyncio.gather(*(weigh(desk, one, one.found) for one in compared)))


def _tickers(desk: PriceDesk, offered: Offers, size: Decimal, above: Decimal) -> Comparison:
    return Comparison(
        offers=offered,
        found=tuple(differing(offered, desk.terms, above)),
        size=desk.glance().amount(size, desk.currency, offered.asked),
    )


async def weigh(desk: PriceDesk, compared: Comparison, worth: Iterable[Discrepancy]) -> Comparison:
    """Those of the pairs that are `worth` it, and that nothing speaks against, are weighed.

    Each order book is asked for once, all together.
    """
    chosen = {pair.key for pair in worth if not pair.labels}
    pairs = [pair for pair in compared.found if pair.key in chosen]
    places = {_place(row): None for pair in pairs for row in (pair.buy, pair.sell)}
    books = await _books(await desk.feed(), list(places)) if places else {}
    now_s = desk.clock()
    found = [
        weighed(pair, books[_place(pair.buy)], books[_place(pair.sell)], compared.size, desk.terms, now_s)
        if pair.key in chosen
        else pair
        for pair in compared.found
    ]
    return replace(compared, found=tuple(sorted(found, key=lambda pair: (bool(pair.labels), -pair.net, pair.key))))


async def _books(feed: PriceFeed, places: Sequence[Place]) -> Mapping[Place, Books]:
    found = await asyncio.gather(*(feed.order_book(venue, symbol, BOOK_AGE_S) for venue, symbol in places))
    return dict(zip(places, found, strict=True))


def _place(row: PriceRow) -> Place:
    assert row.market is not None, row.venue
    return row.venue, row.market.symbol
