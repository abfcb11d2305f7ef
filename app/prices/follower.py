"""One reader of the board: which of its symbols have changed since it last looked.

Only names are kept, so that a reader who is slow, or gone, costs nothing: it finds the newest when it looks again.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field

from app.prices.asking import Question
from portfolio.model.identifiers import Symbol
from portfolio.prices.ports import News
from portfolio.prices.source import SourceState, SourceStatus
from portfolio.prices.terms import PriceTerms
from portfolio.prices.ticker import Ticker, Venue


@dataclass(frozen=True, slots=True)
class Changes:
    """`venues` are those whose state is another."""

    symbols: tuple[Symbol, ...] = ()
    venues: tuple[Venue, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.symbols or self.venues)


@dataclass(slots=True)
class Follower:
    question: Question
    terms: PriceTerms
    is_answered: bool = False
    is_over: bool = False
    _symbols: set[Symbol] = field(default_factory=set)
    _venues: set[Venue] = field(default_factory=set)
    _seen: dict[Venue, SourceStatus] = field(default_factory=dict)
    _by_base: dict[str, list[Symbol]] = field(init=False)
    _something: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._by_base = defaultdict(list)
        for symbol in self.question.symbols:
            self._by_base[symbol.partition("/")[0]].append(symbol)

    def note(self, news: News) -> None:
        """Costs as much as a look into a table: it is called for every price that arrives."""
        if isinstance(news, Ticker):
            self._note_ticker(news)
        else:
            self._note_state(news)
        if self._symbols or self._venues:
            self._something.set()

    def answered(self) -> None:
        """Every venue that was asked has said something, or failed."""
        self.is_answered = True
        self._something.set()

    def end(self) -> None:
        """The reader is let go once it looks."""
        self.is_over = True
        self._something.set()

    async def changes(self, within_s: float) -> Changes:
        """What has changed, as soon as anything has; nothing after so long."""
        try:
            async with asyncio.timeout(within_s):
                await self._something.wait()
        except TimeoutError:
            return Changes()
        self._something.clear()
        changed = Changes(
            tuple(symbol for symbol in self.question.symbols if symbol in self._symbols),
            tuple(venue for venue in self.question.venues if venue in self._venues),
        )
        self._symbols.clear()
        self._venues.clear()
        return changed

    def _note_ticker(self, ticker: Ticker) -> None:
        base, _, rest = ticker.symbol.partition("/")
        if ticker.venue in self.question.venues:
            self._symbols.update(self._by_base.get(self.terms.assets.of(ticker.venue, base), ()))
        if base in self.terms.equivalents and rest in self.terms.equivalents:
            self._symbols.update(self.question.symbols)  # a rate that others are converted by

    def _note_state(self, state: SourceState) -> None:
        if state.venue not in self.question.venues:
            return
        self._venues.add(state.venue)
        if self._seen.get(state.venue) is not state.status:
            self._seen[state.venue] = state.status
            self._symbols.update(self.question.symbols)
