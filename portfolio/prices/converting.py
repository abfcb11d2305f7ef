"""Finds the rate between two currencies on the board: a quoted one, never an assumed one."""

from collections.abc import Iterator

from portfolio.prices.board import PriceBoard, age_s
from portfolio.prices.rate import Rate, Step, same
from portfolio.prices.source import SourceStatus
from portfolio.prices.terms import PriceTerms
from portfolio.prices.ticker import Ticker, Venue


class Converter:
    """Rates at one moment, each looked up once. Only a two-sided, uncrossed quote within `max_age_s` is one."""

    def __init__(self, board: PriceBoard, terms: PriceTerms, now_s: float) -> None:
        self._board = board
        self._terms = terms
        self._now_s = now_s
        self._known: dict[tuple[str, str, Venue], Rate | None] = {}

    def rate(self, source: str, target: str, venue: Venue) -> Rate | None:
        """By the venue's own market, else by the freshest elsewhere; None where nobody quotes one that counts."""
        where = (source, target, venue)
        if where not in self._known:
            self._known[where] = self._found(source, target, venue)
        return self._known[where]

    def why_not(self, source: str, target: str) -> str:
        """Why there is no rate, with the nearest thing to one."""
        tried = [(age, standing) for age, standing in self._heard(source, target)]
        if not tried:
            return f"nobody quotes {source}/{target} or {target}/{source}"
        age, ticker = min(tried, key=lambda item: item[0])
        if age > self._terms.max_age_s:
            return f"{ticker.symbol} of {ticker.venue} is {age:.1f} s old, the limit is {self._terms.max_age_s:g} s"
        return f"{ticker.symbol} of {ticker.venue} is one-sided, crossed, or its venue is down"

    def _found(self, source: str, target: str, venue: Venue) -> Rate | None:
        if source == target:
            return same(source)
        rates = list(self._quoted(source, target))
        return min(rates, key=lambda rate: _preference(rate, venue)) if rates else None

    def _quoted(self, source: str, target: str) -> Iterator[Rate]:
        for age, ticker in self._heard(source, target):
            bid, ask = ticker.bid, ticker.ask
            if age > self._terms.max_age_s or not bid or not ask or not 0 < bid <= ask:
                continue
            if not self._is_live(ticker.venue):
                continue
            step = Step(ticker.venue, ticker.symbol, is_reciprocal=False, age_s=age)
            if ticker.symbol == f"{source}/{target}":
                yield Rate(source, target, bid, ask, (step,))
            else:
                yield Rate(target, source, bid, ask, (step,)).turned()

    def _heard(self, source: str, target: str) -> Iterator[tuple[float, Ticker]]:
        for symbol in (f"{source}/{target}", f"{target}/{source}"):
            for venue, standing in self._board.quoting(symbol).items():
                if self._is_itself(venue, source) and self._is_itself(venue, target):
                    yield age_s(standing.newest, self._now_s), standing.newest

    def _is_live(self, venue: Venue) -> bool:
        state = self._board.state(venue)
        return state is None or state.status in (SourceStatus.LIVE, SourceStatus.UNKNOWN)

    def _is_itself(self, venue: Venue, code: str) -> bool:
        return self._terms.assets.of(venue, code) == code


def _preference(rate: Rate, venue: Venue) -> tuple[bool, float, Venue, bool]:
    step = rate.steps[0]
    return step.venue != venue, step.age_s, step.venue, step.is_reciprocal
