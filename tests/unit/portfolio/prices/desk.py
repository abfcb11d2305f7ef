"""A few venues with one line for each thing that they say."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from portfolio.model.instrument import parse_symbol
from portfolio.prices.board import PriceBoard
from portfolio.prices.market import Market
from portfolio.prices.offers import Offers, offers
from portfolio.prices.row import PriceRow
from portfolio.prices.rows import Glance
from portfolio.prices.source import SourceState, SourceStatus
from portfolio.prices.terms import PriceTerms
from portfolio.prices.ticker import Ticker

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
NOW_S = 1000.0


def D(number: str | int | None) -> Decimal | None:  # noqa: N802
    return None if number is None else Decimal(number)


def ticker(venue: str, symbol: str, bid: str | None, ask: str | None, *, age_s: float = 0.0, **more: Any) -> Ticker:
    """Received `age_s` before NOW_S."""
    received_at = START - timedelta(seconds=age_s)
    given = {"received_s": NOW_S - age_s, "received_at": received_at, "last": D(bid or ask), **more}
    return Ticker(venue=venue, symbol=symbol, bid=D(bid), ask=D(ask), **given)


def market(venue: str, symbol: str, *, fee: str | None = "0.001", name: str | None = None, **more: Any) -> Market:
    base, quote, settle = parse_symbol(symbol) or (symbol, "", "")
    return Market(
        venue=venue,
        symbol=symbol,
        base=base,
        quote=quote,
        settle=settle if ":" in symbol else None,
        taker_fee=D(fee),
        base_name=name,
        **more,
    )


class Venues:
    """What is on the board and in the venues' lists of markets; `at` looks at both."""

    def __init__(self, terms: PriceTerms | None = None) -> None:
        self.board = PriceBoard()
        self.listings: dict[str, dict[str, Market]] = {}
        self.terms = terms or PriceTerms()

    def lists(self, venue: str, *symbols: str, **more: Any) -> "Venues":
        for symbol in symbols:
            self.listings.setdefault(venue, {})[symbol] = market(venue, symbol, **more)
        return self

    def says(
        self,
        venue: str,
        symbol: str,
        bid: str | None,
        ask: str | None,
        *,
        fee: str | None = "0.001",
        name: str | None = None,
        **more: Any,
    ) -> "Venues":
        self.lists(venue, symbol, fee=fee, name=name)
        self.board.hear(ticker(venue, symbol, bid, ask, **more))
        return self

    def is_in(self, venue: str, status: SourceStatus, **more: Any) -> "Venues":
        self.board.hear(SourceState(venue=venue, status=status, at_s=NOW_S, **more))
        return self

    def glance(self, now_s: float = NOW_S) -> Glance:
        return Glance(self.board, self.listings, self.terms, now_s)

    def offers(self, asked: str, venues: Iterable[str] | None = None) -> Offers:
        return offers(asked, list(venues or self.listings), self.glance())

    def row(self, asked: str, venue: str) -> PriceRow:
        return next(row for row in self.offers(asked).rows if row.venue == venue)

    def codes(self, asked: str) -> Mapping[str, tuple[str, ...]]:
        return {row.venue: tuple(label.code for label in row.labels) for row in self.offers(asked).rows}
