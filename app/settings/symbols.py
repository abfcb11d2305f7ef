"""What must hold of symbols: each is known to an account, none is listed twice, strategies share only knowingly."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from app.settings.faults import REQUIRED, Fault, Path, of_value
from app.settings.nearest import nearest
from app.settings.outline import Outline, Row, listed, rows
from app.settings.values import is_true
from exchange.instruments import COMMON_INSTRUMENTS
from portfolio.model.identifiers import Symbol
from portfolio.model.instrument import parse_symbol


def symbol_faults(tree: Mapping[str, Any], outline: Outline) -> Iterator[Fault]:
    yield from _limits(("portfolio",), tree.get("portfolio"), outline.symbols)
    for account in outline.accounts:
        yield from _instruments(account)
        yield from _limits(("accounts", account.index), account.table, account.symbols)
    yield from _own_names(tree.get("symbols"), outline.symbols)
    for strategy in outline.strategies:
        known = outline.symbols_of(strategy)
        where = outline.account_of(strategy)
        if where is not None and (where.is_at_venue or where.is_fed):
            yield from _traded_at_venue(strategy, where)
        else:
            yield from _traded_on_paper(strategy, known)
        yield from _limits(("strategies", strategy.index), strategy.table, known)
    yield from _shared(outline)


def _traded_on_paper(strategy: Row, known: Collection[Symbol]) -> Iterator[Fault]:
    for place, symbol in enumerate(listed(strategy)):
        yield from _known(("strategies", strategy.index, "symbols", place), symbol, known)


def _traded_at_venue(strategy: Row, account: Row) -> Iterator[Fault]:
    """The venue is asked later whether it has them; until then they have to be named, and look like symbols."""
    path = ("strategies", strategy.index, "symbols")
    where = "on a real venue" if account.is_at_venue else "where the account has a feed"
    if strategy.table.get("symbols", []) == []:
        yield Fault(path, f'{REQUIRED} {where}: what it trades, such as ["BTC/USDT:USDT"]')
    for place, symbol in enumerate(listed(strategy)):
        if isinstance(symbol, str) and symbol and parse_symbol(str(symbol)) is None:
            near = nearest(symbol, COMMON_INSTRUMENTS)
            yield of_value((*path, place), f'not a unified symbol, the nearest common one is "{near}"', symbol)


def _known(path: Path, symbol: Any, known: Collection[Symbol]) -> Iterator[Fault]:
    if not isinstance(symbol, str) or not symbol or symbol in known:
        return
    near = f'the nearest is "{nearest(symbol, known)}"' if known else "no strategy lists any"
    yield of_value(path, f"no account knows this symbol, {near}", symbol)


def _limits(path: Path, table: Any, known: Collection[Symbol]) -> Iterator[Fault]:
    limits = table.get("limits") if isinstance(table, Mapping) else None
    given = list(rows(limits.get("symbols"))) if isinstance(limits, Mapping) else []
    path = (*path, "limits", "symbols")
    yield from _twice(path, given)
    for index, row in given:
        yield from _known((*path, index, "symbol"), row.get("symbol"), known)


def _instruments(account: Row) -> Iterator[Fault]:
    """A symbol that is not shipped needs the two steps that nobody can guess."""
    path, given = ("accounts", account.index, "instruments"), list(rows(account.table.get("instruments")))
    yield from _twice(path, given)
    for index, row in given:
        if isinstance(symbol := row.get("symbol"), str) and symbol not in COMMON_INSTRUMENTS:
            yield from (Fault((*path, index, key), REQUIRED) for key in ("lot", "tick") if key not in row)


def _twice(path: Path, given: list[tuple[int, Mapping[str, Any]]]) -> Iterator[Fault]:
    seen = set()
    for index, row in given:
        symbol = row.get("symbol")
        if isinstance(symbol, str) and symbol in seen:
            yield of_value((*path, index, "symbol"), "listed twice", symbol)
        elif isinstance(symbol, str):
            seen.add(symbol)


def _own_names(names: Any, known: Collection[Symbol]) -> Iterator[Fault]:
    for name, symbol in names.items() if isinstance(names, Mapping) else ():
        yield from _known(("symbols", name), symbol, known)
        if name in known and symbol != name:
            yield of_value(("symbols", name), "is a symbol itself and cannot stand for another", symbol)


def _shared(outline: Outline) -> Iterator[Fault]:
    """Strategies trade one symbol on one account only where all of them say that they share it."""
    for place, strategy in enumerate(outline.strategies):
        account = outline.account_of(strategy)
        for earlier in outline.strategies[:place]:
            if account is not None and outline.account_of(earlier) is account:
                yield from _overlap(outline, strategy, earlier)


def _overlap(outline: Outline, strategy: Row, earlier: Row) -> Iterator[Fault]:
    if is_true(strategy.table.get("shared")) and is_true(earlier.table.get("shared")):
        return
    mine, theirs = _traded(outline, strategy), _traded(outline, earlier)
    both = sorted(mine & theirs)
    if not both:
        return
    named = ", ".join(both[:3]) + (f" and {len(both) - 3} more" if len(both) > 3 else "")
    yield Fault(
        ("strategies", strategy.index, "symbols"),
        f'"{earlier.id}" trades {named} on the same account: let both say shared = true, or list other symbols',
    )


def _traded(outline: Outline, strategy: Row) -> frozenset[Symbol]:
    """No list means every symbol of the account."""
    named = frozenset(symbol for symbol in listed(strategy) if isinstance(symbol, str))
    return named or outline.symbols_of(strategy)
