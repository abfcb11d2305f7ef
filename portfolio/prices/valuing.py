"""What a unit of a coin is worth in any currency: by a market of the two, or over a bridge of two markets."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product

from portfolio.model.identifiers import Symbol
from portfolio.prices.converting import Converter
from portfolio.prices.outliers import outliers
from portfolio.prices.rate import Rate, same
from portfolio.prices.resolving import Listing
from portfolio.prices.terms import PriceTerms
from portfolio.prices.ticker import Venue

BRIDGES = ("USDT", "USD", "USDC", "BTC", "EUR", "ETH")
"""What most coins are quoted in, the likeliest first."""


@dataclass(slots=True)
class Valuer:
    """Rates at one moment. Of several venues' the account's own is taken, else that of the first in the user's order;
    what is far from the others is taken from nobody."""

    converter: Converter
    terms: PriceTerms
    _known: dict[tuple[str, str, Venue], Rate | None] = field(default_factory=dict)

    def rate(self, source: str, target: str, venue: Venue = "") -> Rate | None:
        """None where nobody quotes what it takes."""
        where = (source, target, venue)
        if where not in self._known:
            self._known[where] = self._found(source, target, venue)
        return self._known[where]

    def why_not(self, source: str, target: str) -> str:
        if len(self.converter.quoted(source, target)) > 1:
            return f"the venues' prices of {source} in {target} are too far apart"
        return f"{self.converter.why_not(source, target)}, nor is there a bridge over {', '.join(BRIDGES)}"

    def _found(self, source: str, target: str, venue: Venue) -> Rate | None:
        if source == target:
            return same(source)
        if (direct := self._direct(source, target, venue)) is not None:
            return direct
        for bridge in BRIDGES:
            if bridge not in (source, target):
                there = self._direct(source, bridge, venue)
                onward = self._direct(bridge, target, venue) if there else None
                if there and onward:
                    return there.then(onward)
        return None

    def _direct(self, source: str, target: str, venue: Venue) -> Rate | None:
        quoted = {(rate.steps[0].venue, rate.steps[0].symbol): rate for rate in self.converter.quoted(source, target)}
        absurd = outliers({place: rate.mid for place, rate in quoted.items()}, self.terms.absurd_above)
        fit = [(place, rate) for place, rate in quoted.items() if place not in absurd]
        ranked = sorted(fit, key=lambda item: (item[0][0] != venue, self._rank(item[0][0]), item[0]))
        return ranked[0][1] if ranked else None

    def _rank(self, venue: Venue) -> int:
        order = self.terms.venues
        return order.index(venue) if venue in order else len(order)


def value_symbols(
    coins: Iterable[str], target: str, venue: Venue, listing: Listing, terms: PriceTerms
) -> tuple[Symbol, ...]:
    """What to ask the venue for, so that it can help to value the coins: their markets in the target, and where it has
    none those of a bridge."""
    found: dict[Symbol, None] = {}
    for coin in coins:
        direct = list(_listed(coin, target, venue, listing, terms)) if coin != target else [""]
        ends = () if direct else ((coin, bridge) for bridge in BRIDGES if bridge not in (coin, target))
        found |= dict.fromkeys(direct)
        found |= dict.fromkeys(symbol for pair in ends for symbol in _listed(*pair, venue, listing, terms))
    if any(coin != target for coin in coins):
        ends = ((bridge, target) for bridge in BRIDGES if bridge != target)
        found |= dict.fromkeys(symbol for pair in ends for symbol in _listed(*pair, venue, listing, terms))
    return tuple(symbol for symbol in found if symbol)


def _listed(one: str, other: str, venue: Venue, listing: Listing, terms: PriceTerms) -> Iterator[Symbol]:
    """The venue's spot markets of the two, either way round."""
    codes = terms.assets.codes(venue, one), terms.assets.codes(venue, other)
    for first, second in product(*codes):
        for symbol in (f"{first}/{second}", f"{second}/{first}"):
            if symbol in listing and listing[symbol].is_active:
                yield symbol
