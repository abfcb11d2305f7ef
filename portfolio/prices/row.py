"""What one venue says of one symbol that is asked for."""

from dataclasses import dataclass
from decimal import Decimal

from portfolio.model.identifiers import Symbol
from portfolio.prices.board import Standing
from portfolio.prices.day_change import ChangeSource, change_since
from portfolio.prices.fees import TakerFee
from portfolio.prices.labels import Label
from portfolio.prices.market import Market
from portfolio.prices.rate import Rate
from portfolio.prices.source import SourceState
from portfolio.prices.ticker import Ticker, Venue


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRow:
    """`market` is the venue's own that answers. Prices are in `currency`: the one asked for, or the market's own where
    no rate turns it into that (labelled NO_RATE); `ticker` has them as the venue said them. `rate` is set where they
    were converted. `state` None: the venue was not asked yet. `day_ago` is the market's own price of 24 hours ago,
    where candles have told it."""

    asked: Symbol
    venue: Venue
    currency: str
    market: Market | None = None
    standing: Standing | None = None
    state: SourceState | None = None
    rate: Rate | None = None
    fee: TakerFee | None = None
    bid: Decimal | None = None
    ask: Decimal | None = None
    last: Decimal | None = None
    day_ago: Decimal | None = None
    age_s: float | None = None
    labels: tuple[Label, ...] = ()

    @property
    def is_fit(self) -> bool:
        """Whether it may be compared with those of other venues."""
        return not self.labels

    @property
    def ticker(self) -> Ticker | None:
        return self.standing.newest if self.standing else None

    @property
    def mid(self) -> Decimal | None:
        return (self.bid + self.ask) / 2 if self.bid is not None and self.ask is not None else None

    @property
    def spread(self) -> Decimal | None:
        return self.ask - self.bid if self.bid is not None and self.ask is not None else None

    @property
    def spread_share(self) -> Decimal | None:
        """The spread as a fraction of the mid."""
        mid, spread = self.mid, self.spread
        return spread / mid if mid and spread is not None else None

    @property
    def change_24h(self) -> Decimal | None:
        """The venue's own figure; where it tells none, by its candles."""
        if (ticker := self.ticker) is None:
            return None
        return change_since(self.day_ago, ticker.last) if ticker.change_24h is None else ticker.change_24h

    @property
    def change_source(self) -> ChangeSource | None:
        """Where the change is from; None without one."""
        if self.change_24h is None:
            return None
        return ChangeSource.TICKER if self.ticker and self.ticker.change_24h is not None else ChangeSource.CANDLES
