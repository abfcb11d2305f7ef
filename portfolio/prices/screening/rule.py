"""What a rule is: one small class that looks at a market and answers with its figure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar, Protocol

from portfolio.model.instrument import parse_symbol
from portfolio.prices.candle import Candle
from portfolio.prices.screening.rates import Rates
from portfolio.prices.ticker import Ticker


@dataclass(frozen=True, slots=True)
class Stretch:
    """Candles of one `period` that begin at `since` or later, and before `until`. All of them have ended by now."""

    period: timedelta
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """All that is known of one market `now`, UTC. `history` are its candles by their period, oldest first."""

    ticker: Ticker
    now: datetime
    history: Mapping[timedelta, tuple[Candle, ...]] = field(default_factory=dict)
    rates: Rates = field(default_factory=Rates)

    def candles(self, stretch: Stretch) -> tuple[Candle, ...]:
        known = self.history.get(stretch.period, ())
        return tuple(candle for candle in known if stretch.since <= candle.start < stretch.until)

    @property
    def quote(self) -> str | None:
        """The currency that the market's prices are in."""
        parts = parse_symbol(self.ticker.symbol)
        return parts[1] if parts else None


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether the rule `holds`, its `figure`, and how that reads: "+5.2 % in 24 h".

    The larger the `strength`, the more the market stands out; it compares with that of the same rule alone.
    """

    holds: bool
    figure: Decimal
    says: str
    strength: Decimal


class Rule(Protocol):
    """One condition on a market; a frozen dataclass whose fields are its parameters in the configuration."""

    kind: ClassVar[str]

    def needs(self, ticker: Ticker, now: datetime) -> tuple[Stretch, ...]:
        """The candles that the market cannot be judged without; none for a rule that its ticker is enough for."""

    def judge(self, sight: Sight) -> Finding | None:
        """None where a figure is missing: then nobody can say."""
