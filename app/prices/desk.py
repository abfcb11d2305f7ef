"""The price desk: one board for everybody who looks, and venues asked only because somebody does."""

import asyncio
import contextlib
import math
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import structlog

from app.prices.asking import USUAL_SYMBOLS, Question
from app.prices.days import Days
from app.prices.follower import Follower
from app.prices.keeping import Keeping, Wanted
from app.prices.reaching import OpenFeed, accesses_of, load_feed, terms_of, timeout_of
from app.prices.round import Round
from app.prices.supervising import supervised
from app.prices.view import View
from app.settings.prices import PriceSettings
from portfolio.model.identifiers import Symbol
from portfolio.prices.board import PriceBoard
from portfolio.prices.offers import Offers, offers
from portfolio.prices.ports import News, PriceFeed, Tell
from portfolio.prices.resolving import Listing
from portfolio.prices.rows import Glance
from portfolio.prices.source import SourceState
from portfolio.prices.terms import PriceTerms
from portfolio.prices.ticker import Ticker, Venue

log = structlog.get_logger("prices")

LEAST_PAUSE_S = 0.1
LOOK_AGAIN_S = 1.0


@dataclass(slots=True)
class PriceDesk:
    """`board` is what is known now, `listings` the markets of venues that have told them.

    A feed is made when the first price is asked for, or something is watched, and never before. `also` are venues that
    other parts of the configuration speak of: they can be asked, and are not unless they are named. `currency` is what
    sizes are told in.
    """

    settings: PriceSettings
    open_feed: OpenFeed | None = None
    also: tuple[Venue, ...] = ()
    currency: str = "USDT"
    clock: Callable[[], float] = time.monotonic
    board: PriceBoard = field(default_factory=PriceBoard)
    listings: dict[Venue, Listing] = field(default_factory=dict)
    terms: PriceTerms = field(init=False)
    _feed: PriceFeed | None = None
    _days: Days = field(init=False)
    _making: asyncio.Lock = field(default_factory=asyncio.Lock)
    _followers: list[Follower] = field(default_factory=list)
    _listeners: list[Tell] = field(default_factory=list)
    _keeping: Keeping = field(init=False)
    _is_over: bool = False

    def __post_init__(self) -> None:
        self.terms = terms_of(self.settings)
        self._days = Days(self.feed, self.board, self.listings, self.terms, self._timeout_of, self._note, self.clock)
        self._keeping = Keeping(self.feed, self.listings, self.terms)
        if self.settings.symbols:
            self._keeping.keep(self.question())

    # --- for whoever looks -----------------------------------------------------------------------------------------

    @property
    def venues(self) -> tuple[Venue, ...]:
        """Those of [prices], which are asked where nobody says which."""
        return self.settings.venues

    @property
    def known(self) -> tuple[Venue, ...]:
        """Every venue that can be asked."""
        return tuple(dict.fromkeys((*self.venues, *self.also)))

    def question(
        self, symbols: Iterable[Symbol] = (), venues: Iterable[Venue] = (), max_age_s: float | None = None
    ) -> Question:
        """What is left out is as configured: the symbols watched, every venue, as old as is not yet stale."""
        age_s = float(self.settings.max_age_s) if max_age_s is None else max_age_s
        asked = tuple(symbols) or self.settings.symbols or USUAL_SYMBOLS
        return Question(asked, tuple(venues) or self.venues, age_s, self.currency)

    async def ask(self, question: Question, *, with_change: bool = False) -> View:
        """What every venue says, once each has answered or failed; nothing is raised for what venues do. Where a venue
        does not say how prices have changed, its candles are asked `with_change`, in what is left of its time."""
        complete = self._days.learn if with_change else None
        await Round(await self.feed(), question, self.terms, self.listings, self._timeout_of, complete).ask()
        return self.view(question)

    def view(self, question: Question, *, is_complete: bool = True) -> View:
        """What is known now. Nobody is asked."""
        return View(
            offers=tuple(self.offers(question.symbols, question.venues)),
            states=tuple(self.states(question.venues)),
            now_s=self.clock(),
            is_complete=is_complete,
        )

    def offers(self, symbols: Iterable[Symbol], venues: Iterable[Venue]) -> Iterator[Offers]:
        glance, listed = self.glance(), tuple(venues)
        return (offers(symbol, listed, glance) for symbol in symbols)

    def glance(self) -> Glance:
        """The board at this moment, for the pure parts."""
        return Glance(self.board, self.listings, self.terms, self.clock(), self._days.known)

    def states(self, venues: Iterable[Venue]) -> Iterator[SourceState]:
        return map(self.state, venues)

    @property
    def followed(self) -> int:
        """By how many."""
        return len(self._followers)

    async def follow(self, question: Question, silent_s: float = math.inf) -> AsyncGenerator[View]:
        """What is known at once, then whatever changes, kept fresh while this is read; ends when the desk stops.

        A view `is_complete` once every venue has been asked. What grows stale without a word is told as well; after so
        long without anything an empty view.
        """
        with self.following(question) as follower, self._keeping.kept(question):
            asking = asyncio.create_task(self._ask_for(follower), name="prices")
            try:
                async with contextlib.aclosing(self._views(follower, silent_s)) as views:
                    async for view in views:
                        yield view
            finally:
                asking.cancel()
                await asyncio.gather(asking, return_exceptions=True)

    @contextlib.contextmanager
    def following(self, question: Question) -> Iterator[Follower]:
        """Within, somebody is told what changes; nobody is asked, and nothing kept fresh, because of it."""
        follower = Follower(question, self.terms, is_over=self._is_over)
        self._followers.append(follower)
        try:
            yield follower
        finally:
            self._followers.remove(follower)

    def keep(self, question: Question) -> contextlib.AbstractContextManager[None]:
        """Within, what is asked for is kept fresh on the board while the desk runs."""
        return self._keeping.kept(question)

    def want(self, owner: str, wanted: Wanted) -> None:
        """The venues' own symbols that the owner wants fresh, in place of what it wanted before."""
        self._keeping.want(owner, wanted)

    async def listing_of(self, venue: Venue, symbols: Sequence[Symbol]) -> Listing | SourceState:
        """The venue's markets, once it was asked for these: not every venue tells of contracts before."""
        feed = await self.feed()
        await feed.ask(venue, symbols)
        return await feed.markets(venue)

    def put(self, ticker: Ticker) -> None:
        """What somebody else was told by the venue counts as if the feed had been."""
        self._hear(ticker)

    def state(self, venue: Venue) -> SourceState:
        """How the venue does, as the feed has it: the board hears of changes only, not of one more answer."""
        return self._feed.state(venue) if self._feed is not None else SourceState(venue=venue)

    def listen(self, tell: Tell) -> None:
        """From now on `tell` is called at once with whatever is news to the board."""
        self._listeners.append(tell)

    # --- its life --------------------------------------------------------------------------------------------------

    async def feed(self) -> PriceFeed:
        """The one feed of the desk, made now if need be."""
        async with self._making:
            if self._feed is None:
                opened = self.open_feed or await load_feed()
                self._feed = opened(accesses_of(self.settings, self.known), self._hear)
        return self._feed

    async def run(self) -> None:
        """Keeps what is wanted fresh until cancelled. What fails is logged and begun again, and ends nobody."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(supervised("the list of what is watched", self._keeping.run), name="watch-list")
            tasks.create_task(supervised("the price feed", self._run_feed), name="price feed")

    def let_go(self) -> None:
        """Everybody who follows is let go, and nobody is taken on any more."""
        self._is_over = True
        for follower in self._followers:
            follower.end()

    async def close(self) -> None:
        self.let_go()
        await self._days.close()
        if self._feed is not None:
            await self._feed.close()

    # -----------------------------------------------------------------------------------------------------------------

    def _timeout_of(self, venue: Venue) -> float:
        return timeout_of(self.settings, venue)

    async def _run_feed(self) -> None:
        await self._keeping.anything()
        await (await self.feed()).run()

    def _hear(self, news: News) -> None:
        if self.board.hear(news):
            for tell in self._listeners:
                tell(news)
            self._note(news)

    def _note(self, news: News) -> None:
        for follower in self._followers:
            follower.note(news)

    async def _ask_for(self, follower: Follower) -> None:
        try:
            await self.ask(follower.question, with_change=True)
        except Exception as error:
            log.error("the venues could not be asked", error=repr(error), exc_info=error)
        follower.answered()
        await supervised("how prices have changed", partial(self._days.keep, follower.question))

    async def _views(self, follower: Follower, silent_s: float) -> AsyncGenerator[View]:
        told = self.view(follower.question, is_complete=False)
        yield told
        labels, told_s = told.labels, self.clock()
        while not follower.is_over:
            changes = await follower.changes(LOOK_AGAIN_S)
            now = self.view(follower.question, is_complete=follower.is_answered)
            relabelled = {symbol for symbol, codes in now.labels.items() if codes != labels[symbol]}
            news = now.only({*changes.symbols} | relabelled, changes.venues)
            is_silent = news.is_empty and now.is_complete is told.is_complete
            if not is_silent or now.now_s - told_s >= silent_s:
                yield replace(news, is_silent=is_silent)
                told, labels, told_s = now, now.labels, self.clock()
                await asyncio.sleep(LEAST_PAUSE_S)
