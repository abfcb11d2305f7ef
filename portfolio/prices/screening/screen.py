"""A screen: rules that must all hold, and the markets of which they do."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from portfolio.model.identifiers import Symbol
from portfolio.prices.market import Market
from portfolio.prices.screening.fitness import label_of
from portfolio.prices.screening.rates import Rates
from portfolio.prices.screening.rule import Finding, Rule, Sight, Stretch
from portfolio.prices.screening.spread import Spread
from portfolio.prices.screening.volume import Volume
from portfolio.prices.ticker import Ticker, Venue

PLACES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """`symbols` empty are all active spot markets of the venue, those in `quote` alone where it is given.

    A match is told when it begins, and again only once it had ended and `again_after` has passed. A ticker older than
    `max_age` matches nothing.
    """

    id: str
    venues: tuple[Venue, ...]
    rules: tuple[Rule, ...]
    quote: str | None = None
    symbols: tuple[Symbol, ...] = ()
    every: timedelta = timedelta(seconds=60)
    again_after: timedelta = timedelta(hours=1)
    max_age: timedelta = timedelta(seconds=60)

    @property
    def needs_rates(self) -> bool:
        """True where a rule counts in another currency than the market does."""
        return any(isinstance(rule, Volume) and rule.currency is not None for rule in self.rules)

    @property
    def needs_book(self) -> bool:
        """True where a rule looks at bid and ask."""
        return any(isinstance(rule, Spread) for rule in self.rules)

    def without_book(self) -> "Screen":
        """With the rules alone that do not look at bid and ask."""
        return replace(self, rules=tuple(rule for rule in self.rules if not isinstance(rule, Spread)))

    def admits(self, market: Market) -> bool:
        """True for a market that is looked at where no symbols are named."""
        return market.is_active and market.settle is None and self.quote in (None, market.quote)


@dataclass(frozen=True, slots=True)
class Match:
    """`findings` are of the screen's rules, in their order."""

    ticker: Ticker
    findings: tuple[Finding, ...]

    @property
    def venue(self) -> Venue:
        return self.ticker.venue

    @property
    def symbol(self) -> Symbol:
        return self.ticker.symbol

    @property
    def says(self) -> str:
        """Why, in one line: "AVAX/USDT +5.2 % in 24 h, 12.3 M USDT in 24 h"."""
        return f"{self.symbol} {', '.join(finding.says for finding in self.findings)}"

    @property
    def rank(self) -> tuple[Decimal, ...]:
        """The larger, the more it stands out: by the first rule, then by the next."""
        return tuple(finding.strength for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Missing:
    """The market cannot be judged: a figure is missing, or its ticker is unfit. `why` is one line."""

    symbol: Symbol
    why: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A market of which every rule holds that its ticker is enough for, and the candles that the others need."""

    ticker: Ticker
    stretches: tuple[Stretch, ...]


def first_look(
    screen: Screen, tickers: Iterable[Ticker], now: datetime, rates: Rates
) -> Iterator[Candidate | Missing | Symbol]:
    """By the tickers alone: what is left to be judged, what cannot be, and the symbols that do not match."""
    for ticker in tickers:
        if (label := label_of(ticker, now, screen.max_age)) is not None:
            yield Missing(ticker.symbol, f"{label.code}: {label.reason}")
            continue
        needed = [(rule, rule.needs(ticker, now)) for rule in screen.rules]
        enough = [rule for rule, stretches in needed if not stretches]
        found = _judge(enough, Sight(ticker=ticker, now=now, rates=rates))
        if isinstance(found, tuple):
            yield Candidate(ticker, tuple(dict.fromkeys(stretch for _, stretches in needed for stretch in stretches)))
        else:
            yield found


def judge(screen: Screen, sight: Sight) -> Match | Missing | Symbol:
    """Whether every rule holds of a market with all its candles; its symbol where one does not."""
    found = _judge(screen.rules, sight)
    return Match(sight.ticker, found) if isinstance(found, tuple) else found


def strongest_first(matches: Iterable[Match]) -> list[Match]:
    """By strength, then by venue and symbol."""
    by_name = sorted(matches, key=lambda match: (match.venue, match.symbol))
    return sorted(by_name, key=lambda match: match.rank, reverse=True)


def named_figures(rules: Sequence[Rule], findings: Sequence[Finding]) -> Iterator[tuple[str, Decimal]]:
    """Each rule's figure by the name of its kind; the second of a kind is `change_2`. Eight places."""
    seen: Counter[str] = Counter()
    for rule, finding in zip(rules, findings, strict=True):
        seen[rule.kind] += 1
        again = f"_{seen[rule.kind]}" if seen[rule.kind] > 1 else ""
        yield f"{rule.kind}{again}", round(finding.figure, PLACES)


def _judge(rules: Sequence[Rule], sight: Sight) -> tuple[Finding, ...] | Missing | Symbol:
    """The findings where all hold. A rule that does not hold settles it, whatever is missing of another."""
    found = [(rule, rule.judge(sight)) for rule in rules]
    if any(finding is not None and not finding.holds for _, finding in found):
        return sight.ticker.symbol
    if missing := [rule.kind for rule, finding in found if finding is None]:
        return Missing(sight.ticker.symbol, f"nothing to judge {' and '.join(dict.fromkeys(missing))} by")
    return tuple(finding for _, finding in found if finding is not None)
