"""Which of a venue's markets answers for a symbol."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from portfolio.model.identifiers import Symbol
from portfolio.model.instrument import parse_symbol
from portfolio.prices.market import Market
from portfolio.prices.terms import PriceTerms
from portfolio.prices.ticker import Venue

Listing: TypeAlias = Mapping[Symbol, Market]
"""Every market of one venue, by the venue's own symbol."""


def resolve(asked: Symbol, venue: Venue, listing: Listing, terms: PriceTerms) -> Market | None:
    """The venue's market of the asset that is asked for: in the currency asked for, else in an equivalent one, in the
    order that the equivalents are told. Spot never answers for a contract, nor a linear contract for an inverse one."""
    for symbol in _candidates(asked, venue, terms):
        if (market := listing.get(symbol)) is not None and market.is_active:
            return market
    return None


def quote_of(asked: Symbol) -> str | None:
    """The currency that prices of the symbol are asked for in, of contracts with an expiry too."""
    pair = asked.partition(":")[0]
    quote = pair.partition("/")[2]
    return quote or None


def _candidates(asked: Symbol, venue: Venue, terms: PriceTerms) -> Iterator[Symbol]:
    parsed = parse_symbol(asked)
    if parsed is None:
        yield asked
        return
    base, quote, settle = parsed
    others = terms.equivalents if quote in terms.equivalents else ()
    codes = terms.assets.codes(venue, base)
    for currency in (quote, *(other for other in others if other != quote)):
        for code in codes:
            if code != currency:
                yield f"{code}/{currency}{_settled(asked, code, currency, is_inverse=settle == base)}"


def _settled(asked: Symbol, base: str, quote: str, *, is_inverse: bool) -> str:
    if ":" not in asked:
        return ""
    return f":{base if is_inverse else quote}"
