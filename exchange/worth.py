"""Which symbols' prices say what coins are worth."""

from collections.abc import Iterable, Mapping

from portfolio.model.identifiers import Symbol
from portfolio.model.instrument import Instrument

DOLLARS = ("USDT", "USDC", "USD")


def pricing(coins: Iterable[str], instruments: Mapping[Symbol, Instrument]) -> frozenset[Symbol]:
    """One symbol for each coin that trades against a dollar, none for the dollars themselves."""
    wanted = frozenset(coins) - frozenset(DOLLARS)
    found: dict[str, Symbol] = {}
    for quote in DOLLARS:
        for symbol, terms in instruments.items():
            if terms.quote == quote and terms.base in wanted:
                found.setdefault(terms.base, symbol)
    return frozenset(found.values())
