"""The seam between the price side and the venues that it asks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

from portfolio.model.identifiers import Symbol
from portfolio.prices.candle import Candle
from portfolio.prices.depth import Depth
from portfolio.prices.market import Market
from portfolio.prices.source import SourceState
from portfolio.prices.ticker import Ticker, Venue

News: TypeAlias = Ticker | SourceState


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a venue answered to one question: the tickers it gave, and how it does. `missing` are symbols asked for that
    it does not trade; an empty `tickers` with a state that is not LIVE says why."""

    state: SourceState
    tickers: tuple[Ticker, ...] = ()
    missing: tuple[Symbol, ...] = ()


class PriceFeed(Protocol):
    """Public prices of several venues. No call raises for what a venue does, and each ends within that venue's limit of
    time; however many ask, one request for the same thing is under way at a venue at a time.

    Whatever is heard, asked for or streamed, also reaches the `tell` that the feed was made with, once, and at once:
    a slow venue holds nobody up.
    """

    @property
    def venues(self) -> tuple[Venue, ...]: ...

    def state(self, venue: Venue) -> SourceState: ...

    async def markets(self, venue: Venue) -> Mapping[Symbol, Market] | SourceState:
        """Every market of the venue, loaded once; the state says why it could not be."""

    async def ask(self, venue: Venue, symbols: Sequence[Symbol] | None, max_age_s: float = 0.0) -> Told:
        """Prices of the venue's own symbols (None: of all it trades), none older than `max_age_s` since receipt."""

    async def order_book(self, venue: Venue, symbol: Symbol, max_age_s: float = 0.0) -> Depth | SourceState: ...

    async def candles(
        self, venue: Venue, symbol: Symbol, period: timedelta, since: datetime
    ) -> tuple[Candle, ...] | SourceState:
        """Closed and running periods from `since` on, oldest first; `period` is one that the venue knows, as 1 h."""

    def watch(self, wanted: Mapping[Venue, Sequence[Symbol]]) -> None:
        """From now on these are kept fresh while `run` runs, by stream where there is one, else by asking."""

    async def run(self) -> None:
        """Keeps what is watched fresh until cancelled."""

    async def close(self) -> None: ...


Tell: TypeAlias = Callable[[News], None]
