"""Finds the rate between two currencies on the board: a quoted one, never an assumed one."""

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from portfolio.prices.board import PriceBoard, age_s
from portfolio.prices.labels import is_down
from portfolio.prices.rate import Rate, Step, same
from portfolio.prices.terms import PriceTerms
from portfolio.prices.ticker import Ticker, Venue


class _Heard(NamedTuple):
    """A ticker of a market of the two; `is_reciprocal` where it quotes the other way round."""

    ticker: Ticker
    age_s: float
    is_reciprocal: bool


class Converter:
    """Rates at one moment, each looked up once. Only a two-sided, uncrossed quote within `max_age_s` is one."""

    def __init__(self, board: PriceBoard, terms: PriceTerms, now_s: float) -> None:
        self._board = board
        self._terms = terms
        self._now_s = now_s
        self._known: dict[tuple[str, str, Venue], Rate | None] = {}

    def rate(self, source: str, target: str, venue: Venue) -> Rate | None:
        """By the venue's own market, else by that of the first in the order of the terms; None where nobody quotes one
        that counts. A rate by whoever spoke last would move every price with each word."""
        where = (source, target, venue)
        if where not in self._known:
            self._known[where] = self._found(source, target, venue)
        return self._known[where]

    def why_not(self, source: str, target: str) -> str:
        """Why there is no rate, with the nearest thing to one."""
        ticker, age, _ = min(self._heard(source, target), key=lambda heard: heard.age_s, default=(None, 0.0, False))
        if ticker is None:
            return f"nobody quotes {source}/{target} or {target}/{source}"
        if age > self._terms.max_age_s:
            return f"{ticker.symbol} of {ticker.venue} is {age:.1f} s old, the limit is {self._terms.max_age_s:g} s"
        return f"{ticker.symbol} of {ticker.venue} is one-sided, crossed, or its venue is down"

    def _found(self, source: str, target: str, venue: Venue) -> Rate | None:
        if source == target:
            return same(source)
        rates = self.quoted(source, target)
        return min(rates, key=lambda rate: self._preference(rate, venue)) if rates else None

    def quoted(self, source: str, target: str) -> list[Rate]:
        """Every rate that a venue quotes between the two and that counts, whichever way round its market is."""
        return [rate for heard in self._heard(source, target) if (rate := self._rate_of(heard, source, target))]

    def _rate_of(self, heard: _Heard, source: str, target: str) -> Rate | None:
        bid, ask = heard.ticker.bid, heard.ticker.ask
        if heard.age_s > self._terms.max_age_s or not bid or not ask or not 0 < bid <= ask:
            return None
        if is_down(self._board.state(heard.ticker.venue)):
            return None
        step = Step(heard.ticker.venue, heard.ticker.symbol, is_reciprocal=False, age_s=heard.age_s)
        if heard.is_reciprocal:
            return Rate(target, source, bid, ask, (step,)).turned()
        return Rate(source, target, bid, ask, (step,))

    def _heard(self, source: str, target: str) -> Iterator[_Heard]:
        yield from self._heard_of(source, target, is_reciprocal=False)
        yield from self._heard_of(target, source, is_reciprocal=True)

    def _heard_of(self, base: str, quote: str, *, is_reciprocal: bool) -> Iterator[_Heard]:
        assets = self._terms.assets
        for base_code, quote_code in product(assets.spellings(base), assets.spellings(quote)):
            for venue, standing in self._board.quoting(f"{base_code}/{quote_code}").items():
                if assets.of(venue, base_code) == base and assets.of(venue, quote_code) == quote:
                    yield _Heard(standing.newest, age_s(standing.newest, self._now_s), is_reciprocal)

    def _preference(self, rate: Rate, venue: Venue) -> tuple[bool, int, Venue, bool]:
        step, order = rate.steps[0], self._terms.venues
        rank = order.index(step.venue) if step.venue in order else len(order)
        return step.venue != venue, rank, step.venue, step.is_reciprocal
