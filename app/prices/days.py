"""What prices were a day ago, by candles, for markets whose tickers do not say how they have changed since."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.clock import now_utc
from app.prices.asking import Question
from app.prices.histories import Histories
from portfolio.model.identifiers import Symbol
from portfolio.prices.board import Place, PriceBoard
from portfolio.prices.day_change import DayAgo
from portfolio.prices.ports import PriceFeed
from portfolio.prices.resolving import Listing
from portfolio.prices.screening.history import beginning, price_then
from portfolio.prices.screening.rule import Sight
from portfolio.prices.screening.units import DAY
from portfolio.prices.source import SourceState, SourceStatus
from portfolio.prices.terms import PriceTerms
from portfolio.prices.ticker import Ticker, Venue
from portfolio.prices.wanting import own_symbols

MOST_AT_ONCE = 20
LOOK_AGAIN_S = 10.0
MOVES_ON_S = 600.0
HOLDS_S = 2700.0
"""The candle of a day ago began up to 15 minutes before: that is 25 hours then."""
REST_S = 60.0
"""A market, or a venue, that did not answer is left alone for so long."""
MOST_FAILURES = 2


@dataclass(slots=True)
class Days:
    """`known` is by venue and the venue's own symbol; `note` is called with the ticker of each that becomes known.

    A venue is asked for one market after the other, so that a question for prices never waits behind more than one.
    """

    feed: Callable[[], Awaitable[PriceFeed]]
    board: PriceBoard
    listings: Mapping[Venue, Listing]
    terms: PriceTerms
    timeout_of: Callable[[Venue], float]
    note: Callable[[Ticker], None]
    monotonic: Callable[[], float]
    clock: Callable[[], datetime] = now_utc
    known: dict[Place, DayAgo] = field(default_factory=dict)
    _histories: Histories | None = None
    _again_s: dict[Place, float] = field(default_factory=dict)
    _rests_until_s: dict[Venue, float] = field(default_factory=dict)
    _under_way: set[asyncio.Task[bool]] = field(default_factory=set)
    _turns: defaultdict[Venue, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def keep(self, question: Question) -> None:
        """Until cancelled: other prices are of a day ago as time goes by, and a stream that told may break off."""
        while True:
            await asyncio.sleep(LOOK_AGAIN_S)
            known = {venue: self.listings[venue] for venue in question.venues if venue in self.listings}
            async with asyncio.TaskGroup() as tasks:
                for venue, listing in known.items():
                    symbols = own_symbols(question.symbols, venue, listing, self.terms)
                    tasks.create_task(self.learn(venue, symbols, self.timeout_of(venue)))

    async def learn(self, venue: Venue, symbols: Iterable[Symbol], within_s: float) -> None:
        """What can be known of these markets within that time is; the rest is when somebody asks again."""
        due = [symbol for symbol in symbols if self._is_due(venue, symbol)][:MOST_AT_ONCE]
        if not due or within_s <= 0:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s), self._turns[venue]:
                await self._learn_all(venue, due)

    async def close(self) -> None:
        """Nothing is under way any more."""
        tasks = set(self._under_way)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _learn_all(self, venue: Venue, symbols: Iterable[Symbol]) -> None:
        if self._histories is None:
            self._histories = Histories(await self.feed(), self.clock, tries=1)
        failures = 0
        for symbol in symbols:
            if not self._is_due(venue, symbol):  # a stream or somebody else has told it meanwhile, or the venue rests
                continue
            failures += not await self._begun(self._learn(self._histories, venue, symbol))
            if failures == MOST_FAILURES:
                self._rests_until_s[venue] = self.monotonic() + REST_S

    async def _begun(self, learning: Coroutine[Any, Any, bool]) -> bool:
        """What has been asked for is of use to the next who wants it, however soon this time runs out."""
        task = asyncio.create_task(learning, name="candles")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def _learn(self, histories: Histories, venue: Venue, symbol: Symbol) -> bool:
        """Whether the venue told; a market without a candle of then is as good as known."""
        place = (venue, symbol)
        self._again_s[place] = self.monotonic() + REST_S
        now = self.clock()
        then = beginning(DAY, now)
        history = await histories.of(venue, symbol, (then,))
        if isinstance(history, SourceState):
            if history.status is not SourceStatus.FAILED:
                self._rests_until_s[venue] = self.monotonic() + REST_S
            return False
        self._again_s[place] = self.monotonic() + MOVES_ON_S
        ticker = self.board.ticker(venue, symbol)
        if ticker is not None and (price := price_then(Sight(ticker=ticker, now=now, history=history), then)):
            self.known[place] = DayAgo(price, self.monotonic() + HOLDS_S)
            self.note(ticker)
        return True

    def _is_due(self, venue: Venue, symbol: Symbol) -> bool:
        """The ticker does not say it, and it is time to ask for it."""
        now_s, ticker = self.monotonic(), self.board.ticker(venue, symbol)
        is_lacking = ticker is not None and ticker.change_24h is None and ticker.last is not None
        waits_until_s = max(self._rests_until_s.get(venue, 0.0), self._again_s.get((venue, symbol), 0.0))
        return is_lacking and now_s >= waits_until_s
