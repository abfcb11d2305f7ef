"""The newest that every venue has said of every market, whatever order it arrived in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import total_ordering
from types import MappingProxyType
from typing import TypeAlias

from portfolio.model.identifiers import Symbol
from portfolio.prices.source import SourceState
from portfolio.prices.ticker import Ticker, Venue

Place: TypeAlias = tuple[Venue, Symbol]
"""A venue, and a market by the venue's own symbol."""

_NOBODY: Mapping[Venue, "Standing"] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest ticker of a market, and the first of those in a row that said the same bid, ask and last; `has_moved`
    tells whether anything else was ever said before.

    What was heard late shortens the row and never lengthens it: nothing counts as frozen that has moved.
    """

    newest: Ticker
    first: Ticker
    has_moved: bool = False

    @property
    def unchanged_s(self) -> float:
        return max(0.0, self.newest.received_s - self.first.received_s)

    def joined(self, ticker: Ticker) -> "Standing":
        same = _prices(ticker) == _prices(self.newest)
        if newness(ticker) > newness(self.newest):
            return Standing(ticker, self.first, self.has_moved) if same else Standing(ticker, ticker, has_moved=True)
        if same:
            return self
        is_before = self.first is self.newest or newness(ticker) < newness(self.first)
        return Standing(self.newest, self.first if is_before else self.newest, has_moved=True)


class PriceBoard:
    """One process's view of all venues. `version` rises with every change."""

    def __init__(self) -> None:
        self._places: dict[Symbol, dict[Venue, Standing]] = {}
        self._states: dict[Venue, SourceState] = {}
        self.version = 0

    def hear(self, news: Ticker | SourceState) -> bool:
        """The news counts, unless something newer is known already; tells whether it does."""
        return self._hear_ticker(news) if isinstance(news, Ticker) else self._hear_state(news)

    def state(self, venue: Venue) -> SourceState | None:
        return self._states.get(venue)

    @property
    def states(self) -> Mapping[Venue, SourceState]:
        return MappingProxyType(self._states)

    def ticker(self, venue: Venue, symbol: Symbol) -> Ticker | None:
        standing = self.standing(venue, symbol)
        return standing.newest if standing else None

    def standing(self, venue: Venue, symbol: Symbol) -> Standing | None:
        return self._places.get(symbol, _NOBODY).get(venue)

    def quoting(self, symbol: Symbol) -> Mapping[Venue, Standing]:
        """Every venue that has said something of this symbol of its own."""
        return self._places.get(symbol, _NOBODY)

    def _hear_ticker(self, ticker: Ticker) -> bool:
        venues = self._places.setdefault(ticker.symbol, {})
        known = venues.get(ticker.venue)
        joined = known.joined(ticker) if known else Standing(ticker, ticker)
        venues[ticker.venue] = joined
        if known is not None and joined.newest is known.newest:
            return False
        self.version += 1
        return True

    def _hear_state(self, state: SourceState) -> bool:
        known = self._states.get(state.venue)
        if known is not None and _state_order(state) <= _state_order(known):
            return False
        self._states[state.venue] = state
        self.version += 1
        return True


def age_s(ticker: Ticker, now_s: float) -> float:
    """Seconds since this was true: since its receipt, and from the venue's time to that where the venue sends one.

    Kraken sends none; a venue's clock ahead of ours takes nothing off.
    """
    age = max(0.0, now_s - ticker.received_s)
    if ticker.venue_time is None or ticker.venue_time >= ticker.received_at:
        return age
    return age + (ticker.received_at - ticker.venue_time).total_seconds()


def newness(ticker: Ticker) -> tuple[object, ...]:
    """Orders the tickers of one market: by the venue's time, by receipt, and last by what they say, so that no two
    different ones are alike. A time in the future is taken for that of receipt: it would keep all others out."""
    told = ticker.venue_time
    true_at: datetime = ticker.received_at if told is None or told > ticker.received_at else told
    return (true_at, ticker.received_s, ticker.received_at, _Said(ticker))


@total_ordering
class _Said:
    """Compares by what a ticker says; looked at only where both times are the same."""

    __slots__ = ("ticker",)

    def __init__(self, ticker: Ticker) -> None:
        self.ticker = ticker

    def key(self) -> tuple[object, ...]:
        said = self.ticker
        told = said.venue_time
        numbers = (said.bid, said.ask, said.last, said.bid_size, said.ask_size)
        rest = (said.change_24h, said.high_24h, said.low_24h, said.volume_24h, Decimal(said.by_stream))
        return (told is not None, told or said.received_at, *map(_ordered, (*numbers, *rest)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Said) and self.key() == other.key()

    def __hash__(self) -> int:
        return hash(self.key())

    def __lt__(self, other: "_Said") -> bool:
        return self.key() < other.key()


def _prices(ticker: Ticker) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    return ticker.bid, ticker.ask, ticker.last


def _state_order(state: SourceState) -> tuple[object, ...]:
    return (
        state.at_s,
        _ordered(state.answered_s),
        state.failures,
        state.status,
        state.detail,
        _ordered(state.next_try_s),
        _ordered(state.latency_s),
        state.streams,
    )


def _ordered(number: Decimal | float | None) -> tuple[bool, Decimal | float]:
    """None is before any number."""
    return number is not None, 0 if number is None else number
