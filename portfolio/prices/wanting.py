"""What to ask the venues for, so that a set of symbols can be shown and converted."""

from collections.abc import Iterable, Mapping

from portfolio.model.identifiers import Symbol
from portfolio.prices.resolving import Listing, quote_of, resolve
from portfolio.prices.terms import PriceTerms
from portfolio.prices.ticker import Venue


def wanted(
    asked: Iterable[Symbol], listings: Mapping[Venue, Listing], terms: PriceTerms, currency: str | None = None
) -> dict[Venue, tuple[Symbol, ...]]:
    """The venues' own symbols, each venue's in the order asked, with those that quote the rates that are needed; with
    those, too, that tell an amount of `currency` in the currencies asked for."""
    symbols = list(asked)
    found: dict[Venue, dict[Symbol, None]] = {venue: {} for venue in listings}
    pairs: dict[tuple[str, str], None] = {}
    for venue, listing in listings.items():
        for symbol in symbols:
            market = resolve(symbol, venue, listing, terms)
            if market is None:
                continue
            found[venue][market.symbol] = None
            quote = quote_of(symbol) or market.quote
            pairs.update({(source, quote): None for source in (market.quote, currency or quote) if source != quote})
    for venue, rates in rate_symbols(pairs, listings).items():
        found[venue].update(dict.fromkeys(rates))
    return {venue: tuple(symbols) for venue, symbols in found.items()}


def own_symbols(asked: Iterable[Symbol], venue: Venue, listing: Listing, terms: PriceTerms) -> tuple[Symbol, ...]:
    """The venue's own symbols of those asked for, each once, without the rates that are needed."""
    markets = (resolve(symbol, venue, listing, terms) for symbol in asked)
    return tuple(dict.fromkeys(market.symbol for market in markets if market is not None))


def rate_symbols(
    pairs: Iterable[tuple[str, str]], listings: Mapping[Venue, Listing]
) -> dict[Venue, tuple[Symbol, ...]]:
    """Where the rates between these pairs of currencies are quoted, either way round."""
    either = [symbol for source, target in pairs for symbol in (f"{source}/{target}", f"{target}/{source}")]
    return {
        venue: tuple(symbol for symbol in either if symbol in listing and listing[symbol].is_active)
        for venue, listing in listings.items()
    }
