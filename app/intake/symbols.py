"""Names of instruments: the user's own, ccxt's unified ones, TradingView's and OKX's, looked up in one table."""

import difflib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from portfolio.model.identifiers import Symbol

_LONGEST_NAME = 64
_XBT = {"BTC": "XBT"}


class _Terms(NamedTuple):
    """What a unified symbol says. `settle` is empty for spot."""

    symbol: Symbol
    base: str
    quote: str
    settle: str

    @property
    def is_inverse(self) -> bool:
        return self.settle == self.base

    @property
    def is_named_perpetual(self) -> bool:
        """True where names for perpetuals mean this one: those quoted in USD mean the inverse contract."""
        return self.is_inverse or (self.settle == self.quote and self.quote != "USD")


class SymbolMap:
    """Every name an alert may use, and the known symbol each one means."""

    def __init__(self, own: Mapping[str, Symbol], known: Collection[Symbol], shipped: Collection[Symbol] = ()) -> None:
        """`own` are the user's names, which win; a name is never mapped to a symbol outside `known`.

        Of the `known`, nobody chose what is only `shipped`: a pair's name means such a spot pair last.
        """
        self._table: dict[str, Symbol | None] = dict(_aliases(known, shipped))
        self._table |= {symbol: symbol for symbol in known}
        self._table |= {name: symbol if symbol in known else None for name, symbol in own.items()}

    def resolve(self, name: str) -> Symbol | None:
        """The known symbol that `name` means, with or without `EXCHANGE:` before it; None for any other name."""
        if name in self._table:
            return self._table[name]
        return self._table.get(_ticker(name))

    def suggestion(self, name: str) -> str | None:
        """The name nearest to one that did not resolve; slow, for the error's text only."""
        ticker = _ticker(name.strip()).upper()[:_LONGEST_NAME]
        names = [known for known, symbol in self._table.items() if symbol is not None and known[:1] == ticker[:1]]
        nearest = difflib.get_close_matches(ticker, names, n=1)
        return nearest[0] if nearest else None


def _ticker(name: str) -> str:
    """The name without the `EXCHANGE:` before it, if there is one."""
    exchange, colon, ticker = name.partition(":")
    return ticker if colon and exchange.isascii() and exchange.replace("_", "").isalnum() else name


def _aliases(known: Collection[Symbol], shipped: Collection[Symbol]) -> Iterator[tuple[str, Symbol]]:
    """Each name that means exactly one known symbol."""
    meanings: defaultdict[str, set[Symbol]] = defaultdict(set)
    contracts = [terms for symbol in known if (terms := _terms(symbol)) is not None]
    for alias, symbol in (*_perpetual_names(contracts), *_pair_names(contracts, shipped)):
        meanings[alias].add(symbol)
    for alias, symbols in meanings.items():
        if len(symbols) == 1:
            yield alias, min(symbols)


def _terms(symbol: Symbol) -> _Terms | None:
    """The parts of a spot or perpetual symbol; None for dated contracts, which no short name means."""
    pair, colon, settle = symbol.partition(":")
    base, slash, quote = pair.partition("/")
    if not (base and slash and quote) or (colon and not settle) or "-" in settle:
        return None
    return _Terms(symbol, base, quote, settle)


def _perpetual_names(contracts: list[_Terms]) -> Iterator[tuple[str, Symbol]]:
    """`BTCUSDT.P`, `BTC-USDT-SWAP`, and BitMEX's names, which have no ending and call bitcoin XBT."""
    for terms in contracts:
        if terms.is_named_perpetual:
            for base, quote in _spellings(terms.base, terms.quote):
                yield f"{base}{quote}.P", terms.symbol
                yield f"{base}-{quote}-SWAP", terms.symbol
                yield f"BITMEX:{base}{quote}", terms.symbol


def _pair_names(contracts: list[_Terms], shipped: Collection[Symbol]) -> Iterator[tuple[str, Symbol]]:
    """`BTCUSDT`, `BTC/USDT` and `BTC-USDT`: the spot pair if chosen, else the only perpetual, else the spot pair."""
    pairs: defaultdict[tuple[str, str], list[_Terms]] = defaultdict(list)
    for terms in contracts:
        pairs[terms.base, terms.quote].append(terms)
    for (base, quote), traded in pairs.items():
        spot = [terms for terms in traded if not terms.settle]
        chosen = [terms for terms in spot if terms.symbol not in shipped]
        meant = chosen or [terms for terms in traded if terms.settle] or spot
        if len(meant) == 1:
            for spelled_base, spelled_quote in _spellings(base, quote):
                for separator in ("", "/", "-"):
                    yield f"{spelled_base}{separator}{spelled_quote}", meant[0].symbol


def _spellings(base: str, quote: str) -> Iterator[tuple[str, str]]:
    yield base, quote
    if base in _XBT or quote in _XBT:
        yield _XBT.get(base, base), _XBT.get(quote, quote)
